/**
 * What is sold, on which terms. Where Kelviq says how many units of a feature somebody wants, ours says how many of a
 * plan.
 *
 * What a plan gives of a meter is its limit, times the quantity of an add-on. So the units that are asked for either are
 * what some quantity gives, or cannot be had: a larger plan or an override is what gives another number.
 */
import { isMeterAllowance } from '../../entitlements/allowance.ts'
import { ok, type Result } from '../../entitlements/result.ts'
import type { PlanAnswer } from '../../schema/wire/plan.ts'
import type { ChargePeriodWord } from '../../schema/kelviq-words.ts'
import type { Seats } from '../../schema/wire/kelviq-subscription.ts'
import type { Failure } from '../failures.ts'
import type { Allowances, Catalogue } from './catalogue.ts'
import { chargePeriodOf } from './charge-period.ts'
import { refusing } from './read.ts'

/** What somebody is to have, as Kelviq says it wherever something is sold. */
export interface Sold {
  readonly planIdentifier: string
  readonly chargePeriod: ChargePeriodWord
  readonly features?: Seats | null
}

/**
 * The same as our own operations take it. A plan without a price has no charge period here, whatever is said; a plan that
 * is not there is for them to refuse.
 */
export function soldTerms(
  { plans, allowancesOf }: Catalogue,
  { planIdentifier: planId, chargePeriod, features }: Sold,
): Result<object, Failure> {
  const plan = plans.get(planId)
  if (plan === undefined) return ok({ planId })
  const quantity = quantityFor(plan, allowancesOf(planId), features)
  if (!quantity.ok) return quantity
  return ok({
    planId,
    ...(plan.prices.length > 0 && { chargePeriod: chargePeriodOf(chargePeriod) }),
    ...(quantity.value !== undefined && { quantity: quantity.value }),
  })
}

/**
 * The quantity that gives exactly the units asked for; undefined where nothing is asked for, so that it is what it is or
 * the default.
 */
export function quantityFor(
  { id, kind }: Pick<PlanAnswer, 'id' | 'kind'>,
  allowances: Allowances,
  seats: Seats | null | undefined,
): Result<number | undefined, Failure> {
  let quantity: number | undefined
  for (const [at, { identifier, quantity: units }] of (seats ?? []).entries()) {
    const limit = limitOf(allowances, identifier)
    if (limit === null) {
      return refusing(`/features/${at}/identifier`, `a meter with a limit that plan '${id}' gives`)
    }
    const times = kind === 'addon' && limit > 0 ? units / limit : Number(units === limit)
    const fits = Number.isSafeInteger(times) && times >= 1 && times === (quantity ?? times)
    if (!fits)
      return refusing(`/features/${at}/quantity`, expectedOf({ id, kind }, limit, quantity))
    quantity = times
  }
  return ok(quantity)
}

/** The units of one; null where they have no number. */
function limitOf(allowances: Allowances, featureId: string): number | null {
  const allowance = allowances.get(featureId)?.allowance
  if (allowance === undefined || !isMeterAllowance(allowance)) return null
  return allowance.limit === 'unlimited' ? null : allowance.limit
}

function expectedOf(
  { id, kind }: Pick<PlanAnswer, 'id' | 'kind'>,
  limit: number,
  quantity: number | undefined,
): string {
  if (quantity !== undefined) return `${limit * quantity}, to fit the other features`
  if (kind === 'base') return `${limit}, which is what plan '${id}' gives`
  return `a multiple of ${limit}, which is what one of plan '${id}' gives`
}
