/** The oracle's own reading of a subscription's dated facts. */
import type { Customer } from '../../entitlements/customer.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { Subscription } from '../../entitlements/subscription.ts'

export function statusOf(subscription: Subscription, at: Instant): string {
  if (isEnded(subscription, at)) return 'ended'
  if (at < subscription.startAt) return 'scheduled'
  return subscription.pausedAt !== null && subscription.pausedAt <= at ? 'paused' : 'holds'
}

/** The first of all ends that the facts name; an act before a lapse. */
export function endIn(subscription: Subscription): {
  readonly at: number
  readonly because: string
} {
  const { ended, cancelAt, grace, endsWithTrial, trialEndAt } = subscription
  const ends = [{ at: Infinity, because: 'never' }]
  if (ended !== null) ends.push({ at: ended.at, because: 'act' })
  if (cancelAt !== null) ends.push({ at: cancelAt, because: 'act' })
  if (grace !== null && costs(subscription, grace.startedAt)) {
    ends.push({ at: grace.endsAt, because: 'grace' })
  }
  if (endsWithTrial && trialEndAt !== null && costs(subscription, trialEndAt)) {
    ends.push({ at: trialEndAt, because: 'trial' })
  }
  const at = Math.min(...ends.map((end) => end.at))
  return ends.find((end) => end.at === at) ?? { at: Infinity, because: 'never' }
}

export function isEnded(subscription: Subscription, at: Instant): boolean {
  return endIn(subscription).at <= at
}

/** Whether it ever held: one that was called off before its start never did. */
function began(subscription: Subscription): boolean {
  return endIn(subscription).at >= subscription.startAt
}

export function canComeBack(subscription: Subscription): boolean {
  const { because } = endIn(subscription)
  return subscription.ended === null && (because === 'grace' || because === 'trial')
}

function costs(subscription: Subscription, at: Instant): boolean {
  return phaseOf(subscription, at).chargePeriod !== null
}

export function phaseOf({ phases }: Subscription, at: Instant) {
  const begun = phases.filter(({ from }) => from <= at)
  const phase = begun.at(-1) ?? phases[0]
  if (phase === undefined) throw new Error('A subscription without a phase')
  return phase
}

export function datesIn({ createdAt, subscriptions, overrides }: Customer): number[] {
  const dates = subscriptions.flatMap(
    ({ startAt, trialEndAt, pausedAt, grace, cancelAt, ended, phases }) => [
      startAt,
      trialEndAt,
      pausedAt,
      grace?.startedAt,
      grace?.endsAt,
      cancelAt,
      ended?.at,
      ...phases.map(({ from }) => from),
    ],
  )
  const others = overrides.flatMap(({ startAt, expiresAt }) => [startAt, expiresAt])
  return [createdAt, ...dates, ...others].filter((date) => typeof date === 'number')
}

/** Why a customer has none of a feature that nothing gives now. */
export function whyNot(customer: Customer, anythingHolds: boolean, at: Instant): string {
  if (anythingHolds) return 'not_in_plan'
  const all = customer.subscriptions
  if (all.some((each) => statusOf(each, at) === 'paused')) return 'paused'
  const ends = all.flatMap((each) => (isEnded(each, at) && began(each) ? [endIn(each)] : []))
  if (ends.length === 0) return 'no_subscription'
  const last = Math.max(...ends.map((end) => end.at))
  const because = ends.filter((end) => end.at === last).map((end) => end.because)
  return because.includes('grace') ? 'grace_ended' : 'subscription_ended'
}
