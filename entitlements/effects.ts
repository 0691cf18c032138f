/**
 * What each action does to a subscription's dated facts. Which of them applies in which status is the
 * business of the table in `lifecycle.ts`.
 */
import { billingPeriodAt } from './billing.ts'
import type { Instant, Period } from './instant.ts'
import { isSame, pendingPhase, withoutPending, withPhase } from './phases.ts'
import type { Terms } from './phases.ts'
import { err, ok } from './result.ts'
import type { Result } from './result.ts'
import { anchorOf, graceOf, isRestorable, phaseAt, statusAt } from './status.ts'
import type { Subscription } from './subscription.ts'

/** Everything that can be done to a subscription, with what must be known to do it. */
export interface ActionData {
  readonly change: {
    readonly to: Terms
    /** Ranks of the plan in force and of the plan to enter. */
    readonly fromRank: number
    readonly toRank: number
    /** `auto`: a downgrade waits for the end of the billing period, anything else happens now. */
    readonly when: 'auto' | 'now' | 'period_end'
  }
  readonly cancel: { readonly when: 'now' | 'period_end' | { readonly at: Instant } }
  readonly undo: object
  readonly pause: object
  readonly resume: object
  readonly end_trial: object
  /** The provider's dates for the next billing period; null leaves it to arithmetic. */
  readonly renew: { readonly period: Period | null }
  /** When the payment failed, and for how long (≥ 0) access stays from then on while nobody pays. */
  readonly payment_failed: { readonly failedAt: Instant; readonly graceMs: number }
  /** The period that was paid for, where the provider says it: a new one is a renewal besides. */
  readonly payment_succeeded: { readonly period: Period | null }
  /** A partial refund is heard without effect. */
  readonly refund: { readonly full: boolean }
}

export const ACTIONS = [
  'change',
  'cancel',
  'undo',
  'pause',
  'resume',
  'end_trial',
  'renew',
  'payment_failed',
  'payment_succeeded',
  'refund',
] as const

export type Action = (typeof ACTIONS)[number]

/** One action with its data. */
export type ActionOf<A extends Action> = { [K in A]: { readonly action: K } & ActionData[K] }[A]

/** Why an action that the status allows is still not possible. */
export type Obstacle =
  /** There is no period whose end could be waited for; `now` would do. */
  | 'no_billing_period'
  /** The date asked for is not in the future. */
  | 'date_passed'
  | 'nothing_pending'
  /** An act ended it: what a payment restores is only what time ended. */
  | 'ended_by_act'

/** What a cell of the table holds where it does not refuse. */
export interface Effect<A extends Action> {
  /** For the printed table. */
  readonly does: string
  /** What stands in the way whatever the action's data are; absent: nothing. */
  readonly obstacle?: (subscription: Subscription, now: Instant) => Obstacle | null
  readonly apply: (
    subscription: Subscription,
    action: ActionOf<A>,
    now: Instant,
  ) => Result<Subscription, Obstacle>
}

/** Before the start there is nothing to lose: the subscription begins on the other plan. */
export const changeStart: Effect<'change'> = {
  does: 'begins on the new plan',
  apply: (subscription, { to, when }) =>
    when === 'period_end'
      ? err('no_billing_period')
      : ok(withPhase(subscription, { ...to, from: subscription.startAt, atPeriodEnd: false })),
}

/** Replaces whatever was pending: one pending change or cancellation at a time. */
export const change: Effect<'change'> = {
  does: 'upgrade now; downgrade at period end',
  apply: (subscription, { to, fromRank, toRank, when }, now) => {
    const current = phaseAt(subscription, now)
    const settled = withoutPending(subscription, now)
    if (isSame(current, to)) return ok(settled)
    const periodEnd = billingPeriodAt(subscription, now)?.endAt ?? null
    const isDowngrade = toRank < fromRank || to.quantity < current.quantity
    const waits = when === 'period_end' || (when === 'auto' && isDowngrade)
    if (waits && periodEnd !== null) {
      const kept = withoutCancellation(settled)
      return ok(withPhase(kept, { ...to, from: periodEnd, atPeriodEnd: true }))
    }
    if (when === 'period_end') return err('no_billing_period')
    return ok(withPhase(settled, { ...to, from: now, atPeriodEnd: false }))
  },
}

export const cancel: Effect<'cancel'> = {
  does: 'ends at period end, now, or on a date',
  apply: (subscription, { when }, now) => {
    const settled = withoutPending(withoutCancellation(subscription), now)
    if (when === 'now') return ok({ ...settled, ended: { at: now, because: 'canceled' } })
    if (when !== 'period_end') {
      return when.at > now ? ok({ ...settled, cancelAt: when.at }) : err('date_passed')
    }
    const period = billingPeriodAt(subscription, now)
    if (period === null) return err('no_billing_period')
    return ok({ ...settled, cancelAt: period.endAt, cancelAtPeriodEnd: true })
  },
}

export const undo: Effect<'undo'> = {
  does: 'takes back the pending change or cancellation',
  obstacle: (subscription, now) =>
    subscription.cancelAt === null && pendingPhase(subscription, now) === null
      ? 'nothing_pending'
      : null,
  apply: (subscription, _, now) => ok(withoutPending(withoutCancellation(subscription), now)),
}

export const pause: Effect<'pause'> = {
  does: 'access stops; periods run on',
  apply: (subscription, _, now) => ok({ ...subscription, pausedAt: now }),
}

export const resume: Effect<'resume'> = {
  does: 'access is back; same anchor',
  apply: (subscription) => ok({ ...subscription, pausedAt: null }),
}

/** What was to happen at the trial's end happens now, and the grid of periods is pinned here. */
export const endTrial: Effect<'end_trial'> = {
  does: 'the trial ends now',
  apply: (subscription, _, now) => {
    const { grace, trialEndAt } = subscription
    const moved = grace !== null && grace.startedAt === trialEndAt
    return ok({
      ...redate(subscription, now, now),
      trialEndAt: now,
      billingPeriod: null,
      grace: moved ? { startedAt: now, endsAt: now + grace.endsAt - grace.startedAt } : grace,
    })
  },
}

export const renew: Effect<'renew'> = {
  does: 'the next billing period; what waits for its end is re-dated',
  apply: (subscription, { period }, now) => ok(inPeriod(subscription, period, now)),
}

/** Before the start and in a trial nothing is owed yet: grace begins where that is over. */
export const startGrace: Effect<'payment_failed'> = {
  does: 'grace starts, not before a trial is over',
  apply: (subscription, { failedAt, graceMs }, now) => {
    if (graceOf(subscription) !== null) return ok(subscription)
    const startedAt = Math.max(Math.min(failedAt, now), anchorOf(subscription))
    return ok({ ...subscription, grace: { startedAt, endsAt: startedAt + graceMs } })
  },
}

export const keepGrace: Effect<'payment_failed'> = {
  does: 'no effect: grace runs on and does not restart',
  apply: (subscription) => ok(subscription),
}

export const settle: Effect<'payment_succeeded'> = {
  does: 'paid: no grace, nothing ends with the trial; a new period renews',
  apply: (subscription, { period }, now) => ok(inPeriod(paid(subscription), period, now)),
}

export const restore: Effect<'payment_succeeded'> = {
  does: 'restored now if grace or an unpaid trial ended it; same anchor, usage kept',
  obstacle: (subscription, now) =>
    isRestorable(subscription) && statusAt(paid(subscription), now) !== 'ended'
      ? null
      : 'ended_by_act',
  apply: (subscription, { period }, now) => ok(inPeriod(paid(subscription), period, now)),
}

export const refund: Effect<'refund'> = {
  does: 'full: ends now; partial: no effect',
  apply: (subscription, _, now) => ok({ ...subscription, ended: { at: now, because: 'refunded' } }),
}

/** What a payment could still have restored is final after a refund. */
export const refundEnded: Effect<'refund'> = {
  does: 'full: a payment restores it no more; partial: no effect',
  obstacle: (subscription) => (isRestorable(subscription) ? null : 'ended_by_act'),
  apply: refund.apply,
}

function paid(subscription: Subscription): Subscription {
  return { ...subscription, grace: null, endsWithTrial: false }
}

/** With a provider's dates for its billing period. Dates that have passed say nothing of what is still to come. */
function inPeriod(subscription: Subscription, period: Period | null, now: Instant): Subscription {
  if (period === null || period.endAt <= now) return subscription
  const former = billingPeriodAt(subscription, now)
  const to = former !== null && isNext(former, period) ? period.startAt : period.endAt
  return { ...redate(subscription, to, now), billingPeriod: period }
}

function withoutCancellation(subscription: Subscription): Subscription {
  return { ...subscription, cancelAt: null, cancelAtPeriodEnd: false }
}

/** Moves what waits for the end of the billing period; what would lie in the past happens now. */
function redate(subscription: Subscription, to: Instant, now: Instant): Subscription {
  const at = Math.max(to, now)
  const cancelAt = subscription.cancelAtPeriodEnd ? at : subscription.cancelAt
  const pending = pendingPhase(subscription, now)
  const moved = pending?.atPeriodEnd
    ? withPhase(withoutPending(subscription, now), { ...pending, from: at })
    : subscription
  return { ...moved, cancelAt }
}

/**
 * Whether a provider's dates speak of the next period rather than correct the current one. Its dates and
 * ours differ by seconds, so the nearer end of the current period decides.
 */
function isNext(current: Period, period: Period): boolean {
  const middle = current.startAt + (current.endAt - current.startAt) / 2
  return period.startAt >= middle
}
