/** Plans and their entitlements in Kelviq's words. */
import type { Row } from './row.ts'

export const CATALOGUE_PLAN_ROWS: readonly Row[] = []
