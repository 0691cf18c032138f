/** What an edit does to customers who hold the same, and where what they have used makes a difference. */
import type { Limit } from '../../entitlements/allowance.ts'
import type { Catalogue } from '../../entitlements/catalogue.ts'
import type { Customer } from '../../entitlements/customer.ts'
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { grantsAt, isMeterGrant, type MeterGrant } from '../../entitlements/grant.ts'
import { holdingsAt } from '../../entitlements/holding.ts'
import { type Impact, impactBetween, type Standing, standingOf } from '../../entitlements/impact.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { sameJson } from '../../entitlements/json.ts'
import { readAllowancePatch } from '../../schema/allowance.ts'
import { list, natural, string } from '../../schema/read.ts'
import { entitlementsOf } from './persons.ts'
import type { GroupRow, UsageRow } from './queries.ts'
import type { Reach } from './reach.ts'

/** How one feature stands for a customer of a group who has used nothing. */
export interface Outlook {
  readonly before: Standing
  readonly after: Standing
  readonly impact: Impact
  /** How usage bears on the impact: not at all, by the limits that it passes, or only by the lots that it lies on. */
  readonly usage: 'none' | 'limits' | 'lots'
  /** The least usage with which it does. */
  readonly usedAtLeast: number
}

/** Whether the customer holds a plan that the edit changes, before it or after. */
export function isReached(customer: Customer, reach: Reach, now: Instant): boolean {
  const at = customer.clockAt ?? now
  return [reach.before, reach.after]
    .flatMap((catalogue) => holdingsAt(customer, catalogue, at))
    .some(({ live, plan }) => live && plan !== null && reach.planIds.has(plan.id))
}

/** A customer like every one of the group, as far as the edit is concerned. */
export function memberOf({ held, overridden }: GroupRow): Customer {
  const subscriptions = list(JSON.parse(held)).map((each, index) => {
    const [planId, quantity] = list(each)
    return heldPlan(string(planId), natural(quantity), index)
  })
  const overrides = list(JSON.parse(overridden)).map((each) => {
    const [featureId, allowance, standalone] = list(each)
    return {
      featureId: string(featureId),
      allowance: readAllowancePatch(allowance),
      standalone: standalone === 1,
      startAt: 0,
      expiresAt: null,
    }
  })
  return { id: '', revision: 0, createdAt: 0, clockAt: null, subscriptions, overrides }
}

/** What the edit means to the member for one feature. */
export function outlookFor(
  member: Customer,
  reach: Reach,
  featureId: string,
  now: Instant,
): Outlook {
  const [first, second] = entitlementsOf(
    { customer: member, snapshot: null },
    reach,
    featureId,
    now,
  )
  const [before, after] = [standingOf(first), standingOf(second)]
  const outlook = { before, after, impact: impactBetween(before, after) }
  const indifferent = { ...outlook, usage: 'none', usedAtLeast: 0 } as const
  // What is not a meter afterwards, or not in force, cannot be used up.
  if (second.meter === null || second.missing !== null) return indifferent
  const grants = (catalogue: Catalogue) =>
    grantsAt(member, catalogue, featureId, now).filter(isMeterGrant)
  const [given, gives] = [grants(reach.before), grants(reach.after)]
  if (!sameJson(given.map(bearerOf), gives.map(bearerOf))) {
    return { ...outlook, usage: 'lots', usedAtLeast: 1 }
  }
  const least = Math.min(unitsOf(first), unitsOf(second))
  if (sameJson(before, after) || least === Infinity) return indifferent
  const carries = [...given, ...gives].some(({ allowance }) => allowance.rollover !== null)
  return { ...outlook, usage: carries ? 'lots' : 'limits', usedAtLeast: Math.max(1, least) }
}

/** The limit as a number to compare usage with; null: unlimited. */
export function threshold(limit: Limit): number | null {
  return limit === 'unlimited' ? null : limit
}

/** What the edit means to those of a group whose usage has reached or passed these limits. */
export function impactAt({ before, after }: Outlook, usage: UsageRow): Impact {
  return impactBetween(
    standingAt(before, usage.reachedBefore === 1, usage.passedBefore === 1),
    standingAt(after, usage.reachedAfter === 1, usage.passedAfter === 1),
  )
}

/** The standing of somebody who has used `units`, where the lots themselves are not known. */
export function standingWith(standing: Standing, units: number): Standing {
  const { limit } = standing
  if (units === 0 || limit === 'unlimited') return standing
  return standingAt(standing, units >= limit, units > limit)
}

function standingAt(standing: Standing, reached: boolean, over: boolean): Standing {
  const { hasAccess, limit, soft } = standing
  return { ...standing, hasAccess: hasAccess && (limit === 'unlimited' || soft || !reached), over }
}

function unitsOf({ meter, missing }: Entitlement): number {
  if (meter === null || missing !== null || meter.limit === 'unlimited') return Infinity
  return meter.limit
}

/** What of a grant decides whose usage counts: another plan may begin anew, another holding has other lots. */
function bearerOf({ holding, inForce }: MeterGrant) {
  return [holding.id, holding.plan?.id ?? null, inForce]
}

function heldPlan(planId: string, quantity: number, index: number) {
  const startAt = index + 1
  return {
    id: `held ${String(index).padStart(3, '0')}`,
    startAt,
    phases: [
      { planId, chargePeriod: null, quantity, from: startAt, until: null, atPeriodEnd: false },
    ],
    trialEndAt: null,
    endsWithTrial: false,
    grace: null,
    pausedAt: null,
    cancelAt: null,
    cancelAtPeriodEnd: false,
    ended: null,
    billingPeriod: null,
    providerDriven: false,
  }
}
