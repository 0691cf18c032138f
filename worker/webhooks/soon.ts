/** Sending promptly what a request has just brought about. The tick sends whatever this does not come to. */
import type { Call } from '../route.ts'
import { isSilent } from './listeners.ts'

/** Within what the platform grants a request after its answer, the last receiver's time included. */
const BEGUN_WITHIN_MS = 10_000
const SENDS_MAX = 50
/** Besides those of the request itself. */
const QUERIES_MAX = 300

/** Has what is owed to endpoints sent behind the answer; costs nothing where nobody listens. */
export function deliverSoon({
  ports,
  environment,
  waitUntil,
}: Pick<Call, 'ports' | 'environment' | 'waitUntil'>): void {
  const now = ports.clock.now()
  if (isSilent(now)) return
  const sending = import('./deliver.ts').then(({ deliver }) =>
    deliver(
      { ports, environment },
      {
        until: now + BEGUN_WITHIN_MS,
        sendsMax: SENDS_MAX,
        queriesMax: QUERIES_MAX,
        failingToo: false,
      },
    ),
  )
  // What fails is still owed.
  waitUntil(sending.catch(() => undefined))
}
