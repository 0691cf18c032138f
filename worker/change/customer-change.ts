/** Any change of what is decided about one customer: read, decide, commit, tell the object, answer. */
import { eq, type SQL, sql } from 'drizzle-orm'
import type { Instant } from '../../entitlements/instant.ts'
import { ok, type Result } from '../../entitlements/result.ts'
import { ownClock } from '../../durable-objects/own-clock.ts'
import { customers } from '../../schema/tables/customers.ts'
import { encodeToken } from '../../schema/token.ts'
import type { Asking } from '../attempt.ts'
import type { NewFacts } from '../events/facts.ts'
import { eventsOfChange } from '../events/of-change.ts'
import type { NewEvent } from '../events/write.ts'
import type { Failure } from '../failures.ts'
import { clockIn } from '../own-clock.ts'
import type { Answer, Outcome } from '../route.ts'
import { type Change, commit, type Committing, revisionAfter, untilCommitted } from './commit.ts'
import { database } from './database.ts'
import { type Keeper, type Keeping, once } from './idempotency.ts'
import { propagateCustomer, type Propagation } from './propagate.ts'

export type CustomerRow = typeof customers.$inferSelect

/** What a decision is made from. */
export interface CustomerDraft {
  /** Null: there is no such customer yet. */
  readonly customer: CustomerRow | null
  /** The customer's revision once the change is committed; rows that it writes carry it. */
  readonly revision: number
  /** The customer's own time. */
  readonly now: Instant
}

/** The resource as it is answered; what every mutation adds comes on top. */
export interface CustomerAnswer {
  /** 200 where absent. */
  readonly status?: number
  readonly body: object
  readonly etag?: string
}

/** What is written, and what is told of it by itself. */
export interface CustomerChange extends Pick<
  Change,
  'action' | 'resource' | 'before' | 'after' | 'statements' | 'events'
> {
  /**
   * What the change makes of the customer's dated facts; null: it leaves them. With them it is told what time has done
   * until then, and which entitlements the change turns.
   */
  readonly facts: NewFacts | null
}

/** What was decided. Without `change` everything stays as it is. */
export interface CustomerDecision {
  readonly change?: CustomerChange
  readonly answer: CustomerAnswer
}

/** What changing needs of a call. */
export type Changing = Committing & Keeping & Asking

/**
 * Changes a customer. `decide` runs anew, on what is then in force, each time another change comes first.
 *
 * The answer gains `consistencyToken` and `propagation`. Fails with what `decide` fails with, and `unavailable`.
 */
export function changeCustomer(
  call: Changing,
  customerId: string,
  decide: (draft: CustomerDraft) => Promise<Result<CustomerDecision, Failure>>,
): Promise<Outcome> {
  return once(call, (keeper) =>
    untilCommitted(call, () => tryToChange(call, customerId, { decide, keeper })),
  )
}

/** The customer's row, archived or not, as this deployment knows it; null where there is none. */
export async function readCustomer(
  { ports }: Pick<Committing, 'ports'>,
  customerId: string,
): Promise<CustomerRow | null> {
  const byId = eq(customers.id, customerId)
  const row = await database(ports.db).select().from(customers).where(byId).get()
  return row === undefined ? null : ownClock(ports, row)
}

interface Attempt {
  readonly decide: (draft: CustomerDraft) => Promise<Result<CustomerDecision, Failure>>
  readonly keeper: Keeper
}

async function tryToChange(
  call: Changing,
  customerId: string,
  { decide, keeper }: Attempt,
): Promise<Outcome | 'lost'> {
  const customer = await readCustomer(call, customerId)
  const previous = customer?.revision ?? 0
  const revision = revisionAfter(previous, call.now)
  const decision = await decide({ customer, revision, now: customer?.clockAt ?? call.now })
  if (!decision.ok) return decision
  const { change, answer } = decision.value
  const token = (version: number, of = revision) =>
    encodeToken({ customerId, revision: of, version, catalogueRevision: 0 })
  if (change === undefined) return ok(completed(answer, token(0, previous), standing(customer)))
  const subject = `customer:${customerId}`
  const told = await toldWith(call, customer, change)
  const bump = database(call.ports.db)
    .update(customers)
    .set({ revision, nextDue: dueAgain(call), toldUntil: told.until })
    .where(eq(customers.id, customerId))
    .returning({ syncedRevision: customers.syncedRevision })
  const kept = keeper.statements(completed(answer, token(0), 'pending'))
  const statements = [...change.statements, bump, ...kept]
  const outcome = await commit(call, {
    ...change,
    events: told.events,
    subject,
    previous,
    revision,
    statements,
  })
  if (outcome === 'lost') return outcome
  const hasObject = isSynced(outcome[change.statements.length])
  const { version, propagation } = await propagateCustomer(call, {
    customerId,
    revision,
    hasObject,
  })
  const final = completed(answer, token(version), propagation)
  // Should it fail, a repeated request hears `pending`, which promises less and is no lie.
  if (propagation === 'done') await keeper.replace(final).catch(() => undefined)
  return ok(final)
}

/** What is told with a change, and until when the customer has then been told everything. */
async function toldWith(
  { ports, now: realNow }: Changing,
  customer: CustomerRow | null,
  { facts, events = [] }: CustomerChange,
): Promise<{ readonly events: readonly NewEvent[]; readonly until: SQL }> {
  if (facts === null) return { events, until: sql`${customers.toldUntil}` }
  const clockAt = facts.clockAt === undefined ? (customer?.clockAt ?? null) : facts.clockAt
  const now = clockAt ?? realNow
  const until = sql`max(${customers.toldUntil}, ${now})`
  return { events: await eventsOfChange(ports, { customer, news: facts, events, now }), until }
}

/**
 * Where there is no object to say when time will change something, the next tick finds it out. One that has come
 * to be meanwhile has spoken already. Who has a clock is never due: only moving it changes anything.
 */
function dueAgain({ ports, now }: Changing): SQL {
  return sql`CASE WHEN ${sql.raw(clockIn(ports))} IS NOT NULL THEN NULL
    WHEN ${customers.syncedRevision} IS NULL THEN ${now} ELSE ${customers.nextDue} END`
}

/** Whether there was an object when the change was committed: one may have come to be since the customer was read. */
function isSynced(bumped: unknown): boolean {
  // What the statement above returns, which drizzle cannot type in a batch of unknown length.
  const [row] = bumped as readonly Pick<CustomerRow, 'syncedRevision'>[]
  return row !== undefined && row.syncedRevision !== null
}

/** How far the last change has come, where this one is none. */
export function standing(customer: CustomerRow | null): Propagation {
  const applied = customer?.syncedRevision ?? null
  return applied === null || customer === null || applied >= customer.revision ? 'done' : 'pending'
}

function completed(
  { body, ...rest }: CustomerAnswer,
  consistencyToken: string,
  propagation: Propagation,
): Answer {
  return { ...rest, body: { ...body, propagation }, consistencyToken }
}
