/**
 * Reads the fields of a request by hand, in a schema's place: on the check path loading a schema library would
 * cost more than the check. What is accepted, and what is said otherwise, is the wire schema's; a test holds it.
 */
import type { Instant } from '../../entitlements/instant.ts'
import { jsonBytes } from '../../entitlements/json.ts'
import type { Json } from '../../entitlements/allowance.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { CATALOGUE_ID, CUSTOMER_ID, IDEMPOTENCY_KEY } from '../../schema/ids.ts'
import type { FieldError } from '../failures.ts'

/** One field: how it is read, and what stands for it where it is left out. */
export interface Field<T> {
  /** What kind of JSON value it is. */
  readonly type: 'string' | 'number' | 'boolean' | 'object' | 'array'
  /** Ends the sentence "expected …". */
  readonly expected: string
  /** Undefined: not a value of this field. */
  readonly read: (value: unknown) => T | undefined
  /** Absent: the field is required. */
  readonly otherwise?: T
}

/** How each field of `T` is read. */
export type Fields<T> = { readonly [K in keyof T]: Field<T[K]> }

/** Reads an object that has these fields and no other; reports everything that is wrong with it. */
export function readFields<T>(value: unknown, fields: Fields<T>): Result<T, readonly FieldError[]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return err([wrong('', value, { type: 'object', expected: 'an object' })])
  }
  const errors: FieldError[] = []
  const found: Partial<T> = {}
  for (const name in fields) {
    const field = fields[name]
    const given: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
    const read = given === undefined ? field.otherwise : field.read(given)
    if (read === undefined) errors.push(wrong(`/${name}`, given, field))
    else found[name] = read
  }
  for (const name in value) {
    if (!Object.hasOwn(fields, name)) errors.push(unknownField(name))
  }
  // Every field of `T` was read by its own reader, or an error was noted.
  return errors.length > 0 ? err(errors) : ok(found as T)
}

/** The same field, with a value that stands for it where it is left out. */
export function optional<T, U>(field: Field<T>, otherwise: U): Field<T | U> {
  return { ...field, otherwise }
}

export const customerId: Field<string> = {
  type: 'string',
  expected: 'an id of 1–128 printable ASCII characters without a blank at either end',
  read: (value) => matching(value, CUSTOMER_ID),
}

/** A feature that is to be used: its id must be one. */
export const featureId: Field<string> = {
  type: 'string',
  expected:
    'an id of 1–64 lower-case letters, digits, "-" and "_" that begins with a letter or digit',
  read: (value) => matching(value, CATALOGUE_ID),
}

/** A feature that is only asked about: an id that cannot exist is answered, with a hint, like one that does not. */
export const askedFeatureId: Field<string> = {
  type: 'string',
  expected: '1 to 128 characters without control characters',
  // oxlint-disable-next-line no-control-regex -- refusing them is the point
  read: (value) => matching(value, /^[^\u0000-\u001f\u007f-\u009f]{1,128}$/),
}

const WHOLE = `a whole number from 1 to ${Number.MAX_SAFE_INTEGER}`

export const quantity: Field<number> = {
  type: 'number',
  expected: WHOLE,
  read: (value) => (isWhole(value) && value >= 1 ? value : undefined),
}

/** In a query everything is text. */
export const quantityParameter: Field<number> = {
  type: 'string',
  expected: WHOLE,
  read: (value) => quantity.read(Number(matching(value, /^(0|[1-9][0-9]{0,15})$/))),
}

export const flag: Field<boolean> = {
  type: 'boolean',
  expected: 'true or false',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
}

export const flagParameter: Field<boolean> = {
  type: 'string',
  expected: 'true or false',
  read: (value) => (value === 'true' ? true : value === 'false' ? false : undefined),
}

export const behaviour: Field<'delta' | 'set'> = {
  type: 'string',
  expected: '"delta", "set"',
  read: (value) => {
    const text = matching(value, /^(delta|set)$/i)?.toLowerCase()
    return text === 'delta' || text === 'set' ? text : undefined
  },
}

export const reading: Field<number> = {
  type: 'number',
  expected: 'a whole number from -9007199254740991 to 9007199254740991',
  read: (value) => (isWhole(value) ? value : undefined),
}

const RFC_3339 =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

export const instant: Field<Instant> = {
  type: 'string',
  expected: 'an RFC 3339 instant from 1970 on, such as 2026-11-22T10:00:00Z',
  read: (value) => {
    const text = matching(value, RFC_3339)
    if (text === undefined || !isCalendarDay(text.slice(0, 10))) return undefined
    const at = Date.parse(text)
    return at >= 0 ? at : undefined
  },
}

export const metadata: Field<Json> = {
  type: 'object',
  expected: 'an object of at most 50 keys and 8192 bytes',
  read: (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return isJson(value) && Object.keys(value).length <= 50 && jsonBytes(value) <= 8192
      ? value
      : undefined
  },
}

export const idempotencyKey: Field<string> = {
  type: 'string',
  expected: '1 to 255 printable ASCII characters without a blank at either end',
  read: (value) => matching(value, IDEMPOTENCY_KEY),
}

/** Read further by whoever knows tokens. */
export const consistencyToken: Field<string> = {
  type: 'string',
  expected: 'the consistencyToken of an earlier answer',
  read: (value) => (typeof value === 'string' ? value : undefined),
}

/** A list whose items somebody else reads. */
export function listOf(itemsMax: number): Field<readonly unknown[]> {
  return {
    type: 'array',
    expected: `a list of at most ${itemsMax} items`,
    read: (value) => (Array.isArray(value) && value.length <= itemsMax ? value : undefined),
  }
}

export const prose512: Field<string | null> = {
  type: 'string',
  expected: 'at most 512 characters',
  read: (value) =>
    value === null || (typeof value === 'string' && value.length <= 512) ? value : undefined,
}

function matching(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

/** `Date.parse` takes 30 February for 2 March. */
function isCalendarDay(day: string): boolean {
  const at = Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day)
}

/** What came out of a JSON parser may still hold a number that is none: `1e400` reads as infinity. */
function isJson(value: unknown): value is Json {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.values(value).every(isJson)
}

function wrong(
  pointer: string,
  value: unknown,
  { type, expected }: Pick<Field<unknown>, 'type' | 'expected'>,
): FieldError {
  if (value === undefined) return { pointer, code: 'required', expected }
  return { pointer, code: codeFor(value, type), expected, received: kindOf(value) }
}

/** As the schemas would say it: a fraction is no whole number, so it is of the wrong type. */
function codeFor(value: unknown, type: Field<unknown>['type']): string {
  if (kindOf(value) !== type) return 'invalid_type'
  if (type === 'string') return 'invalid_format'
  if (type === 'array') return 'out_of_range'
  return isWhole(value) ? 'out_of_range' : 'invalid_type'
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function unknownField(name: string): FieldError {
  const step = name.replaceAll('~', '~0').replaceAll('/', '~1')
  return { pointer: `/${step}`, code: 'unknown_field', expected: 'no such field' }
}
