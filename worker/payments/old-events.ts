import { DAY_MS } from '../../entitlements/instant.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { Ports } from '../ports.ts'

/** How long it is known that an event was told before. Providers give up after some days. */
const KEPT_MS = 90 * DAY_MS
const DROPPED_MAX = 5_000

/** Forgets what providers told long ago. What it led to is in the log of changes. */
export async function dropOldPaymentEvents({ db }: Pick<Ports, 'db'>, now: Instant): Promise<void> {
  await db
    .prepare(OLD)
    .bind(now - KEPT_MS, DROPPED_MAX)
    .run()
}

const OLD = `DELETE FROM payment_events WHERE (provider, id) IN
  (SELECT provider, id FROM payment_events WHERE received_at < ?1 ORDER BY received_at LIMIT ?2)`
