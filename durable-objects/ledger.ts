/**
 * The ledger: one row per lot, UTC day and kind, written in the transaction of the change that it records.
 *
 * Over every kind but `carried`, the rows of a lot add up to what the lot has used, for ever: rows that grow too
 * old are folded into day 0, and leave it together when their lot is closed.
 */
import { DAY_MS, type Instant } from '../entitlements/instant.ts'
import type { LedgerEntry, LedgerKind } from '../entitlements/ledger.ts'
import { MAX_UNITS } from '../entitlements/units.ts'
import type { Actor, EntriesCursor, LedgerRow } from './calls.ts'

/** How long a row is kept by its day. */
export const LEDGER_DAYS = 400

/** An entry and who caused it. */
export interface Booking {
  readonly entry: LedgerEntry
  readonly actor: Actor
}

/** Who is named where nobody asked for anything. */
export const TIME: Actor = { kind: 'system', id: 'time' }

/** The UTC day of an instant, counted from the epoch. */
export const dayOf = (at: Instant): number => Math.floor(at / DAY_MS)

/** Adds bookings to their rows: one write for each row, however many bookings fall on it. */
export function writeBookings(sql: SqlStorage, bookings: readonly Booking[]): void {
  for (const row of foldBookings(bookings)) {
    sql.exec(
      `INSERT INTO ledger (day, lot_id, kind, feature_id, quantity, count, last_at, last_actor)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (day, lot_id, kind) DO UPDATE
       SET quantity = quantity + CAST(excluded.quantity AS INTEGER),
           count = count + CAST(excluded.count AS INTEGER),
           last_at = MAX(last_at, CAST(excluded.last_at AS INTEGER)),
           last_actor = excluded.last_actor`,
      row.day,
      row.entry.lotId,
      row.entry.kind,
      row.entry.featureId,
      row.quantity,
      row.count,
      row.lastAt,
      `${row.actor.kind}:${row.actor.id}`,
    )
  }
}

/** Whether an error says that a row would hold more than the ledger can add up exactly. */
export function isLedgerOverflow(error: unknown): boolean {
  return error instanceof Error && error.message.includes('ledger_quantity')
}

/** Folds at most `limit` rows that are older than the ledger is kept; says whether more are left. */
export function pruneLedger(sql: SqlStorage, now: Instant, limit: number): boolean {
  const horizon = dayOf(now) - LEDGER_DAYS
  const rows = sql
    .exec<{ day: number; lot_id: string; kind: string }>(
      'SELECT day, lot_id, kind FROM ledger WHERE day > 0 AND day < ? ORDER BY day LIMIT ?',
      horizon,
      limit,
    )
    .toArray()
  for (const { day, lot_id, kind } of rows) {
    sql.exec(
      `INSERT INTO ledger (day, lot_id, kind, feature_id, quantity, count, last_at, last_actor)
       SELECT 0, lot_id, kind, feature_id, quantity, count, last_at, last_actor FROM ledger
       WHERE day = ?1 AND lot_id = ?2 AND kind = ?3
       ON CONFLICT (day, lot_id, kind) DO UPDATE
       SET quantity = quantity + excluded.quantity, count = count + excluded.count,
           last_at = excluded.last_at, last_actor = excluded.last_actor`,
      day,
      lot_id,
      kind,
    )
    sql.exec('DELETE FROM ledger WHERE day = ? AND lot_id = ? AND kind = ?', day, lot_id, kind)
  }
  sql.exec(DROP_SETTLED)
  return rows.length === limit
}

/** When the oldest row grows too old; null for an empty ledger. */
export function ledgerPruneAt(sql: SqlStorage): Instant | null {
  const [oldest] = sql
    .exec<{ day: number }>('SELECT day FROM ledger WHERE day > 0 ORDER BY day LIMIT 1')
    .toArray()
  return oldest === undefined ? null : (oldest.day + LEDGER_DAYS + 1) * DAY_MS
}

/** What happened to a meter on one day, by kind, over all its lots. */
export type DaySum = {
  readonly day: number
  readonly kind: LedgerKind
  readonly quantity: number
}

/** The sums of a meter's days from `first` on, the newest day first. */
export function daySums(sql: SqlStorage, featureId: string, first: number): readonly DaySum[] {
  // Bounded row by row: rows add up exactly to more than SQLite could add up of them.
  return sql
    .exec<DaySum>(
      `SELECT day, kind, SUM(MAX(-${MAX_UNITS}, MIN(quantity, ${MAX_UNITS}))) AS quantity FROM ledger
       WHERE day >= ? AND feature_id = ? GROUP BY day, kind ORDER BY day DESC`,
      first,
      featureId,
    )
    .toArray()
}

/** At most `limit` rows of a meter, the newest day first, from the one after `after` on. */
export function ledgerRows(
  sql: SqlStorage,
  featureId: string,
  after: EntriesCursor | null,
  limit: number,
): readonly LedgerRow[] {
  const { day, lotId, kind } = after ?? { day: Number.MAX_SAFE_INTEGER, lotId: '', kind: '' }
  return sql
    .exec<LedgerRow & Record<string, SqlStorageValue>>(
      `SELECT day, lot_id AS lotId, kind, MAX(-${MAX_UNITS}, MIN(quantity, ${MAX_UNITS})) AS quantity, count,
              last_at AS lastAt, last_actor AS lastActor
       FROM ledger WHERE (day, lot_id, kind) < (?, ?, ?) AND feature_id = ?
       ORDER BY day DESC, lot_id DESC, kind DESC LIMIT ?`,
      day,
      lotId,
      kind,
      featureId,
      limit,
    )
    .toArray()
}

/** A closed lot leaves day 0 once all that came before its closing has arrived there, and adds up to nothing. */
const DROP_SETTLED = `
  DELETE FROM ledger WHERE day = 0 AND lot_id NOT IN (SELECT id FROM lots) AND lot_id IN (
    SELECT lot_id FROM ledger WHERE day = 0 GROUP BY lot_id
    HAVING SUM(CASE kind WHEN 'carried' THEN 0 ELSE quantity END) = 0)`

interface Row extends Booking {
  readonly day: number
  quantity: number
  count: number
  lastAt: Instant
}

function foldBookings(bookings: readonly Booking[]): Iterable<Row> {
  const rows = new Map<string, Row>()
  for (const { entry, actor } of bookings) {
    const day = dayOf(entry.at)
    const key = JSON.stringify([day, entry.lotId, entry.kind])
    const row = rows.get(key)
    if (row === undefined) {
      rows.set(key, { entry, actor, day, quantity: entry.quantity, count: 1, lastAt: entry.at })
      continue
    }
    row.quantity += entry.quantity
    row.count += 1
    row.lastAt = Math.max(row.lastAt, entry.at)
  }
  return rows.values()
}
