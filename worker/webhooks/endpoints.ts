/** Webhook endpoints: who wants to hear of what, and where. */
import { and, count, desc, eq, lt, or, sql } from 'drizzle-orm'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { ID_RANDOM_BYTES, newId } from '../../schema/ids.ts'
import { events } from '../../schema/tables/changes.ts'
import { type DisabledBecause, webhookDeliveries, webhooks } from '../../schema/tables/webhooks.ts'
import type { WebhookAnswer, WebhookInput, WebhookPatch } from '../../schema/wire/webhook.ts'
import { commit, type Committing, revisionAfter, untilCommitted } from '../change/commit.ts'
import { database, type Statement } from '../change/database.ts'
import { type Keeper, type Keeping, once } from '../change/idempotency.ts'
import { invalid } from '../change/invalid.ts'
import type { Failure } from '../failures.ts'
import { instantText, textOrNull } from '../../schema/instant-text.ts'
import type { List } from '../paging.ts'
import type { Ports } from '../ports.ts'
import type { Call, Outcome } from '../route.ts'
import { ifMatchFailure, tagOf } from '../tag.ts'
import { receiverAddress } from './address.ts'
import { expectListeners } from './listeners.ts'
import { newSecret } from './secrets.ts'

export type WebhookRow = typeof webhooks.$inferSelect

/** What these use cases need of a call. */
export type WebhookEditing = Committing & Keeping & Pick<Call, 'environment' | 'ifMatch'>

/** Each costs a look at every event. */
const ENDPOINTS_MAX = 50

/** How far back an endpoint hears of what it has missed: as long as a message is tried. */
const MISSED_MS = 3 * 86_400_000

/** Makes an endpoint, which hears of everything from now on. Its secret is in this answer alone. */
export function createWebhook(call: WebhookEditing, input: WebhookInput): Promise<Outcome> {
  return once(call, (keeper) => makeWebhook(call, input, keeper))
}

/** Changes what is stated. Turning an endpoint on again lets it hear what it has missed of late. */
export function patchWebhook(
  call: WebhookEditing,
  webhookId: string,
  patch: WebhookPatch,
): Promise<Outcome> {
  return changeWebhook(call, webhookId, 'patch', (row) => patchedRow(call, row, patch))
}

/** Forgets an endpoint and its secrets. What was owed to it is dropped, what was sent to it runs out. */
export function deleteWebhook(call: WebhookEditing, webhookId: string): Promise<Outcome> {
  return untilCommitted(call, async () => {
    const row = await findWebhook(call, webhookId)
    if (!row.ok) return row
    const { db } = call.ports
    const outcome = await commit(call, {
      ...changeOf(row.value, {
        verb: 'delete',
        revision: revisionAfter(row.value.revision, call.now),
      }),
      before: webhookView(row.value, call.now),
      after: null,
      statements: [database(db).delete(webhooks).where(eq(webhooks.id, webhookId))],
    })
    return outcome === 'lost' ? outcome : ok({ body: webhookView(row.value, call.now) })
  })
}

/** One endpoint, as it is asked for or edited: with what the caller holds it to. */
export async function findWebhook(
  { ports, ifMatch }: Pick<WebhookEditing, 'ports' | 'ifMatch'>,
  webhookId: string,
): Promise<Result<WebhookRow, Failure>> {
  const row = await database(ports.db)
    .select()
    .from(webhooks)
    .where(eq(webhooks.id, webhookId))
    .get()
  if (row === undefined) return err({ code: 'webhook_not_found', webhookId })
  const refused = ifMatchFailure(ifMatch, tagOf(row.revision), row.revision)
  return refused === null ? ok(row) : err(refused)
}

/** Endpoints, newest first. */
export function webhookList({ db }: Ports): List<WebhookRow> {
  return {
    name: 'webhooks',
    positionOf: (row) => [row.createdAt, row.id],
    read: (after, rows) => {
      const [createdAt, id] = [Number(after?.[0]), String(after?.[1])]
      const older = or(
        lt(webhooks.createdAt, createdAt),
        and(eq(webhooks.createdAt, createdAt), lt(webhooks.id, id)),
      )
      return database(db)
        .select()
        .from(webhooks)
        .where(after === null ? undefined : older)
        .orderBy(desc(webhooks.createdAt), desc(webhooks.id))
        .limit(rows)
    },
  }
}

/** An endpoint as it is answered; never its secrets. */
export function webhookView(row: WebhookRow, now: number): WebhookAnswer {
  const { id, url, description, disabledBecause, secrets, revision } = row
  const ends = secrets.flatMap(({ endsAt }) => (endsAt === null || endsAt <= now ? [] : [endsAt]))
  return {
    id,
    url,
    events: [...row.events],
    description,
    enabled: row.disabledAt === null,
    disabledAt: textOrNull(row.disabledAt),
    disabledBecause,
    failingSince: textOrNull(row.failingSince),
    overlapEndsAt: ends.length === 0 ? null : instantText(Math.max(...ends)),
    createdAt: instantText(row.createdAt),
    revision,
  }
}

/** What becomes of an endpoint: its next state, and what else is written with it. */
interface Next {
  readonly row: WebhookRow
  readonly statements?: readonly Statement[]
  /** What the answer says besides the endpoint, and nobody keeps. */
  readonly secret?: string
}

/** Changes one endpoint; what leaves it as it is writes nothing. */
export function changeWebhook(
  call: WebhookEditing,
  webhookId: string,
  verb: string,
  decide: (row: WebhookRow) => Result<Next, Failure>,
  keeper: Keeper = NOT_KEPT,
): Promise<Outcome> {
  return untilCommitted(call, async () => {
    const found = await findWebhook(call, webhookId)
    if (!found.ok) return found
    const row = found.value
    const next = decide(row)
    if (!next.ok) return next
    if (JSON.stringify(next.value.row) === JSON.stringify(row)) return ok(answer(row, call))
    const { secret, statements = [] } = next.value
    const changed = { ...next.value.row, revision: revisionAfter(row.revision, call.now) }
    const kept = answer(changed, call)
    const outcome = await commit(call, {
      ...changeOf(row, { verb, revision: changed.revision }),
      before: webhookView(row, call.now),
      after: webhookView(changed, call.now),
      statements: [stored(call.ports, changed), ...statements, ...keeper.statements(kept)],
    })
    if (outcome === 'lost') return outcome
    if (changed.disabledAt === null) expectListeners()
    return ok(secret === undefined ? kept : { ...kept, body: { ...kept.body, secret } })
  })
}

const NOT_KEPT: Keeper = { statements: () => [], replace: async () => {} }

/** The endpoint, turned off. */
export function disabledRow(row: WebhookRow, because: DisabledBecause, now: number): WebhookRow {
  return { ...row, disabledAt: now, disabledBecause: because }
}

/** What the log says of a change of an endpoint. */
export function changeOf(
  { id, revision: previous }: WebhookRow,
  { verb, revision }: { readonly verb: string; readonly revision: number },
) {
  return {
    subject: `webhook:${id}`,
    previous,
    revision,
    action: `webhooks.${verb}`,
    resource: `webhooks/${id}`,
  }
}

/**
 * The statement that writes what callers and failures decide; the place among the events is the sender's. Since when
 * it fails is here only ended: what somebody has received meanwhile stays received.
 */
export function stored({ db }: Pick<Ports, 'db'>, row: WebhookRow): Statement {
  const { id, url, events: filter, description, secrets, disabledAt, disabledBecause } = row
  const { failingSince, revision } = row
  return database(db)
    .update(webhooks)
    .set({
      url,
      events: filter,
      description,
      secrets,
      disabledAt,
      disabledBecause,
      ...(failingSince === null && { failingSince }),
      revision,
    })
    .where(eq(webhooks.id, id))
}

async function makeWebhook(
  call: WebhookEditing,
  input: WebhookInput,
  keeper: Keeper,
): Promise<Outcome> {
  const { ports, now } = call
  const { events: filter, description = null } = input
  const url = addressFrom(call, input.url)
  if (!url.ok) return url
  const [{ rows } = { rows: 0 }] = await database(ports.db).select({ rows: count() }).from(webhooks)
  if (rows >= ENDPOINTS_MAX) return invalid('', `fewer than ${ENDPOINTS_MAX} endpoints`)
  const secret = newSecret(ports)
  const row: WebhookRow = {
    id: newId('wh', now, ports.random.bytes(ID_RANDOM_BYTES)),
    url: url.value,
    events: filter,
    description,
    secrets: [{ text: secret, endsAt: null }],
    disabledAt: null,
    disabledBecause: null,
    afterN: 0,
    failingSince: null,
    createdAt: now,
    revision: now,
  }
  const body = webhookView(row, now)
  await commit(call, {
    ...changeOf({ ...row, revision: 0 }, { verb: 'create', revision: now }),
    before: null,
    after: body,
    statements: [
      database(ports.db)
        .insert(webhooks)
        .values({ ...row, afterN: NEWEST_EVENT }),
      ...keeper.statements({ status: 201, body, etag: tagOf(now) }),
    ],
  })
  expectListeners()
  return ok({ status: 201, body: { ...body, secret }, etag: tagOf(now) })
}

const NEWEST_EVENT = sql<number>`(SELECT coalesce(max(${events.n}), 0) FROM ${events})`

function patchedRow(
  call: WebhookEditing,
  row: WebhookRow,
  { url: text, events: filter, description, enabled }: WebhookPatch,
): Result<Next, Failure> {
  const url = text === undefined ? ok(row.url) : addressFrom(call, text)
  if (!url.ok) return url
  const stated = {
    ...row,
    url: url.value,
    events: filter ?? row.events,
    description: description === undefined ? row.description : description,
    failingSince: url.value === row.url ? row.failingSince : null,
  }
  const isOn = row.disabledAt === null
  if (enabled === false && isOn) return ok({ row: disabledRow(stated, 'asked', call.now) })
  if (enabled !== true || isOn) return ok({ row: stated })
  const turnedOn: WebhookRow = {
    ...stated,
    disabledAt: null,
    disabledBecause: null,
    failingSince: null,
  }
  return ok({ row: turnedOn, statements: skippingOld(call, row.id) })
}

function addressFrom(
  { environment, request }: Pick<WebhookEditing, 'environment' | 'request'>,
  text: string,
): Result<string, Failure> {
  const ownHost = new URL(request.url).host
  const url = receiverAddress(text, { environment, ownHost })
  if (!url.ok) return err({ code: 'url_not_allowed', pointer: '/url', expected: url.error })
  return ok(url.value.href)
}

/** Statements that leave out what an endpoint has missed before the days for which messages are tried. */
function skippingOld({ ports, now }: WebhookEditing, webhookId: string): readonly Statement[] {
  const db = database(ports.db)
  // Ids of events sort by time, so one step into their index finds where the days begin.
  const first = newId('evt', now - MISSED_MS, new Uint8Array(ID_RANDOM_BYTES))
  const old = sql`coalesce((SELECT ${events.n} FROM ${events} WHERE ${events.id} < ${first}
    ORDER BY ${events.id} DESC LIMIT 1), 0)`
  return [
    db
      .update(webhooks)
      .set({ afterN: sql`max(${webhooks.afterN}, ${old})` })
      .where(eq(webhooks.id, webhookId)),
    db
      .delete(webhookDeliveries)
      .where(
        and(eq(webhookDeliveries.webhookId, webhookId), sql`${webhookDeliveries.eventN} <= ${old}`),
      ),
  ]
}

function answer(row: WebhookRow, { now }: Pick<WebhookEditing, 'now'>) {
  return { body: webhookView(row, now), etag: tagOf(row.revision) }
}
