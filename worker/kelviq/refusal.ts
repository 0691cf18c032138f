/**
 * Failures as Kelviq's SDKs read them: always a `detail`, and beside it a list of what is wrong for each field of the
 * request. `code` is ours and says what to do, as docs/errors.md lists it.
 */
import type { Failure, FieldError } from '../failures.ts'
import { refusalOf } from '../refusal.ts'
import { originOf } from '../respond.ts'
import type { Spoken } from '../protocols.ts'
import { STATUSES } from './statuses.ts'

export type Names = ReadonlyMap<string, string>

const SAME_NAMES: Names = new Map()

/** The response to a request that failed. `names` are what Kelviq calls fields of ours. */
export function refused(
  failure: Failure,
  { requestId, request }: Pick<Spoken, 'requestId' | 'request'>,
  names: Names = SAME_NAMES,
): Response {
  const { problem, headers } = refusalOf(failure, requestId, originOf(request))
  const errors = (problem.errors ?? []).map((error) => told(failure, error, names))
  const detail =
    failure.code === 'invalid_request'
      ? errors.slice(0, 3).map(sentence).join(' ')
      : `${problem.title}. ${problem.detail}`
  const body = { ...byField(errors), detail, code: failure.code }
  return Response.json(body, {
    status: STATUSES[failure.code],
    headers: { ...headers, 'Content-Type': 'application/json' },
  })
}

interface Told {
  readonly field: string
  readonly message: string
}

function told(failure: Failure, { pointer, code, expected }: FieldError, names: Names): Told {
  const [, first = '', ...deeper] = pointer.split('/')
  const field = names.get(first) ?? (first === '' ? 'nonFieldErrors' : first)
  const where = deeper.length === 0 ? '' : `${deeper.join('.')}: `
  if (failure.code !== 'invalid_request') return { field, message: where + capital(expected) }
  if (code === 'required') return { field, message: `${where}This is required: ${expected}.` }
  if (code === 'unknown_field') return { field, message: `${where}This is not known here.` }
  return { field, message: where + capital(expected) }
}

function capital(expected: string): string {
  return `Expected ${expected}.`
}

function sentence({ field, message }: Told): string {
  return `${field}: ${message}`
}

function byField(errors: readonly Told[]): Readonly<Record<string, readonly string[]>> {
  const fields = Map.groupBy(errors, ({ field }) => field)
  return Object.fromEntries(
    [...fields].map(([field, all]) => [field, all.map(({ message }) => message)]),
  )
}
