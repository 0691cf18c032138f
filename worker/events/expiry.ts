/** Dropping what happened longer ago than is kept. */
import type { Instant } from '../../entitlements/instant.ts'
import { ID_RANDOM_BYTES, newId } from '../../schema/ids.ts'
import type { Ports } from '../ports.ts'

/** Documented: who follows events has so long to come back. */
const KEPT_MS = 90 * 86_400_000
const ROWS_MAX = 5_000

/** Drops the oldest events, at most so many that it takes no time. */
export async function dropOldEvents({ db }: Pick<Ports, 'db'>, now: Instant): Promise<void> {
  const first = newId('evt', Math.max(0, now - KEPT_MS), new Uint8Array(ID_RANDOM_BYTES))
  await db.prepare(OLD).bind(first, ROWS_MAX).run()
}

const OLD = `DELETE FROM events WHERE id IN (SELECT id FROM events WHERE id < ?1 ORDER BY id LIMIT ?2)`
