/** Dropping what is older than what is kept: the log, and what was owed to endpoints that are off or gone. */
import type { Ports } from '../ports.ts'

const DAY_MS = 86_400_000
const ATTEMPTS_MS = 30 * DAY_MS
/** Longer than any message is tried. */
const DELIVERIES_MS = 7 * DAY_MS
const ROWS_MAX = 5_000

/** Drops the oldest of it, at most so much that it takes no time. */
export async function dropOldAttempts({ db, clock }: Pick<Ports, 'db' | 'clock'>): Promise<void> {
  const now = clock.now()
  await db.batch([
    db.prepare(OLD_ATTEMPTS).bind(now - ATTEMPTS_MS, ROWS_MAX),
    db.prepare(OLD_DELIVERIES).bind(now - DELIVERIES_MS, ROWS_MAX),
  ])
}

const OLD_ATTEMPTS = `DELETE FROM webhook_attempts
  WHERE id IN (SELECT id FROM webhook_attempts WHERE at < ?1 ORDER BY at LIMIT ?2)`

const OLD_DELIVERIES = `DELETE FROM webhook_deliveries
  WHERE rowid IN (SELECT rowid FROM webhook_deliveries WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)`
