import type { Access } from '../../entitlements/access.ts'
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { absent } from '../../entitlements/evaluate.ts'
import type { NoView } from './view.ts'

/**
 * The answer without a customer: nobody has this id, or nothing can be known. Then the feature's `onUnavailable`
 * speaks, on either side, and the reason says that it does.
 */
export function policyFor(
  { head, status }: NoView,
  featureId: string,
): { readonly entitlement: Entitlement; readonly access: Access } {
  const feature = head?.head.features.get(featureId)
  const reason = head !== null && feature === undefined ? 'unknown_feature' : status
  const hasAccess = reason === 'unavailable' && feature?.onUnavailable === 'allow'
  return {
    entitlement: absent(featureId, feature?.type ?? null, reason),
    access: { hasAccess, reason, warnings: [] },
  }
}
