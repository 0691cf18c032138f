/**
 * Compiling a catalogue: what plans state and inherit becomes what each plan allows.
 *
 * The whole catalogue at once and from nothing but its arguments: the same plans in another order give the
 * same result.
 */
import { isMeterAllowance } from './allowance.ts'
import type { Allowance, Statement } from './allowance.ts'
import type { Catalogue, CatalogueFeature, CompiledPlan, FeatureType } from './catalogue.ts'
import { inherit } from './inherit.ts'
import { sameJson } from './json.ts'
import { byRank, lineages } from './lineage.ts'
import type { LineageFailure } from './lineage.ts'
import { checkAllowance } from './merge.ts'
import type { AllowanceFailure } from './merge.ts'
import { err, ok } from './result.ts'
import type { Result } from './result.ts'

/** The most features of a catalogue, archived ones included: they stay in every published head. */
export const FEATURES_MAX = 500

/** The most plans of a catalogue, archived ones included. */
export const PLANS_MAX = 200

/** The most plans that a hint names. */
const HINTS_MAX = 3

/** A plan as it is stated: nothing in it is inherited. */
export interface Plan {
  readonly id: string
  readonly parentId: string | null
  readonly kind: 'base' | 'addon'
  readonly rank: number
  readonly visibility: 'public' | 'private'
  /** Whether the plan has no price at all. */
  readonly free: boolean
  readonly archived: boolean
  /** By feature id. An allowance replaces the parent's whole allowance. */
  readonly statements: ReadonlyMap<string, Statement>
}

/** A feature as it is stated. */
export interface Feature {
  readonly id: string
  readonly type: FeatureType
  readonly onUnavailable: 'deny' | 'allow'
  readonly archived: boolean
}

/** Why features and plans make no catalogue. */
export type CatalogueFailure =
  | LineageFailure
  | (AllowanceFailure & { readonly planId: string; readonly featureId: string })
  | UnknownReference
  | {
      readonly code: 'catalogue_too_large'
      readonly of: 'features' | 'plans'
      readonly count: number
      readonly max: number
    }

/** An id that names nothing: a feature that a plan states, or a default plan that is no base plan. */
export type UnknownReference =
  | {
      readonly code: 'unknown_reference'
      readonly to: 'feature'
      readonly planId: string
      readonly featureId: string
    }
  | { readonly code: 'unknown_reference'; readonly to: 'default_plan'; readonly planId: string }

/**
 * The catalogue that these features and plans make, or the first reason why they make none.
 *
 * A plan whose content is that of `before` is the very object of `before`, with its revision: only what an
 * edit changed gets `revision`. Archived plans and features are compiled like others, since customers may
 * still hold them.
 *
 * Fails with `catalogue_too_large`, `unknown_reference`, `allowance_type_mismatch`, `invalid_allowance`,
 * `parent_not_found`, `plan_cycle` and `plan_too_deep`, in this order.
 *
 * @param features Ids are unique; so are those of `plans`.
 * @param before The plans as compiled last, by id.
 */
export function compileCatalogue(
  features: readonly Feature[],
  plans: readonly Plan[],
  defaultPlanId: string | null,
  revision: number,
  before: ReadonlyMap<string, CompiledPlan>,
): Result<Catalogue, CatalogueFailure> {
  const types = new Map(features.map((feature) => [feature.id, feature.type]))
  const fault =
    tooLarge('features', features.length, FEATURES_MAX) ??
    tooLarge('plans', plans.length, PLANS_MAX) ??
    unknownDefault(plans, defaultPlanId) ??
    statementFault(plans, types)
  if (fault !== null) return err(fault)

  const chains = lineages(plans)
  if (!chains.ok) return chains

  const compiled = new Map<string, CompiledPlan>()
  for (const [plan, parent] of chains.value) {
    const next = compilePlan(plan, parent && compiled.get(parent.id), revision)
    const last = before.get(plan.id)
    compiled.set(plan.id, last !== undefined && sameContent(last, next) ? last : next)
  }
  return ok({
    revision,
    features: describeFeatures(features, plans, compiled),
    plans: sortedById(compiled),
    defaultPlanId,
  })
}

function tooLarge(of: 'features' | 'plans', count: number, max: number): CatalogueFailure | null {
  return count > max ? { code: 'catalogue_too_large', of, count, max } : null
}

function unknownDefault(
  plans: readonly Plan[],
  defaultPlanId: string | null,
): UnknownReference | null {
  if (defaultPlanId === null) return null
  const known = plans.some((plan) => plan.id === defaultPlanId && plan.kind === 'base')
  return known ? null : { code: 'unknown_reference', to: 'default_plan', planId: defaultPlanId }
}

function statementFault(
  plans: readonly Plan[],
  types: ReadonlyMap<string, FeatureType>,
): CatalogueFailure | null {
  for (const plan of plans.toSorted(byRank)) {
    for (const [featureId, statement] of sortedById(plan.statements)) {
      const at = { planId: plan.id, featureId }
      const type = types.get(featureId)
      if (type === undefined) return { code: 'unknown_reference', to: 'feature', ...at }
      if ('removed' in statement) continue
      const checked = checkAllowance(statement, type)
      if (!checked.ok) return { ...checked.error, ...at }
    }
  }
  return null
}

function compilePlan(plan: Plan, parent: CompiledPlan | undefined, revision: number): CompiledPlan {
  const { allowances, removed } = inherit(plan, parent)
  return {
    id: plan.id,
    revision,
    kind: plan.kind,
    rank: plan.rank,
    free: plan.free,
    allowances: sortedById(allowances),
    removed: sortedById(removed),
  }
}

function sameContent(a: CompiledPlan, b: CompiledPlan): boolean {
  return (
    a.kind === b.kind &&
    a.rank === b.rank &&
    a.free === b.free &&
    sameEntries(a.allowances, b.allowances) &&
    sameEntries(a.removed, b.removed)
  )
}

function sameEntries<Value>(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>): boolean {
  return a.size === b.size && [...a].every(([id, value]) => sameJson(value, b.get(id)))
}

function describeFeatures(
  features: readonly Feature[],
  plans: readonly Plan[],
  compiled: ReadonlyMap<string, CompiledPlan>,
): ReadonlyMap<string, CatalogueFeature> {
  const onOffer = plans.filter(isOnOffer).toSorted(byRank)
  const plansGiving = (featureId: string) =>
    onOffer
      .filter((plan) => gives(compiled.get(plan.id)?.allowances.get(featureId)?.allowance))
      .map((plan) => plan.id)
  const described = new Map<string, CatalogueFeature>()
  for (const { id, type, onUnavailable, archived } of features) {
    // What is archived is no reason to take a plan.
    const planIds = archived ? [] : plansGiving(id)
    const more = planIds.length - HINTS_MAX
    described.set(id, {
      type,
      onUnavailable,
      grantedBy: planIds.slice(0, HINTS_MAX),
      ...(more > 0 && { grantedByMore: more }),
    })
  }
  return sortedById(described)
}

/** Whether anyone may take the plan by itself now. */
function isOnOffer(plan: Plan): boolean {
  return plan.visibility === 'public' && plan.kind === 'base' && !plan.archived
}

/** Whether having the allowance is having access to something: one that is off or allows nothing is no hint. */
function gives(allowance: Allowance | undefined): boolean {
  if (allowance === undefined) return false
  if (isMeterAllowance(allowance)) return allowance.limit !== 0 || allowance.enforcement === 'soft'
  return 'enabled' in allowance ? allowance.enabled : true
}

function sortedById<Value>(map: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  return new Map([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
