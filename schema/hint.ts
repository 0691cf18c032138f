import type { CatalogueFeature } from '../entitlements/catalogue.ts'
import type { Entitlement } from '../entitlements/entitlement.ts'
import type { Head } from './head.ts'
import { suggestion } from './suggest.ts'

/** What would help a customer who was refused; null where nothing is known to. */
export function hintFor(
  { featureId, missing }: Pick<Entitlement, 'featureId' | 'missing'>,
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
      return grantedBy(head?.features.get(featureId))
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

function grantedBy(feature: CatalogueFeature | undefined): string | null {
  const { grantedBy: planIds = [], grantedByMore = 0 } = feature ?? {}
  if (planIds.length === 0) return null
  if (planIds.length === 1) return `Plan ${planIds[0]} has it.`
  const more = grantedByMore === 0 ? '' : ` and ${grantedByMore} more`
  return `Plans ${planIds.join(', ')}${more} have it.`
}
