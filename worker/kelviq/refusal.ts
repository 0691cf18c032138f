/**
 * Failures as Kelviq's SDKs read them: always a `detail`, and beside it a list of what is wrong for each field of the
 * request. `code` is ours and says what to do, as docs/errors.md lists it.
 */
import type { Failure, FailureCode, FieldError } from '../failures.ts'
import { refusalOf } from '../refusal.ts'
import { originOf } from '../respond.ts'
import type { Spoken } from '../protocols.ts'

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
    status: statusOf(failure.code),
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

/**
 * Its status there. Kelviq answers 400 to whatever a request should have said otherwise, where we tell 400 from 422,
 * and its SDK has an error of its own for 400 alone.
 */
export function statusOf(code: FailureCode): number {
  switch (code) {
    case 'malformed_json':
    case 'invalid_request':
    case 'invalid_cursor':
    case 'invalid_idempotency_key':
    case 'invalid_consistency_token':
    case 'signature_invalid':
    case 'feature_not_metered':
    case 'allowance_type_mismatch':
    case 'feature_type_immutable':
    case 'plan_cycle':
    case 'plan_too_deep':
    case 'parent_not_found':
    case 'unknown_reference':
    case 'price_missing':
    case 'quantity_not_allowed':
    case 'quantity_overflow':
    case 'occurred_at_out_of_range':
    case 'url_not_allowed':
    case 'provider_refused':
      return 400
    case 'credential_missing':
    case 'credential_invalid':
      return 401
    case 'scope_missing':
    case 'wrong_environment':
      return 403
    case 'route_not_found':
    case 'customer_not_found':
    case 'feature_not_found':
    case 'plan_not_found':
    case 'subscription_not_found':
    case 'override_not_found':
    case 'key_not_found':
    case 'session_not_found':
    case 'event_not_found':
    case 'webhook_not_found':
    case 'attempt_not_found':
      return 404
    case 'method_not_allowed':
      return 405
    case 'not_acceptable':
      return 406
    case 'key_ended':
    case 'idempotency_key_reused':
    case 'key_expired':
    case 'already_exists':
    case 'transition_refused':
    case 'base_subscription_exists':
    case 'feature_in_use':
    case 'plan_in_use':
    case 'customer_has_subscriptions':
    case 'session_closed':
      return 409
    case 'revision_mismatch':
      return 412
    case 'body_too_large':
      return 413
    case 'unsupported_media_type':
      return 415
    // What Kelviq says where no billing provider is set up.
    case 'provider_missing':
      return 428
    case 'customer_overloaded':
      return 429
    case 'internal':
      return 500
    case 'unavailable':
    case 'consistency_unavailable':
      return 503
  }
}
