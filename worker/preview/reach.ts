/** How far an edit of the catalogue reaches: which plans, which features, and whether customers without any plan. */
import type { Catalogue, CompiledPlan } from '../../entitlements/catalogue.ts'
import { sameJson } from '../../entitlements/json.ts'
import type { StoredCatalogue } from '../change/stored-catalogue.ts'

/** An edit as a preview sees it. */
export interface Reach {
  readonly before: Catalogue
  readonly after: Catalogue
  /** Plans whose compiled content is another, and those that begin or cease to be the default. */
  readonly planIds: ReadonlySet<string>
  /** The features whose entitlements may be others, in the order of ids. */
  readonly featureIds: readonly string[]
  /** Whether the default plan is among them, so that it reaches customers without a subscription. */
  readonly everyone: boolean
}

/** The catalogue as the evaluator reads it; hints are left out, because no comparison looks at them. */
export function catalogueOf({
  revision,
  features,
  compiled,
  defaultPlanId,
}: StoredCatalogue): Catalogue {
  const described = [...features].map(
    ([id, { type, onUnavailable }]) => [id, { type, onUnavailable, grantedBy: [] }] as const,
  )
  return { revision, features: new Map(described), plans: compiled, defaultPlanId }
}

/** What lies between two states of the catalogue. */
export function reachOf(stored: StoredCatalogue, edited: StoredCatalogue): Reach {
  const before = catalogueOf(stored)
  const after = catalogueOf(edited)
  const changed = [...after.plans].filter(([id, plan]) => before.plans.get(id) !== plan)
  const planIds = new Set(changed.map(([id]) => id))
  const featureIds = new Set(
    changed.flatMap(([id, plan]) => featuresBetween(before.plans.get(id), plan)),
  )
  const defaults = [before.defaultPlanId, after.defaultPlanId].filter((id) => id !== null)
  const moved = before.defaultPlanId !== after.defaultPlanId
  // Whether somebody holds a base plan decides whether the default plan holds.
  const fallsBack = changed.some(([id, { kind }]) => (before.plans.get(id)?.kind ?? kind) !== kind)
  const everyone =
    defaults.length > 0 && (moved || fallsBack || defaults.some((id) => planIds.has(id)))
  if (moved || fallsBack) {
    for (const id of defaults) {
      for (const catalogue of [before, after]) {
        for (const featureId of featuresOf(catalogue.plans.get(id))) featureIds.add(featureId)
      }
    }
  }
  if (moved) for (const id of defaults) planIds.add(id)
  return { before, after, planIds, featureIds: [...featureIds].toSorted(), everyone }
}

/** Rank and kind decide about every feature of a plan: whose override is patched on what, what a quantity means. */
function featuresBetween(before: CompiledPlan | undefined, after: CompiledPlan): readonly string[] {
  const all = [...new Set([...featuresOf(before), ...featuresOf(after)])]
  if (before === undefined || before.rank !== after.rank || before.kind !== after.kind) return all
  return all.filter(
    (id) => !sameJson(before.allowances.get(id)?.allowance, after.allowances.get(id)?.allowance),
  )
}

function featuresOf(plan: CompiledPlan | undefined): readonly string[] {
  return [...(plan?.allowances.keys() ?? [])]
}
