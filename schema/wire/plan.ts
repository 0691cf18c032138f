/** Plans on the wire, one export a route. */
import * as z from 'zod'
import { CHARGE_PERIODS, PLAN_KINDS } from '../words.ts'
import { compiledAllowance, statement, statementPatches, statements } from './allowance.ts'
import { body, catalogueId, CHANGED, instantText, integer, metadata, natural } from './field.ts'
import { oneOf, PAGE_QUERY, pageOf, prose, words } from './field.ts'
import { cataloguePreview, dryRunQuery } from './preview.ts'

/** Bounds of what a plan may say. */
export const RANK_MAX = 1_000_000
export const DAYS_MAX = 3650
export const PRICES_MAX = 50

const CURRENCY = { error: 'an ISO 4217 code such as "USD"' }
const PRICES = { error: `at most ${PRICES_MAX} prices, one for each charge period and currency` }

const price = body({
  chargePeriod: oneOf(CHARGE_PERIODS),
  amount: natural,
  currency: z.string(CURRENCY).regex(/^[A-Z]{3}$/, CURRENCY),
})

const prices = z
  .array(price, PRICES)
  .max(PRICES_MAX, PRICES)
  .refine((each) => new Set(each.map(priceName)).size === each.length, PRICES)

const days = integer(0, DAYS_MAX)

/** A plan as it is stated whole: what is left out has its default. */
export const planInput = body({
  name: words(128).exactOptional(),
  description: prose(1024).exactOptional(),
  parentId: catalogueId.nullable().exactOptional(),
  kind: oneOf(PLAN_KINDS).exactOptional(),
  rank: integer(0, RANK_MAX).exactOptional(),
  visibility: oneOf(['public', 'private']).exactOptional(),
  trialDays: days.exactOptional(),
  graceDays: days.nullable().exactOptional(),
  prices: prices.exactOptional(),
  allowances: statements.exactOptional(),
  metadata: metadata.exactOptional(),
})

/** A merge patch: what is left out stays, `null` removes; `allowances` goes one level into each allowance. */
export const planPatch = body({
  name: words(128).nullable().exactOptional(),
  description: prose(1024).nullable().exactOptional(),
  parentId: catalogueId.nullable().exactOptional(),
  kind: oneOf(PLAN_KINDS).nullable().exactOptional(),
  rank: integer(0, RANK_MAX).nullable().exactOptional(),
  visibility: oneOf(['public', 'private']).nullable().exactOptional(),
  trialDays: days.nullable().exactOptional(),
  graceDays: days.nullable().exactOptional(),
  prices: prices.nullable().exactOptional(),
  allowances: statementPatches.nullable().exactOptional(),
  metadata: metadata.nullable().exactOptional(),
})

/** A plan in an answer: its own statements only. */
export const plan = z.object({
  id: catalogueId,
  name: z.string(),
  description: z.string().optional(),
  parentId: catalogueId.nullable(),
  kind: z.enum(PLAN_KINDS),
  rank: z.int(),
  visibility: z.enum(['public', 'private']),
  trialDays: z.int(),
  graceDays: z.int().nullable(),
  prices: z.array(
    z.object({ chargePeriod: z.enum(CHARGE_PERIODS), amount: z.int(), currency: z.string() }),
  ),
  allowances: z.record(catalogueId, statement),
  metadata,
  archivedAt: instantText.nullable(),
  createdAt: instantText,
  updatedAt: instantText,
  revision: z.int(),
})

export type PlanInput = z.infer<typeof planInput>
export type PlanPatch = z.infer<typeof planPatch>
export type PlanAnswer = z.infer<typeof plan>

const params = body({ planId: catalogueId })
const query = dryRunQuery
const changed = z.union([plan.extend(CHANGED), cataloguePreview])

export const putPlan = { params, query, body: planInput, answer: changed }
export const patchPlan = { params, query, body: planPatch, answer: changed }
export const getPlan = { params, answer: plan }
export const deletePlan = { params, query, answer: changed }
export const listPlans = { query: body(PAGE_QUERY), answer: pageOf(plan) }
export const listPlanAllowances = {
  params,
  answer: z.object({ data: z.array(compiledAllowance) }),
}

function priceName(each: { readonly chargePeriod: string; readonly currency: string }): string {
  return `${each.chargePeriod} ${each.currency}`
}
