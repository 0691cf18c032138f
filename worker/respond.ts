import { problemResponse } from './problems.ts'
import type { Answer, Call, Outcome } from './route.ts'

/** Turns an outcome into the response, with the headers that every answer carries. */
export function respond(
  call: Pick<Call, 'request' | 'requestId' | 'timing'>,
  outcome: Outcome,
): Response {
  const response = outcome.ok
    ? outcome.value instanceof Response
      ? outcome.value
      : answerResponse(call.request, outcome.value)
    : problemResponse(outcome.error, call.requestId, originOf(call.request.url))
  response.headers.set('Sluice-Request-Id', call.requestId)
  response.headers.set('Server-Timing', call.timing.header())
  response.headers.set('Cache-Control', 'private, no-store')
  return response
}

function answerResponse(request: Request, answer: Answer): Response {
  const { consistencyToken, etag } = answer
  const headers = new Headers({ 'Content-Type': 'application/json' })
  if (etag !== undefined) headers.set('ETag', etag)
  if (answer.replayed === true) headers.set('Idempotent-Replayed', 'true')
  if (consistencyToken !== undefined) headers.set('Consistency-Token', consistencyToken)
  if (etag !== undefined && request.method === 'GET' && names(request, etag)) {
    headers.delete('Content-Type')
    return new Response(null, { status: 304, headers })
  }
  const body = consistencyToken === undefined ? answer.body : { ...answer.body, consistencyToken }
  return new Response(JSON.stringify(body), { status: answer.status ?? 200, headers })
}

/** Weak comparison, as RFC 9110 asks of `If-None-Match`. */
function names(request: Request, etag: string): boolean {
  const wanted = request.headers.get('If-None-Match')
  if (wanted === null) return false
  const bare = etag.replace(/^W\//, '')
  return wanted.split(',').some((each) => {
    const tag = each.trim().replace(/^W\//, '')
    return tag === '*' || tag === bare
  })
}

function originOf(url: string): string {
  return url.slice(0, url.indexOf('/', url.indexOf('//') + 2))
}
