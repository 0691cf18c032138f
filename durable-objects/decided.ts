/**
 * What was decided about one use of a meter, as text. It is written once: for its idempotency key and for the caller,
 * because a text crosses to the Worker at a fraction of what its values would cost.
 */
import type { Instant } from '../entitlements/instant.ts'
import type { Checked } from './calls.ts'

/** Everything of an answer that is not about now; `T` is what the verb came to. */
export interface Decided<T> {
  readonly result: T
  readonly checked: Checked
  /** Domain time of the decision. */
  readonly at: Instant
}

declare const of: unique symbol

/** A `Decided<T>` as JSON. */
export type DecidedText<T> = string & { readonly [of]?: T }

export function writeDecided<T>(decided: Decided<T>): DecidedText<T> {
  return markedText(JSON.stringify(decided))
}

export function readDecided<T>(text: DecidedText<T>): Decided<T> {
  // Nothing but `writeDecided` writes such a text.
  return JSON.parse(text) as Decided<T>
}

/** For a text that was kept: the fingerprint beside it says that it answers a request of the same kind. */
export function markedText<T>(text: string): DecidedText<T> {
  return text as DecidedText<T>
}
