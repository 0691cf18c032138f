import type { Access } from '../../entitlements/access.ts'
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { accessWithoutCustomer } from '../../entitlements/policy.ts'
import { headWithin, EVERYTHING, type Reach } from '../reach.ts'
import type { NoView } from './view.ts'

/** The answer where there is no view. */
export function policyFor(
  { head, status }: NoView,
  featureId: string,
  reach: Reach = EVERYTHING,
): { readonly entitlement: Entitlement; readonly access: Access } {
  const known = head && headWithin(reach, head.head)
  return accessWithoutCustomer(status, known?.features ?? null, featureId)
}
