/** Asking: what a question looks like, and the answer with everything behind it. */
import * as z from 'zod'
import { REASONS } from '../../entitlements/entitlement.ts'
import { ENFORCEMENTS, FEATURE_TYPES } from '../words.ts'
import { limit } from './allowance.ts'
import { body, catalogueId, customerId, flagParameter, instantText } from './field.ts'
import { integerParameter, json, periodText, quantity, words } from './field.ts'

/** What gives the customer the feature. */
const source = z.object({
  kind: z.enum(['plan', 'default_plan', 'override']),
  planId: catalogueId.optional(),
  inheritedFrom: catalogueId.optional(),
  subscriptionId: z.string().optional(),
  expiresAt: instantText.optional(),
})

const lot = z.object({
  kind: z.enum(['allowance', 'carried']),
  grantedUnits: limit,
  usedUnits: z.int(),
  startAt: instantText,
  endsAt: instantText.nullable(),
  source,
})

const warning = z.object({
  code: z.enum(['threshold', 'over_soft_limit', 'in_grace', 'override_expires']),
  message: z.string(),
  percent: z.int().optional(),
})

/** The allowance that holds for one customer now, and whether it gives access. */
export const entitlement = z.object({
  customerId: z.string(),
  featureId: z.string(),
  /** Null for a feature that the catalogue does not have. */
  type: z.enum(FEATURE_TYPES).nullable(),
  hasAccess: z.boolean(),
  reason: z.enum(REASONS),
  value: json.optional(),
  limit: limit.optional(),
  used: z.int().optional(),
  balance: limit.optional(),
  overage: z.int().optional(),
  carried: z.int().optional(),
  enforcement: z.enum(ENFORCEMENTS).optional(),
  period: periodText.nullable().optional(),
  resetAt: instantText.nullable().optional(),
  lots: z.array(lot).optional(),
  sources: z.array(source),
  inherited: z.boolean(),
  overridden: z.boolean(),
  grace: z.object({ endsAt: instantText }).nullable(),
  warnings: z.array(warning),
  hint: z.string().optional(),
})

/** How old the state is that the answer rests on, and how far it was checked. */
export const freshness = z.object({
  servedFrom: z.enum(['memory', 'kv', 'object', 'policy']),
  version: z.int(),
  revision: z.int(),
  asOf: instantText,
  ageMs: z.int(),
  publishedAt: instantText.nullable(),
  confirmed: z.union([z.literal(false), z.enum(['object', 'source'])]),
  degraded: z.boolean(),
})

/** The id of something that may not exist: asking about it is not an error. */
const asked = words(128)

const question = {
  customerId,
  featureId: asked,
  quantity: integerParameter(1, Number.MAX_SAFE_INTEGER).default(1),
  fresh: flagParameter.default(false),
} as const

export type EntitlementAnswer = z.infer<typeof entitlement>
export type Freshness = z.infer<typeof freshness>

export const getAccess = {
  query: body(question),
  answer: entitlement.extend(freshness.shape).extend({ quantity: z.int() }),
}
export const listEntitlements = {
  params: body({ customerId }),
  query: body({
    featureId: asked.exactOptional(),
    fresh: flagParameter.default(false),
  }),
  answer: freshness.extend({ customerId: z.string(), data: z.array(entitlement) }),
}
/** One rule as it applied, worded for people; `rule` is one of a list that may grow. */
const step = z.object({ rule: z.string(), detail: z.string() })

export const getEntitlement = {
  params: body({ customerId, featureId: asked }),
  /** `explain` asks the customer's object, and adds `lots`, `steps` and `grantedBy`. */
  query: body({ explain: flagParameter.default(false), fresh: flagParameter.default(false) }),
  answer: entitlement.extend(freshness.shape).extend({
    steps: z.array(step).optional(),
    /** Public plans that give the feature, the lowest rank first, at most three. */
    grantedBy: z.object({ planIds: z.array(catalogueId) }).optional(),
  }),
}

/** How many questions one request may bring, about how many customers, and how many it may have confirmed. */
const ITEMS = { error: 'a list of at most 1000 items' }

export const checkAccessBatch = {
  query: body({ fresh: flagParameter.default(false) }),
  /** Of at most 100 customers; of 50 with `fresh`. */
  body: body({
    items: z
      .array(body({ customerId, featureId: asked, quantity: quantity.default(1) }), ITEMS)
      .max(1_000, ITEMS),
  }),
  /** In the order of the items. */
  answer: z.object({
    results: z.array(entitlement.extend(freshness.shape).extend({ quantity: z.int() })),
  }),
}
