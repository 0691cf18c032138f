import { err, ok, type Result } from '../entitlements/result.ts'
import type { Call } from './route.ts'
import type { Store } from './timing.ts'

/** Why a store gave nothing. `overloaded` asks for patience; the rest may be retried or gone around. */
export type StoreFailure = 'late' | 'overloaded' | 'failed'

/** What asking a store needs of a call. */
export type Asking = Pick<Call, 'ports' | 'now' | 'timing' | 'waitUntil'>

/**
 * Asks a store, but waits no longer than `limitMs`. Whatever is thrown, or comes too late, is a value: the caller
 * has another store to ask, or a policy.
 */
export function attempt<T>(
  { ports, timing }: Pick<Asking, 'ports' | 'timing'>,
  store: Store,
  limitMs: number,
  work: () => Promise<T>,
): Promise<Result<T, StoreFailure>> {
  return timing.measure(store, () => inTime(ports, limitMs, work))
}

function inTime<T>(
  { clock }: Asking['ports'],
  limitMs: number,
  work: () => Promise<T>,
): Promise<Result<T, StoreFailure>> {
  const { promise, resolve } = Promise.withResolvers<Result<T, StoreFailure>>()
  const stop = clock.after(limitMs, () => resolve(err('late')))
  const settle = (result: Result<T, StoreFailure>) => {
    stop()
    resolve(result)
  }
  started(work).then(
    (value) => settle(ok(value)),
    (thrown: unknown) => settle(err(isOverloaded(thrown) ? 'overloaded' : 'failed')),
  )
  return promise
}

/** What throws before it promises anything has failed like any other. */
function started<T>(work: () => Promise<T>): Promise<T> {
  try {
    return work()
  } catch (thrown) {
    return Promise.reject(thrown)
  }
}

function isOverloaded(thrown: unknown): boolean {
  return thrown instanceof Error && 'overloaded' in thrown && thrown.overloaded === true
}
