import type { Instant, Period } from './instant.ts'
import { chargePeriodAt } from './period.ts'
import { anchorOf, endOf, phaseAt, statusAt } from './status.ts'
import type { Subscription } from './subscription.ts'

/**
 * The billing period that an instant lies in, or null where there is none: before the start, once the
 * subscription has ended, on a plan that is free or charged once.
 *
 * A payment provider's own dates win while they cover the instant. A trial is one billing period from the
 * start to the trial's end. Else arithmetic rolls on from the anchor, so that a silent provider never
 * leaves a gap.
 */
export function billingPeriodAt(subscription: Subscription, at: Instant): Period | null {
  const end = endOf(subscription)
  if (at < subscription.startAt || (end !== null && at >= end.at)) return null
  const { billingPeriod, trialEndAt, startAt } = subscription
  if (billingPeriod !== null && covers(billingPeriod, at)) return billingPeriod
  if (trialEndAt !== null && at < trialEndAt) return { startAt, endAt: trialEndAt }
  const { chargePeriod } = phaseAt(subscription, at)
  return chargePeriod === null ? null : chargePeriodAt(chargePeriod, anchorOf(subscription), at)
}

/**
 * The first billing period that nobody has paid for yet; null where nothing is charged period by period, or where what
 * is owed is none of a whole period.
 *
 * Paid for are a provider's dates, else the trial, else the first period. Who owes for a period in force pays for that
 * one, and not for those that were missed before it.
 */
export function unpaidPeriodAt(subscription: Subscription, at: Instant): Period | null {
  const status = statusAt(subscription, at)
  const paidUntil = paidUntilOf(subscription, at)
  const isOwing = status === 'past_due' || status === 'ended'
  if (paidUntil === null || (isOwing && paidUntil > at)) return null
  const from = Math.max(paidUntil, at)
  const { chargePeriod } = phaseAt(subscription, from)
  const period = chargePeriod && chargePeriodAt(chargePeriod, anchorOf(subscription), from)
  // Where it is charged in longer periods from then on, the first of them may have begun before.
  return period && { ...period, startAt: Math.max(period.startAt, paidUntil) }
}

function paidUntilOf(subscription: Subscription, at: Instant): Instant | null {
  const { billingPeriod, trialEndAt, startAt } = subscription
  const paid = billingPeriod?.endAt ?? trialEndAt
  if (paid !== null) return paid
  const { chargePeriod } = phaseAt(subscription, at)
  const first = chargePeriod && chargePeriodAt(chargePeriod, startAt, startAt)
  return first && first.endAt
}

function covers(period: Period, at: Instant): boolean {
  return period.startAt <= at && at < period.endAt
}
