/**
 * What each failure is to whoever hears of it: status, title, and what to do. The only place that chooses a status
 * code. The table is total, so a failure without a row does not compile.
 */
import type { Failure, FailureCode, FieldError } from './failures.ts'
import {
  ALLOWANCE_FORMS,
  didYouMean,
  instant,
  one,
  RETRY_WITH_KEY,
  sentence,
  WHERE_TOKENS_COME_FROM,
  whereKeysComeFrom,
  whichPrice,
} from './problem-words.ts'

type FailureOf<C extends FailureCode> = Extract<Failure, { readonly code: C }>

export interface ProblemRow<C extends FailureCode> {
  readonly status: number
  readonly title: string
  readonly detail: (failure: FailureOf<C>) => string
  readonly errors?: (failure: FailureOf<C>) => readonly FieldError[]
  /** Seconds after which a retry makes sense. */
  readonly retryAfter?: number
}

type ProblemTable = { readonly [C in FailureCode]: ProblemRow<C> }

export const PROBLEMS: ProblemTable = {
  malformed_json: {
    status: 400,
    title: 'The body is not JSON',
    detail: () =>
      'Send one UTF-8 JSON document, nested at most 16 deep, with `Content-Type: application/json`.',
  },
  invalid_request: {
    status: 400,
    title: 'The request is not valid',
    detail: (f) => f.errors.slice(0, 3).map(sentence).join(' '),
    errors: (f) => f.errors,
  },
  invalid_cursor: {
    status: 400,
    title: 'The cursor is not valid',
    detail: () => 'Cursors come from `nextCursor` and last 24 hours. Start again without one.',
  },
  invalid_idempotency_key: {
    status: 400,
    title: 'The idempotency key is not valid',
    detail: () => '`Idempotency-Key` is 1 to 255 printable ASCII characters.',
  },
  invalid_consistency_token: {
    status: 400,
    title: 'The consistency token is not valid',
    detail: () =>
      'Send the `consistencyToken` of an earlier answer as it was; several are joined by a comma.',
  },
  signature_invalid: {
    status: 400,
    title: 'The signature is not valid',
    detail: (f) =>
      `${f.because} Sign the body as it is sent, within five minutes, with the secret of this deployment.`,
  },
  credential_missing: {
    status: 401,
    title: 'No key was sent',
    detail: (f) => `This route needs a secret key. ${whereKeysComeFrom(f.environment)}`,
  },
  credential_invalid: {
    status: 401,
    title: 'The credential is not valid',
    detail: (f) =>
      f.of === 'token'
        ? `The token is no customer token of this deployment, or has expired. ${WHERE_TOKENS_COME_FROM}`
        : `The key is mistyped, unknown, expired or revoked. ${whereKeysComeFrom(f.environment)}`,
  },
  scope_missing: {
    status: 403,
    title: 'The credential may not do this',
    detail: (f) => {
      const held = f.held.map((s) => `'${s}'`).join(', ') || 'none'
      if (f.of !== 'token') return `This route needs the scope '${f.needed}'; the key has ${held}.`
      const isHeld = f.needed === 'any' || f.held.includes(f.needed)
      return isHeld
        ? 'This route needs a secret key: a customer token reaches access, entitlements, consume and usage of its customer alone.'
        : `This route needs the scope '${f.needed}'; the token has ${held}.`
    },
  },
  role_missing: {
    status: 403,
    title: 'The role may not do this',
    detail: (f) => `The role '${f.role}' may not do this; it takes ${f.needed.join(' or ')}.`,
  },
  csrf_missing: {
    status: 403,
    title: 'Nothing tells that this was meant',
    detail: () => 'Send the csrfToken of GET /v1/session as Sluice-Csrf, from our own page.',
  },
  sign_in_refused: {
    status: 403,
    title: 'Cloudflare Access does not let you in here',
    detail: (f) => f.because,
  },
  wrong_environment: {
    status: 403,
    title: 'The key belongs to another environment',
    detail: (f) =>
      `The key is for ${f.keyEnvironment}; this is ${
        f.environment === 'local' ? 'local development, whose keys say sandbox' : f.environment
      }. ${whereKeysComeFrom(f.environment)}`,
  },
  origin_not_allowed: {
    status: 403,
    title: 'Pages of this origin may not call',
    detail: (f) =>
      `${f.origin.slice(0, 256)} is not among the origins whose pages may use customer tokens here. An operator adds it with PUT /v1/settings/origins. Secret keys do not belong into browsers.`,
  },
  route_not_found: {
    status: 404,
    title: 'There is no such route',
    detail: (f) => `${f.method} ${f.path} is not a route. ${f.because ?? '`GET /` lists them.'}`,
  },
  customer_not_found: {
    status: 404,
    title: 'There is no such customer',
    detail: (f) => `Make it with PUT /v1/customers/${encodeURIComponent(f.customerId)}.`,
  },
  feature_not_found: {
    status: 404,
    title: 'There is no such feature',
    detail: (f) => `The catalogue has no feature '${f.id}'.${didYouMean(f.suggestion)}`,
  },
  plan_not_found: {
    status: 404,
    title: 'There is no such plan',
    detail: (f) => `The catalogue has no plan '${f.id}'.${didYouMean(f.suggestion)}`,
  },
  subscription_not_found: {
    status: 404,
    title: 'There is no such subscription',
    detail: (f) => `No subscription has the id '${f.subscriptionId}'.`,
  },
  override_not_found: {
    status: 404,
    title: 'There is no such override',
    detail: (f) => `Customer '${f.customerId}' has no override of '${f.featureId}'.`,
  },
  key_not_found: {
    status: 404,
    title: 'There is no such key',
    detail: (f) => `No key has the id '${f.keyId}'.`,
  },
  session_not_found: {
    status: 404,
    title: 'There is no such checkout session',
    detail: (f) => `No checkout session has the id '${f.sessionId}'.`,
  },
  event_not_found: {
    status: 404,
    title: 'There is no such event',
    detail: (f) => `No event has the id '${f.eventId}', or it is older than what is kept.`,
  },
  webhook_not_found: {
    status: 404,
    title: 'There is no such webhook endpoint',
    detail: (f) => `No webhook endpoint has the id '${f.webhookId}'.`,
  },
  attempt_not_found: {
    status: 404,
    title: 'There is no such attempt',
    detail: (f) =>
      `No attempt of this endpoint has the id '${f.attemptId}', or it is older than what is kept.`,
  },
  method_not_allowed: {
    status: 405,
    title: 'The route does not know this method',
    detail: (f) => `Use ${f.allow.join(' or ')}.`,
  },
  not_acceptable: {
    status: 406,
    title: 'Answers are JSON',
    detail: () => 'Accept `application/json`.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    detail: (f) => `This route takes at most ${f.bytesMax} bytes.`,
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body is of another type',
    detail: (f) =>
      `Send \`Content-Type: ${f.expected ?? 'application/json'}\`${f.received === null ? '' : `, not '${f.received}'`}.`,
  },
  idempotency_key_reused: {
    status: 409,
    title: 'The idempotency key was used for another request',
    detail: (f) =>
      `'${f.key}' belongs to a request with another body. Use a new key for a new request.`,
  },
  key_expired: {
    status: 409,
    title: 'The idempotency key is too old',
    detail: (f) => `'${f.key}' is older than the keys that are kept, so its effect cannot be told.`,
  },
  key_ended: {
    status: 409,
    title: 'The key has ended',
    detail: (f) => `'${f.keyId}' is revoked or expired. \`POST /v1/keys\` makes a new key.`,
  },
  already_exists: {
    status: 409,
    title: 'It exists already',
    detail: (f) => `There is already a ${f.resource} '${f.id}'.`,
  },
  transition_refused: {
    status: 409,
    title: 'It cannot do this now',
    detail: (f) =>
      `A ${f.of ?? 'subscription'} that is ${f.status} cannot '${f.action}'.${
        f.because === undefined ? '' : ` ${f.because}`
      } ${f.allowedActions.length === 0 ? 'Nothing is allowed any more.' : `Allowed: ${f.allowedActions.join(', ')}.`}`,
  },
  base_subscription_exists: {
    status: 409,
    title: 'The customer has a base plan already',
    detail: (f) =>
      `Change ${f.subscriptionId} (plan '${f.planId}') instead of adding a second one.`,
  },
  session_closed: {
    status: 409,
    title: 'The checkout session is closed',
    detail: (f) =>
      `'${f.sessionId}' is ${f.status}. Make a new one with POST /v1/checkout/sessions.`,
  },
  feature_in_use: {
    status: 409,
    title: 'Plans still give this feature',
    detail: (f) => `Take '${f.featureId}' out of ${f.planIds.join(', ')} first.`,
  },
  plan_in_use: {
    status: 409,
    title: 'The plan is in use',
    detail: (f) => `Plan '${f.planId}' cannot go: ${f.because}.`,
  },
  customer_has_subscriptions: {
    status: 409,
    title: 'The customer still has subscriptions',
    detail: (f) => `Cancel ${f.subscriptionIds.join(', ')} with {"when": "now"} first.`,
  },
  revision_mismatch: {
    status: 412,
    title: 'It has changed since it was read',
    detail: (f) =>
      f.revision === null
        ? 'Read it again and send its new ETag as `If-Match`.'
        : `It is at revision ${f.revision} now. Read it again and send its new ETag as \`If-Match\`.`,
  },
  feature_not_metered: {
    status: 422,
    title: 'The feature is not a meter',
    detail: (f) =>
      `'${f.featureId}' is not a meter, so nothing can be counted. Ask GET /v1/access.`,
  },
  allowance_type_mismatch: {
    status: 422,
    title: 'The allowance does not fit the feature',
    detail: (f) => `'${f.featureId}' is ${f.type}: expected ${ALLOWANCE_FORMS[f.type]}.`,
    errors: (f) => one(f.pointer, 'allowance_type_mismatch', ALLOWANCE_FORMS[f.type]),
  },
  feature_type_immutable: {
    status: 422,
    title: "A feature's type never changes",
    detail: (f) => `'${f.featureId}' is ${f.type} for ever. Make a new feature.`,
    errors: (f) => one('/type', 'feature_type_immutable', f.type),
  },
  plan_cycle: {
    status: 422,
    title: 'Plans cannot inherit in a circle',
    detail: (f) => `${f.path.join(' → ')}. Nothing was changed.`,
    errors: (f) =>
      one('/parentId', 'plan_cycle', `a plan that does not descend from ${f.path[0] ?? 'it'}`),
  },
  plan_too_deep: {
    status: 422,
    title: 'Plans inherit too deeply',
    detail: (f) => `'${f.planId}' has more than ${f.depthMax} ancestors. Nothing was changed.`,
    errors: (f) =>
      one('/parentId', 'plan_too_deep', `a plan with fewer than ${f.depthMax} ancestors`),
  },
  parent_not_found: {
    status: 422,
    title: 'The parent does not exist',
    detail: (f) => `The catalogue has no plan '${f.id}'.${didYouMean(f.suggestion)}`,
    errors: () => one('/parentId', 'parent_not_found', 'the id of a plan'),
  },
  unknown_reference: {
    status: 422,
    title: 'It names something that does not exist',
    detail: (f) =>
      f.archived
        ? `${f.resource} '${f.id}' is archived and cannot be newly attached.`
        : `There is no ${f.resource} '${f.id}'.${didYouMean(f.suggestion)}`,
    errors: (f) => one(f.pointer, 'unknown_reference', `the id of a ${f.resource}`),
  },
  price_missing: {
    status: 422,
    title: 'The plan has no such price',
    detail: (f) => `Plan '${f.planId}' ${whichPrice(f)}`,
    errors: (f) => one(f.pointer, 'price_missing', f.offered.join(' or ') || 'nothing'),
  },
  quantity_not_allowed: {
    status: 422,
    title: 'Only add-ons have a quantity',
    detail: (f) => `Plan '${f.planId}' is a base plan: leave quantity out.`,
    errors: (f) => one(f.pointer, 'quantity_not_allowed', '1, or an add-on'),
  },
  quantity_overflow: {
    status: 422,
    title: 'The sum is too large to be exact',
    detail: (f) => `'${f.featureId}' would pass 9007199254740991 units. Nothing was changed.`,
  },
  occurred_at_out_of_range: {
    status: 422,
    title: 'The usage is too old or lies ahead',
    detail: (f) =>
      `occurredAt must lie between ${instant(f.earliestAt)} and ${instant(f.latestAt)}.`,
    errors: (f) =>
      one(
        '/occurredAt',
        'occurred_at_out_of_range',
        `${instant(f.earliestAt)} … ${instant(f.latestAt)}`,
      ),
  },
  provider_missing: {
    status: 422,
    title: 'Nobody takes payments here',
    detail: () =>
      'This deployment has no payment provider: set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET. Plans without a price need none.',
    errors: () => one('/planId', 'provider_missing', 'a plan without a price'),
  },
  provider_refused: {
    status: 422,
    title: 'The payment provider does not take this',
    detail: (f) =>
      `${f.provider} has refused the request, and would again; the log of this deployment says why. Nothing was changed.`,
  },
  url_not_allowed: {
    status: 422,
    title: 'The address is not allowed',
    detail: (f) => `${f.pointer}: expected ${f.expected}.`,
    errors: (f) => one(f.pointer, 'url_not_allowed', f.expected),
  },
  upgrade_required: {
    status: 426,
    title: 'The route is a WebSocket',
    detail: () =>
      'Open it with a WebSocket client; a browser offers the protocols `sluice` and `token.<token>`. GET /v1/customers/{id}/entitlements answers once.',
  },
  customer_overloaded: {
    status: 429,
    title: 'Too many calls for this customer at once',
    detail: () => 'Wait a moment and send the same request with the same idempotency key.',
    retryAfter: 1,
  },
  internal: {
    status: 500,
    title: 'Something went wrong here',
    detail: () => 'It is our fault and has been logged under this request id.',
  },
  sign_in_misconfigured: {
    status: 500,
    title: 'Signing in is not set up rightly',
    detail: (f) =>
      `The setting ${f.setting} of this deployment: expected ${f.expected}. Until then Cloudflare Access lets nobody in; a key does.`,
  },
  sign_in_unavailable: {
    status: 503,
    title: 'Cloudflare Access cannot be asked for a moment',
    detail: (f) =>
      `The keys at ${f.url} could not be read. Try again; if it stays so, look at ACCESS_TEAM_DOMAIN.`,
    retryAfter: 10,
  },
  unavailable: {
    status: 503,
    title: 'Not available for a moment',
    detail: (f) => f.because ?? RETRY_WITH_KEY,
    retryAfter: 1,
  },
  consistency_unavailable: {
    status: 503,
    title: 'The state that the token names cannot be shown yet',
    detail: () => 'Retry with the same token, or leave it out to accept an older state.',
    retryAfter: 1,
  },
}
