import type { Enforcement, Json, Limit } from './allowance.ts'
import type { FeatureType } from './catalogue.ts'
import type { Instant, Period } from './instant.ts'

/** Why an answer is what it is. Refusals in order of precedence, then grants; the order is contract. */
export const REASONS = [
  'unknown_feature',
  'unknown_customer',
  'no_subscription',
  'subscription_ended',
  'grace_ended',
  'paused',
  'not_in_plan',
  'disabled',
  'limit_reached',
  'unavailable',
  'unlimited',
  'within_limit',
  'over_soft_limit',
  'enabled',
  'value',
] as const

export type Reason = (typeof REASONS)[number]

/** What gives the customer the feature. */
export interface Source {
  readonly kind: 'plan' | 'default_plan' | 'override'
  readonly planId?: string
  /** The ancestor that states the allowance, where the plan inherits it. */
  readonly inheritedFrom?: string
  readonly subscriptionId?: string
  readonly expiresAt?: Instant
}

/** One lot as an answer shows it. */
export interface LotView {
  readonly kind: 'allowance' | 'carried'
  readonly grantedUnits: Limit
  readonly usedUnits: number
  readonly startAt: Instant
  readonly endsAt: Instant | null
  readonly source: Source
}

/** What a customer's meter reads now. */
export interface MeterReading {
  readonly limit: Limit
  readonly used: number
  readonly balance: Limit
  readonly overage: number
  readonly carried: number
  readonly enforcement: Enforcement
  /** Of the lot that ends soonest; null when nothing resets. */
  readonly period: Period | null
  readonly lots: readonly LotView[]
  readonly alertsAt: readonly number[]
}

/** The allowance that holds for one customer now, with its source: everything but the question's quantity. */
export interface Entitlement {
  readonly featureId: string
  /** Null for a feature that the catalogue does not have. */
  readonly type: FeatureType | null
  /** Why nothing holds; null when some allowance does. */
  readonly missing: Reason | null
  /** Boolean features only. */
  readonly enabled: boolean | null
  /** Customizable features only. */
  readonly value: Exclude<Json, null> | null
  /** Meters only; also present where only usage is left and no allowance. */
  readonly meter: MeterReading | null
  readonly sources: readonly Source[]
  readonly inherited: boolean
  readonly overridden: boolean
  /** When the override that decides ends. */
  readonly overrideExpiresAt: Instant | null
  /** The end of the grace that this entitlement rests on. */
  readonly graceEndsAt: Instant | null
}
