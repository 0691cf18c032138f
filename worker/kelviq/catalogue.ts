/** The catalogue behind everything that is told of plans here: read once a call, its inheritance resolved. */
import type { CompiledAllowance } from '../../entitlements/catalogue.ts'
import { compileCatalogue } from '../../entitlements/compile.ts'
import { invariant } from '../../entitlements/invariant.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { FeatureAnswer } from '../../schema/wire/feature.ts'
import type { PlanAnswer } from '../../schema/wire/plan.ts'
import { suggestion } from '../../schema/suggest.ts'
import type { Failure } from '../failures.ts'
import { ask, type Said } from './row.ts'

/** What a plan gives, by feature. */
export type Allowances = ReadonlyMap<string, CompiledAllowance>

export interface Catalogue {
  readonly features: ReadonlyMap<string, FeatureAnswer>
  readonly plans: ReadonlyMap<string, PlanAnswer>
  /** What a plan gives, its ancestors' included; empty for a plan that is not there. */
  readonly allowancesOf: (planId: string) => Allowances
}

interface Stored {
  readonly features: readonly FeatureAnswer[]
  readonly plans: readonly PlanAnswer[]
  readonly defaultPlanId: string | null
  readonly revision: number
}

/** The catalogue as it is now. */
export async function readCatalogue(said: Said): Promise<Result<Catalogue, Failure>> {
  const stored = await ask<Stored>(said, { operationId: 'getCatalogue' })
  if (!stored.ok) return stored
  const compiled = compiledOf(stored.value)
  return ok({
    features: byId(stored.value.features),
    plans: byId(stored.value.plans),
    allowancesOf: (planId) => compiled.get(planId)?.allowances ?? NOTHING,
  })
}

/** How many features or plans a page holds where nobody says. */
export const CATALOGUE_PAGE = 100

interface Listed {
  readonly id: string
  readonly name: string
  readonly archivedAt: string | null
}

/** What a list shows: nothing that is archived, and of the rest what is called as `search` says. */
export function listed<T extends Listed>(
  { query }: Said,
  all: ReadonlyMap<string, T>,
): readonly T[] {
  const search = query.get('search')?.toLowerCase() ?? ''
  return [...all.values()].filter(
    ({ id, name, archivedAt }) =>
      archivedAt === null && (id.includes(search) || name.toLowerCase().includes(search)),
  )
}

const NOTHING: Allowances = new Map()

/** A plan by its identifier, or that there is none. */
export function planIn({ plans }: Catalogue, id: string): Result<PlanAnswer, Failure> {
  const plan = plans.get(id)
  if (plan !== undefined) return ok(plan)
  return err({ code: 'plan_not_found', id, suggestion: suggestion(id, plans.keys()) })
}

/** A feature by its identifier, or that there is none. */
export function featureIn({ features }: Catalogue, id: string): Result<FeatureAnswer, Failure> {
  const feature = features.get(id)
  if (feature !== undefined) return ok(feature)
  return err({ code: 'feature_not_found', id, suggestion: suggestion(id, features.keys()) })
}

function compiledOf({ features, plans, defaultPlanId, revision }: Stored) {
  const compiled = compileCatalogue(
    features.map((each) => ({ ...each, archived: each.archivedAt !== null })),
    plans.map((each) => ({
      ...each,
      free: each.prices.length === 0,
      archived: each.archivedAt !== null,
      statements: new Map(Object.entries(each.allowances)),
    })),
    defaultPlanId,
    revision,
    new Map(),
  )
  invariant(compiled.ok, 'a catalogue that stands compiles')
  return compiled.value.plans
}

function byId<T extends { readonly id: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.id, item]))
}
