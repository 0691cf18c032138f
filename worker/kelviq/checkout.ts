/** Checkout in Kelviq's words. */
import type { Row } from './row.ts'

export const CHECKOUT_ROWS: readonly Row[] = []
