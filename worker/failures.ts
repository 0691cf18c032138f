/**
 * Everything that can keep a request from doing what it asks, each with exactly the data that its message
 * needs. Refused access is not among them: that is an answer.
 */
import type { FeatureType } from '../entitlements/catalogue.ts'
import type { Instant } from '../entitlements/instant.ts'
import type { Role, Scope } from '../schema/keys.ts'
import type { Environment } from './route.ts'

/** What is wrong with one field. */
export interface FieldError {
  /** JSON pointer into the body; for a parameter of the path or query `/name`. */
  readonly pointer: string
  readonly code: string
  /** Ends the sentence "expected …". */
  readonly expected: string
  /** What kind of thing came instead. */
  readonly received?: string
}

export type Failure =
  // 400
  | { readonly code: 'malformed_json' }
  | { readonly code: 'invalid_request'; readonly errors: readonly FieldError[] }
  | { readonly code: 'invalid_cursor' }
  | { readonly code: 'invalid_idempotency_key' }
  | { readonly code: 'invalid_consistency_token' }
  /** An inbound webhook that nobody we know has signed, or not lately. */
  | { readonly code: 'signature_invalid'; readonly because: string }
  // 401
  | { readonly code: 'credential_missing'; readonly environment: Environment }
  | {
      readonly code: 'credential_invalid'
      readonly environment: Environment
      /** What was sent; a key where absent. */
      readonly of?: 'token'
    }
  // 403
  | {
      readonly code: 'scope_missing'
      readonly needed: Scope | 'any'
      readonly held: readonly Scope[]
      /** Who holds them; a key where absent. */
      readonly of?: 'key' | 'token'
    }
  | {
      readonly code: 'wrong_environment'
      readonly keyEnvironment: 'sandbox' | 'production'
      readonly environment: Environment
    }
  /** A page that may not call with a customer's token. */
  | { readonly code: 'origin_not_allowed'; readonly origin: string }
  | { readonly code: 'role_missing'; readonly role: Role; readonly needed: readonly Role[] }
  /** A browser sent a session's cookie, but nothing tells that our own page wanted it to. */
  | { readonly code: 'csrf_missing' }
  /** Cloudflare Access let somebody pass who is nobody here, or what it says of somebody does not hold. */
  | { readonly code: 'sign_in_refused'; readonly because: string }
  // 404
  | {
      readonly code: 'route_not_found'
      readonly method: string
      readonly path: string
      /** What would bring it here, where it could be. */
      readonly because?: string
    }
  | { readonly code: 'customer_not_found'; readonly customerId: string }
  | NotFound<'feature_not_found'>
  | NotFound<'plan_not_found'>
  | { readonly code: 'subscription_not_found'; readonly subscriptionId: string }
  | {
      readonly code: 'override_not_found'
      readonly customerId: string
      readonly featureId: string
    }
  | { readonly code: 'key_not_found'; readonly keyId: string }
  | { readonly code: 'session_not_found'; readonly sessionId: string }
  | { readonly code: 'event_not_found'; readonly eventId: string }
  | { readonly code: 'webhook_not_found'; readonly webhookId: string }
  | { readonly code: 'attempt_not_found'; readonly attemptId: string }
  // 405, 406, 413, 415
  | { readonly code: 'method_not_allowed'; readonly allow: readonly string[] }
  | { readonly code: 'not_acceptable' }
  | { readonly code: 'body_too_large'; readonly bytesMax: number }
  | {
      readonly code: 'unsupported_media_type'
      readonly received: string | null
      /** The type that the route reads; JSON where absent. */
      readonly expected?: string
    }
  // 409
  | { readonly code: 'key_ended'; readonly keyId: string }
  | { readonly code: 'idempotency_key_reused'; readonly key: string }
  | { readonly code: 'key_expired'; readonly key: string }
  | { readonly code: 'already_exists'; readonly resource: string; readonly id: string }
  | {
      readonly code: 'transition_refused'
      /** What refuses; a subscription where absent. */
      readonly of?: 'subscription' | 'clock'
      readonly status: string
      readonly action: string
      readonly allowedActions: readonly string[]
      /** What this case adds to the general rule. */
      readonly because?: string
    }
  | {
      readonly code: 'base_subscription_exists'
      readonly subscriptionId: string
      readonly planId: string
    }
  | {
      readonly code: 'feature_in_use'
      readonly featureId: string
      readonly planIds: readonly string[]
    }
  | { readonly code: 'plan_in_use'; readonly planId: string; readonly because: string }
  | {
      readonly code: 'customer_has_subscriptions'
      readonly customerId: string
      readonly subscriptionIds: readonly string[]
    }
  | {
      readonly code: 'session_closed'
      readonly sessionId: string
      readonly status: 'completed' | 'expired'
    }
  // 412
  | { readonly code: 'revision_mismatch'; readonly revision: number | null }
  // 422
  | { readonly code: 'feature_not_metered'; readonly featureId: string }
  | {
      readonly code: 'allowance_type_mismatch'
      readonly pointer: string
      readonly featureId: string
      readonly type: FeatureType
    }
  | {
      readonly code: 'feature_type_immutable'
      readonly featureId: string
      readonly type: FeatureType
    }
  | { readonly code: 'plan_cycle'; readonly path: readonly string[] }
  | { readonly code: 'plan_too_deep'; readonly planId: string; readonly depthMax: number }
  | NotFound<'parent_not_found'>
  | {
      readonly code: 'unknown_reference'
      readonly pointer: string
      readonly resource: string
      readonly id: string
      readonly suggestion: string | null
      /** Whether it exists but is archived, and so cannot be newly attached. */
      readonly archived: boolean
    }
  | {
      readonly code: 'price_missing'
      readonly pointer: string
      readonly planId: string
      readonly chargePeriod: string | null
      /** What the plan has prices for; none where it is free of charge. */
      readonly offered: readonly string[]
    }
  | { readonly code: 'quantity_not_allowed'; readonly pointer: string; readonly planId: string }
  | { readonly code: 'quantity_overflow'; readonly featureId: string }
  | {
      readonly code: 'occurred_at_out_of_range'
      readonly earliestAt: Instant
      readonly latestAt: Instant
    }
  /** Something has to be paid, and this deployment knows nobody who takes money. */
  | { readonly code: 'provider_missing' }
  /** Who takes the money does not want this request, and would not later either. */
  | { readonly code: 'provider_refused'; readonly provider: string }
  /** Where this deployment would not send a request or a person. */
  | { readonly code: 'url_not_allowed'; readonly pointer: string; readonly expected: string }
  // 426
  | { readonly code: 'upgrade_required' }
  // 429
  | { readonly code: 'customer_overloaded' }
  // 500, 503
  | { readonly code: 'internal' }
  /** A setting of this deployment that signing in goes by cannot be understood. */
  | {
      readonly code: 'sign_in_misconfigured'
      readonly setting: string
      readonly expected: string
    }
  /** Whose signature it would be cannot be found out now. */
  | { readonly code: 'sign_in_unavailable'; readonly url: string }
  /** `because` says what was missing, and what to do; where absent the general rule holds. */
  | { readonly code: 'unavailable'; readonly because?: string }
  | { readonly code: 'consistency_unavailable' }

interface NotFound<C extends string> {
  readonly code: C
  readonly id: string
  /** An id that exists and is spelled much like it. */
  readonly suggestion: string | null
}

export type FailureCode = Failure['code']
