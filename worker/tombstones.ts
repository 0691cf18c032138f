import { KEY_COLUMNS, type KeyRow, publishKey, recordFrom } from './key-record.ts'
import type { Ports } from './ports.ts'
import type { Environment } from './route.ts'

/** For how long a tombstone is put again: far longer than a put or a copy in flight lives. */
const REPEAT_MS = 10 * 60_000
/** The most tombstones of one tick; the newest come first. */
const TOMBSTONES_MAX = 200

/**
 * Puts the tombstones of lately revoked keys again. One may have been lost, or overwritten by a request that had
 * read the key before it was revoked and put its copy afterwards.
 */
export async function repeatTombstones(
  { db, kv, clock }: Pick<Ports, 'db' | 'kv' | 'clock'>,
  environment: Environment,
): Promise<void> {
  const { results } = await db
    .prepare(
      `SELECT ${KEY_COLUMNS} FROM keys WHERE revoked_at > ?1 ORDER BY revoked_at DESC LIMIT ${TOMBSTONES_MAX}`,
    )
    .bind(clock.now() - REPEAT_MS)
    .all<KeyRow>()
  await Promise.all(results.map((row) => publishKey(kv, row.hash, recordFrom(row, environment))))
}
