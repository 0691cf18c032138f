import type { Customer } from './customer.ts'
import type { Reason } from './entitlement.ts'
import type { Holding } from './holding.ts'
import type { Instant } from './instant.ts'
import { endOf, statusAt } from './status.ts'

/**
 * Why a customer without any allowance for a feature has none.
 *
 * If anything holds, the plans just do not have it. If nothing holds, a paused subscription gives the reason,
 * else the one that ended last; one that has not begun, or was called off before it did, says nothing.
 */
export function missingReason(
  customer: Customer,
  holdings: readonly Holding[],
  at: Instant,
): Reason {
  if (holdings.some(({ live }) => live)) return 'not_in_plan'
  const ends: { at: Instant; because: string }[] = []
  for (const subscription of customer.subscriptions) {
    const status = statusAt(subscription, at)
    if (status === 'paused') return 'paused'
    const end = endOf(subscription)
    if (status === 'ended' && end !== null && end.at >= subscription.startAt) ends.push(end)
  }
  if (ends.length === 0) return 'no_subscription'
  const lastAt = Math.max(...ends.map(({ at: end }) => end))
  // Of several at the same instant the one that a payment would bring back.
  const lapsed = ends.some((end) => end.at === lastAt && end.because === 'grace_ended')
  return lapsed ? 'grace_ended' : 'subscription_ended'
}
