/** Allowances on the wire. Whether one fits its feature's type is the domain's business, not the shape's. */
import * as z from 'zod/mini'
import type { Json } from '../../entitlements/allowance.ts'
import { jsonBytes } from '../../entitlements/json.ts'
import { ALERT_PERCENT_MAX, VALUE_BYTES_MAX } from '../../entitlements/merge.ts'
import { ANCHORS, ENFORCEMENTS, MARKS, PLAN_CHANGES, RESETS } from '../words.ts'
import { body, catalogueId, flag, integer, json, natural, oneOf } from './field.ts'

const VALUE = { error: `any JSON but null, at most ${VALUE_BYTES_MAX} bytes` }
const LIMIT = { error: 'a whole number from 0 to 9007199254740991, or "unlimited"' }
const ALERTS = { error: `ascending whole percentages from 1 to ${ALERT_PERCENT_MAX}` }
const SOMETHING = { error: 'at least one field of an allowance' }
const REMOVED = { error: '{"removed": true} alone' }
const ALLOWANCES = {
  error: (issue: { readonly code?: string | undefined }) =>
    issue.code === 'invalid_key' ? 'the id of a feature' : 'an object of allowances by feature id',
}

/** Units of a meter, or no bound. `null` never means unlimited. */
export const limit = z.union([z.literal('unlimited', LIMIT), natural], LIMIT)

/** A customizable feature's value: any JSON but null, ≤ 4 KB. */
export const value: z.ZodMiniType<Exclude<Json, null>> = z
  .union([z.string(), z.number(), z.boolean(), z.array(json), z.record(z.string(), json)], VALUE)
  .check(z.refine((each) => jsonBytes(each) <= VALUE_BYTES_MAX, VALUE))

const METER_FIELDS = {
  limit,
  enforcement: oneOf(ENFORCEMENTS),
  reset: oneOf(RESETS),
  anchor: oneOf(ANCHORS),
  rollover: z.nullable(body({ percent: integer(1, 100), max: z.nullable(natural) })),
  alertsAt: z.readonly(
    z.array(integer(1, ALERT_PERCENT_MAX), ALERTS).check(z.maxLength(20, ALERTS)),
  ),
  onPlanChange: oneOf(PLAN_CHANGES),
} as const

/** The fields of every kind of allowance at once, so that a wrong one is named by its own path. */
const FIELDS = { enabled: flag, value, ...METER_FIELDS } as const

/** Some fields of an allowance, as an override states them. */
export const allowancePatch = z.exactPartial(body(FIELDS)).check(z.refine(isNotEmpty, SOMETHING))

/** What a plan states of a feature: some fields of an allowance, or `{"removed": true}`. */
export const statementPatch = z
  .exactPartial(body({ ...FIELDS, removed: z.literal(true, REMOVED) }))
  .check(
    z.refine(isNotEmpty, SOMETHING),
    z.refine((each) => each.removed === undefined || Object.keys(each).length === 1, REMOVED),
  )

/** By feature, for a plan that is stated whole: what an allowance leaves out is its type's default. */
export const statements = z.record(catalogueId, statementPatch, ALLOWANCES)

/** By feature, for an edit: what is left out stays as in force, `null` returns the feature to inheriting. */
export const statementPatches = z.record(catalogueId, z.nullable(statementPatch), ALLOWANCES)

/** A whole allowance in an answer. */
export const allowance = z.union([
  z.object({ enabled: z.boolean() }),
  z.object({ value }),
  z.object(METER_FIELDS),
])

/** What a plan states, in an answer. */
export const statement = z.union([allowance, z.object({ removed: z.literal(true) })])

/** One feature of a plan with its inheritance resolved. */
export const compiledAllowance = z.object({
  featureId: catalogueId,
  allowance: statement,
  mark: z.enum([...MARKS, 'removed']),
  /** The plan that states it; for `removed` the ancestor that had. */
  fromPlanId: catalogueId,
})

function isNotEmpty(fields: object): boolean {
  return Object.keys(fields).length > 0
}
