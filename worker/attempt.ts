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
export async function attempt<T>(
  { ports, timing }: Pick<Asking, 'ports' | 'timing'>,
  store: Store,
  limitMs: number,
  work: () => Promise<T>,
): Promise<Result<T, StoreFailure>> {
  const done = new AbortController()
  const late = ports.clock.wait(limitMs, done.signal).then(() => err('late' as const))
  const answered = (async () => ok(await work()))()
  try {
    return await timing.measure(store, () => Promise.race([answered, late]))
  } catch (thrown) {
    return err(isOverloaded(thrown) ? 'overloaded' : 'failed')
  } finally {
    done.abort()
  }
}

function isOverloaded(thrown: unknown): boolean {
  return thrown instanceof Error && 'overloaded' in thrown && thrown.overloaded === true
}
