import type { Entitlement } from '../entitlements/entitlement.ts'
import type { Head } from './head.ts'
import { suggestion } from './suggest.ts'

/** What would help a customer who was refused; null where nothing is known to. */
export function hintFor(
  { featureId, missing }: Entitlement,
  head: Pick<Head, 'features'> | null,
): string | null {
  switch (missing) {
    case 'unknown_feature': {
      const meant = suggestion(featureId, head?.features.keys() ?? [])
      return meant === null ? null : `Did you mean '${meant}'?`
    }
    case 'unknown_customer':
      return 'PUT /v1/customers/{id} makes a customer.'
    case 'no_subscription':
    case 'subscription_ended':
    case 'grace_ended':
    case 'not_in_plan':
      return grantedBy(head?.features.get(featureId)?.grantedBy ?? [])
    case 'paused':
    case 'disabled':
    case 'limit_reached':
    case 'unavailable':
    case 'unlimited':
    case 'within_limit':
    case 'over_soft_limit':
    case 'enabled':
    case 'value':
    case null:
      return null
  }
}

function grantedBy(planIds: readonly string[]): string | null {
  if (planIds.length === 0) return null
  return planIds.length === 1
    ? `Plan ${planIds[0]} has it.`
    : `Plans ${planIds.join(', ')} have it.`
}
