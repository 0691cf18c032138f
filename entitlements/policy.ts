import type { Access } from './access.ts'
import type { CatalogueFeature } from './catalogue.ts'
import type { Entitlement } from './entitlement.ts'
import { absent } from './evaluate.ts'

/**
 * The answer without a customer: nobody has this id, or nothing can be known. Then the feature's `onUnavailable`
 * speaks, on either side, and the reason says that it does.
 *
 * @param features Null where not even the catalogue is known.
 */
export function accessWithoutCustomer(
  status: 'unknown_customer' | 'unavailable',
  features: ReadonlyMap<string, CatalogueFeature> | null,
  featureId: string,
): { readonly entitlement: Entitlement; readonly access: Access } {
  const feature = features?.get(featureId)
  const reason = features !== null && feature === undefined ? 'unknown_feature' : status
  const hasAccess = reason === 'unavailable' && feature?.onUnavailable === 'allow'
  return {
    entitlement: absent(featureId, feature?.type ?? null, reason),
    access: { hasAccess, reason, warnings: [] },
  }
}
