/** Subscriptions: taking one, and everything that is done to one afterwards. */
import { eq } from 'drizzle-orm'
import type { Action } from '../../entitlements/effects.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { ID_RANDOM_BYTES, newId } from '../../schema/ids.ts'
import { subscriptions } from '../../schema/tables/customers.ts'
import type { SubscriptionInput } from '../../schema/wire/subscription.ts'
import { eventsOfSubscription } from '../events/of-subscription.ts'
import type { Failure } from '../failures.ts'
import { reflect } from '../payments/reflect.ts'
import type { Call, Outcome } from '../route.ts'
import { type Acted, acted, type Decide, heard, isLate, type Told } from './actions.ts'
import { changeCustomer, type Changing, type CustomerDecision } from './customer-change.ts'
import { database, type Statement } from './database.ts'
import { type Holder, readHolder } from './holder.ts'
import { purchased } from './purchase.ts'
import { AT_ONCE, type SubscriptionRow } from './subscription-row.ts'
import { subscriptionTag, subscriptionView } from './subscription-view.ts'

/** What these use cases need of a call. */
export type Subscribing = Changing & Pick<Call, 'graceDays' | 'environment'>

/** Gives a customer a plan: access begins at the start, which may be now. */
export function createSubscription(
  call: Subscribing,
  customerId: string,
  input: SubscriptionInput,
): Promise<Outcome> {
  return changeCustomer(call, customerId, async (draft) => {
    const holder = await readHolder(call, customerId, draft)
    if (!holder.ok) return holder
    const id = newId('sub', call.now, call.ports.random.bytes(ID_RANDOM_BYTES))
    const bought = purchased(holder.value, input, id)
    if (!bought.ok) return bought
    return ok(taking(call, { ...bought.value, revision: draft.revision }, draft.now))
  })
}

/** The change by which a subscription comes to be. */
export function taking(
  { ports }: Pick<Call, 'ports'>,
  row: SubscriptionRow,
  now: Instant,
): CustomerDecision {
  const statement = database(ports.db).insert(subscriptions).values(row)
  const body = subscriptionView(row, now)
  const events = eventsOfSubscription({ acts: ['create'], before: null, after: row, now })
  return {
    change: {
      ...changeOf('create', { before: null, after: body, statement, id: row.id }),
      events,
      facts: { subscriptions: [row] },
    },
    answer: { status: 201, body, etag: subscriptionTag(body) },
  }
}

/**
 * Does what `decide` makes of the request to a subscription, if the lifecycle allows it.
 *
 * What is told of a provider and came too late is answered with `ignored: true`; what has no effect, such as
 * the second failure of one payment, leaves no trace.
 */
export async function actOnSubscription(
  call: Subscribing,
  subscriptionId: string,
  decide: Decide,
  told: Told = {},
): Promise<Outcome> {
  const found = await readSubscription(call, subscriptionId)
  if (found === null) return err({ code: 'subscription_not_found', subscriptionId })
  const { customerId } = found
  const outcome = await changeCustomer(call, customerId, async (draft) => {
    const [holder, row] = await Promise.all([
      readHolder(call, customerId, draft),
      readSubscription(call, subscriptionId),
    ])
    if (!holder.ok) return holder
    return row === null
      ? err({ code: 'subscription_not_found', subscriptionId })
      : decideOn(call, { holder: holder.value, row, revision: draft.revision }, decide, told)
  })
  if (outcome.ok) reflect(call, found)
  return outcome
}

/** The row of a subscription, whatever its status; null where there is none. */
export async function readSubscription(
  { ports }: Pick<Call, 'ports'>,
  subscriptionId: string,
): Promise<SubscriptionRow | null> {
  const byId = eq(subscriptions.id, subscriptionId)
  return (await database(ports.db).select().from(subscriptions).where(byId).get()) ?? null
}

/** A subscription that something is done to, with the customer who holds it. */
export interface Subject {
  readonly holder: Holder
  readonly row: SubscriptionRow
  /** Of the customer, once the change is committed. */
  readonly revision: number
}

function decideOn(
  call: Subscribing,
  subject: Subject,
  decide: Decide,
  told: Told,
): Result<CustomerDecision, Failure> {
  const { holder, row } = subject
  const { now } = holder
  const believable = heard(told, now)
  if (!believable.ok) return believable
  if (isLate(row, told)) return ok(unchanged(row, now, { ignored: true }))
  const outcome = acted(holder, row, decide)
  if (!outcome.ok) return outcome
  const next = { ...outcome.value.row, providerEventAt: told.occurredAt ?? row.providerEventAt }
  return ok(becoming(call, subject, { action: outcome.value.action, row: next }, told.reference))
}

/** What a subscription becomes. */
export interface Next extends Acted {
  /** All that was done, where it was more than the one thing that the log names. */
  readonly acts?: readonly Action[]
}

/**
 * The change by which a subscription becomes another; none where it stays as it is.
 *
 * @param reference What told it, for the log.
 */
export function becoming(
  { ports }: Pick<Call, 'ports'>,
  { holder: { now }, row, revision }: Subject,
  { action, acts = [action], row: next }: Next,
  reference?: string,
): CustomerDecision {
  if (JSON.stringify(next) === JSON.stringify(row)) return unchanged(row, now)
  const providerDueAt = next.providerReference === null ? null : AT_ONCE
  const { id, ...columns } = { ...next, revision, providerDueAt }
  const byId = eq(subscriptions.id, id)
  const statement = database(ports.db).update(subscriptions).set(columns).where(byId)
  const before = subscriptionView(row, now)
  const after = { ...next, revision }
  const body = subscriptionView(after, now)
  const about = reference === undefined ? {} : { reference }
  return {
    change: {
      ...changeOf(action, { before, after: { ...body, ...about }, statement, id }),
      events: eventsOfSubscription({ acts, before: row, after, now, about }),
      facts: { subscriptions: [after] },
    },
    answer: { body, etag: subscriptionTag(body) },
  }
}

/** The subscription as it is, with what is to be said besides. */
export function unchanged(row: SubscriptionRow, now: Instant, more: object = {}): CustomerDecision {
  const body = subscriptionView(row, now)
  return { answer: { body: { ...body, ...more }, etag: subscriptionTag(body) } }
}

interface Written {
  readonly id: string
  readonly before: object | null
  readonly after: object
  readonly statement: Statement
}

function changeOf(verb: Action | 'create', { id, before, after, statement }: Written) {
  const action = `subscriptions.${verb}`
  return { action, resource: `subscriptions/${id}`, before, after, statements: [statement] }
}
