import type { Statement } from './allowance.ts'
import type { CompiledAllowance, CompiledPlan } from './catalogue.ts'

/**
 * What a plan allows and takes away, given what it states itself and what its parent allows.
 *
 * A stated allowance replaces the parent's as a whole. It is marked `overridden` only where the parent has
 * one; taking away what the parent does not have says nothing. What a plan took away is unknown to its own
 * children, who may state it again as their own.
 */
export function inherit(
  plan: { readonly id: string; readonly statements: ReadonlyMap<string, Statement> },
  parent: CompiledPlan | undefined,
): Pick<CompiledPlan, 'allowances' | 'removed'> {
  const allowances = new Map<string, CompiledAllowance>()
  const removed = new Map<string, string>()

  for (const [featureId, inherited] of parent?.allowances ?? []) {
    const statement = plan.statements.get(featureId)
    if (statement === undefined) allowances.set(featureId, { ...inherited, mark: 'inherited' })
    else if ('removed' in statement) removed.set(featureId, inherited.fromPlanId)
  }
  for (const [featureId, statement] of plan.statements) {
    if ('removed' in statement) continue
    const mark = parent?.allowances.has(featureId) ? 'overridden' : 'own'
    allowances.set(featureId, { allowance: statement, mark, fromPlanId: plan.id })
  }
  return { allowances, removed }
}
