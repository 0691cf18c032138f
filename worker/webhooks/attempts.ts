/** The log of what was sent to an endpoint, and sending at somebody's request: a test, or once more what was sent. */
import { and, desc, eq, lt } from 'drizzle-orm'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { ID_RANDOM_BYTES, newId } from '../../schema/ids.ts'
import { events } from '../../schema/tables/changes.ts'
import { webhookAttempts, webhookDeliveries, webhooks } from '../../schema/tables/webhooks.ts'
import { type AttemptAnswer, TEST_TYPE } from '../../schema/wire/webhook.ts'
import { commit } from '../change/commit.ts'
import { database, type Statement } from '../change/database.ts'
import { type Keeper, once } from '../change/idempotency.ts'
import type { Failure } from '../failures.ts'
import { instantText, textOrNull } from '../../schema/instant-text.ts'
import type { List } from '../paging.ts'
import type { Ports } from '../ports.ts'
import type { Outcome } from '../route.ts'
import { sendEvent } from './deliver.ts'
import { findWebhook, type WebhookEditing, type WebhookRow } from './endpoints.ts'
import type { EventRow } from './message.ts'
import { type AttemptRow, attemptRow } from './record.ts'

/** How long a receiver has while somebody waits for what it says. */
const ANSWER_LIMIT_MS = 10_000

/** Sends a message that says nothing but that it is a test, and answers what came back. */
export function testWebhook(call: WebhookEditing, webhookId: string): Promise<Outcome> {
  return once(call, async (keeper) => {
    const endpoint = await findWebhook(call, webhookId)
    if (!endpoint.ok) return endpoint
    const id = newId('evt', call.now, call.ports.random.bytes(ID_RANDOM_BYTES))
    const event = testEvent(webhookId, { eventId: id, at: call.now })
    return sendNow(call, endpoint.value, { event, kind: 'test', number: 1 }, keeper)
  })
}

/** Sends what an attempt had sent once more, under the same id, and answers what came back. */
export function replayAttempt(
  call: WebhookEditing,
  webhookId: string,
  attemptId: string,
): Promise<Outcome> {
  return once(call, async (keeper) => {
    const endpoint = await findWebhook(call, webhookId)
    if (!endpoint.ok) return endpoint
    const attempt = await findAttempt(call, webhookId, attemptId)
    if (!attempt.ok) return attempt
    const event = await eventOf(call.ports, attempt.value)
    if (event === null) return err({ code: 'attempt_not_found', attemptId })
    const number = attempt.value.number + 1
    return sendNow(call, endpoint.value, { event, kind: 'replay', number }, keeper)
  })
}

/** What was sent to an endpoint, newest first. */
export function attemptList({ db }: Pick<Ports, 'db'>, webhookId: string): List<AttemptRow> {
  return {
    name: `attempts ${webhookId}`,
    positionOf: (row) => [row.id],
    read: (after, rows) => {
      const older = after === null ? undefined : lt(webhookAttempts.id, String(after[0]))
      return database(db)
        .select()
        .from(webhookAttempts)
        .where(and(eq(webhookAttempts.webhookId, webhookId), older))
        .orderBy(desc(webhookAttempts.id))
        .limit(rows)
    },
  }
}

/** An attempt as it is answered. */
export function attemptView({ failure, nextAt, at, ...row }: AttemptRow): AttemptAnswer {
  const { id, webhookId, eventId, eventType, kind, number, durationMs, status, response } = row
  return {
    id,
    webhookId,
    eventId,
    eventType,
    kind,
    number,
    at: instantText(at),
    durationMs,
    delivered: failure === null,
    status,
    failure,
    response,
    nextTryAt: textOrNull(nextAt),
  }
}

interface Sending extends Pick<AttemptRow, 'kind' | 'number'> {
  readonly event: EventRow
}

/** What is asked for is sent once, whether the endpoint is turned on or not, and is not tried again. */
async function sendNow(
  call: WebhookEditing,
  endpoint: WebhookRow,
  { event, kind, number }: Sending,
  keeper: Keeper,
): Promise<Outcome> {
  const { ports } = call
  const reception = await sendEvent(call, endpoint, event, ANSWER_LIMIT_MS)
  const row = attemptRow(ports, endpoint.id, event, reception, { kind, number, nextAt: null })
  const body = attemptView(row)
  await commit(call, {
    subject: `attempt:${row.id}`,
    previous: 0,
    revision: call.now,
    action: `webhooks.${kind}`,
    resource: `webhooks/${endpoint.id}`,
    before: null,
    after: body,
    statements: [
      database(ports.db).insert(webhookAttempts).values(row),
      ...(body.delivered ? [settle(ports, endpoint, event), heard(ports, endpoint)] : []),
      ...keeper.statements({ body }),
    ],
  })
  return ok({ body })
}

/** What has been received is owed no more. */
function settle({ db }: Pick<Ports, 'db'>, { id }: WebhookRow, event: EventRow): Statement {
  const client = database(db)
  const place = client.select({ n: events.n }).from(events).where(eq(events.id, event.id))
  return client
    .delete(webhookDeliveries)
    .where(and(eq(webhookDeliveries.webhookId, id), eq(webhookDeliveries.eventN, place)))
}

/** An address that has received something is failing no more. */
function heard({ db }: Pick<Ports, 'db'>, { id, url }: WebhookRow): Statement {
  return database(db)
    .update(webhooks)
    .set({ failingSince: null })
    .where(and(eq(webhooks.id, id), eq(webhooks.url, url)))
}

async function findAttempt(
  { ports }: WebhookEditing,
  webhookId: string,
  attemptId: string,
): Promise<Result<AttemptRow, Failure>> {
  const row = await database(ports.db)
    .select()
    .from(webhookAttempts)
    .where(eq(webhookAttempts.id, attemptId))
    .get()
  return row?.webhookId === webhookId ? ok(row) : err({ code: 'attempt_not_found', attemptId })
}

/** The event of an attempt; null where it is older than what is kept. A test is no event, and is made again. */
async function eventOf({ db }: Ports, attempt: AttemptRow): Promise<EventRow | null> {
  if (attempt.eventType === TEST_TYPE) return testEvent(attempt.webhookId, attempt)
  const sql = 'SELECT id, type, at, customer_id, version, data FROM events WHERE id = ?'
  return db.prepare(sql).bind(attempt.eventId).first<EventRow>()
}

function testEvent(
  webhookId: string,
  { eventId, at }: Pick<AttemptRow, 'eventId' | 'at'>,
): EventRow {
  const data = JSON.stringify({ webhookId })
  return { id: eventId, type: TEST_TYPE, at, customer_id: null, version: null, data }
}
