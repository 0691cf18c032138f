/** Validates a request with its row's schemas, for the routes that can afford them. */
import { err, ok, type Result } from '../entitlements/result.ts'
import type { FieldError } from './failures.ts'
import type { Issue, Parse, Schema, Schemas } from './route.ts'

/** A parser that reports everything that is wrong with params, query and body at once. */
export function parserOf<P, Q, B>(schemas: Schemas<P, Q, B>): Parse<P, Q, B> {
  return (raw) => {
    const params = read(schemas.params, raw.params)
    const query = read(schemas.query, raw.query)
    const body = read(schemas.body, raw.body)
    if (params.ok && query.ok && body.ok) {
      return ok({ params: params.value, query: query.value, body: body.value })
    }
    return err([params, query, body].flatMap((part) => (part.ok ? [] : part.error)))
  }
}

function read<T>(schema: Schema<T> | undefined, value: unknown): Result<T, readonly FieldError[]> {
  if (schema === undefined) return nothing(value)
  const parsed = schema.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  return err(parsed.error.issues.flatMap((issue) => fieldErrors(issue, value)))
}

/** Without a schema the handler looks at no part of it, so `T` is `unknown` and any value will do. */
function nothing<T>(value: unknown): Result<T, readonly FieldError[]> {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : []
  if (names.length === 0) return ok(undefined as T)
  return err(names.map(unknownField('')))
}

/** One issue of a schema as field errors; a schema lists all unknown fields in one issue. */
function fieldErrors(issue: Issue, value: unknown): readonly FieldError[] {
  const pointer = issue.path.map(pointerStep).join('')
  if (issue.keys !== undefined) return issue.keys.map(unknownField(pointer))
  const found = issue.path.reduce<unknown>(memberOf, value)
  if (found === undefined) {
    return [{ pointer, code: 'required', expected: issue.message }]
  }
  return [
    {
      pointer,
      code: CODES.get(issue.code ?? '') ?? 'invalid_value',
      expected: issue.message,
      received: kindOf(found),
    },
  ]
}

const CODES: ReadonlyMap<string, string> = new Map([
  ['invalid_type', 'invalid_type'],
  ['too_big', 'out_of_range'],
  ['too_small', 'out_of_range'],
  ['not_multiple_of', 'out_of_range'],
  ['invalid_format', 'invalid_format'],
])

const unknownField = (parent: string) => (name: string) => ({
  pointer: parent + pointerStep(name),
  code: 'unknown_field',
  expected: 'no such field',
})

/** RFC 6901 escaping. */
function pointerStep(step: PropertyKey): string {
  return `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

function memberOf(parent: unknown, step: PropertyKey): unknown {
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, step))
    return undefined
  return Reflect.get(parent, step)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
