/** Dropping what is older than what is kept. */
import { DAY_MS, type Instant } from '../entitlements/instant.ts'
import { ID_RANDOM_BYTES, newId } from '../schema/ids.ts'
import type { Ports } from './ports.ts'

/** How long the rows of a table are kept. Another column than a time has to sort by time as well. */
interface Kept {
  readonly table: string
  readonly column: string
  readonly days: number
  /** Which rows are dropped at all; every one where absent. */
  readonly only?: string
  /** The column's text for a time. */
  readonly textOf?: (at: Instant) => string
}

/** What is looked up here no more. What it led to is in the log of changes, which is kept. */
export const KEPT: readonly Kept[] = [
  // Answers to requests that may be sent again.
  { table: 'idempotency', column: 'at', days: 2 },
  // Documented: who follows events has so long to come back.
  { table: 'events', column: 'id', days: 90, textOf: firstEventId },
  // After a session's last day, paid or not, once its provider has said what became of it.
  {
    table: 'checkout_sessions',
    column: 'expires_at',
    days: 30,
    only: 'provider_due_at IS NULL',
  },
  // That an event was told before. Providers give up after some days.
  { table: 'payment_events', column: 'received_at', days: 90 },
  // The log of what was sent to endpoints.
  { table: 'webhook_attempts', column: 'at', days: 30 },
  // What is owed to endpoints that are off or gone: longer than any message is tried.
  { table: 'webhook_deliveries', column: 'created_at', days: 7 },
  // Documented: how far back charts of checks go.
  { table: 'statistics', column: 'at', days: 90 },
]

/** At most so many at once that it takes no time. */
const ROWS_MAX = 5_000

/** Drops the oldest rows of a table. */
export async function dropOld(
  { db }: Pick<Ports, 'db'>,
  { table, column, days, only = 'true', textOf }: Kept,
  now: Instant,
): Promise<void> {
  const first = Math.max(0, now - days * DAY_MS)
  await db
    .prepare(
      `DELETE FROM ${table} WHERE rowid IN (
        SELECT rowid FROM ${table} WHERE ${column} < ?1 AND ${only} ORDER BY ${column} LIMIT ?2)`,
    )
    .bind(textOf === undefined ? first : textOf(first), ROWS_MAX)
    .run()
}

function firstEventId(at: Instant): string {
  return newId('evt', at, new Uint8Array(ID_RANDOM_BYTES))
}
