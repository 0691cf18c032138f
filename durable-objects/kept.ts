/** What is kept under an idempotency key, and when it is answered again. */
import type { Result } from '../entitlements/result.ts'
import { err, ok } from '../entitlements/result.ts'
import type { UseFailure, UseRequest } from './calls.ts'
import { type DecidedText, markedText } from './decided.ts'
import type { Draft } from './draft.ts'
import { keyTime } from './key-time.ts'
import { findOutcomes, keptSince } from './outcomes.ts'

/** Keeps an answer under the request's key, if it has one, in the transaction of the effect. */
export function keep(draft: Draft, request: UseRequest, answer: string): void {
  const { idempotencyKey, fingerprint } = request
  if (idempotencyKey !== null) draft.outcomes.set(idempotencyKey, { fingerprint, answer })
}

/** Looks the keys of requests up, all at once, before these are decided in the draft. */
export function lookUp(draft: Draft, requests: readonly UseRequest[]): void {
  const keys = requests.map(({ idempotencyKey }) => idempotencyKey).filter((key) => key !== null)
  draft.known = findOutcomes(draft.sql, keys)
}

/**
 * The answer that the request's key already has; null when it has none, so that the request may have an effect.
 *
 * Fails with `idempotency_key_reused` for another request than the first, and with `key_expired` where the key
 * tells a time so long ago that its answer may have been forgotten.
 */
export function replay<T>(
  draft: Draft,
  request: UseRequest,
): Result<DecidedText<T> | null, UseFailure> {
  const { idempotencyKey: key, fingerprint } = request
  if (key === null) return ok(null)
  const found = draft.outcomes.get(key) ?? draft.known.get(key)
  if (found === undefined)
    return isExpired(draft, key) ? err({ code: 'key_expired', key }) : ok(null)
  if (found.fingerprint !== fingerprint) return err({ code: 'idempotency_key_reused', key })
  return ok(markedText(found.answer))
}

function isExpired({ sql, context, realNow }: Draft, key: string): boolean {
  const madeAt = keyTime(key)
  return madeAt !== null && madeAt < keptSince(sql, context.memory.outcomes, realNow)
}
