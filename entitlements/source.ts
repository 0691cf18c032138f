import type { Source } from './entitlement.ts'
import type { Grant } from './grant.ts'

/** Where a grant comes from: the plan and its ancestor, the default plan, or the override. */
export function sourceOf({ holding, compiled, override }: Grant): Source {
  const planId = holding.plan?.id
  const inherited = compiled !== null && override === null && compiled.fromPlanId !== planId
  return {
    kind: override === null ? holding.kind : 'override',
    ...(planId === undefined ? {} : { planId }),
    ...(inherited ? { inheritedFrom: compiled.fromPlanId } : {}),
    ...(holding.kind === 'plan' ? { subscriptionId: holding.id } : {}),
    ...(override?.expiresAt == null ? {} : { expiresAt: override.expiresAt }),
  }
}
