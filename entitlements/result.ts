/** The outcome of an operation that its caller is expected to see fail. */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E }

/** A success carrying `value`. */
export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value })

/** An expected failure carrying `error`; a defect throws instead (see `invariant`). */
export const err = <E>(error: E): Result<never, E> => ({ ok: false, error })
