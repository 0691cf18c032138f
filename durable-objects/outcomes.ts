/**
 * Outcomes: what each idempotency key was answered, written in the transaction of the effect.
 *
 * A key is looked up by itself and forgotten by age, and the table has no index for the second. So outcomes are
 * filed in volumes, as a series of notebooks is: a volume is closed after twelve hours or 250,000 keys, a lookup
 * asks each of the few that are kept, and what has grown old is at the front of the primary key.
 */
import type { Instant } from '../entitlements/instant.ts'
import { DAY_MS } from '../entitlements/instant.ts'

/** An outcome is kept so long, or while it is among the last `KEYS_KEPT`, whichever is shorter. */
export const KEPT_MS = 2 * DAY_MS
export const KEYS_KEPT = 2_000_000

/** What a key was answered, and to which request. */
export interface Outcome {
  readonly fingerprint: string
  readonly answer: string
}

/** The answers that are kept under these keys; a key that is new, or forgotten, is not among them. */
export function findOutcomes(
  sql: SqlStorage,
  keys: readonly string[],
): ReadonlyMap<string, Outcome> {
  if (keys.length === 0) return new Map()
  const [only = ''] = keys
  const found =
    keys.length === 1
      ? sql.exec<KeptRow>(FIND_ONE, only)
      : sql.exec<KeptRow>(FIND_ALL, JSON.stringify(keys))
  return new Map(found.toArray().map(({ key, ...outcome }) => [key, outcome]))
}

type KeptRow = { key: string; fingerprint: string; answer: string }

/** Who comes alone is spared the list. */
const FIND_ONE = `
  SELECT key, fingerprint, answer FROM volumes CROSS JOIN outcomes USING (volume) WHERE key = ?`

const FIND_ALL = `
  SELECT outcomes.key, fingerprint, answer
  FROM json_each(?) AS wanted CROSS JOIN volumes CROSS JOIN outcomes USING (volume)
  WHERE outcomes.key = wanted.value`

/** Before when a key that is not found may have been forgotten. A key that tells an earlier time is refused. */
export function keptSince(sql: SqlStorage, memory: OutcomeMemory, now: Instant): Instant {
  memory.droppedUntil ??= droppedUntil(sql, now)
  return Math.max(now - KEPT_MS, memory.droppedUntil)
}

/**
 * Keeps outcomes under new keys, all in one volume. Its count is written once in `COUNT_STEP` keys, so that a key
 * costs one row.
 */
export function keepOutcomes(
  sql: SqlStorage,
  outcomes: ReadonlyMap<string, Outcome>,
  memory: OutcomeMemory,
  now: Instant,
): void {
  if (outcomes.size === 0) return
  const { volume, opened_at, keys } = openVolume(sql, memory, now)
  insertOutcomes(sql, volume, [...outcomes])
  memory.volume = { volume, opened_at, keys: keys + outcomes.size }
  const step = (count: number): number => Math.floor(count / COUNT_STEP)
  if (step(memory.volume.keys) > step(keys)) saveCount(sql, memory.volume)
}

/** What need not be read again. A volume's count that is lost with memory is at most `COUNT_STEP` keys too low. */
export interface OutcomeMemory {
  /** The volume being written. */
  volume: Volume | null
  /** Outcomes before this instant may have been dropped. */
  droppedUntil: Instant | null
}

export interface Volume {
  readonly volume: number
  readonly opened_at: Instant
  /** At least so many keys. */
  readonly keys: number
}

/** Drops at most `limit` outcomes that need not be kept any longer; says whether more are left. */
export function pruneOutcomes(
  sql: SqlStorage,
  memory: OutcomeMemory,
  now: Instant,
  limit: number,
): boolean {
  memory.droppedUntil = null
  const oldest = prunableVolume(sql, now)
  if (oldest === null) return false
  const dropped = sql.exec(
    `DELETE FROM outcomes WHERE volume = ?1 AND key IN (
       SELECT key FROM outcomes WHERE volume = ?1 ORDER BY key LIMIT ?2)`,
    oldest.volume,
    limit,
  ).rowsWritten
  if (dropped >= limit) return true
  sql.exec('DELETE FROM volumes WHERE volume = ?', oldest.volume)
  return prunableVolume(sql, now) !== null
}

/** When the oldest volume need not be kept any longer; null when there is none. */
export function outcomesPruneAt(sql: SqlStorage): Instant | null {
  const [oldest, next, ...rest] = volumes(sql)
  if (oldest === undefined) return null
  if (next !== undefined && keysIn([next, ...rest]) >= KEYS_KEPT) return next.opened_at
  return closedAt(oldest, next) + KEPT_MS
}

const VOLUME_MS = DAY_MS / 2
const VOLUME_KEYS = 250_000
const COUNT_STEP = 1_000

function openVolume(sql: SqlStorage, memory: OutcomeMemory, now: Instant): Volume {
  const last = memory.volume ?? volumes(sql).at(-1)
  if (last !== undefined && now < closedAt(last, undefined) && last.keys < VOLUME_KEYS) return last
  if (last !== undefined) saveCount(sql, last)
  memory.droppedUntil = null
  const next = { volume: (last?.volume ?? 0) + 1, opened_at: now, keys: 0 }
  sql.exec(
    'INSERT INTO volumes (volume, opened_at, keys) VALUES (?, ?, ?)',
    next.volume,
    next.opened_at,
    next.keys,
  )
  return next
}

/** SQLite takes a hundred parameters a statement. */
const ROWS_A_STATEMENT = 32

function insertOutcomes(
  sql: SqlStorage,
  volume: number,
  outcomes: readonly (readonly [string, Outcome])[],
): void {
  for (let from = 0; from < outcomes.length;) {
    // Powers of two, so that few statements are ever prepared.
    const left = Math.min(outcomes.length - from, ROWS_A_STATEMENT)
    const rows = 2 ** Math.floor(Math.log2(left))
    const values = outcomes
      .slice(from, from + rows)
      .flatMap(([key, { fingerprint, answer }]) => [key, fingerprint, answer])
    sql.exec(insertionOf(rows), volume, ...values)
    from += rows
  }
}

function insertionOf(rows: number): string {
  const row = (_: unknown, n: number) => `(?1, ?${3 * n + 2}, ?${3 * n + 3}, ?${3 * n + 4})`
  const values = Array.from({ length: rows }, row).join(', ')
  return `INSERT INTO outcomes (volume, key, fingerprint, answer) VALUES ${values}`
}

function saveCount(sql: SqlStorage, { volume, keys }: Volume): void {
  sql.exec('UPDATE volumes SET keys = ? WHERE volume = ?', keys, volume)
}

function prunableVolume(sql: SqlStorage, now: Instant): Volume | null {
  const [oldest] = volumes(sql)
  const at = outcomesPruneAt(sql)
  return oldest !== undefined && at !== null && at <= now ? oldest : null
}

/** A volume that is being dropped is gone from its first row on. */
function droppedUntil(sql: SqlStorage, now: Instant): Instant {
  const [oldest, next] = volumes(sql)
  if (oldest === undefined) return 0
  if (prunableVolume(sql, now) !== null) return closedAt(oldest, next)
  return oldest.volume > 1 ? oldest.opened_at : 0
}

function closedAt(volume: Volume, next: Volume | undefined): Instant {
  return next?.opened_at ?? volume.opened_at + VOLUME_MS
}

function keysIn(each: readonly Volume[]): number {
  return each.reduce((sum, { keys }) => sum + keys, 0)
}

function volumes(sql: SqlStorage): readonly Volume[] {
  return sql
    .exec<{ volume: number; opened_at: number; keys: number }>(
      'SELECT volume, opened_at, keys FROM volumes ORDER BY volume',
    )
    .toArray()
}
