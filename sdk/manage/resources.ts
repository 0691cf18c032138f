/** What the control plane is told and answers, as its client sees it. A test holds these types to the wire's schemas. */
import type { Entitlement } from '../../schema/calls.ts'

/** On its way in; in answers instants are RFC 3339 text in UTC. */
export type Instant = Date | string

export type ChargePeriod =
  | 'one_time'
  | 'daily'
  | 'weekly'
  | 'every_28_days'
  | 'monthly'
  | 'quarterly'
  | 'half_yearly'
  | 'yearly'

/** Whatever its owner keeps with it: at most 50 keys and 8 KB. */
export type Metadata = { readonly [name: string]: unknown }

/** What every change adds to its answer. */
export interface Changed {
  /** The client remembers it; give it to a process that reads what was changed here. */
  readonly consistencyToken: string
  /** `pending`: it stands, and reaches every copy within a minute. */
  readonly propagation: 'done' | 'pending'
}

/** A page of a list; `nextCursor` null: the last. */
export interface Page<T> {
  readonly data: readonly T[]
  readonly nextCursor: string | null
}

export interface PageQuery {
  /** 1 to 100; 25 where absent. */
  readonly pageSize?: number
  /** What `nextCursor` was. */
  readonly cursor?: string
}

export interface CustomerFields {
  readonly name?: string | null
  readonly email?: string | null
  /** Days of access after a failed payment; the plan's or the deployment's where null. */
  readonly graceDays?: number | null
  readonly metadata?: Metadata | null
}

export interface Customer {
  readonly id: string
  readonly name: string | null
  readonly email: string | null
  readonly graceDays: number | null
  readonly metadata: Metadata
  readonly createdAt: string
  readonly archivedAt: string | null
  /** The sandbox's test clock, where the customer has one. */
  readonly clockAt?: string | undefined
  readonly revision: number
}

export interface CustomerQuery extends PageQuery {
  /** The beginning of an id, a name or an e-mail address. */
  readonly q?: string
  readonly planId?: string
  readonly status?: SubscriptionStatus
  readonly overridden?: boolean
  readonly overLimit?: boolean
}

export type SubscriptionStatus =
  | 'scheduled'
  | 'trialing'
  | 'active'
  | 'past_due'
  | 'paused'
  | 'ended'

export interface SubscriptionInput {
  readonly planId: string
  /** Needed where the plan has several prices. */
  readonly chargePeriod?: ChargePeriod
  /** Of an add-on; 1 where absent. */
  readonly quantity?: number
  /** Now where absent; in the future: scheduled. */
  readonly startAt?: Instant
  /** The plan's where absent. */
  readonly trialDays?: number
  readonly provider?: { readonly name: string; readonly reference: string }
  readonly metadata?: Metadata
}

export interface Subscription {
  readonly id: string
  readonly customerId: string
  readonly planId: string
  readonly chargePeriod: ChargePeriod | null
  readonly quantity: number
  readonly status: SubscriptionStatus
  readonly startAt: string
  readonly anchorAt: string
  readonly currentPeriod: { readonly startAt: string; readonly endAt: string } | null
  readonly trialEndAt: string | null
  readonly grace: { readonly startedAt: string; readonly endsAt: string } | null
  readonly pendingChange: {
    readonly planId: string
    readonly chargePeriod: ChargePeriod | null
    readonly quantity: number
    readonly at: string
  } | null
  readonly cancelAt: string | null
  readonly endedAt: string | null
  readonly endedBecause: 'canceled' | 'grace_ended' | 'refunded' | 'trial_ended' | null
  readonly provider: { readonly name: string; readonly reference: string } | null
  readonly metadata: Metadata
  readonly createdAt: string
  readonly revision: number
}

export interface SubscriptionQuery extends PageQuery {
  readonly status?: SubscriptionStatus
  readonly planId?: string
}

export interface SubscriptionChange {
  readonly planId: string
  readonly chargePeriod?: ChargePeriod
  readonly quantity?: number
  /** By rank where absent: what is better now, what is less at the period's end. */
  readonly when?: 'auto' | 'now' | 'period_end'
}

/** What a change would do, while nothing changes. */
export interface SubscriptionPreview {
  readonly at: string
  readonly gains: readonly string[]
  readonly losses: readonly string[]
  readonly changes: readonly {
    readonly featureId: string
    readonly before: Entitlement
    readonly after: Entitlement
  }[]
  readonly overLimit: readonly string[]
}

/** At the period's end where it says nothing. */
export type Cancellation =
  | { readonly when?: 'period_end' | 'now'; readonly at?: never }
  | { readonly at: Instant; readonly when?: never }

/** Some fields of an allowance: those of the feature's own type. */
export interface AllowancePatch {
  readonly enabled?: boolean
  /** Any JSON but null. */
  readonly value?: unknown
  readonly limit?: number | 'unlimited'
  readonly enforcement?: 'hard' | 'soft'
  readonly reset?:
    | 'never'
    | 'daily'
    | 'weekly'
    | 'every_28_days'
    | 'monthly'
    | 'quarterly'
    | 'yearly'
  readonly anchor?: 'subscription' | 'calendar'
  readonly rollover?: { readonly percent: number; readonly max: number | null } | null
  readonly alertsAt?: readonly number[]
  readonly onPlanChange?: 'carry' | 'reset'
}

export interface OverrideInput {
  readonly allowance: AllowancePatch
  /** Also without a subscription. */
  readonly standalone?: boolean
  readonly startAt?: Instant
  /** Until it is reverted where null or absent. */
  readonly expiresAt?: Instant | null
  readonly reason?: string | null
}

export interface Override {
  readonly customerId: string
  readonly featureId: string
  readonly allowance: AllowancePatch
  readonly standalone: boolean
  readonly reason: string | null
  readonly startAt: string
  readonly expiresAt: string | null
  readonly createdAt: string
  readonly createdBy: string
}

export interface CheckoutInput {
  readonly planId: string
  /** `{CHECKOUT_SESSION_ID}` in it is replaced. */
  readonly successUrl: string
  readonly cancelUrl?: string
  /** Needed where the plan has several prices. */
  readonly chargePeriod?: ChargePeriod
  readonly currency?: string
  readonly quantity?: number
  /** The application's own id; without one a customer is made when the payment succeeds. */
  readonly customerId?: string
  readonly when?: 'auto' | 'now' | 'period_end'
  readonly metadata?: Metadata
}

export interface CheckoutSession {
  readonly id: string
  readonly status: 'open' | 'completed' | 'expired'
  readonly customerId: string | null
  readonly subscriptionId: string | null
  /** Of what was bought; null until then. */
  readonly consistencyToken: string | null
  /** Where to send the customer. */
  readonly url: string
  readonly planId: string
  readonly chargePeriod: ChargePeriod | null
  readonly quantity: number
  readonly price: { readonly amount: number; readonly currency: string } | null
  readonly trialDays: number
  readonly when: 'auto' | 'now' | 'period_end'
  readonly successUrl: string
  readonly cancelUrl: string | null
  readonly provider: string | null
  readonly metadata: Metadata
  readonly createdAt: string
  readonly expiresAt: string
  readonly completedAt: string | null
  /** Why a payment that was taken has bought nothing; null: that has not happened. */
  readonly refusedBecause: string | null
  readonly revision: number
  readonly hint?: string | undefined
}

export interface CheckoutQuery extends PageQuery {
  readonly customerId?: string
  readonly status?: CheckoutSession['status']
}

export interface TokenInput {
  /** At most 3600; 900 where absent. */
  readonly ttlSeconds?: number
  /** `read` where absent. */
  readonly scopes?: readonly ('read' | 'usage')[]
  /** The features that its holder may know of; all of them where absent. */
  readonly featureIds?: readonly string[]
}

export interface CustomerToken {
  readonly token: string
  readonly expiresAt: string
}

export interface PortalInput {
  /** Where the page leads back to. */
  readonly returnUrl?: string
  /** 60 to 86,400; 1800 where absent. */
  readonly ttlSeconds?: number
}

export interface PortalSession {
  readonly url: string
  readonly expiresAt: string
}
