import type { Instant, Period } from './instant.ts'
import { chargePeriodAt } from './period.ts'
import { anchorOf, endOf, phaseAt } from './status.ts'
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

function covers(period: Period, at: Instant): boolean {
  return period.startAt <= at && at < period.endAt
}
