/** Usage events that D1 has not heard of yet: written with the change, deleted once D1 has them. */
import type { Instant } from '../entitlements/instant.ts'
import type { UsageNotice } from '../entitlements/ledger.ts'
import { ID_RANDOM_BYTES, newId } from '../schema/ids.ts'
import type { ObjectPorts } from './ports.ts'

/** A notice, with what else its event is to say: who asked for a reset, and why. */
export interface OwedEvent {
  readonly notice: UsageNotice
  readonly about: { readonly [field: string]: string | number | null }
}

/** An event as it waits. `version` and `n` name it for ever, so that telling it twice inserts it once. */
export type EventRow = {
  readonly version: number
  readonly n: number
  readonly id: string
  readonly type: string
  readonly at: Instant
  readonly data: string
}

export function writeEvents(
  sql: SqlStorage,
  events: readonly OwedEvent[],
  version: number,
  now: Instant,
  random: ObjectPorts['random'],
): void {
  events.forEach(({ notice, about }, n) => {
    sql.exec(
      'INSERT INTO outbox (version, n, id, type, at, data) VALUES (?, ?, ?, ?, ?, ?)',
      version,
      n,
      newId('evt', now, random.bytes(ID_RANDOM_BYTES)),
      notice.type,
      notice.at,
      JSON.stringify({ ...saidBy(notice), ...about }),
    )
  })
}

/** What an event says; what does not apply to its type is left out. */
function saidBy({ featureId, percent, because, used, limit, period }: UsageNotice): object {
  return {
    featureId,
    ...(percent === null ? {} : { percent }),
    ...(because === null ? {} : { because }),
    used,
    limit,
    period: period && { startAt: text(period.startAt), endAt: text(period.endAt) },
  }
}

function text(at: Instant): string {
  return new Date(at).toISOString()
}

/** The oldest events that wait, at most `limit`. */
export function waitingEvents(sql: SqlStorage, limit: number): readonly EventRow[] {
  return sql.exec<EventRow>('SELECT * FROM outbox ORDER BY version, n LIMIT ?', limit).toArray()
}

export function dropEvents(sql: SqlStorage, events: readonly EventRow[]): void {
  for (const { version, n } of events) {
    sql.exec('DELETE FROM outbox WHERE version = ? AND n = ?', version, n)
  }
}
