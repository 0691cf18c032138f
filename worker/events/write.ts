/** Writing events down with what caused them: in the same batch, so that there is never the one without the other. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../../entitlements/instant.ts'
import { ID_RANDOM_BYTES, newId } from '../../schema/ids.ts'
import { events as eventRows } from '../../schema/tables/changes.ts'
import type { EventType } from '../../schema/wire/event.ts'
import { database, type Statement } from '../change/database.ts'
import type { Ports } from '../ports.ts'

/** Something that happened, before it has an id and a place. */
export interface NewEvent {
  readonly type: EventType
  /** When it happened, by the clock of the customer whom it concerns. */
  readonly at: Instant
  readonly customerId: string | null
  readonly data: object
  /**
   * Names the happening for ever, so that telling it twice inserts it once. Where absent it is named after the
   * change that tells it and its place there.
   */
  readonly origin?: string
}

/**
 * The statement that inserts events, whatever their number.
 *
 * @param cause Names what tells them: unique among all causes.
 * @param now Real time, which their ids sort by.
 */
export function eventStatement(
  { db, random }: Pick<Ports, 'db' | 'random'>,
  events: readonly NewEvent[],
  cause: string,
  now: Instant,
): Statement {
  const rows = newEventRows({ random }, events, cause, now)
  // Its columns in the table's order: a raw statement with parameters is none that drizzle can put into a batch.
  const told = sql`SELECT NULL, value ->> 'id', value ->> 'type', value ->> 'at', value ->> 'customerId', NULL,
    value ->> 'data', value ->> 'origin' FROM json_each(${JSON.stringify(rows)}) WHERE true`
  return database(db)
    .insert(eventRows)
    .select(told)
    .onConflictDoNothing({ target: eventRows.origin })
}

/** Events as they are stored. */
export function newEventRows(
  { random }: Pick<Ports, 'random'>,
  events: readonly NewEvent[],
  cause: string,
  now: Instant,
) {
  return events.map(({ origin, data, ...event }, n) => ({
    ...event,
    id: newId('evt', now, random.bytes(ID_RANDOM_BYTES)),
    data: JSON.stringify(data),
    origin: origin ?? `${cause}:${n}`,
  }))
}
