/** What a use of a meter is answered: the entitlement as the decision left it. */
import type { Access } from '../entitlements/access.ts'
import type { Entitlement } from '../entitlements/entitlement.ts'
import { accessTo, evaluate } from '../entitlements/evaluate.ts'
import type { Instant } from '../entitlements/instant.ts'
import type { Draft } from './draft.ts'

/** @param quantity What the answer is about: what was refused, else one more unit. */
export function entitlementAfter(
  draft: Draft,
  featureId: string,
  quantity: number,
  now: Instant,
): { readonly access: Access; readonly entitlement: Entitlement } {
  const { state, catalogue } = draft.held
  const { entitlement } = evaluate(state, catalogue, featureId, now)
  return { access: accessTo(entitlement, quantity, now), entitlement }
}
