import type { Instant } from './instant.ts'

/** Any JSON value. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** How often a meter's usage starts again from zero. */
export type Reset =
  | 'never'
  | 'daily'
  | 'weekly'
  | 'every_28_days'
  | 'monthly'
  | 'quarterly'
  | 'yearly'

/** Where the grid of periods is pinned: to the subscription's anchor, or to the UTC calendar. */
export type Anchor = 'subscription' | 'calendar'

/** What happens at the limit: `hard` refuses, `soft` lets usage through and says so. */
export type Enforcement = 'hard' | 'soft'

/** A number of units, or no bound at all. */
export type Limit = number | 'unlimited'

/** How much of a period's unspent balance the next period receives. */
export interface Rollover {
  /** Whole percent of the unspent units, 1–100. */
  readonly percent: number
  /** The most units that are carried; `null` sets no cap. */
  readonly max: number | null
}

/** On or off. */
export interface BooleanAllowance {
  readonly enabled: boolean
}

/** A configured value, never null; having one is having access, whatever the value is. */
export interface CustomizableAllowance {
  readonly value: Exclude<Json, null>
}

/** How much of a meter may be used in one period, and what happens at its edges. */
export interface MeterAllowance {
  readonly limit: Limit
  readonly enforcement: Enforcement
  readonly reset: Reset
  readonly anchor: Anchor
  readonly rollover: Rollover | null
  /** Ascending whole percentages of the current limit at which a warning is due, once a period each. */
  readonly alertsAt: readonly number[]
  /** Whether entering this plan keeps what was used (`carry`) or starts from zero (`reset`). */
  readonly onPlanChange: 'carry' | 'reset'
}

/** What a plan or an override says of one feature. The feature's type decides which arm it is. */
export type Allowance = BooleanAllowance | CustomizableAllowance | MeterAllowance

/** What a plan itself states of a feature: an allowance, or that it takes the parent's away. */
export type Statement = Allowance | { readonly removed: true }

/** Some fields of an allowance; the rest comes from the allowance in force. */
export type AllowancePatch =
  | Partial<BooleanAllowance>
  | Partial<CustomizableAllowance>
  | Partial<MeterAllowance>

/** A dated patch of one feature's allowance for one customer. */
export interface Override {
  readonly featureId: string
  readonly allowance: AllowancePatch
  /** Whether it also applies while the customer has neither a subscription nor a default plan. */
  readonly standalone: boolean
  readonly startAt: Instant
  readonly expiresAt: Instant | null
}

/** Whether the allowance is a meter's. */
export function isMeterAllowance(allowance: Allowance): allowance is MeterAllowance {
  return 'limit' in allowance
}
