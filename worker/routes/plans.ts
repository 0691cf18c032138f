/** Plans over HTTP. */
import { eq, gt } from 'drizzle-orm'
import { invariant } from '../../entitlements/invariant.ts'
import { err, ok } from '../../entitlements/result.ts'
import { plans } from '../../schema/tables/catalogue.ts'
import type { PlanInput, PlanPatch } from '../../schema/wire/plan.ts'
import type { DryRunQuery } from '../../schema/wire/preview.ts'
import {
  archiveItem,
  changeItem,
  getItem,
  type Items,
  listItems,
  putItem,
} from '../change/catalogue-item.ts'
import { database } from '../change/database.ts'
import { compiledView, patchedPlan, planView, statedPlan } from '../change/plans.ts'
import { type PlanContent, type PlanRow, readCatalogue } from '../change/stored-catalogue.ts'
import type { PageQuery } from '../paging.ts'
import type { Handler } from '../route.ts'
import { suggestion } from '../../schema/suggest.ts'

interface Params {
  readonly planId: string
}

export const putPlan: Handler<Params, DryRunQuery, PlanInput> = (call) => {
  const { planId } = call.params
  return putItem(call, PLANS, planId, ({ features }) => statedPlan(planId, call.body, features, ''))
}

export const patchPlan: Handler<Params, DryRunQuery, PlanPatch> = (call) =>
  changeItem(call, PLANS, { id: call.params.planId, verb: 'patch' }, (row, stored) =>
    patchedPlan(row, call.body, stored),
  )

export const deletePlan: Handler<Params, DryRunQuery> = (call) =>
  archiveItem(call, PLANS, call.params.planId)

export const getPlan: Handler<Params> = (call) => getItem(call, PLANS, call.params.planId)

export const listPlans: Handler<unknown, PageQuery> = (call) => listItems(call, PLANS)

/** What the plan gives with its inheritance resolved, and who says so. */
export const listPlanAllowances: Handler<Params> = async (call) => {
  const { planId } = call.params
  const stored = await readCatalogue(call.ports)
  if (!stored.plans.has(planId)) {
    return err(PLANS.notFound(planId, suggestion(planId, stored.plans.keys())))
  }
  const compiled = stored.compiled.get(planId)
  invariant(compiled !== undefined, `plan ${planId} has a readable document`)
  return ok({ body: { data: compiledView(compiled) } })
}

const PLANS: Items<PlanRow, PlanContent> = {
  name: 'plans',
  of: (stored) => stored.plans,
  withItem: (stored, plan) => ({
    ...stored,
    plans: new Map<string, PlanContent>(stored.plans).set(plan.id, plan),
  }),
  notFound: (id, suggested) => ({ code: 'plan_not_found', id, suggestion: suggested }),
  view: planView,
  find: ({ db }, id) => database(db).select().from(plans).where(eq(plans.id, id)).get(),
  read: ({ db }, after, count) =>
    database(db)
      .select()
      .from(plans)
      .where(gt(plans.id, after ?? ''))
      .orderBy(plans.id)
      .limit(count),
}
