/**
 * What a subscription is at an instant, computed from its dated facts.
 *
 * Nothing here writes: a grace that has run out stays a dated grace, so that a later payment finds it
 * and nobody has to be awake when it ends.
 */
import type { Instant } from './instant.ts'
import { invariant } from './invariant.ts'
import type {
  EndedBecause,
  Grace,
  Phase,
  Subscription,
  SubscriptionStatus,
} from './subscription.ts'

/** When and why a subscription ends. */
export interface Ending {
  readonly at: Instant
  readonly because: EndedBecause
}

/**
 * The status at an instant; total, for every subscription and every instant.
 *
 * The order decides where several apply: an end outweighs a pause, a pause outweighs an unpaid bill, an
 * unpaid bill outweighs a trial. Stretches are half-open: at the very millisecond of an end it has ended.
 */
export function statusAt(subscription: Subscription, at: Instant): SubscriptionStatus {
  const end = endOf(subscription)
  if (end !== null && at >= end.at) return 'ended'
  if (at < subscription.startAt) return 'scheduled'
  if (subscription.pausedAt !== null && at >= subscription.pausedAt) return 'paused'
  const grace = graceOf(subscription)
  if (grace !== null && at >= grace.startedAt) return 'past_due'
  if (subscription.trialEndAt !== null && at < subscription.trialEndAt) return 'trialing'
  return 'active'
}

/**
 * The earliest end that the facts name, past or future; null when nothing ends the subscription.
 *
 * Of ends at the same instant an act outweighs a lapse, so that cancelling at the end of an unpaid trial
 * leaves nothing to restore.
 */
export function endOf(subscription: Subscription): Ending | null {
  const { ended, cancelAt, trialEndAt, endsWithTrial } = subscription
  const grace = graceOf(subscription)
  const unpaid = endsWithTrial && trialEndAt !== null && isPriced(subscription, trialEndAt)
  const ends: (Ending | null)[] = [
    ended,
    cancelAt === null ? null : { at: cancelAt, because: 'canceled' },
    grace === null ? null : { at: grace.endsAt, because: 'grace_ended' },
    unpaid ? { at: trialEndAt, because: 'trial_ended' } : null,
  ]
  return ends.reduce((first, end) => (first === null || (end && end.at < first.at) ? end : first))
}

/** Whether a status gives access: trialing, active or past due. */
export function isLive(status: SubscriptionStatus): boolean {
  return status === 'trialing' || status === 'active' || status === 'past_due'
}

/** The phase in force at an instant; before the start the first one. */
export function phaseAt(subscription: Subscription, at: Instant): Phase {
  const phase =
    subscription.phases.findLast((candidate) => candidate.from <= at) ?? subscription.phases[0]
  invariant(phase !== undefined, 'a subscription has at least one phase')
  return phase
}

/** Where the grid of billing and usage periods is pinned: the trial's end, else the start. */
export function anchorOf(subscription: Subscription): Instant {
  return subscription.trialEndAt ?? subscription.startAt
}

/**
 * Whether a payment can bring the subscription back once it has ended: only time ended it, no act did.
 *
 * Says nothing about now: true also while the grace or the trial in question still runs.
 */
export function isRestorable(subscription: Subscription): boolean {
  const because = endOf(subscription)?.because
  const lapses = because === 'grace_ended' || because === 'trial_ended'
  return lapses && subscription.ended === null
}

/**
 * The grace that counts; null where none was dated, or where it would begin on a phase that is free of
 * charge (a provider-driven trial that goes down to a free plan at its end owes nothing).
 */
export function graceOf(subscription: Subscription): Grace | null {
  const { grace } = subscription
  return grace !== null && isPriced(subscription, grace.startedAt) ? grace : null
}

/**
 * The first instant later than `after` at which the status or the phase is another, or null.
 *
 * What a payment can bring back goes on from phase to phase after it has lapsed: it comes back as what it would be.
 */
export function changesAfter(subscription: Subscription, after: Instant): Instant | null {
  const status = statusAt(subscription, after)
  if (status === 'ended' && !isRestorable(subscription)) return null
  const phase = phaseAt(subscription, after)
  const dates = datesOf(subscription).filter((at) => at > after)
  const first = dates
    .sort((a, b) => a - b)
    .find((at) => statusAt(subscription, at) !== status || phaseAt(subscription, at) !== phase)
  return first ?? null
}

/** Every instant at which a fact begins or ceases to matter. */
export function datesOf(subscription: Subscription): Instant[] {
  return [
    subscription.startAt,
    subscription.trialEndAt,
    subscription.pausedAt,
    graceOf(subscription)?.startedAt,
    endOf(subscription)?.at,
    ...subscription.phases.map((phase) => phase.from),
  ].filter((at): at is Instant => typeof at === 'number')
}

/** Whether the phase in force at an instant costs anything. */
function isPriced(subscription: Subscription, at: Instant): boolean {
  return phaseAt(subscription, at).chargePeriod !== null
}
