/** Subscriptions over HTTP: each handler says what is to be done, `worker/change/` does it. */
import { and, desc, eq, lt, type SQL } from 'drizzle-orm'
import { ownClock } from '../../durable-objects/own-clock.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { err, ok } from '../../entitlements/result.ts'
import type { SubscriptionStatus } from '../../entitlements/subscription.ts'
import { customers, subscriptions } from '../../schema/tables/customers.ts'
import type { DryRunQuery } from '../../schema/wire/preview.ts'
import type {
  Cancellation,
  ProviderEvent,
  Refund,
  Renewal,
  SubscriptionChange,
  SubscriptionInput,
} from '../../schema/wire/subscription.ts'
import { changeOf, type Decide, paymentFailed } from '../change/actions.ts'
import { readCustomer } from '../change/customer-change.ts'
import { database } from '../change/database.ts'
import { actOnSubscription, createSubscription } from '../change/subscriptions.ts'
import type { SubscriptionRow } from '../change/subscription-row.ts'
import { subscriptionTag, subscriptionView } from '../change/subscription-view.ts'
import { page, type PageQuery } from '../paging.ts'
import { previewChange } from '../preview/subscription.ts'
import type { Call, Handler, Outcome } from '../route.ts'

interface One {
  readonly subscriptionId: string
}

interface OfCustomer {
  readonly customerId: string
}

interface Filter extends PageQuery {
  readonly status?: SubscriptionStatus
  readonly planId?: string
}

interface HeldRow {
  readonly row: SubscriptionRow
  /** Of the customer who holds it. */
  readonly clockAt: Instant | null
}

type Act<B = unknown> = Handler<One, unknown, B>

export const postSubscription: Handler<OfCustomer, unknown, SubscriptionInput> = (call) =>
  createSubscription(call, call.params.customerId, call.body)

export const getSubscription: Handler<One> = async ({ ports, params, now }) => {
  const { subscriptionId } = params
  const found = await held({ ports }).where(eq(subscriptions.id, subscriptionId)).get()
  if (found === undefined) return err({ code: 'subscription_not_found', subscriptionId })
  const body = heldView({ ports, now }, found)
  return ok({ body, etag: subscriptionTag(body) })
}

/** By plan and status as far as lists know them: time alone reaches these filters within a minute. */
export const listSubscriptions: Handler<unknown, Filter> = (call) => {
  const { status, planId } = call.query
  return pageOf(
    call,
    and(
      status && eq(subscriptions.status, status),
      planId === undefined ? undefined : eq(subscriptions.planId, planId),
    ),
  )
}

export const listCustomerSubscriptions: Handler<OfCustomer, PageQuery> = async (call) => {
  const { customerId } = call.params
  if ((await readCustomer(call, customerId)) === null) {
    return err({ code: 'customer_not_found', customerId })
  }
  return pageOf(call, eq(subscriptions.customerId, customerId))
}

export const changeSubscription: Handler<One, DryRunQuery, SubscriptionChange> = (call) => {
  const { subscriptionId } = call.params
  const decide: Decide = (held) => changeOf(held, call.body)
  return call.query.dryRun
    ? previewChange(call, subscriptionId, decide)
    : actOnSubscription(call, subscriptionId, decide)
}

export const cancelSubscription: Act<Cancellation> = (call) => {
  const { at, when = 'period_end' } = call.body
  const action = { action: 'cancel', when: at === undefined ? when : { at } } as const
  return actOnSubscription(call, call.params.subscriptionId, () => ok(action))
}

export const undoSubscriptionChange: Act = (call) => act(call, 'undo')
export const pauseSubscription: Act = (call) => act(call, 'pause')
export const resumeSubscription: Act = (call) => act(call, 'resume')
export const endTrial: Act = (call) => act(call, 'end_trial')

export const renewSubscription: Act<Renewal> = (call) => {
  const action = { action: 'renew', period: call.body.period ?? null } as const
  return actOnSubscription(call, call.params.subscriptionId, () => ok(action), call.body)
}

export const recordPaymentFailed: Act<ProviderEvent> = (call) =>
  actOnSubscription(
    call,
    call.params.subscriptionId,
    (held) => ok(paymentFailed(held, call.body)),
    call.body,
  )

export const recordPaymentSucceeded: Act<ProviderEvent> = (call) => {
  const action = { action: 'payment_succeeded', period: null } as const
  return actOnSubscription(call, call.params.subscriptionId, () => ok(action), call.body)
}

export const refundSubscription: Act<Refund> = (call) => {
  const action = { action: 'refund', full: call.body.full } as const
  return actOnSubscription(call, call.params.subscriptionId, () => ok(action), call.body)
}

/** What needs nothing but its name. */
function act(call: Call<One>, action: 'undo' | 'pause' | 'resume' | 'end_trial'): Promise<Outcome> {
  return actOnSubscription(call, call.params.subscriptionId, () => ok({ action }))
}

/** Newest first: the ids sort by when they were made. */
function pageOf(call: Call<unknown, PageQuery>, filter: SQL | undefined): Promise<Outcome> {
  return page(
    call,
    {
      name: 'subscriptions',
      positionOf: ({ row }: HeldRow) => [row.id],
      read: (after, count) =>
        held(call)
          .where(and(filter, after === null ? undefined : lt(subscriptions.id, String(after[0]))))
          .orderBy(desc(subscriptions.id))
          .limit(count),
    },
    (each) => heldView(call, each),
  )
}

/** The subscription at the time of whoever holds it. */
function heldView({ ports, now }: Pick<Call, 'ports' | 'now'>, held: HeldRow) {
  const { row, clockAt } = ownClock(ports, held)
  return subscriptionView(row, clockAt ?? now)
}

/** Rows with the clock of the customer who holds them. */
function held({ ports }: Pick<Call, 'ports'>) {
  return database(ports.db)
    .select({ row: subscriptions, clockAt: customers.clockAt })
    .from(subscriptions)
    .innerJoin(customers, eq(customers.id, subscriptions.customerId))
}
