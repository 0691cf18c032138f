import type { Instant, Period } from './instant.ts'

export type ChargePeriod =
  | 'one_time'
  | 'daily'
  | 'weekly'
  | 'every_28_days'
  | 'monthly'
  | 'quarterly'
  | 'half_yearly'
  | 'yearly'

/** In the order of a subscription's life. */
export const SUBSCRIPTION_STATUSES = [
  'scheduled',
  'trialing',
  'active',
  'past_due',
  'paused',
  'ended',
] as const

export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number]

export type EndedBecause = 'canceled' | 'grace_ended' | 'refunded' | 'trial_ended'

/** A stretch of a subscription on one plan. Phases are contiguous; only the last is open. */
export interface Phase {
  readonly planId: string
  readonly chargePeriod: ChargePeriod | null
  readonly quantity: number
  readonly from: Instant
  readonly until: Instant | null
  /** Whether `from` was resolved from "at the end of the billing period", so that a provider's dates move it. */
  readonly atPeriodEnd: boolean
}

/** The time after a failed payment in which access stays. */
export interface Grace {
  readonly startedAt: Instant
  readonly endsAt: Instant
}

/** A customer's hold of a plan, as dated facts. Its status at an instant is computed, never stored as truth. */
export interface Subscription {
  readonly id: string
  readonly startAt: Instant
  /** At least one; the first begins at `startAt`. */
  readonly phases: readonly Phase[]
  readonly trialEndAt: Instant | null
  /** Whether nobody has paid and nobody will: access ends with the trial. */
  readonly endsWithTrial: boolean
  /** May lie in the future: a provider-driven trial is created with grace dated at its end. */
  readonly grace: Grace | null
  readonly pausedAt: Instant | null
  readonly cancelAt: Instant | null
  /** Whether `cancelAt` was resolved from "at the end of the billing period". */
  readonly cancelAtPeriodEnd: boolean
  /** Ended by an act: cancelled at once, refunded. */
  readonly ended: { readonly at: Instant; readonly because: EndedBecause } | null
  /** A payment provider's own dates for the current billing period; they replace the arithmetic. */
  readonly billingPeriod: Period | null
  /** Whether a payment provider drives it, so that silence at the trial's end means "not yet paid". */
  readonly providerDriven: boolean
}
