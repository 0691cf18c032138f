/** Asking: what a question looks like, and the answer with everything behind it. */
import * as z from 'zod/mini'
import { REASONS } from '../../entitlements/entitlement.ts'
import { ENFORCEMENTS, FEATURE_TYPES } from '../words.ts'
import { limit } from './allowance.ts'
import { body, catalogueId, customerId, flagParameter, instantText } from './field.ts'
import { integerParameter, json, periodText, quantity, words } from './field.ts'

/** What gives the customer the feature. */
const source = z.object({
  kind: z.enum(['plan', 'default_plan', 'override']),
  planId: z.optional(catalogueId),
  inheritedFrom: z.optional(catalogueId),
  subscriptionId: z.optional(z.string()),
  expiresAt: z.optional(instantText),
})

const lot = z.object({
  kind: z.enum(['allowance', 'carried']),
  grantedUnits: limit,
  usedUnits: z.int(),
  startAt: instantText,
  endsAt: z.nullable(instantText),
  source,
})

const warning = z.object({
  code: z.enum(['threshold', 'over_soft_limit', 'in_grace', 'override_expires']),
  message: z.string(),
  percent: z.optional(z.int()),
})

/** The allowance that holds for one customer now, and whether it gives access. */
export const entitlement = z.object({
  customerId: z.string(),
  featureId: z.string(),
  /** Null for a feature that the catalogue does not have. */
  type: z.nullable(z.enum(FEATURE_TYPES)),
  hasAccess: z.boolean(),
  reason: z.enum(REASONS),
  value: z.optional(json),
  limit: z.optional(limit),
  used: z.optional(z.int()),
  balance: z.optional(limit),
  overage: z.optional(z.int()),
  carried: z.optional(z.int()),
  enforcement: z.optional(z.enum(ENFORCEMENTS)),
  period: z.optional(z.nullable(periodText)),
  resetAt: z.optional(z.nullable(instantText)),
  lots: z.optional(z.array(lot)),
  sources: z.array(source),
  inherited: z.boolean(),
  overridden: z.boolean(),
  grace: z.nullable(z.object({ endsAt: instantText })),
  warnings: z.array(warning),
  hint: z.optional(z.string()),
})

/** How old the state is that the answer rests on, and how far it was checked. */
export const freshness = z.object({
  servedFrom: z.enum(['memory', 'kv', 'object', 'policy']),
  version: z.int(),
  revision: z.int(),
  asOf: instantText,
  ageMs: z.int(),
  publishedAt: z.nullable(instantText),
  confirmed: z.union([z.literal(false), z.enum(['object', 'source'])]),
  degraded: z.boolean(),
})

/** The id of something that may not exist: asking about it is not an error. */
const asked = words(128)

const question = {
  customerId,
  featureId: asked,
  quantity: z._default(integerParameter(1, Number.MAX_SAFE_INTEGER), 1),
  fresh: z._default(flagParameter, false),
} as const

export type EntitlementAnswer = z.infer<typeof entitlement>
export type Freshness = z.infer<typeof freshness>

export const getAccess = {
  query: body(question),
  answer: z.extend(z.extend(entitlement, freshness.shape), { quantity: z.int() }),
}
export const listEntitlements = {
  params: body({ customerId }),
  query: body({
    featureId: z.exactOptional(asked),
    fresh: z._default(flagParameter, false),
  }),
  answer: z.extend(freshness, { customerId: z.string(), data: z.array(entitlement) }),
}
/** One rule as it applied, worded for people; `rule` is one of a list that may grow. */
const step = z.object({ rule: z.string(), detail: z.string() })

export const getEntitlement = {
  params: body({ customerId, featureId: asked }),
  /** `explain` asks the customer's object, and adds `lots`, `steps` and `grantedBy`. */
  query: body({
    explain: z._default(flagParameter, false),
    fresh: z._default(flagParameter, false),
  }),
  answer: z.extend(z.extend(entitlement, freshness.shape), {
    steps: z.optional(z.array(step)),
    /** Public plans that give the feature, the lowest rank first, at most three, and how many more there are. */
    grantedBy: z.optional(z.object({ planIds: z.array(catalogueId), more: z.int() })),
  }),
}

/** How many questions one request may bring, about how many customers, and how many it may have confirmed. */
const ITEMS = { error: 'a list of at most 1000 items' }

export const checkAccessBatch = {
  query: body({
    fresh: z._default(flagParameter, false),
    /** Each answer as if it were asked for alone: denials, and grants near a hard limit, are confirmed at the source. */
    confirm: z._default(flagParameter, false),
  }),
  /** Of at most 100 customers; of 50 with `fresh` or `confirm`. */
  body: body({
    items: z
      .array(body({ customerId, featureId: asked, quantity: z._default(quantity, 1) }), ITEMS)
      .check(z.maxLength(1_000, ITEMS)),
  }),
  /** In the order of the items. */
  answer: z.object({
    results: z.array(z.extend(z.extend(entitlement, freshness.shape), { quantity: z.int() })),
  }),
}
