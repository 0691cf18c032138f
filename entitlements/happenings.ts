/**
 * Happenings: what became of a subscription or an override between two moments, for whoever wants to hear of it.
 *
 * One comparison for what time does and for what an act does: time leaves the facts and moves the instant, an act
 * leaves the instant and replaces the facts. So both are told in the same words, and none of them twice.
 */
import type { Override } from './allowance.ts'
import type { Instant } from './instant.ts'
import { datesOf, endOf, graceOf, phaseAt } from './status.ts'
import type { EndedBecause, Subscription } from './subscription.ts'

/** In the order in which those of one instant are told. */
export type SubscriptionHappening =
  | 'subscription.started'
  | 'subscription.trial_ended'
  | 'subscription.updated'
  | 'grace.started'
  | 'grace.ended'
  | 'subscription.ended'

export type OverrideHappening = 'override.started' | 'override.expired'

/** Why nobody is waited for any more. */
export type GraceEndedBecause = 'paid' | 'lapsed' | 'canceled' | 'refunded'

/** A subscription as its facts were known at an instant. */
export interface Moment {
  readonly subscription: Subscription
  readonly at: Instant
}

/** Something that happened, and when. */
export interface Dated<H> {
  readonly type: H
  readonly at: Instant
}

/**
 * What lies between two moments of one subscription; `before` is null where it has just come to be.
 *
 * A phase is another only where it begins: before the start and after an end nobody is on any. Grace and trial run on
 * through a pause.
 */
export function happeningsBetween(
  before: Moment | null,
  after: Moment,
): readonly SubscriptionHappening[] {
  const was = before === null ? NOTHING : stateOf(before)
  const is = stateOf(after)
  const happenings: SubscriptionHappening[] = []
  if (!was.begun && is.begun && !is.ended) happenings.push('subscription.started')
  if (was.inTrial && !is.inTrial && isTrialOver(after)) happenings.push('subscription.trial_ended')
  const stays = was.begun && !was.ended && !is.ended
  if (stays && was.phase !== is.phase) happenings.push('subscription.updated')
  if (!was.inGrace && is.inGrace) happenings.push('grace.started')
  if (was.inGrace && !is.inGrace) happenings.push('grace.ended')
  if (!was.ended && is.ended) happenings.push('subscription.ended')
  return happenings
}

/** What time alone does to a subscription in `(after, until]`, in its order. */
export function happeningsOf(
  subscription: Subscription,
  after: Instant,
  until: Instant,
): readonly Dated<SubscriptionHappening>[] {
  return datesWithin(subscription, after, until).flatMap((at) => happeningsAt(subscription, at))
}

/** The first instant later than `after` at which time does something to a subscription; null where it never will. */
export function happensAfter(subscription: Subscription, after: Instant): Instant | null {
  const dates = datesWithin(subscription, after, Number.POSITIVE_INFINITY)
  return dates.find((at) => happeningsAt(subscription, at).length > 0) ?? null
}

/** What time alone does to an override in `(after, until]`, in its order. */
export function overrideHappeningsOf(
  { startAt, expiresAt }: Pick<Override, 'startAt' | 'expiresAt'>,
  after: Instant,
  until: Instant,
): readonly Dated<OverrideHappening>[] {
  const dates: Dated<OverrideHappening>[] = [{ type: 'override.started', at: startAt }]
  if (expiresAt !== null) dates.push({ type: 'override.expired', at: expiresAt })
  return dates.filter(({ at }) => at > after && at <= until)
}

/** Why a grace that ran until just before this moment runs no more. */
export function graceEndedBecause({ subscription, at }: Moment): GraceEndedBecause {
  const end = endOf(subscription)
  return end === null || end.at > at ? 'paid' : GRACE_ENDED_BECAUSE[end.because]
}

const GRACE_ENDED_BECAUSE = {
  grace_ended: 'lapsed',
  trial_ended: 'lapsed',
  canceled: 'canceled',
  refunded: 'refunded',
} as const satisfies Record<EndedBecause, GraceEndedBecause>

interface State {
  readonly begun: boolean
  readonly ended: boolean
  readonly inTrial: boolean
  readonly inGrace: boolean
  /** The terms in force, written out. */
  readonly phase: string
}

const NOTHING: State = { begun: false, ended: false, inTrial: false, inGrace: false, phase: '' }

function stateOf({ subscription, at }: Moment): State {
  const { startAt, trialEndAt } = subscription
  const end = endOf(subscription)
  const grace = graceOf(subscription)
  const ended = end !== null && at >= end.at
  const begun = at >= startAt
  const { planId, chargePeriod, quantity } = phaseAt(subscription, at)
  return {
    begun,
    ended,
    inTrial: begun && !ended && trialEndAt !== null && at < trialEndAt,
    inGrace: !ended && grace !== null && at >= grace.startedAt,
    phase: JSON.stringify([planId, chargePeriod, quantity]),
  }
}

/** Not so where the whole subscription ended before its trial would have. */
function isTrialOver({ subscription: { trialEndAt }, at }: Moment): boolean {
  return trialEndAt !== null && at >= trialEndAt
}

function datesWithin(subscription: Subscription, after: Instant, until: Instant): Instant[] {
  const dates = [...new Set(datesOf(subscription))].filter((at) => at > after && at <= until)
  return dates.toSorted((a, b) => a - b)
}

function happeningsAt(
  subscription: Subscription,
  at: Instant,
): readonly Dated<SubscriptionHappening>[] {
  const types = happeningsBetween({ subscription, at: at - 1 }, { subscription, at })
  return types.map((type) => ({ type, at }))
}
