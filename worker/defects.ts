import type { Failure } from './failures.ts'
import type { Call } from './route.ts'

/**
 * What the caller hears of something that was thrown: a store that is down is `unavailable`, everything else
 * our fault. The log gets the stack, but no message of the database: those carry statements and parameters.
 */
export function failureOf(
  thrown: unknown,
  { requestId, request }: Pick<Call, 'requestId'> & { readonly request: Pick<Request, 'method'> },
): Failure {
  const failure: Failure = { code: isStoreDown(thrown) ? 'unavailable' : 'internal' }
  console.error({
    requestId,
    method: request.method,
    failure: failure.code,
    thrown: summary(thrown),
  })
  return failure
}

const STORE_DOWN =
  /network connection lost|internal error|reset because|overloaded|timed? ?out|unavailable/i

/** Whether D1, KV or an object could not be reached, as opposed to having refused what it was told. */
function isStoreDown(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  if ('retryable' in thrown && thrown.retryable === true) return true
  if (STORE_DOWN.test(thrown.message)) return true
  return isStoreDown(thrown.cause)
}

function summary(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown
  const frames = thrown.stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? []
  const message = /sql|query|params|D1_/i.test(thrown.message) ? '(withheld)' : thrown.message
  return [`${thrown.name}: ${message}`, ...frames].join('\n')
}
