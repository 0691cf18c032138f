import { type Cors, NO_ORIGIN } from './cors.ts'
import { inOnePiece } from './pieces.ts'
import { refusalOf } from './refusal.ts'
import type { Answer, Call, Outcome } from './route.ts'
import { isNamedIn } from './tag.ts'
import { sourceHeader } from './timing.ts'

type Headed = Readonly<Record<string, string>>

/**
 * Turns an outcome into the response, with the headers that every answer carries. Headers go into it as one plain
 * object: each one that is set on a response that exists costs as much as evaluating the check.
 */
export function respond(
  call: Pick<Call, 'request' | 'requestId' | 'timing' | 'cors'>,
  outcome: Outcome,
  publicSeconds?: number,
): Response {
  const always = headersFor(call.requestId, call.timing.header())
  Object.assign(always, publicSeconds === undefined ? call.cors.headers : ANY_ORIGIN)
  if (publicSeconds !== undefined && outcome.ok) {
    always['Cache-Control'] = `public, max-age=${publicSeconds}`
  }
  if (!outcome.ok) {
    const { problem, headers } = refusalOf(outcome.error, call.requestId, originOf(call.request))
    return jsonResponse(problem, problem.status, { ...always, ...headers })
  }
  const { value } = outcome
  if (value instanceof Response) return withHeaders(value, always)
  if ('pieces' in value) return new Response(inOnePiece(value.pieces), { headers: always })
  return answerResponse(call.request, value, always)
}

/** A check's answer that is JSON already. */
export function writtenResponse(
  body: string,
  requestId: string,
  source: string,
  cors: Cors,
): Response {
  const always = headersFor(requestId, sourceHeader(source))
  return new Response(body, {
    headers: cors === NO_ORIGIN ? always : { ...always, ...cors.headers },
  })
}

/** What a browser asks before a page of another origin may send the request. */
export function preflightResponse(method: string): Response {
  const headers = {
    'Access-Control-Allow-Methods': method,
    'Access-Control-Allow-Headers': '*',
    'Access-Control-Max-Age': '86400',
  }
  return new Response(null, { status: 204, headers })
}

const ANY_ORIGIN = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'ETag, Sluice-Request-Id',
}

/** What every answer carries. */
function headersFor(requestId: string, timing: string): Record<string, string> {
  return {
    'Content-Type': 'application/json',
    'Sluice-Request-Id': requestId,
    'Server-Timing': timing,
    'Cache-Control': 'private, no-store',
  }
}

function answerResponse(
  request: Request,
  answer: Answer,
  headers: Record<string, string>,
): Response {
  const { body, consistencyToken, cookie, etag, replayed, status = 200 } = answer
  if (replayed === true) headers['Idempotent-Replayed'] = 'true'
  if (consistencyToken !== undefined) headers['Consistency-Token'] = consistencyToken
  if (cookie !== undefined) headers['Set-Cookie'] = cookie
  if (etag !== undefined) {
    headers['ETag'] = etag
    if (isKnown(request, etag)) {
      delete headers['Content-Type']
      return new Response(null, { status: 304, headers })
    }
  }
  const whole = consistencyToken === undefined ? body : { ...body, consistencyToken }
  return jsonResponse(whole, status, headers)
}

function jsonResponse(body: object, status: number, headers: Headed): Response {
  return new Response(JSON.stringify(body), { status, headers })
}

/** A page says itself what it is. */
function withHeaders(response: Response, headers: Headed): Response {
  for (const [name, value] of Object.entries(headers)) {
    if (name !== 'Content-Type') response.headers.set(name, value)
  }
  return response
}

/** Whether a read already has what the tag names. */
function isKnown({ method, headers }: Request, etag: string): boolean {
  const isRead = method === 'GET' || method === 'HEAD'
  return isRead && isNamedIn(headers.get('If-None-Match'), etag)
}

/** Where this deployment is reached, which is where its problem types are documented. */
export function originOf({ url }: Request): string {
  return url.slice(0, url.indexOf('/', url.indexOf('//') + 2))
}
