/**
 * The tick: what cron does every minute. The net under pokes and alarms, never the judge: whatever it is late with
 * was already answered correctly, because every boundary in time is data.
 *
 * It goes by state (“not applied yet”, “due by now”), so being late, doubled or missed changes nothing, and one
 * customer's failure stops nothing: what fails is still there at the next tick.
 */
import type { ApplyAnswer, CustomerCalls } from '../durable-objects/calls.ts'
import type { Instant } from '../entitlements/instant.ts'
import { attempt } from './attempt.ts'
import { repeatChangedKeys } from './changed-keys.ts'
import { dropOld, KEPT } from './expiry.ts'
import { followTime } from './follow-time.ts'
import { publishHead } from './head.ts'
import { keepListed } from './listed.ts'
import { dropOldDocuments } from './old-documents.ts'
import { allowedOrigins } from './origins.ts'
import { clockIn } from './own-clock.ts'
import { isStripeOn } from './payments/stripe-client.ts'
import type { Ports } from './ports.ts'
import { queryBudget } from './query-budget.ts'
import type { Environment } from './route.ts'
import { tokenKeys } from './token-keys.ts'
import { startTiming, type Timing } from './timing.ts'

/** What one tick may spend; KV sees the head, what browsers need, and at most 300 keys and documents. */
const OBJECT_CALLS_MAX = 4_000
const QUERIES_MAX = 500
/** What of them customers leave to others: a page of them takes six, and as many again where there is much to tell of. */
const QUERIES_SPARED = 250
/** What messages leave of that to Stripe. */
const STRIPE_QUERIES_MIN = 120
/** What is left for those who are due, however many changes wait for objects that do not answer. */
const DUE_CALLS_MIN = 2_000
const PAGE_SIZE = 250
const PAGES_MAX = 32
/** How many objects are called at the same time. */
const CALLS_AT_ONCE = 50
const OBJECT_LIMIT_MS = 10_000

const SENDS_MAX = 300
const SENDING_MS = 30_000

/** What a tick works with. */
interface Sweep {
  readonly ports: Ports
  readonly now: Instant
  readonly timing: Timing
  readonly queriesLeft: () => number
  objectCallsLeft: number
  /** Sets those apart whom this tick has tried; null until it tries the first. */
  turn: number | null
}

/** What browsers are let in by; what was never set or made is not copied. */
async function publishForBrowsers(ports: Ports): Promise<void> {
  await allowedOrigins.publish(ports)
  await tokenKeys.publish(ports)
}

/** One round of everything that is owed. */
export async function tick(given: Ports, environment: Environment): Promise<void> {
  const { db, left: queriesLeft } = queryBudget(given.db, QUERIES_MAX)
  const ports = { ...given, db }
  const now = ports.clock.now()
  const timing = startTiming(ports.clock.now)
  const sweep: Sweep = {
    ports,
    now,
    timing,
    queriesLeft,
    objectCallsLeft: OBJECT_CALLS_MAX,
    turn: null,
  }
  await keepGoing('head', () => publishHead(ports))
  await keepGoing('keys', () => repeatChangedKeys(ports, environment))
  await keepGoing('browsers', () => publishForBrowsers(ports))
  await keepGoing('unsynced', () => applyUnsynced(sweep, DUE_CALLS_MIN))
  await keepGoing('due', () => doDue(sweep))
  await keepGoing('unsynced, the rest', () => applyUnsynced(sweep, 0))
  await keepGoing('lists', () => keepListed(ports, now))
  for (const kept of KEPT) await keepGoing(`old ${kept.table}`, () => dropOld(ports, kept, now))
  await keepGoing('documents', () => dropOldDocuments(ports))
  await keepGoing('webhooks', () => sendWebhooks(sweep, environment))
  if (isStripeOn(ports)) await keepGoing('stripe', () => tendWithStripe(sweep, environment))
}

/** Late, because it waits for others; a minute's tick is over before the next. */
async function sendWebhooks({ ports, queriesLeft }: Sweep, environment: Environment) {
  const { deliver } = await import('./webhooks/deliver.ts')
  const until = ports.clock.now() + SENDING_MS
  const queriesMax = queriesLeft() - (isStripeOn(ports) ? STRIPE_QUERIES_MIN : 0)
  await deliver(
    { ports, environment },
    { until, sendsMax: SENDS_MAX, queriesMax, failingToo: true },
  )
}

/** Last, because it waits for others, too, and messages must not wait for it. */
async function tendWithStripe({ ports, queriesLeft }: Sweep, environment: Environment) {
  const { tendStripe } = await import('./payments/stripe-tick.ts')
  await tendStripe(ports, environment, queriesLeft())
}

/** What fails in one part is its own affair. */
async function keepGoing(part: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    console.error({ tick: part, thrown: thrown instanceof Error ? thrown.name : typeof thrown })
  }
}

interface UnsyncedRow {
  readonly id: string
  readonly revision: number
  readonly apply_turn: number
}

/**
 * The outbox of changes: customers whose object has not applied the newest. Who fails is set down as tried in this
 * turn, so that the next tick begins with others.
 *
 * @param spared How many calls to leave for others.
 */
async function applyUnsynced(sweep: Sweep, spared: number): Promise<void> {
  sweep.turn ??= (await rowsOf<{ turn: number }>(sweep, TURN, []))[0]?.turn ?? 1
  let after: UnsyncedRow = { apply_turn: -1, revision: 0, id: '' }
  for (let pages = 0; pages < PAGES_MAX && isAffordable(sweep); pages++) {
    const count = Math.min(PAGE_SIZE, sweep.objectCallsLeft - spared)
    if (count <= 0) return
    const from = [after.apply_turn, after.revision, after.id]
    const page = await rowsOf<UnsyncedRow>(sweep, UNSYNCED, [sweep.turn, count, ...from])
    const acks = await callEach(sweep, page, (object, row) => object.apply(row.revision))
    await acknowledge(sweep, acks, sweep.now)
    const failed = failedOf(page, acks)
    if (failed.length > 0) await run(sweep, TRIED, [JSON.stringify(failed), sweep.turn])
    const last = page.at(-1)
    if (last === undefined || page.length < count) return
    after = last
  }
}

interface DueRow {
  readonly id: string
  readonly revision: number
  readonly createdAt: Instant
  readonly toldUntil: Instant
  readonly next_due: Instant
  readonly has_object: 0 | 1
}

/**
 * Customers for whom time has done something durable. Objects close their periods; what happened is told, and stored
 * statuses follow the dated facts. Who has no object yet gets none here: it would live near cron instead of near its first caller.
 *
 * Who fails is due anew, behind all others who are due by now.
 */
async function doDue(sweep: Sweep): Promise<void> {
  const due = dueBy(sweep.ports)
  let after = { next_due: -1, id: '' }
  for (let pages = 0; pages < PAGES_MAX && isAffordable(sweep); pages++) {
    const count = Math.min(PAGE_SIZE, sweep.objectCallsLeft)
    const page = await rowsOf<DueRow>(sweep, due, [sweep.now, count, after.next_due, after.id])
    const withObject = page.filter((row) => row.has_object === 1)
    const acks = await callEach(sweep, withObject, (object) => object.tick())
    const followed = await followTime(
      sweep,
      page.map((row) => ({ ...row, clockAt: null })),
    )
    const done = page.filter(({ id }) => followed.has(id))
    await acknowledge(sweep, seenBy(done, acks), NEVER)
    const idle = done
      .filter((row) => row.has_object === 0)
      .map(({ id, revision }) => ({ id, revision, nextDue: followed.get(id) ?? null }))
    if (idle.length > 0) await run(sweep, RESCHEDULE, [JSON.stringify(idle)])
    const failed = [
      ...failedOf(withObject, acks),
      ...page.filter(({ id }) => !followed.has(id)).map(({ id }) => id),
    ]
    if (failed.length > 0) await run(sweep, DUE_ANEW, [JSON.stringify(failed), sweep.now])
    const last = page.at(-1)
    if (last === undefined || page.length < count) return
    after = last
  }
}

/** Whether there is another page of customers in what this tick may spend. */
function isAffordable({ objectCallsLeft, queriesLeft }: Sweep): boolean {
  return objectCallsLeft > 0 && queriesLeft() > QUERIES_SPARED
}

/** What objects have said of customers who were followed, with the revision at which they were. */
function seenBy(done: readonly DueRow[], acks: readonly Ack[]): readonly Ack[] {
  const revisions = new Map(done.map(({ id, revision }) => [id, revision]))
  return acks.flatMap((ack) => {
    const seen = revisions.get(ack.id)
    return seen === undefined ? [] : [{ ...ack, seen }]
  })
}

function failedOf(called: readonly { readonly id: string }[], acks: readonly Ack[]): string[] {
  const answered = new Set(acks.map(({ id }) => id))
  return called.map(({ id }) => id).filter((id) => !answered.has(id))
}

interface Ack {
  readonly id: string
  readonly revision: number
  readonly version: number
  readonly nextDue: Instant | null
  /** At which revision the customer was followed; one that is at another by now stays due. */
  readonly seen?: number
}

/** Calls the objects of a page, some at a time; who fails or does not answer is left out. */
async function callEach<R extends { readonly id: string }>(
  sweep: Sweep,
  page: readonly R[],
  call: (object: CustomerCalls, row: R) => Promise<ApplyAnswer>,
): Promise<Ack[]> {
  sweep.objectCallsLeft -= page.length
  const acks: Ack[] = []
  for (let from = 0; from < page.length; from += CALLS_AT_ONCE) {
    const rows = page.slice(from, from + CALLS_AT_ONCE)
    const answers = await Promise.all(
      rows.map((row) =>
        attempt(sweep, 'do', OBJECT_LIMIT_MS, () => call(sweep.ports.customers(row.id), row)),
      ),
    )
    answers.forEach((answer, at) => {
      const id = rows[at]?.id
      if (!answer.ok || answer.value.status !== 'applied' || id === undefined) return
      const { floor, nextDue } = answer.value
      acks.push({ id, revision: floor.revision, version: floor.version, nextDue })
    })
  }
  return acks
}

/** Before everything. */
const NEVER = -1

/**
 * Notes in one statement what a page of objects has said; an older word never overwrites a newer.
 *
 * @param dueBy Who was due by then stays so: its statuses have not been looked at yet.
 */
async function acknowledge(sweep: Sweep, acks: readonly Ack[], dueBy: Instant): Promise<void> {
  if (acks.length > 0) await run(sweep, ACKNOWLEDGE, [JSON.stringify(acks), dueBy])
}

async function rowsOf<T>(
  { ports }: Sweep,
  sql: string,
  values: readonly (string | number)[],
): Promise<readonly T[]> {
  const { results } = await ports.db
    .prepare(sql)
    .bind(...values)
    .all<T>()
  return results
}

async function run(
  { ports }: Sweep,
  sql: string,
  values: readonly (string | number)[],
): Promise<void> {
  await ports.db
    .prepare(sql)
    .bind(...values)
    .run()
}

const IS_UNSYNCED = 'synced_revision IS NOT NULL AND revision > synced_revision'

const TURN = `SELECT coalesce(max(apply_turn), 0) + 1 AS turn FROM customers WHERE ${IS_UNSYNCED}`

const UNSYNCED = `SELECT id, revision, apply_turn FROM customers
  WHERE ${IS_UNSYNCED} AND apply_turn < ?1 AND (apply_turn, revision, id) > (?3, ?4, ?5)
  ORDER BY apply_turn, revision, id LIMIT ?2`

const TRIED = `UPDATE customers SET apply_turn = ?2 WHERE id IN (SELECT value FROM json_each(?1))`

const dueBy = (
  ports: Ports,
) => `SELECT id, revision, created_at AS createdAt, told_until AS toldUntil, next_due,
    synced_revision IS NOT NULL AS has_object FROM customers
  WHERE next_due IS NOT NULL AND next_due <= ?1 AND (next_due, id) > (?3, ?4) AND ${clockIn(ports)} IS NULL
  ORDER BY next_due, id LIMIT ?2`

const DUE_ANEW = `UPDATE customers SET next_due = ?2 + 1
  WHERE id IN (SELECT value FROM json_each(?1)) AND next_due <= ?2`

const ACKNOWLEDGE = `UPDATE customers SET
  synced_revision = ack.value ->> 'revision', synced_version = ack.value ->> 'version',
  next_due = CASE WHEN next_due <= ?2 OR revision <> ack.value ->> 'seen' THEN next_due
    ELSE ack.value ->> 'nextDue' END
  FROM json_each(?1) AS ack
  WHERE customers.id = ack.value ->> 'id' AND synced_version <= ack.value ->> 'version'`

const RESCHEDULE = `UPDATE customers SET next_due = due.value ->> 'nextDue'
  FROM json_each(?1) AS due WHERE customers.id = due.value ->> 'id' AND revision = due.value ->> 'revision'
  AND synced_revision IS NULL`
