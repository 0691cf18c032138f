/** Grants: the allowances that a customer's holdings give for one feature at one instant. */
import type { Allowance, AllowancePatch, MeterAllowance, Override } from './allowance.ts'
import { isMeterAllowance } from './allowance.ts'
import type { Catalogue, CompiledAllowance } from './catalogue.ts'
import type { Customer } from './customer.ts'
import { type Holding, holdingsAt, STANDALONE } from './holding.ts'
import type { Instant } from './instant.ts'
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

/** What a meter's allowance is where an override gives a feature that no plan gives. */
const METER_DEFAULTS: MeterAllowance = {
  limit: 0,
  enforcement: 'hard',
  reset: 'never',
  anchor: 'subscription',
  rollover: null,
  alertsAt: [],
  onPlanChange: 'carry',
}

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
  const holdings = holdingsAt(customer, catalogue, at)
  const grants = holdings.flatMap((holding) => grantFrom(holding, featureId))
  const override = overrideAt(customer, featureId, at)
  if (override === null) return grants
  const primary = primaryHolding(holdings, grants, override)
  return primary === null ? grants : overridden(grants, primary, override, catalogue)
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

function overridden(
  grants: readonly Grant[],
  primary: Holding,
  override: Override,
  catalogue: Catalogue,
): readonly Grant[] {
  const base = grants.find((grant) => grant.holding.id === primary.id) ?? null
  const patched: Grant = {
    holding: primary,
    allowance: patch(base?.allowance ?? null, override.allowance, override.featureId, catalogue),
    inForce: true,
    compiled: base?.compiled ?? null,
    override,
    since: Math.max(override.startAt, primary.enteredAt),
  }
  const silenced = grants
    .filter((grant) => grant !== base)
    .map((grant) => ({ ...grant, inForce: false }))
  return [patched, ...silenced]
}

/**
 * Never fails: the patch was checked when it was written, and a later edit of the plan beneath it may change
 * what the two make together but must not take the customer's answer away.
 */
function patch(
  base: Allowance | null,
  changes: AllowancePatch,
  featureId: string,
  catalogue: Catalogue,
): Allowance {
  const isMeter = catalogue.features.get(featureId)?.type === 'meter'
  const merged = { ...(base ?? (isMeter ? METER_DEFAULTS : {})), ...changes }
  return merged as Allowance
}
