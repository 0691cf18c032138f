/** Reading what happened, in the order in which D1 heard of it. */
import type { Instant } from '../../entitlements/instant.ts'
import { ID_RANDOM_BYTES, newId } from '../../schema/ids.ts'
import type { EventAnswer, EventFilter } from '../../schema/wire/event.ts'
import { instantText } from '../../schema/instant-text.ts'
import type { List } from '../paging.ts'
import type { Ports } from '../ports.ts'

/** An event as D1 has it. `n` is its place: it only grows, and nothing comes to stand before what has been read. */
export interface EventRow {
  readonly n: number
  readonly id: string
  readonly type: string
  readonly at: Instant
  readonly customer_id: string | null
  readonly version: number | null
  readonly data: string
}

/**
 * How long the word of an event may have been under way: its id says when it was sent, its place when it came. Longer
 * than anybody waits for D1.
 */
const UNDER_WAY_MS = 60_000

/** Events that fit the filter. With `afterPlace` those behind it, and then the oldest come first. */
export function eventList(
  { db }: Pick<Ports, 'db'>,
  filter: EventFilter,
  afterPlace: number | null,
): List<EventRow> {
  const rises = afterPlace !== null || filter.order === 'asc'
  const first = rises ? (afterPlace ?? 0) : Number.MAX_SAFE_INTEGER
  return {
    name: rises ? 'events:asc' : 'events',
    positionOf: ({ n }) => [n],
    read: async (last, count) => {
      const { where, values } = conditions(filter)
      const sql = `SELECT ${COLUMNS} FROM events WHERE ${[...where, rises ? 'n > ?' : 'n < ?'].join(' AND ')}
        ORDER BY n ${rises ? 'ASC' : 'DESC'} LIMIT ?`
      const statement = db.prepare(sql).bind(...values, last?.[0] ?? first, count)
      return (await statement.all<EventRow>()).results
    },
  }
}

/** One event; null where there is none, or none any more. */
export async function readEvent(
  { db }: Pick<Ports, 'db'>,
  eventId: string,
): Promise<EventRow | null> {
  const statement = db.prepare(`SELECT ${COLUMNS} FROM events WHERE id = ?`).bind(eventId)
  return statement.first<EventRow>()
}

/** An event as it is answered. */
export function eventView(row: EventRow): EventAnswer {
  return {
    id: row.id,
    type: row.type,
    at: instantText(row.at),
    customerId: row.customer_id,
    version: row.version,
    data: JSON.parse(row.data),
  }
}

const COLUMNS = 'n, id, type, at, customer_id, version, data'

interface Conditions {
  readonly where: readonly string[]
  readonly values: readonly string[]
}

/**
 * The first filter that is given leads through its index, in the order of places; `+` keeps the other from being
 * chosen in its stead.
 */
function conditions({ customerId, type, from }: EventFilter): Conditions {
  const wanted = Object.entries({ customer_id: customerId, type }).flatMap(([column, value]) =>
    value === undefined ? [] : [{ column, value }],
  )
  const given = wanted.map(({ column }, at) => `${at === 0 ? '' : '+'}${column} = ?`)
  const values = wanted.map(({ value }) => value)
  if (from === undefined) return { where: given, values }
  const ids = [firstIdAt(Math.max(0, from - UNDER_WAY_MS)), firstIdAt(from)]
  return { where: [...given, TOLD_FROM], values: [...values, ...ids] }
}

/** Ids sort by time, so one step into their index finds a place before which nothing fits. */
const TOLD_FROM =
  'n > coalesce((SELECT n FROM events WHERE id < ? ORDER BY id DESC LIMIT 1), 0) AND +id >= ?'

/** An id that no event of this instant comes before. */
function firstIdAt(at: Instant): string {
  return newId('evt', at, new Uint8Array(ID_RANDOM_BYTES))
}
