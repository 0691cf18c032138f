/** A subscription as D1 holds it, one column a fact, and as the domain knows it. */
import type { Instant } from '../entitlements/instant.ts'
import type { EndedBecause, Phase, Subscription } from '../entitlements/subscription.ts'

/** The columns of `subscriptions` that decide what the subscription gives. */
export interface SubscriptionFacts {
  readonly id: string
  readonly startAt: Instant
  readonly phases: readonly Phase[]
  readonly trialEndAt: Instant | null
  readonly endsWithTrial: boolean
  readonly graceStartedAt: Instant | null
  readonly graceEndsAt: Instant | null
  readonly pausedAt: Instant | null
  readonly cancelAt: Instant | null
  readonly cancelAtPeriodEnd: boolean
  readonly endedAt: Instant | null
  readonly endedBecause: EndedBecause | null
  readonly periodStartAt: Instant | null
  readonly periodEndAt: Instant | null
  /** Null: nobody but the API's callers drives it. */
  readonly providerName: string | null
}

/** Reads the domain's subscription out of a row. The table's checks keep each pair of columns whole. */
export function subscriptionOf(facts: SubscriptionFacts): Subscription {
  const { graceStartedAt, graceEndsAt, endedAt, endedBecause, periodStartAt, periodEndAt } = facts
  return {
    id: facts.id,
    startAt: facts.startAt,
    phases: facts.phases,
    trialEndAt: facts.trialEndAt,
    endsWithTrial: facts.endsWithTrial,
    grace:
      graceStartedAt === null || graceEndsAt === null
        ? null
        : { startedAt: graceStartedAt, endsAt: graceEndsAt },
    pausedAt: facts.pausedAt,
    cancelAt: facts.cancelAt,
    cancelAtPeriodEnd: facts.cancelAtPeriodEnd,
    ended:
      endedAt === null || endedBecause === null ? null : { at: endedAt, because: endedBecause },
    billingPeriod:
      periodStartAt === null || periodEndAt === null
        ? null
        : { startAt: periodStartAt, endAt: periodEndAt },
    providerDriven: facts.providerName !== null,
  }
}

/** The columns that a domain subscription decides; who provides it is not among them. */
export function factsOf(subscription: Subscription): Omit<SubscriptionFacts, 'providerName'> {
  const { grace, ended, billingPeriod } = subscription
  return {
    id: subscription.id,
    startAt: subscription.startAt,
    phases: subscription.phases,
    trialEndAt: subscription.trialEndAt,
    endsWithTrial: subscription.endsWithTrial,
    graceStartedAt: grace?.startedAt ?? null,
    graceEndsAt: grace?.endsAt ?? null,
    pausedAt: subscription.pausedAt,
    cancelAt: subscription.cancelAt,
    cancelAtPeriodEnd: subscription.cancelAtPeriodEnd,
    endedAt: ended?.at ?? null,
    endedBecause: ended?.because ?? null,
    periodStartAt: billingPeriod?.startAt ?? null,
    periodEndAt: billingPeriod?.endAt ?? null,
  }
}
