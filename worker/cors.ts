/**
 * What pages of other origins may do: call with a customer's token where their origin is allowed, and read the answer.
 * A secret key does not belong into a browser, so answers to one are readable by no page.
 */
import type { Instant } from '../entitlements/instant.ts'
import { err, ok, type Result } from '../entitlements/result.ts'
import type { Asking } from './attempt.ts'
import type { Failure } from './failures.ts'
import { allowedOrigins } from './origins.ts'
import type { Environment } from './route.ts'

/** What a request's origin means for its answer. */
export interface Cors {
  /** Why a page of it may not call with a token; null where it may, or no page of another origin has sent the request. */
  readonly refusal: Failure | null
  readonly headers: Readonly<Record<string, string>>
}

/** Of a request that no page of another origin has sent. */
export const NO_ORIGIN: Cors = { refusal: null, headers: {} }

/** The rest of what a preflight asks for. */
const PREFLIGHT = {
  'Access-Control-Allow-Headers':
    'Authorization, X-API-Key, Content-Type, If-None-Match, Idempotency-Key, Consistency-Token',
  'Access-Control-Max-Age': '7200',
}

const EXPOSED =
  'ETag, Consistency-Token, Sluice-Request-Id, Retry-After, Idempotent-Replayed, Server-Timing'

const LOOPBACK = /^https?:\/\/(localhost|[a-z0-9-]+\.localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/** What the request's origin means, from wherever the allowed ones can be had. */
export async function corsOf(
  call: Asking & { readonly request: Request; readonly environment: Environment },
): Promise<Cors> {
  const { request, environment, now } = call
  const known = corsAtOnce(request.headers, request.url, now)
  if (known !== null) return known
  const origin = request.headers.get('Origin') ?? ''
  const isOwn = environment === 'local' && LOOPBACK.test(origin)
  if (isOwn) return corsFor(request.headers, origin, null)
  const allowed = await allowedOrigins.get(call)
  const isAllowed = allowed?.origins.includes(origin) === true
  const why = allowed === null ? UNKNOWN : ({ code: 'origin_not_allowed', origin } as const)
  return corsFor(request.headers, origin, isAllowed ? null : why)
}

/** The same, where memory alone tells; null: `corsOf` has to find out. */
export function corsAtOnce(headers: Headers, url: string, now: Instant): Cors | null {
  const origin = headers.get('Origin')
  if (origin === null || isSameOrigin(origin, url)) return NO_ORIGIN
  const allowed = allowedOrigins.atHand(now)?.origins.includes(origin) === true
  return allowed ? corsFor(headers, origin, null) : null
}

/** The answer to what a browser asks before a page of another origin may send a request. */
export function preflightAnswer(
  { refusal }: Cors,
  methods: readonly string[],
): Result<Response, Failure> {
  if (refusal !== null) return err(refusal)
  const headers = { 'Access-Control-Allow-Methods': methods.join(', '), ...PREFLIGHT }
  return ok(new Response(null, { status: 204, headers }))
}

/** Whether a browser asks if it may send what it would like to. */
export function isPreflight({ method, headers }: Request): boolean {
  return (
    method === 'OPTIONS' && headers.has('Origin') && headers.has('Access-Control-Request-Method')
  )
}

/** Neither D1 nor a copy says whose pages may call. */
const UNKNOWN: Failure = { code: 'unavailable' }

function corsFor(headers: Headers, origin: string, refusal: Failure | null): Cors {
  if (carriesKey(headers)) return { refusal, headers: {} }
  const readable = {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': EXPOSED,
  }
  return { refusal, headers: { Vary: 'Origin', ...(refusal === null && readable) } }
}

/** Whether a page is of the very deployment that it calls. */
export function isSameOrigin(origin: string, url: string): boolean {
  return url.startsWith(origin) && url.charAt(origin.length) === '/'
}

function carriesKey(headers: Headers): boolean {
  const credential = headers.get('Authorization') ?? headers.get('X-API-Key') ?? ''
  return credential.includes('sluice_sk_')
}
