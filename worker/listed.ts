/** Keeps rows at their place in lists of customers (`schema/listed.ts`), wherever something else than a write moves it. */
import { eq, getTableName, sql } from 'drizzle-orm'
import type { Instant } from '../entitlements/instant.ts'
import { LISTED_AT, NOWHERE } from '../schema/listed.ts'
import { overrides, subscriptions, usageSummary } from '../schema/tables/customers.ts'
import { database, type Statement } from './change/database.ts'
import { clockIn } from './own-clock.ts'
import type { Ports } from './ports.ts'

const TABLES = ['subscriptions', 'overrides', 'usage_summary'] as const

/** What one tick moves of each table. */
const ROWS_MAX = 5_000

/** For the batch that archives a customer or brings it back: all that is said of it goes with it. */
export function relisted({ db }: Pick<Ports, 'db'>, customerId: string): readonly Statement[] {
  return [subscriptions, overrides, usageSummary].map((table) =>
    database(db)
      .update(table)
      .set({ listedAt: sql.raw(placeIn(getTableName(table))) })
      .where(eq(table.customerId, customerId)),
  )
}

/** The same for many customers. */
export function relistedAll(
  { db }: Pick<Ports, 'db'>,
  customerIds: readonly string[],
): readonly D1PreparedStatement[] {
  return TABLES.map((table) =>
    db
      .prepare(`${placed(table)} WHERE customer_id IN (SELECT value FROM json_each(?1))`)
      .bind(JSON.stringify(customerIds)),
  )
}

/** For the tick: takes out overrides that have expired, and brings in what an older version wrote without a place. */
export async function keepListed(
  ports: Pick<Ports, 'db' | 'testClocks'>,
  now: Instant,
): Promise<void> {
  const { db } = ports
  const unlisted = TABLES.map((table) =>
    db
      .prepare(
        `${placed(table)} WHERE rowid IN (SELECT rowid FROM ${table} WHERE listed_at IS NULL LIMIT ?1)`,
      )
      .bind(ROWS_MAX),
  )
  await db.batch([...unlisted, db.prepare(expired(ports)).bind(now, ROWS_MAX)])
}

function placed(table: (typeof TABLES)[number]): string {
  return `UPDATE ${table} SET listed_at = ${placeIn(table)}`
}

function placeIn(table: string): string {
  return `coalesce((SELECT ${LISTED_AT} FROM customers WHERE id = ${table}.customer_id), ${NOWHERE})`
}

/** A customer whose own clock is behind keeps its place: lists look at it again. */
const expired = (
  ports: Pick<Ports, 'testClocks'>,
) => `UPDATE overrides SET listed_at = ${NOWHERE} WHERE rowid IN (
  SELECT overrides.rowid FROM overrides CROSS JOIN customers ON customers.id = customer_id
  WHERE expires_at <= ?1 AND expires_at <= coalesce(${clockIn(ports)}, ?1) AND listed_at >= 0
  ORDER BY expires_at LIMIT ?2)`
