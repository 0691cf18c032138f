/** Noting what came of messages: in the log, in what is still owed, and in what becomes of the endpoint. */
import type { Instant } from '../../entitlements/instant.ts'
import { ID_RANDOM_BYTES, newId } from '../../schema/ids.ts'
import { webhookAttempts } from '../../schema/tables/webhooks.ts'
import { insertions } from '../change/json-rows.ts'
import type { Ports } from '../ports.ts'
import { disable } from './disable.ts'
import type { WebhookRow } from './endpoints.ts'
import type { EventRow } from './message.ts'
import type { Claimed } from './owed.ts'
import { nextTryAt, retryAfterMs } from './schedule.ts'
import type { Reception } from './send.ts'

export type AttemptRow = typeof webhookAttempts.$inferSelect

/** A message that was ours to send, and what came of it; null where there was nothing left to send. */
export interface Sent {
  readonly claimed: Claimed
  readonly reception: Reception | null
}

/** An endpoint that has received nothing for so long is turned off. */
const FAILING_MAX_MS = 5 * 86_400_000
/** Its receiver will never want anything again, and says so. */
const GONE = 410

/** Notes what came of messages to one endpoint, and turns it off where that is what it means. */
export async function record(
  ports: Ports,
  endpoint: WebhookRow,
  sent: readonly Sent[],
): Promise<void> {
  const { db, clock } = ports
  const noted = sent.map((each) => ({ ...each.claimed, attempt: attemptOf(ports, endpoint, each) }))
  const attempts = noted.flatMap(({ attempt }) => (attempt === null ? [] : [attempt]))
  const waiting = noted.filter(({ attempt }) => attempt !== null && attempt.nextAt !== null)
  const settled = noted.filter((each) => !waiting.includes(each))
  const results = await db.batch<{ readonly failing_since?: Instant | null }>([
    ...standingStatements(ports, endpoint, attempts),
    ...insertions(db, webhookAttempts, attempts),
    ...(settled.length === 0
      ? []
      : [db.prepare(SETTLE).bind(endpoint.id, JSON.stringify(settled))]),
    ...(waiting.length === 0 ? [] : [db.prepare(WAIT).bind(endpoint.id, JSON.stringify(waiting))]),
  ])
  const failingSince = results[0]?.results[0]?.failing_since ?? null
  if (attempts.some(({ status }) => status === GONE)) await disable(ports, endpoint, 'gone')
  else if (failingSince !== null && clock.now() - failingSince >= FAILING_MAX_MS)
    await disable(ports, endpoint, 'failing')
}

/**
 * Statements that note since when an address has received nothing. D1 knows: others may have sent something since this
 * endpoint was read, and what an address says is no word about the one that came after it.
 */
function standingStatements(
  { db }: Pick<Ports, 'db'>,
  { id, url }: WebhookRow,
  attempts: readonly AttemptRow[],
): readonly D1PreparedStatement[] {
  const [first] = attempts
  if (first === undefined) return []
  const isReceived = attempts.some(({ failure }) => failure === null)
  return [
    isReceived ? db.prepare(RECEIVED).bind(id, url) : db.prepare(FAILED).bind(id, url, first.at),
  ]
}

/** The log's row of a message. */
export function attemptRow(
  { random }: Pick<Ports, 'random'>,
  webhookId: string,
  { id: eventId, type: eventType }: Pick<EventRow, 'id' | 'type'>,
  { at, durationMs, status, failure, response }: Reception,
  fields: Pick<AttemptRow, 'kind' | 'number' | 'nextAt'>,
): AttemptRow {
  return {
    id: newId('att', at, random.bytes(ID_RANDOM_BYTES)),
    webhookId,
    eventId,
    eventType,
    at,
    durationMs,
    status,
    failure,
    response,
    ...fields,
  }
}

function attemptOf(
  ports: Pick<Ports, 'random' | 'clock'>,
  { id }: WebhookRow,
  { claimed: { event, tries }, reception }: Sent,
): AttemptRow | null {
  if (event === null || reception === null) return null
  const now = ports.clock.now()
  const isOver = reception.failure === null || reception.status === GONE
  const [chance = 0] = ports.random.bytes(1)
  const nextAt = isOver
    ? null
    : nextTryAt({
        tries,
        now,
        retryAfterMs: retryAfterMs(reception.retryAfter, now),
        chance: chance / 255,
      })
  return attemptRow(ports, id, event, reception, { kind: 'delivery', number: tries, nextAt })
}

/** Received, given up, or not there any more. */
const SETTLE = `DELETE FROM webhook_deliveries
  WHERE webhook_id = ?1 AND event_n IN (SELECT value ->> 'eventN' FROM json_each(?2))`

/** Unless somebody else has begun to send it meanwhile. */
const WAIT = `UPDATE webhook_deliveries SET next_at = sent.value -> 'attempt' ->> 'nextAt'
  FROM json_each(?2) AS sent
  WHERE webhook_id = ?1 AND event_n = sent.value ->> 'eventN' AND tries = sent.value ->> 'tries'`

const RECEIVED = `UPDATE webhooks SET failing_since = NULL
  WHERE id = ?1 AND url = ?2 AND failing_since IS NOT NULL`

const FAILED = `UPDATE webhooks SET failing_since = coalesce(failing_since, ?3)
  WHERE id = ?1 AND url = ?2 RETURNING failing_since`
