/** Who inherits from whom: every plan's chain of ancestors, and what is wrong with those that have none. */
import { invariant } from './invariant.ts'
import { err, ok } from './result.ts'
import type { Result } from './result.ts'

/** The most plans in one chain, from a plan up to the one that inherits from nobody. */
export const CHAIN_PLANS_MAX = 10

/** What inheritance needs to know of a plan. */
export interface Heir {
  readonly id: string
  readonly parentId: string | null
  readonly rank: number
}

/** Why plans cannot inherit as they say. A path leads from child to parent. */
export type LineageFailure =
  | { readonly code: 'parent_not_found'; readonly planId: string; readonly parentId: string }
  /** The path begins and ends with the same plan. */
  | { readonly code: 'plan_cycle'; readonly path: readonly string[] }
  | { readonly code: 'plan_too_deep'; readonly path: readonly string[]; readonly max: number }

/** A plan, then its parent, up to the plan that has none. */
export type Chain<Plan extends Heir> = readonly [Plan, ...Plan[]]

/**
 * The chain of every plan, each after its parent's; or the first reason why some plan has none.
 *
 * Plans are looked at by rank, then id, never in the order given. So a circle is printed from its lowest rank:
 * as tiers inherit downwards, its first arrow is then the one that points the wrong way.
 */
export function lineages<Plan extends Heir>(
  plans: readonly Plan[],
): Result<readonly Chain<Plan>[], LineageFailure> {
  const byId = new Map(plans.map((plan) => [plan.id, plan]))
  invariant(byId.size === plans.length, 'two plans have the same id')

  const chains = plans.toSorted(byRank).map((plan) => chainOf(plan, byId))
  const failure =
    first(chains, (chain) => orphan(chain, byId)) ?? first(chains, circle) ?? first(chains, tooDeep)
  return failure === null ? ok(chains.toSorted((a, b) => a.length - b.length)) : err(failure)
}

/** Orders plans from the lowest rank to the highest, those of one rank by id. */
export function byRank(a: Heir, b: Heir): number {
  return a.rank - b.rank || (a.id < b.id ? -1 : 1)
}

/** Stops at a plan without a parent, without a known parent, or whose parent is already in the chain. */
function chainOf<Plan extends Heir>(plan: Plan, byId: ReadonlyMap<string, Plan>): Chain<Plan> {
  const chain: [Plan, ...Plan[]] = [plan]
  let parent = parentOf(plan, byId)
  while (parent !== undefined && !chain.includes(parent)) {
    chain.push(parent)
    parent = parentOf(parent, byId)
  }
  return chain
}

function parentOf<Plan extends Heir>(plan: Plan, byId: ReadonlyMap<string, Plan>) {
  return plan.parentId === null ? undefined : byId.get(plan.parentId)
}

function orphan(chain: Chain<Heir>, byId: ReadonlyMap<string, Heir>): LineageFailure | null {
  const { id, parentId } = chain[0]
  if (parentId === null || byId.has(parentId)) return null
  return { code: 'parent_not_found', planId: id, parentId }
}

/** Only a plan of the circle itself reports it, not one that leads into it. */
function circle(chain: Chain<Heir>): LineageFailure | null {
  const [plan] = chain
  if (chain.at(-1)?.parentId !== plan.id) return null
  return { code: 'plan_cycle', path: [...idsOf(chain), plan.id] }
}

function tooDeep(chain: Chain<Heir>): LineageFailure | null {
  if (chain.length <= CHAIN_PLANS_MAX) return null
  return { code: 'plan_too_deep', path: idsOf(chain), max: CHAIN_PLANS_MAX }
}

function idsOf(chain: Chain<Heir>): string[] {
  return chain.map((plan) => plan.id)
}

function first<Item, Found>(items: readonly Item[], find: (item: Item) => Found | null) {
  for (const item of items) {
    const found = find(item)
    if (found !== null) return found
  }
  return null
}
