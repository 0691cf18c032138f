/** What keeps a call from an answer. A refused access is no error: it is an answer. */
import type { Problem } from '../../schema/calls.ts'

/** Found out by the client itself. */
export type ClientCode =
  /** No connection, or it was cut. */
  | 'unreachable'
  /** No answer in time. */
  | 'timed_out'
  /** Something answered, and it was not Sluice: a proxy's page, half a document, far too much. */
  | 'unreadable'
  /** `token` gave none. */
  | 'token_unavailable'

/** What the service refuses with; docs/errors.md says what to do about each. */
export type ServiceCode =
  | 'malformed_json'
  | 'invalid_request'
  | 'invalid_cursor'
  | 'invalid_idempotency_key'
  | 'invalid_consistency_token'
  | 'signature_invalid'
  | 'credential_missing'
  | 'credential_invalid'
  | 'scope_missing'
  | 'wrong_environment'
  | 'role_missing'
  | 'csrf_missing'
  | 'sign_in_refused'
  | 'origin_not_allowed'
  | 'route_not_found'
  | 'customer_not_found'
  | 'feature_not_found'
  | 'plan_not_found'
  | 'subscription_not_found'
  | 'override_not_found'
  | 'key_not_found'
  | 'session_not_found'
  | 'event_not_found'
  | 'webhook_not_found'
  | 'attempt_not_found'
  | 'method_not_allowed'
  | 'not_acceptable'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'key_ended'
  | 'idempotency_key_reused'
  | 'key_expired'
  | 'already_exists'
  | 'transition_refused'
  | 'base_subscription_exists'
  | 'feature_in_use'
  | 'plan_in_use'
  | 'customer_has_subscriptions'
  | 'session_closed'
  | 'revision_mismatch'
  | 'feature_not_metered'
  | 'allowance_type_mismatch'
  | 'feature_type_immutable'
  | 'plan_cycle'
  | 'plan_too_deep'
  | 'parent_not_found'
  | 'unknown_reference'
  | 'price_missing'
  | 'quantity_not_allowed'
  | 'quantity_overflow'
  | 'occurred_at_out_of_range'
  | 'provider_missing'
  | 'provider_refused'
  | 'url_not_allowed'
  | 'customer_overloaded'
  | 'internal'
  | 'unavailable'
  | 'upgrade_required'
  | 'consistency_unavailable'
  | 'sign_in_misconfigured'
  | 'sign_in_unavailable'

/** A newer service may know more of them. */
export type ErrorCode = ClientCode | ServiceCode | (string & {})

/** What is known of a failure beside its code. */
export interface Circumstances {
  readonly message: string
  /** Of the answer, where there was one. */
  readonly status?: number | undefined
  readonly requestId?: string | undefined
  readonly errors?: Problem['errors'] | undefined
  /** Whether the same call may succeed later. */
  readonly retryable?: boolean
  /** How long the service asks to wait. */
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/** Tell them apart by `code`. */
export class SluiceError extends Error {
  declare readonly code: ErrorCode
  declare readonly status: number | undefined
  /** Names the request in the service's own records. */
  declare readonly requestId: string | undefined
  /** What is wrong with which field. */
  declare readonly errors: NonNullable<Problem['errors']>
  /** Whether the same call may succeed later. */
  declare readonly retryable: boolean
  declare readonly retryAfterMs: number | undefined
  /** That of the request, where the same call may succeed later: made again with it, it still has one effect. */
  declare readonly idempotencyKey?: string | null

  constructor(code: ErrorCode, known: Circumstances) {
    super(known.message, known)
    Object.assign(this, { name: 'SluiceError', errors: [], retryable: false }, known, { code })
  }
}
