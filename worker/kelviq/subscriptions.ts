/** Subscriptions in Kelviq's words. */
import type { Row } from './row.ts'

export const SUBSCRIPTION_ROWS: readonly Row[] = []
