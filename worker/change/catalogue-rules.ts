/** What the catalogue's history forbids: changing a type, attaching what is archived, archiving what is in use. */
import type { Failure } from '../failures.ts'
import { invalidValue } from './invalid.ts'
import type {
  Draft,
  FeatureContent,
  PlanContent,
  PlanPointer,
  StoredCatalogue,
} from './stored-catalogue.ts'

/** The first rule that the draft breaks. What is archived stays valid where it was used before. */
export function ruleFailure(
  stored: StoredCatalogue,
  draft: Draft,
  pointer: PlanPointer,
): Failure | null {
  return (
    first(draft.features.values(), (feature) => typeFailure(feature, stored)) ??
    first(draft.plans.values(), (plan) => kindFailure(plan, { stored, draft, pointer })) ??
    first(draft.plans.values(), (plan) => attachFailure(plan, { stored, draft, pointer })) ??
    defaultFailure(stored, draft) ??
    first(draft.features.values(), (feature) => featureInUse(feature, stored, draft)) ??
    first(draft.plans.values(), (plan) => planInUse(plan, stored, draft))
  )
}

interface Rules {
  readonly stored: StoredCatalogue
  readonly draft: Draft
  readonly pointer: PlanPointer
}

function typeFailure({ id, type }: FeatureContent, stored: StoredCatalogue): Failure | null {
  const before = stored.features.get(id)?.type ?? type
  return before === type ? null : { code: 'feature_type_immutable', featureId: id, type: before }
}

/** Customers hold one base plan at a time and any number of add-ons: a plan that turned would break that for them. */
function kindFailure({ id, kind }: PlanContent, { stored, pointer }: Rules): Failure | null {
  const before = stored.plans.get(id)?.kind ?? kind
  if (before === kind) return null
  const expected = `"${before}", as the plan was made; another kind needs another plan`
  return invalidValue(`${pointer(id)}/kind`, expected)
}

function attachFailure(plan: PlanContent, { stored, draft, pointer }: Rules): Failure | null {
  const before = stored.plans.get(plan.id)
  const { parentId } = plan
  if (parentId !== null && parentId !== before?.parentId && isArchived(draft.plans.get(parentId))) {
    return archived('plan', parentId, `${pointer(plan.id)}/parentId`)
  }
  const newlyStated = givenBy(plan).filter((id) => !givenBy(before).includes(id))
  const attached = newlyStated.find((id) => isArchived(draft.features.get(id)))
  return attached === undefined
    ? null
    : archived('feature', attached, `${pointer(plan.id)}/allowances/${attached}`)
}

function defaultFailure(stored: StoredCatalogue, { defaultPlanId, plans }: Draft): Failure | null {
  if (defaultPlanId === null || defaultPlanId === stored.defaultPlanId) return null
  return isArchived(plans.get(defaultPlanId))
    ? archived('plan', defaultPlanId, '/defaultPlanId')
    : null
}

function featureInUse(feature: FeatureContent, stored: StoredCatalogue, draft: Draft) {
  const { id } = feature
  if (!isArchived(feature) || isArchived(stored.features.get(id))) return null
  const users = [...draft.plans.values()].filter((plan) => givenBy(plan).includes(id))
  const planIds = users.filter((plan) => !isArchived(plan)).map((plan) => plan.id)
  return planIds.length === 0 ? null : ({ code: 'feature_in_use', featureId: id, planIds } as const)
}

function planInUse(plan: PlanContent, stored: StoredCatalogue, draft: Draft): Failure | null {
  const { id } = plan
  if (!isArchived(plan) || isArchived(stored.plans.get(id))) return null
  if (draft.defaultPlanId === id) {
    return { code: 'plan_in_use', planId: id, because: 'it is the default plan' }
  }
  const heirs = [...draft.plans.values()].filter(
    (each) => each.parentId === id && !isArchived(each),
  )
  if (heirs.length === 0) return null
  const because = `${heirs.map((each) => `'${each.id}'`).join(', ')} ${heirs.length === 1 ? 'inherits' : 'inherit'} from it`
  return { code: 'plan_in_use', planId: id, because }
}

/** The features that the plan itself gives. */
function givenBy(plan: PlanContent | undefined): readonly string[] {
  const statements = Object.entries(plan?.allowances ?? {})
  return statements.filter(([, statement]) => !('removed' in statement)).map(([id]) => id)
}

function archived(resource: string, id: string, pointer: string): Failure {
  return { code: 'unknown_reference', pointer, resource, id, suggestion: null, archived: true }
}

function isArchived(item: { readonly archivedAt: number | null } | undefined): boolean {
  return item !== undefined && item.archivedAt !== null
}

function first<T>(items: Iterable<T>, find: (item: T) => Failure | null): Failure | null {
  for (const item of items) {
    const found = find(item)
    if (found !== null) return found
  }
  return null
}
