import { DAY_MS } from '../../entitlements/instant.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { Ports } from '../ports.ts'

/** How long a session can still be looked up after its last day, paid or not. */
const KEPT_MS = 30 * DAY_MS
const DROPPED_MAX = 5_000

/** Forgets sessions that nobody asks for any more, and whose provider has said what became of them. What they sold is in the log of changes. */
export async function dropOldSessions({ db }: Pick<Ports, 'db'>, now: Instant): Promise<void> {
  await db
    .prepare(OLD)
    .bind(now - KEPT_MS, DROPPED_MAX)
    .run()
}

const OLD = `DELETE FROM checkout_sessions WHERE id IN
  (SELECT id FROM checkout_sessions WHERE expires_at < ?1 AND provider_due_at IS NULL ORDER BY expires_at LIMIT ?2)`
