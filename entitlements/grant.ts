/** Grants: the allowances that a customer's holdings give for one feature at one instant. */
import type { Allowance, MeterAllowance, Override } from './allowance.ts'
import { isMeterAllowance } from './allowance.ts'
import type { Catalogue, CompiledAllowance } from './catalogue.ts'
import type { Customer } from './customer.ts'
import { type Holding, holdingsAt, STANDALONE } from './holding.ts'
import type { Instant } from './instant.ts'
import { patchAllowance } from './merge.ts'
import { standingAt } from './standing.ts'
import { MAX_UNITS } from './units.ts'

/** One holding's allowance for a feature. */
export interface Grant {
  readonly holding: Holding
  /** With the add-on's quantity multiplied in and the override patched on. */
  readonly allowance: Allowance
  /** False while the holding is suspended or an override elsewhere decides alone: it grants nothing. */
  readonly inForce: boolean
  /** What the plan says; null where only the override gives the feature. */
  readonly compiled: CompiledAllowance | null
  readonly override: Override | null
  /** Since when this allowance has been the rule, as far as dated facts tell. */
  readonly since: Instant
}

/** The grant of a meter. */
export type MeterGrant = Grant & { readonly allowance: MeterAllowance }

/**
 * The grants of one feature at `at`, the most important holding first.
 *
 * While an override applies, the grant that it is patched onto is the only one in force.
 */
export function grantsAt(
  customer: Customer,
  catalogue: Catalogue,
  featureId: string,
  at: Instant,
): readonly Grant[] {
  const { grants } = standingAt(customer, catalogue, at)
  const known = grants.get(featureId)
  if (known !== undefined) return known
  const found = grantsOf(customer, catalogue, featureId, at)
  grants.set(featureId, found)
  return found
}

/** Whether the grant is a meter's. */
export function isMeterGrant(grant: Grant): grant is MeterGrant {
  return isMeterAllowance(grant.allowance)
}

/** The override of a feature that applies at `at`, whether or not anything holds. */
export function overrideAt(customer: Customer, featureId: string, at: Instant): Override | null {
  for (const override of customer.overrides) {
    if (override.featureId !== featureId || at < override.startAt) continue
    if (override.expiresAt === null || at < override.expiresAt) return override
  }
  return null
}

function grantsOf(
  customer: Customer,
  catalogue: Catalogue,
  featureId: string,
  at: Instant,
): readonly Grant[] {
  const holdings = holdingsAt(customer, catalogue, at)
  const grants = holdings.flatMap((holding) => grantFrom(holding, featureId))
  const override = overrideAt(customer, featureId, at)
  if (override === null) return grants
  const primary = primaryHolding(holdings, grants, override)
  const patched = primary === null ? null : patchedGrant(grants, primary, override, catalogue)
  if (patched === null) return grants
  const silenced = grants
    .filter(({ holding }) => holding.id !== patched.holding.id)
    .map((grant) => ({ ...grant, inForce: false }))
  return [patched, ...silenced]
}

function grantFrom(holding: Holding, featureId: string): readonly Grant[] {
  const compiled = holding.plan?.allowances.get(featureId)
  if (compiled === undefined) return []
  return [
    {
      holding,
      allowance: multiplied(compiled.allowance, holding.quantity),
      inForce: holding.live,
      compiled,
      override: null,
      since: holding.enteredAt,
    },
  ]
}

/** Saturates: a grant beyond what a meter can count is the same as the most it can count. */
function multiplied(allowance: Allowance, quantity: number): Allowance {
  if (quantity === 1 || !isMeterAllowance(allowance)) return allowance
  if (allowance.limit === 'unlimited') return allowance
  return { ...allowance, limit: Math.min(allowance.limit * quantity, MAX_UNITS) }
}

function primaryHolding(
  holdings: readonly Holding[],
  grants: readonly Grant[],
  override: Override,
): Holding | null {
  const holding = grants.find((grant) => grant.inForce)?.holding ?? holdings[0]
  if (holding?.live === true) return holding
  return override.standalone ? standalone(override) : null
}

function standalone(override: Override): Holding {
  return {
    id: STANDALONE,
    kind: 'override',
    live: true,
    plan: null,
    rank: 0,
    quantity: 1,
    startAt: override.startAt,
    anchorAt: override.startAt,
    enteredAt: override.startAt,
    graceEndsAt: null,
  }
}

/**
 * Null where the override has nothing left to patch: it states only some fields, and the plan that gave the
 * others no longer has the feature.
 */
function patchedGrant(
  grants: readonly Grant[],
  primary: Holding,
  override: Override,
  catalogue: Catalogue,
): Grant | null {
  const base = grants.find(({ holding }) => holding.id === primary.id) ?? null
  const type = catalogue.features.get(override.featureId)?.type
  if (type === undefined) return null
  const patched = patchAllowance(base?.allowance ?? null, override.allowance, type)
  if (!patched.ok) return null
  return {
    holding: primary,
    allowance: patched.value,
    inForce: true,
    compiled: base?.compiled ?? null,
    override,
    since: Math.max(override.startAt, primary.enteredAt),
  }
}
