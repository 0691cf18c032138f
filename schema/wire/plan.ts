/** Plans on the wire, one export a route. */
import * as z from 'zod/mini'
import { CHARGE_PERIODS, PLAN_KINDS } from '../words.ts'
import { compiledAllowance, statement, statementPatches, statements } from './allowance.ts'
import { body, catalogueId, CHANGED, instantText, integer, metadata, natural } from './field.ts'
import { oneOf, PAGE_QUERY, pageOf, prose, removable, textOf, words } from './field.ts'
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
  currency: textOf(/^[A-Z]{3}$/, CURRENCY),
})

const prices = z.array(price, PRICES).check(
  z.maxLength(PRICES_MAX, PRICES),
  z.refine((each) => new Set(each.map(priceName)).size === each.length, PRICES),
)

const days = integer(0, DAYS_MAX)

/** A plan as it is stated whole: what is left out has its default. */
export const planInput = body({
  name: z.exactOptional(words(128)),
  description: z.exactOptional(prose(1024)),
  parentId: z.exactOptional(z.nullable(catalogueId)),
  kind: z.exactOptional(oneOf(PLAN_KINDS)),
  rank: z.exactOptional(integer(0, RANK_MAX)),
  visibility: z.exactOptional(oneOf(['public', 'private'])),
  trialDays: z.exactOptional(days),
  graceDays: z.exactOptional(z.nullable(days)),
  prices: z.exactOptional(prices),
  allowances: z.exactOptional(statements),
  metadata: z.exactOptional(metadata),
})

/** A merge patch: what is left out stays, `null` removes; `allowances` goes one level into each allowance. */
export const planPatch = body({
  name: removable(words(128)),
  description: removable(prose(1024)),
  parentId: removable(catalogueId),
  kind: removable(oneOf(PLAN_KINDS)),
  rank: removable(integer(0, RANK_MAX)),
  visibility: removable(oneOf(['public', 'private'])),
  trialDays: removable(days),
  graceDays: removable(days),
  prices: removable(prices),
  allowances: removable(statementPatches),
  metadata: removable(metadata),
})

/** A plan in an answer: its own statements only. */
export const plan = z.object({
  id: catalogueId,
  name: z.string(),
  description: z.optional(z.string()),
  parentId: z.nullable(catalogueId),
  kind: z.enum(PLAN_KINDS),
  rank: z.int(),
  visibility: z.enum(['public', 'private']),
  trialDays: z.int(),
  graceDays: z.nullable(z.int()),
  prices: z.array(
    z.object({ chargePeriod: z.enum(CHARGE_PERIODS), amount: z.int(), currency: z.string() }),
  ),
  allowances: z.record(catalogueId, statement),
  metadata,
  archivedAt: z.nullable(instantText),
  createdAt: instantText,
  updatedAt: instantText,
  revision: z.int(),
})

export type PlanInput = z.infer<typeof planInput>
export type PlanPatch = z.infer<typeof planPatch>
export type PlanAnswer = z.infer<typeof plan>

const params = body({ planId: catalogueId })
const query = dryRunQuery
const changed = z.union([z.extend(plan, CHANGED), cataloguePreview])

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
