/** What a request in the protocol asks for, and for whom. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { Unevaluable } from './answer.ts'

/** One flag, all of them, or nothing that the protocol has. */
export type Asked =
  | { readonly of: 'one'; readonly key: string }
  | { readonly of: 'all' }
  | { readonly of: 'nothing' }

const FLAGS = '/ofrep/v1/evaluate/flags'

/** What a path asks for. Some clients send keys as they are, so whatever follows is the key, slashes included. */
export function askedBy(path: string): Asked {
  if (path === FLAGS) return { of: 'all' }
  if (!path.startsWith(`${FLAGS}/`)) return { of: 'nothing' }
  return { of: 'one', key: decoded(path.slice(FLAGS.length + 1)) }
}

/** A key that is no percent-encoding is looked for as it stands, and not found. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

/**
 * The customer that a body's context names. What else a context says decides nothing: of a customer Sluice believes
 * what was decided here.
 *
 * @param own The customer of a caller who is one: it need not be named.
 */
export function customerFrom(body: unknown, own?: string): Result<string, Unevaluable> {
  if (!isObject(body)) return err({ errorCode: 'PARSE_ERROR', errorDetails: `Send ${EXAMPLE}.` })
  const { context } = body
  if (context !== undefined && !isObject(context)) {
    return err({
      errorCode: 'INVALID_CONTEXT',
      errorDetails: `The context is no object: send ${EXAMPLE}.`,
    })
  }
  const targetingKey = context?.['targetingKey']
  if (targetingKey === undefined || targetingKey === null || targetingKey === '') {
    if (own !== undefined) return ok(own)
    const errorDetails = `The context names no customer: send ${EXAMPLE}.`
    return err({ errorCode: 'TARGETING_KEY_MISSING', errorDetails })
  }
  if (typeof targetingKey === 'string') return ok(targetingKey)
  return err({ errorCode: 'INVALID_CONTEXT', errorDetails: 'targetingKey: expected a text.' })
}

const EXAMPLE = '{"context": {"targetingKey": "<customer id>"}}'

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
