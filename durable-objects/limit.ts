/** Bounds on how long another store is waited for. */
import type { ObjectPorts } from './ports.ts'

/**
 * The value of `work`, or 'late' once `ms` have passed. The work goes on; whoever started it deals with its end.
 * Rejects as `work` rejects. The timer ends with the work: a pending one keeps the object from going to sleep.
 */
export async function within<T>(
  { clock }: ObjectPorts,
  ms: number,
  work: Promise<T>,
): Promise<T | 'late'> {
  const ended = new AbortController()
  const late = clock.wait(ms, ended.signal).then(() => 'late' as const)
  late.catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    ended.abort()
  }
}
