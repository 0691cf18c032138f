import type { Customer } from './customer.ts'
import type { Reason } from './entitlement.ts'
import type { Holding } from './holding.ts'
import type { Instant } from './instant.ts'
import { endOf, statusAt } from './status.ts'

/**
 * Why a customer without any allowance for a feature has none.
 *
 * If anything holds, the plans just do not have it. If nothing holds, a paused subscription gives the reason,
 * else the one that ended last; one that has not begun says nothing yet.
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
    if (status === 'ended' && end !== null) ends.push(end)
  }
  const last = ends.toSorted((a, b) => b.at - a.at)[0]
  if (last === undefined) return 'no_subscription'
  return last.because === 'grace_ended' ? 'grace_ended' : 'subscription_ended'
}
