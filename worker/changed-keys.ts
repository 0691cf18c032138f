import { KEY_COLUMNS, type KeyRow, publishKey, recordFrom } from './key-record.ts'
import type { Ports } from './ports.ts'
import type { Environment } from './route.ts'

/** For how long a record is put again: far longer than a put or a copy in flight lives. */
const REPEAT_MS = 10 * 60_000
/** The most records of one tick; the newest come first. */
const RECORDS_MAX = 200

/**
 * Puts the records of keys that were lately revoked or given an end again. One may have been lost, or overwritten
 * by a request that had read the key before and put its copy afterwards.
 */
export async function repeatChangedKeys(
  { db, kv, clock }: Pick<Ports, 'db' | 'kv' | 'clock'>,
  environment: Environment,
): Promise<void> {
  const { results } = await db
    .prepare(
      `SELECT ${KEY_COLUMNS} FROM keys WHERE changed_at > ?1 ORDER BY changed_at DESC LIMIT ${RECORDS_MAX}`,
    )
    .bind(clock.now() - REPEAT_MS)
    .all<KeyRow>()
  await Promise.all(results.map((row) => publishKey(kv, row.hash, recordFrom(row, environment))))
}
