/** The whole catalogue as one document. */
import { ok, type Result } from '../../entitlements/result.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { CatalogueInput } from '../../schema/wire/catalogue.ts'
import type { Failure } from '../failures.ts'
import { featureView, statedFeature } from './features.ts'
import { planView, statedPlan } from './plans.ts'
import type {
  Draft,
  FeatureContent,
  PlanContent,
  PlanPointer,
  StoredCatalogue,
} from './stored-catalogue.ts'

/** Archives what a document leaves out, at an instant; null leaves it as it is. */
export type Prune = { readonly at: Instant } | null

/** The catalogue that a document states. What it leaves out stays, unless it is to be pruned. */
export function statedCatalogue(
  stored: StoredCatalogue,
  input: CatalogueInput,
  prune: Prune,
): Result<Draft, Failure> {
  const features = new Map<string, FeatureContent>(rest(stored.features, prune))
  for (const [index, { id, archivedAt = null, ...feature }] of input.features.entries()) {
    const content = statedFeature(id, feature, `/features/${index}`)
    if (!content.ok) return content
    features.set(id, { ...content.value, archivedAt })
  }
  const plans = new Map<string, PlanContent>(rest(stored.plans, prune))
  for (const [index, { id, archivedAt = null, ...plan }] of input.plans.entries()) {
    const content = statedPlan(id, plan, features, `/plans/${index}`)
    if (!content.ok) return content
    plans.set(id, { ...content.value, archivedAt })
  }
  return ok({ features, plans, defaultPlanId: input.defaultPlanId ?? null })
}

/** Where the document names a plan. */
export function documentPointer({ plans }: CatalogueInput): PlanPointer {
  const indexes = new Map(plans.map((plan, index) => [plan.id, index]))
  return (planId) => {
    const index = indexes.get(planId)
    return index === undefined ? '' : `/plans/${index}`
  }
}

/** The catalogue as it is answered: a document that can be sent back. */
export function catalogueView({ features, plans, defaultPlanId, revision }: StoredCatalogue) {
  return {
    features: Array.from(features.values(), featureView),
    plans: Array.from(plans.values(), planView),
    defaultPlanId,
    revision,
  }
}

function rest<T extends { readonly archivedAt: number | null }>(
  items: ReadonlyMap<string, T>,
  prune: Prune,
): readonly (readonly [string, T])[] {
  if (prune === null) return [...items]
  return [...items].map(([id, item]) => [id, { ...item, archivedAt: item.archivedAt ?? prune.at }])
}
