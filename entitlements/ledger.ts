import type { Limit } from './allowance.ts'
import type { Instant, Period } from './instant.ts'

/** Why a lot's reading changed, or (`carried`) that a lot was opened with units brought forward. */
export type LedgerKind =
  | 'consume'
  | 'report'
  | 'give_back'
  | 'set'
  | 'reset'
  | 'period_closed'
  | 'carried'

/** One change of one lot. */
export interface LedgerEntry {
  readonly lotId: string
  readonly featureId: string
  readonly kind: LedgerKind
  /**
   * Signed change of the lot's `used`; for `carried` the units granted. Over every kind but `carried`
   * the entries of a lot add up to its `used`, and to 0 once `period_closed` has been written.
   */
  readonly quantity: number
  readonly at: Instant
}

/** Something about usage that an application may want to hear of, with all that it needs to act on it. */
export interface UsageNotice {
  readonly type:
    | 'usage.threshold_reached'
    | 'usage.limit_reached'
    | 'usage.over_soft_limit'
    | 'usage.reset'
  readonly featureId: string
  readonly at: Instant
  /** Of the current limit; with `usage.threshold_reached` only. */
  readonly percent: number | null
  /** With `usage.reset` only. */
  readonly because: ResetBecause | null
  /** What the meter reads now; with `usage.reset` what it read of what was reset. */
  readonly used: number
  /** What the meter may read, without what was carried. */
  readonly limit: Limit
  /** The period that counts now; null where nothing resets. */
  readonly period: Period | null
}

export type ResetBecause = 'period' | 'plan_change' | 'operator'
