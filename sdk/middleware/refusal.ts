/** What a caller hears who is not let through: a problem document, whatever the application itself speaks. */
import type { Entitlement } from '../../schema/calls.ts'

/** Says on every answer, let through or not, that Sluice could not be asked. */
export const OUTAGE_HEADER = 'Sluice-Outage'

/** What matters of a `SluiceError` here; by its shape, since another copy of the package may have made it. */
export interface SluiceProblem {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly retryable: boolean
  readonly retryAfterMs?: number | undefined
}

/** 401: the request names no customer. */
export function withoutCustomer(): Response {
  return problem({
    status: 401,
    title: 'Unauthorized',
    code: 'customer_missing',
    detail: 'Say who you are: this is for known customers.',
  })
}

/** 402: the customer may not use it, or not so much of it. Where that ends by a date, `Retry-After` is that date. */
export function refusalOf(entitlement: Entitlement, quantity: number): Response {
  const { featureId, reason, limit, used, balance, hint } = entitlement
  const resetAt = reason === 'limit_reached' ? entitlement.resetAt : undefined
  const meter = limit === undefined ? {} : { limit, used, balance, resetAt: resetAt ?? null }
  return problem(
    {
      status: 402,
      title: 'Payment Required',
      code: reason,
      detail: [detailOf(entitlement, resetAt), hint].filter(Boolean).join(' '),
      featureId,
      reason,
      quantity,
      ...meter,
    },
    resetAt ? { 'Retry-After': httpDate(resetAt) } : {},
  )
}

/** What Sluice says of the request itself, where the caller has had a hand in it: its own status, code and detail. */
export function passedOn({ status, code, message, retryAfterMs }: SluiceProblem): Response {
  const title = status === 429 ? 'Too Many Requests' : status === 409 ? 'Conflict' : 'Bad Request'
  return problem({ status, title, code, detail: message }, retryAfter(retryAfterMs))
}

/** 503: Sluice could not be asked, and the application lets nobody through unasked. */
export function outageRefusal(featureId: string, retryAfterMs: number | undefined): Response {
  return problem(
    {
      status: 503,
      title: 'Service Unavailable',
      code: 'unavailable',
      detail: `Whether '${featureId}' may be used could not be found out. Try again.`,
      featureId,
      reason: 'unavailable',
    },
    {
      [OUTAGE_HEADER]: 'denied',
      ...retryAfter(retryAfterMs),
    },
  )
}

function retryAfter(ms: number | undefined): Readonly<Record<string, string>> {
  return ms === undefined ? {} : { 'Retry-After': `${Math.ceil(ms / 1000)}` }
}

function detailOf({ featureId, limit, reason }: Entitlement, resetAt?: string | null): string {
  if (reason !== 'limit_reached') return `'${featureId}' may not be used: ${reason}.`
  const again = resetAt ? ` It starts anew at ${resetAt}.` : ''
  return `The limit of ${limit} on '${featureId}' is reached.${again}`
}

/** The date, not how long it is until then: that needs no clock, and nobody's clock has to be right. */
function httpDate(instant: string): string {
  return new Date(Math.ceil(Date.parse(instant) / 1000) * 1000).toUTCString()
}

function problem(
  body: { readonly status: number; readonly [member: string]: unknown },
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify({ type: 'about:blank', ...body }), {
    status: body.status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...headers,
    },
  })
}
