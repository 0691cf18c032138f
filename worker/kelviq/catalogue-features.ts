/** Features in Kelviq's words. */
import type { Row } from './row.ts'

export const CATALOGUE_FEATURE_ROWS: readonly Row[] = []
