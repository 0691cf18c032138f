import { err, ok, type Result } from '../../entitlements/result.ts'
import type { Failure, FieldError } from '../failures.ts'
import { readIdempotencyKey } from '../request.ts'
import type { Schema } from '../route.ts'
import { parserOf } from '../validation.ts'
import type { Said } from './row.ts'

/** The body of a call as a schema reads it. */
export function read<T>(schema: Schema<T>, { body }: Pick<Said, 'body'>): Result<T, Failure> {
  const parsed = parserOf({ body: schema })({ params: {}, query: {}, body })
  return parsed.ok ? ok(parsed.value.body) : invalid(parsed.error)
}

/** What is wrong with a request, below a field of it. */
export function invalid(errors: readonly FieldError[], below = ''): Result<never, Failure> {
  const located = errors.map((each) => ({ ...each, pointer: below + each.pointer }))
  return err({ code: 'invalid_request', errors: located })
}

/** One field whose value cannot be had here. */
export function refusing(pointer: string, expected: string): Result<never, Failure> {
  return invalid([{ pointer, code: 'invalid_value', expected }])
}

/** What makes a call safe to send again, for callers who send more than Kelviq's SDK does. */
export function keyOf({ spoken }: Pick<Said, 'spoken'>): Result<string | null, Failure> {
  return readIdempotencyKey(spoken.request)
}
