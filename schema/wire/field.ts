/**
 * Fields that many resources share, as they look on the wire.
 *
 * Every message ends the sentence "expected …", because a problem says so. Instants come in as RFC 3339 text and are
 * epoch milliseconds from there on.
 */
import * as z from 'zod/mini'
import type { Json } from '../../entitlements/allowance.ts'
import { jsonBytes } from '../../entitlements/json.ts'
import { CATALOGUE_ID, CUSTOMER_ID, IDEMPOTENCY_KEY } from '../ids.ts'

/** Bounds of what a caller may keep with a resource. */
export const METADATA_KEYS_MAX = 50
export const METADATA_BYTES_MAX = 8 * 1024
export const PAGE_SIZE_MAX = 100

/** A field's message, for every way in which it can be wrong. */
interface Form {
  readonly error: string
}

const expected = (error: string): Form => ({ error })

const CATALOGUE_ID_FORM = expected(
  'an id of 1–64 lower-case letters, digits, "-" and "_" that begins with a letter or digit',
)
const CUSTOMER_ID_FORM = expected(
  'an id of 1–128 printable ASCII characters without a blank at either end',
)
const NATURAL = expected('a whole number from 0 to 9007199254740991')
const INSTANT = expected('an RFC 3339 instant from 1970 on, such as 2026-11-22T10:00:00Z')
const FLAG = expected('true or false')
const KEY_FORM = expected('1 to 255 printable ASCII characters without a blank at either end')
const METADATA = expected(
  `an object of at most ${METADATA_KEYS_MAX} keys and ${METADATA_BYTES_MAX} bytes`,
)
const PAGE_SIZE = expected(`a whole number from 1 to ${PAGE_SIZE_MAX}`)

/** Text of one form. */
export function textOf(pattern: RegExp, form: Form) {
  return z.string(form).check(z.regex(pattern, form))
}

/** The id of a feature or plan. */
export const catalogueId = textOf(CATALOGUE_ID, CATALOGUE_ID_FORM)

/** The id of a customer. */
export const customerId = textOf(CUSTOMER_ID, CUSTOMER_ID_FORM)

/** An id that Sluice made, with the given prefix. */
export function madeId(prefix: string) {
  return textOf(
    new RegExp(`^${prefix}_[0-9a-z]{1,60}$`),
    expected(`an id that begins with ${prefix}_`),
  )
}

/** A whole number from 0 to 2^53 − 1; refused, never rounded. */
export const natural = z.int(NATURAL).check(z.gte(0, NATURAL))

/** A whole number within bounds. */
export function integer(min: number, max: number) {
  const form = expected(`a whole number from ${min} to ${max}`)
  return z.int(form).check(z.gte(min, form), z.lte(max, form))
}

/** How many units: at least one. */
export const quantity = integer(1, Number.MAX_SAFE_INTEGER)

/** A whole number in a query, where everything is text. */
export function integerParameter(min: number, max: number) {
  const form = expected(`a whole number from ${min} to ${max}`)
  return z.pipe(numberOf(/^(0|[1-9][0-9]{0,15})$/, form), integer(min, max))
}

/** What makes an item of a batch safe to send again. */
export const idempotencyKey = textOf(IDEMPOTENCY_KEY, KEY_FORM)

/** `true` or `false` in a query. */
export const flagParameter = z.pipe(
  z.enum(['true', 'false'], FLAG),
  z.transform((value) => value === 'true'),
)

export const flag = z.boolean(FLAG)

/** Words for people: 1 to `max` characters, none of them a control character. */
export function words(max: number) {
  const form = expected(`1 to ${max} characters without control characters`)
  return z.string(form).check(z.maxLength(max, form), z.regex(/^\P{Cc}+$/u, form))
}

/** Prose for people: up to `max` characters, line breaks allowed. */
export function prose(max: number) {
  const form = expected(`at most ${max} characters`)
  return z.string(form).check(z.maxLength(max, form))
}

/** One of a fixed list of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(options: T) {
  return z.enum(options, expected(options.map((each) => `"${each}"`).join(', ')))
}

/** An instant on its way in: RFC 3339 text to epoch milliseconds. */
export const instant = z.pipe(
  z.pipe(
    z.iso.datetime({ offset: true, ...INSTANT }),
    z.transform((text) => Date.parse(text)),
  ),
  z.int(INSTANT).check(z.gte(0, INSTANT)),
)

/** An instant in an answer: RFC 3339 in UTC with milliseconds. */
export const instantText = z.iso.datetime({ precision: 3 })

/** A half-open stretch of time in an answer. */
export const periodText = z.object({ startAt: instantText, endAt: instantText })

/** Any JSON. */
export const json: z.ZodMiniType<Json> = z.json()

/** What a caller keeps with a resource: ≤ 50 keys, ≤ 8 KB of JSON. Sluice never looks inside. */
export const metadata = z.record(z.string(), json, METADATA).check(
  z.refine((value) => Object.keys(value).length <= METADATA_KEYS_MAX, METADATA),
  z.refine((value) => jsonBytes(value) <= METADATA_BYTES_MAX, METADATA),
)

/** An object that refuses what it does not know, so that a typing error never passes silently. */
export function body<const T extends z.core.$ZodLooseShape>(shape: T) {
  return z.strictObject(shape, expected('an object'))
}

/** A field of an edit: left out, it stays; `null` removes it. */
export function removable<T extends z.ZodMiniType>(field: T) {
  return z.exactOptional(z.nullable(field))
}

/** The query of a list. `cursor` is what `nextCursor` was. */
export const PAGE_QUERY = {
  pageSize: z._default(
    z.pipe(numberOf(/^[1-9][0-9]{0,2}$/, PAGE_SIZE), integer(1, PAGE_SIZE_MAX)),
    25,
  ),
  cursor: z.exactOptional(prose(1024)),
}

/** A page of a list. */
export const pageOf = <T extends z.ZodMiniType>(item: T) =>
  z.object({ data: z.array(item), nextCursor: z.nullable(z.string()) })

/** What every mutation adds to the resource that it answers with. */
export const CHANGED = {
  /** Read with it and you see this change or a later one. */
  consistencyToken: z.string(),
  /** `pending`: it stands, and reaches every copy within a minute. */
  propagation: z.enum(['done', 'pending']),
}

/** A number in a query, where everything is text. */
function numberOf(digits: RegExp, form: Form) {
  return z.pipe(textOf(digits, form), z.transform(Number))
}
