/** The public face of the catalogue. */
import type { PricedPlan } from '../../schema/wire/pricing.ts'
import type { PlanRow, StoredCatalogue } from './stored-catalogue.ts'

/** Public plans that can be taken, lowest rank first, with everything that each gives. */
export function pricedPlans(stored: StoredCatalogue): readonly PricedPlan[] {
  return [...stored.plans.values()]
    .filter(({ visibility, archivedAt }) => visibility === 'public' && archivedAt === null)
    .toSorted((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1))
    .map((plan) => pricedPlan(plan, stored))
}

/** What a plan costs and gives, to whoever may take it. */
export function pricedPlan(
  { id, name, description, kind, rank, trialDays, prices }: PlanRow,
  { compiled, features }: StoredCatalogue,
): PricedPlan {
  const given = [...(compiled.get(id)?.allowances ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    id,
    name,
    ...described(description),
    kind,
    rank,
    trialDays,
    prices: [...prices],
    allowances: given.flatMap(([featureId, { allowance }]) => {
      const feature = features.get(featureId)
      if (feature === undefined) return []
      const { type, unit } = feature
      return {
        featureId,
        name: feature.name,
        ...described(feature.description),
        type,
        ...(unit === null ? {} : { unit }),
        allowance,
      }
    }),
  }
}

function described(description: string | null): { description?: string } {
  return description === null ? {} : { description }
}
