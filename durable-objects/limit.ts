/** Bounds on how long another store is waited for. */
import type { ObjectPorts } from './ports.ts'

/**
 * The value of `work`, or 'late' once `ms` have passed. The work goes on; whoever started it deals with its end.
 * Rejects as `work` rejects.
 */
export function within<T>(
  { clock }: ObjectPorts,
  ms: number,
  work: Promise<T>,
): Promise<T | 'late'> {
  return Promise.race([work, clock.wait(ms).then(() => 'late' as const)])
}
