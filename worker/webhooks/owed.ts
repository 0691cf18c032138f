/** Who is owed what, and taking some of it into one's own hands. */
import { isNull, sql } from 'drizzle-orm'
import type { Instant } from '../../entitlements/instant.ts'
import { webhooks } from '../../schema/tables/webhooks.ts'
import { database } from '../change/database.ts'
import type { Ports } from '../ports.ts'
import type { WebhookRow } from './endpoints.ts'
import type { EventRow } from './message.ts'

/** An endpoint that is turned on, and when the first of what it is owed is due; null: it is owed nothing. */
export interface Owed {
  readonly endpoint: WebhookRow
  readonly dueAt: Instant | null
}

/** A message that is ours to send. */
export interface Claimed {
  readonly eventN: number
  readonly tries: number
  /** Null: it is older than what is kept. */
  readonly event: EventRow | null
}

/** For how long a message belongs to whoever has begun to send it: longer than sending and noting take. */
const CLAIMED_MS = 60_000

/** Whether there is an endpoint that is turned on. */
export async function isAnybodyListening({ db }: Pick<Ports, 'db'>): Promise<boolean> {
  return (await db.prepare(LISTENING).first()) !== null
}

const LISTENING = 'SELECT 1 FROM webhooks WHERE disabled_at IS NULL LIMIT 1'

/** What each endpoint that is turned on is owed. */
export function owedToEach({ db }: Pick<Ports, 'db'>): Promise<readonly Owed[]> {
  return database(db)
    .select({ endpoint: webhooks, dueAt: FIRST_DUE })
    .from(webhooks)
    .where(isNull(webhooks.disabledAt))
}

/** Makes the oldest messages that are due ours, unless the endpoint is another by now. */
export async function claim(
  { db, clock }: Pick<Ports, 'db' | 'clock'>,
  { id, revision }: WebhookRow,
  count: number,
): Promise<readonly Claimed[]> {
  const now = clock.now()
  const { results } = await db
    .prepare(CLAIM)
    .bind(id, revision, now, now + CLAIMED_MS, count)
    .all<{ readonly event_n: number; readonly tries: number; readonly event: string | null }>()
  return results
    .map(({ event_n: eventN, tries, event }) => ({ eventN, tries, event: eventFrom(event) }))
    .toSorted((a, b) => a.eventN - b.eventN)
}

function eventFrom(text: string | null): EventRow | null {
  return text === null ? null : (JSON.parse(text) as EventRow)
}

const FIRST_DUE = sql<Instant | null>`(
  SELECT min(next_at) FROM webhook_deliveries WHERE webhook_id = webhooks.id)`

const CLAIM = `UPDATE webhook_deliveries SET tries = tries + 1, next_at = ?4
  WHERE webhook_id = ?1 AND event_n IN (
      SELECT event_n FROM webhook_deliveries
      WHERE webhook_id = ?1 AND next_at <= ?3 ORDER BY next_at, event_n LIMIT ?5)
    AND EXISTS (SELECT 1 FROM webhooks WHERE id = ?1 AND revision = ?2 AND disabled_at IS NULL)
  RETURNING event_n, tries, (SELECT json_object(
      'id', id, 'type', type, 'at', at, 'customer_id', customer_id, 'version', version, 'data', data)
    FROM events WHERE n = event_n) AS event`
