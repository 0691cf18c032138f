import type { Entitlement } from './entitlement.ts'

/** The part of a hard limit, in percent, within which a copy leaves the decision to the customer object. */
const MARGIN_PERCENT = 5

/** Whether a grant is so close to a hard limit that somebody else's use may have taken it meanwhile. */
export function isNearLimit({ meter }: Entitlement, quantity: number): boolean {
  if (meter === null || meter.enforcement === 'soft') return false
  if (meter.limit === 'unlimited' || meter.balance === 'unlimited') return false
  const margin = (meter.limit * MARGIN_PERCENT) / 100
  return meter.balance - margin < Math.max(quantity, margin)
}
