/**
 * What D1 hears from the object: usage events, a summary of every meter for lists, and how far the object is.
 *
 * D1 owns none of it and nothing here waits for D1: told late, told twice or told in part, it ends the same. Events
 * have an origin that is unique; summaries and the word on how far the object is carry the version, and an older
 * one never replaces a newer.
 */
import { evaluate } from '../entitlements/evaluate.ts'
import type { Instant } from '../entitlements/instant.ts'
import { ID_RANDOM_BYTES, newId } from '../schema/ids.ts'
import type { Lot } from '../entitlements/lot.ts'
import { LISTED_AT } from '../schema/listed.ts'
import { nowFor } from './draft.ts'
import { dropEvents, type EventRow, waitingEvents } from './events.ts'
import { within } from './limit.ts'
import type { Memory, ObjectContext } from './memory.ts'
import type { ObjectPorts } from './ports.ts'
import { type Held, saveDone } from './storage.ts'

/** D1 hears at most once a minute what need not be heard at once. */
const QUIET_MS = 60_000
/** A first change waits for those that follow it, and for the alarm that publishes them. */
const GATHER_MS = 30_000
const GAP_MS = 1_000
const FLUSH_LIMIT_MS = 10_000
const BACKOFF_MAX_MS = 5 * 60_000
const EVENTS_A_FLUSH = 100

/** Notes that D1 is behind. */
export function oweOutbox({ outbox }: Memory, urgent: boolean, now: Instant): void {
  outbox.firstAt ??= now
  outbox.urgent ||= urgent
}

/** When D1 is to hear from the object next; null when it has heard everything. */
export function flushAt({ outbox }: Memory): Instant | null {
  const { firstAt, urgent, flushedAt, inFlight, failures } = outbox
  if (inFlight !== null) return flushedAt + FLUSH_LIMIT_MS + GAP_MS
  if (firstAt === null) return null
  const gap = Math.min(GAP_MS * 2 ** failures, BACKOFF_MAX_MS)
  const wanted = urgent ? firstAt : Math.max(firstAt + GATHER_MS, flushedAt + QUIET_MS)
  return Math.max(wanted, flushedAt + gap)
}

/** When the object has something durable to do, as D1 is told; a customer's own clock does not run by itself. */
export function dueFor({ held, due }: Memory): Instant | null {
  return held === null || held.state.customer.clockAt !== null ? null : due
}

/** Tells D1 what it has not heard. Never throws: what fails stays pending. */
export function flush(context: ObjectContext): Promise<void> {
  const { outbox, held } = context.memory
  if (held === null) return Promise.resolve()
  outbox.inFlight ??= tell(context, held).finally(() => {
    outbox.inFlight = null
  })
  return outbox.inFlight
}

async function tell(context: ObjectContext, held: Held): Promise<void> {
  const { memory, ports, storage } = context
  const { outbox } = memory
  const { firstAt, urgent } = outbox
  outbox.flushedAt = ports.clock.now()
  // From here on a change is newer than what D1 is being told, and is pending by itself.
  outbox.firstAt = null
  outbox.urgent = false
  const events = waitingEvents(storage.sql, EVENTS_A_FLUSH)
  const nextDue = dueFor(memory)
  try {
    const told = ports.intent.batch(statementsFor(context, held, events, nextDue))
    if ((await within(ports, FLUSH_LIMIT_MS, told)) === 'late') {
      void told.catch(() => undefined)
      throw new Error('D1 did not answer in time')
    }
    storage.transactionSync(() => {
      dropEvents(storage.sql, events)
      saveDone(storage.sql, 'outbox', { version: held.version, at: ports.clock.now() })
    })
    outbox.failures = 0
    outbox.nextDue = nextDue
    // Not waited for: whom it does not reach the next tick does.
    if (events.length > 0) void ports.passOn().catch(() => undefined)
    if (events.length === EVENTS_A_FLUSH) oweOutbox(memory, true, ports.clock.now())
  } catch {
    outbox.failures += 1
    outbox.firstAt = firstAt ?? ports.clock.now()
    outbox.urgent = urgent
  }
  outbox.flushedAt = ports.clock.now()
}

function statementsFor(
  { ports }: ObjectContext,
  held: Held,
  events: readonly EventRow[],
  nextDue: Instant | null,
): D1PreparedStatement[] {
  const { customer } = held.state
  const db = ports.intent
  const summary = JSON.stringify(summaryOf(held, ports.clock.now()))
  return [
    db.prepare(INSERT_EVENTS).bind(customer.id, JSON.stringify(namedNow(ports, events))),
    db
      .prepare(INSERT_CHANGES)
      .bind(customer.id, encodeURIComponent(customer.id), JSON.stringify(events)),
    db.prepare(UPSERT_SUMMARY).bind(customer.id, held.version, summary),
    db.prepare(DROP_SUMMARY).bind(customer.id, held.version, summary),
    db
      .prepare(ACKNOWLEDGE)
      .bind(customer.revision, held.version, nextDue, customer.id, ports.clock.now()),
  ]
}

/**
 * Events under ids of the time at which D1 is told, not of that at which they happened: ids sort by it, so a list finds
 * by them what was told since. Told twice, an event keeps the id under which D1 has it.
 */
function namedNow(
  { clock, random }: Pick<ObjectPorts, 'clock' | 'random'>,
  events: readonly EventRow[],
): readonly EventRow[] {
  const now = clock.now()
  return events.map((event) => ({ ...event, id: newId('evt', now, random.bytes(ID_RANDOM_BYTES)) }))
}

interface SummaryRow {
  readonly featureId: string
  readonly used: number
  /** Null: unlimited. */
  readonly limit: number | null
  readonly over: number
  readonly asOf: Instant
}

function summaryOf(held: Held, now: Instant): readonly SummaryRow[] {
  const { state, catalogue } = held
  const at = nowFor(held, now)
  const rows: SummaryRow[] = []
  for (const [featureId, { type }] of catalogue.features) {
    if (type !== 'meter') continue
    const { meter } = evaluate(state, catalogue, featureId, at).entitlement
    if (meter === null) {
      const used = usedStill(state.lots.get(featureId) ?? [], at)
      if (used > 0) rows.push({ featureId, used, limit: 0, over: 0, asOf: now })
      continue
    }
    const limit = meter.limit === 'unlimited' ? null : meter.limit
    rows.push({ featureId, used: meter.used, limit, over: Number(meter.overage > 0), asOf: now })
  }
  return rows
}

/** What was used of an allowance that is gone: given back within its period, it counts again, and a preview must know. */
function usedStill(lots: readonly Lot[], at: Instant): number {
  return lots.reduce(
    (sum, { used, endsAt }) => (endsAt === null || endsAt > at ? sum + used : sum),
    0,
  )
}

const INSERT_EVENTS = `
  INSERT INTO events (id, type, at, customer_id, version, data, origin)
  SELECT value ->> 'id', value ->> 'type', value ->> 'at', ?1, value ->> 'version', value ->> 'data',
         'customer:' || ?1 || ':' || (value ->> 'version') || ':' || (value ->> 'n')
  FROM json_each(?2) WHERE true
  ON CONFLICT (origin) DO NOTHING`

/** The audit log's row of each operator reset: once for its request, at the real time of the change. */
const INSERT_CHANGES = `
  INSERT INTO changes (subject, previous, revision, actor, action, resource, customer_id, request_id, before, after, at)
  SELECT 'reset:' || (data ->> 'requestId'), 0, version, data ->> 'actor', 'usage.reset',
         'customers/' || ?2 || '/entitlements/' || (data ->> 'featureId'), ?1, data ->> 'requestId',
         json_object('used', data ->> 'used'), json_object('used', 0, 'reason', data ->> 'reason'), version
  FROM (SELECT value ->> 'type' AS type, value ->> 'version' AS version, value ->> 'data' AS data FROM json_each(?3))
  WHERE type = 'usage.reset' AND data ->> 'requestId' IS NOT NULL
  ON CONFLICT (subject, previous) DO NOTHING`

const UPSERT_SUMMARY = `
  INSERT INTO usage_summary (customer_id, feature_id, used, limit_units, over, as_of, version, listed_at)
  SELECT ?1, value ->> 'featureId', value ->> 'used', value ->> 'limit', value ->> 'over', value ->> 'asOf', ?2,
         (SELECT ${LISTED_AT} FROM customers WHERE id = ?1)
  FROM json_each(?3) WHERE true
  ON CONFLICT (customer_id, feature_id) DO UPDATE
  SET used = excluded.used, limit_units = excluded.limit_units, over = excluded.over, as_of = excluded.as_of,
      version = excluded.version, listed_at = excluded.listed_at
  WHERE excluded.version >= usage_summary.version`

/** Meters that the customer no longer has, with nothing used that could come back. */
const DROP_SUMMARY = `
  DELETE FROM usage_summary WHERE customer_id = ?1 AND version < ?2
  AND feature_id NOT IN (SELECT value ->> 'featureId' FROM json_each(?3))`

/** What is due already stays so until cron has been here: the statuses in lists are its to follow. */
const ACKNOWLEDGE = `
  UPDATE customers SET synced_revision = ?1, synced_version = ?2,
    next_due = CASE WHEN next_due <= ?5 THEN next_due ELSE ?3 END
  WHERE id = ?4 AND synced_version <= ?2`
