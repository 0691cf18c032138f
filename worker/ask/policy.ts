import type { Access } from '../../entitlements/access.ts'
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { accessWithoutCustomer } from '../../entitlements/policy.ts'
import type { NoView } from './view.ts'

/** The answer where there is no view. */
export function policyFor(
  { head, status }: NoView,
  featureId: string,
): { readonly entitlement: Entitlement; readonly access: Access } {
  return accessWithoutCustomer(status, head?.head.features ?? null, featureId)
}
