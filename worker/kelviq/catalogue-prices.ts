/** Prices of plans in Kelviq's words. */
import { ok, type Result } from '../../entitlements/result.ts'
import type { PlanAnswer } from '../../schema/wire/plan.ts'
import type { Failure } from '../failures.ts'
import { CATALOGUE_PAGE } from './catalogue.ts'
import { namedPlan } from './catalogue-plans.ts'
import { pageOfWhole } from './page.ts'
import { priceObjects, termsFrom } from './price-object.ts'
import { read } from './read.ts'
import { ask, type Reply, type Row, type Said } from './row.ts'

const wire = () => import('../../schema/wire/kelviq-catalogue.ts')

const ALL = '/catalog/plans/:planId/prices'
const NAMES = new Map([['trialDays', 'prices']])

export const CATALOGUE_PRICE_ROWS: readonly Row[] = [
  { method: 'GET', path: ALL, scope: 'read', handle: list },
  { method: 'POST', path: `${ALL}/bulk`, scope: 'manage', names: NAMES, handle: replace },
]

async function list(said: Said): Promise<Result<Reply, Failure>> {
  const plan = await namedPlan(said)
  if (!plan.ok) return plan
  return ok(pageOfWhole(said, priceObjects(plan.value), (each) => each, CATALOGUE_PAGE))
}

/** All prices of the plan at once, and with them its trial. */
async function replace(said: Said): Promise<Result<Reply, Failure>> {
  const input = read((await wire()).planPrices, said)
  if (!input.ok) return input
  const terms = termsFrom(input.value.prices)
  if (!terms.ok) return terms
  const plan = await namedPlan(said)
  if (!plan.ok) return plan
  const changed = await ask<PlanAnswer>(said, {
    operationId: 'patchPlan',
    params: { planId: plan.value.id },
    body: terms.value,
  })
  return changed.ok ? ok({ body: { prices: priceObjects(changed.value) } }) : changed
}
