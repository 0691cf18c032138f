/**
 * The catalogue as an evaluator needs it: plans with inheritance already flattened.
 *
 * Maps, not records: ids such as `constructor` are legal, and a record would find its prototype's.
 */
import type { Allowance } from './allowance.ts'

export type FeatureType = 'boolean' | 'meter' | 'customizable'

/** What the catalogue's head says of a feature. */
export interface CatalogueFeature {
  readonly type: FeatureType
  /** What a check answers when nothing can be known of the customer. */
  readonly onUnavailable: 'deny' | 'allow'
  /** Public plans that give the feature, cheapest rank first; for hints, so never more than three. */
  readonly grantedBy: readonly string[]
  /** How many more of them there are; absent: none. */
  readonly grantedByMore?: number
}

/** Where a compiled allowance came from: this plan alone, its ancestor, or this plan instead of its ancestor. */
export type Mark = 'own' | 'inherited' | 'overridden'

/** One feature of a compiled plan. */
export interface CompiledAllowance {
  readonly allowance: Allowance
  readonly mark: Mark
  /** The plan that states the allowance: this plan, or the nearest ancestor that does. */
  readonly fromPlanId: string
}

/** A plan with its whole inheritance flattened: everything that evaluating a customer needs of it. */
export interface CompiledPlan {
  readonly id: string
  /** Epoch milliseconds of the edit that produced this content; grows with every change of it. */
  readonly revision: number
  readonly kind: 'base' | 'addon'
  readonly rank: number
  /** Whether the plan has no price at all, so that ending and taking it again costs nothing. */
  readonly free: boolean
  readonly allowances: ReadonlyMap<string, CompiledAllowance>
  /** Features that this plan takes away, with the ancestor that had stated each. */
  readonly removed: ReadonlyMap<string, string>
}

/** One published state of the catalogue, with at least the plans that the customer at hand needs. */
export interface Catalogue {
  readonly revision: number
  readonly features: ReadonlyMap<string, CatalogueFeature>
  readonly plans: ReadonlyMap<string, CompiledPlan>
  /** The plan that holds for a customer without a base subscription. */
  readonly defaultPlanId: string | null
}
