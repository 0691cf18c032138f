/**
 * Evaluating: from what is known of a customer to the entitlement that holds now, and from there to an answer.
 *
 * The one evaluator: the edge, the customer object and the SDK call it with the same state and get the same
 * answer, whatever was written, published or swept in between.
 */
import type { Access, Warning } from './access.ts'
import { type CustomerState, factAfter } from './advance.ts'
import type { Catalogue, FeatureType } from './catalogue.ts'
import type { Entitlement, Reason } from './entitlement.ts'
import { type Grant, grantsAt } from './grant.ts'
import { holdingsAt } from './holding.ts'
import type { Instant } from './instant.ts'
import { DAY_MS, earliest } from './instant.ts'
import { meterAt } from './meter.ts'
import { missingReason } from './missing.ts'
import { readingOf } from './reading.ts'
import { sourceOf } from './source.ts'
import { percentUp } from './units.ts'

/** An entitlement and how long it holds without anything being written. */
export interface Evaluation {
  readonly entitlement: Entitlement
  /** Exclusive; null: until something is written. */
  readonly until: Instant | null
}

/** The entitlement of one customer for one feature at `now`. An earlier `now` than the mark counts as the mark. */
export function evaluate(
  state: CustomerState,
  catalogue: Catalogue,
  featureId: string,
  now: Instant,
): Evaluation {
  const at = Math.max(now, state.advancedTo)
  const feature = catalogue.features.get(featureId)
  if (feature === undefined) {
    return { entitlement: absent(featureId, null, 'unknown_feature'), until: null }
  }
  const until = factAfter(state.customer, catalogue, at)
  const grants = grantsAt(state.customer, catalogue, featureId, at)
  if (feature.type === 'meter') return evaluateMeter(state, catalogue, featureId, at, until)
  const held = grants.filter(({ inForce }) => inForce)
  if (held.length === 0) {
    const reason = missingReason(state.customer, holdingsAt(state.customer, catalogue, at), at)
    return { entitlement: absent(featureId, feature.type, reason), until }
  }
  return { entitlement: granted(featureId, feature.type, held), until }
}

/** The entitlement of somebody who has none, with the reason. */
export function absent(featureId: string, type: FeatureType | null, missing: Reason): Entitlement {
  return {
    featureId,
    type,
    missing,
    enabled: null,
    value: null,
    meter: null,
    sources: [],
    inherited: false,
    overridden: false,
    overrideExpiresAt: null,
    graceEndsAt: null,
  }
}

/**
 * Answers whether `quantity` more of the feature may be used. Boolean and customizable features ignore it.
 *
 * @param quantity Units, 1 to 2^53 − 1.
 */
export function accessTo(entitlement: Entitlement, quantity: number, now: Instant): Access {
  const reason = entitlement.missing ?? heldReason(entitlement, quantity)
  return { hasAccess: isGranted(reason), reason, warnings: warningsOf(entitlement, now) }
}

/**
 * The first instant after `now` at which the answer changes though nothing is written: what holds ends, or there is
 * something to warn of. Null: none.
 */
export function changesAt({ entitlement, until }: Evaluation, now: Instant): Instant | null {
  const { overrideExpiresAt } = entitlement
  if (overrideExpiresAt === null) return until
  const warnedAt = overrideExpiresAt - OVERRIDE_WARNING_MS
  return warnedAt > now ? earliest(until, warnedAt) : until
}

/** Whether a reason speaks for access; `unavailable` speaks for neither and counts as a refusal. */
export function isGranted(reason: Reason): boolean {
  switch (reason) {
    case 'unlimited':
    case 'within_limit':
    case 'over_soft_limit':
    case 'enabled':
    case 'value':
      return true
    case 'unknown_feature':
    case 'unknown_customer':
    case 'no_subscription':
    case 'subscription_ended':
    case 'grace_ended':
    case 'paused':
    case 'not_in_plan':
    case 'disabled':
    case 'limit_reached':
    case 'unavailable':
      return false
  }
}

function evaluateMeter(
  state: CustomerState,
  catalogue: Catalogue,
  featureId: string,
  at: Instant,
  fact: Instant | null,
): Evaluation {
  const meter = meterAt(state, catalogue, featureId, at)
  const held = meter.grants.filter(({ inForce }) => inForce)
  const until = meter.advanced.lots.reduce<Instant | null>(
    (first, { endsAt }) => (endsAt !== null && (first === null || endsAt < first) ? endsAt : first),
    fact,
  )
  const reading = readingOf(meter)
  if (held.length > 0) {
    return { entitlement: { ...granted(featureId, 'meter', held), meter: reading }, until }
  }
  const reason = missingReason(state.customer, holdingsAt(state.customer, catalogue, at), at)
  const nothing = absent(featureId, 'meter', reason)
  return { entitlement: reading.used > 0 ? { ...nothing, meter: reading } : nothing, until }
}

function granted(featureId: string, type: FeatureType, held: readonly Grant[]): Entitlement {
  const deciding = decidingGrant(type, held)
  const graceEnds = held.flatMap(({ holding }) => holding.graceEndsAt ?? [])
  return {
    ...absent(featureId, type, 'not_in_plan'),
    missing: null,
    enabled:
      type === 'boolean' ? 'enabled' in deciding.allowance && deciding.allowance.enabled : null,
    value: 'value' in deciding.allowance ? deciding.allowance.value : null,
    sources: [deciding, ...held.filter((grant) => grant !== deciding)].map(sourceOf),
    inherited: deciding.override === null && deciding.compiled?.mark === 'inherited',
    overridden: deciding.override !== null,
    overrideExpiresAt: deciding.override?.expiresAt ?? null,
    graceEndsAt: graceEnds.length === 0 ? null : Math.min(...graceEnds),
  }
}

/** Booleans OR; a value comes from the highest rank, of equals from the latest start; meters lead by rank. */
function decidingGrant(type: FeatureType, held: readonly Grant[]): Grant {
  const [first] = held
  if (first === undefined) throw new Error('Invariant broken: an entitlement without a grant')
  switch (type) {
    case 'boolean':
      return held.find(({ allowance }) => 'enabled' in allowance && allowance.enabled) ?? first
    case 'customizable':
      return held
        .filter(({ holding }) => holding.rank === first.holding.rank)
        .reduce((latest, grant) =>
          grant.holding.startAt > latest.holding.startAt ? grant : latest,
        )
    case 'meter':
      return first
  }
}

function heldReason({ type, enabled, meter }: Entitlement, quantity: number): Reason {
  if (type === 'customizable') return 'value'
  if (type === 'boolean' || meter === null) return enabled === true ? 'enabled' : 'disabled'
  if (meter.balance === 'unlimited') return 'unlimited'
  if (meter.balance >= quantity) return 'within_limit'
  return meter.enforcement === 'soft' ? 'over_soft_limit' : 'limit_reached'
}

/** How long before an override ends an answer begins to say so. */
const OVERRIDE_WARNING_MS = 7 * DAY_MS

function warningsOf(entitlement: Entitlement, now: Instant): readonly Warning[] {
  const { meter, graceEndsAt, overrideExpiresAt } = entitlement
  const warnings: Warning[] = []
  const percent = meter === null ? 0 : thresholdPassed(meter)
  if (percent > 0) {
    warnings.push({ code: 'threshold', message: `${percent} % of the limit is used.`, percent })
  }
  if (meter !== null && meter.overage > 0 && meter.enforcement === 'soft') {
    const message = `${meter.overage} more than the limit of ${meter.limit} is used.`
    warnings.push({ code: 'over_soft_limit', message })
  }
  if (graceEndsAt !== null) {
    const message = 'A payment failed; access ends with the grace period unless it is paid.'
    warnings.push({ code: 'in_grace', message })
  }
  if (overrideExpiresAt !== null && overrideExpiresAt - now <= OVERRIDE_WARNING_MS) {
    warnings.push({
      code: 'override_expires',
      message: 'The override that decides this ends soon.',
    })
  }
  return warnings
}

/** The highest of the allowance's alert percentages that the reading has passed; 0 for none. */
function thresholdPassed({ alertsAt, limit, used }: NonNullable<Entitlement['meter']>): number {
  if (limit === 'unlimited' || used === 0) return 0
  return alertsAt
    .filter((percent) => used >= percentUp(percent, limit))
    .reduce((highest, percent) => Math.max(highest, percent), 0)
}
