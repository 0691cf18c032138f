/** Somebody has taken a plan at a provider: the customer, where it is new, and the subscription come to be in one batch. */
import { transition } from '../../entitlements/lifecycle.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { phaseAt, statusAt } from '../../entitlements/status.ts'
import { ID_RANDOM_BYTES, newId } from '../../schema/ids.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import { customers } from '../../schema/tables/customers.ts'
import { acted, changeOf } from '../change/actions.ts'
import {
  changeCustomer,
  type CustomerDecision,
  type CustomerDraft,
  type CustomerRow,
} from '../change/customer-change.ts'
import { newCustomerRow, statedCustomer } from '../change/customers.ts'
import { database } from '../change/database.ts'
import { type Holder, readHolder } from '../change/holder.ts'
import { purchased } from '../change/purchase.ts'
import {
  becoming,
  type Subject,
  type Subscribing,
  taking,
  unchanged,
} from '../change/subscriptions.ts'
import { changedRow } from '../change/subscription-row.ts'
import { eventsOfCustomer } from '../events/of-customer.ts'
import type { Failure } from '../failures.ts'
import type { Outcome } from '../route.ts'
import { duplicateOf, findByReference, onceTold, withHearing } from './apply.ts'
import { clearedBy, withCleared } from './checkout-room.ts'
import { heardBefore } from './heard.ts'
import { isTakenAnew } from './order.ts'
import type { PaymentEvent, Subscribed } from './provider.ts'

/**
 * Gives a customer what was taken at a provider. A base subscription that nobody bills yet is taken over by it.
 *
 * Fails as the purchase of it would: with `base_subscription_exists` while one that is billed already is in the way, so that
 * the provider tells it again once that one has ended.
 */
export function applySubscribed(
  call: Subscribing,
  event: PaymentEvent<Subscribed>,
): Promise<Outcome> {
  const { id } = event.fact.customer
  return onceTold(call, event, () =>
    changeCustomer(call, id, (draft) => decide(call, event, draft)),
  )
}

async function decide(
  call: Subscribing,
  event: PaymentEvent<Subscribed>,
  draft: CustomerDraft,
): Promise<Result<CustomerDecision, Failure>> {
  const { fact, provider } = event
  const [earlier, known] = await Promise.all([
    heardBefore(call, event),
    findByReference(call, provider, fact.reference),
  ])
  if (earlier !== null) return ok({ answer: duplicateOf(earlier) })
  if (known !== null && !(await isTakenAnew(call, known, event, draft.now))) {
    const { id: subscriptionId, customerId } = known
    if (customerId !== fact.customer.id) {
      return err({ code: 'already_exists', resource: 'subscription', id: fact.reference })
    }
    const what = { customerId, subscriptionId, outcome: 'no_effect' } as const
    return ok(await withHearing(call, event, unchanged(known, draft.now), what))
  }
  const customer = draft.customer ?? customerFrom(call, fact, draft.revision)
  const holder = await readHolder(call, customer.id, { ...draft, customer })
  if (!holder.ok) return holder
  const taken = takenBy(call, holder.value, event, draft.revision)
  if (!taken.ok) return taken
  const { subscriptionId, decision } = taken.value
  const what = { customerId: customer.id, subscriptionId, outcome: 'applied' } as const
  const heard = await withHearing(call, event, decision, what)
  return ok(draft.customer === null ? withCustomer(call, heard, customer) : heard)
}

interface Taken {
  readonly subscriptionId: string
  readonly decision: CustomerDecision
}

function takenBy(
  call: Subscribing,
  holder: Holder,
  event: PaymentEvent<Subscribed>,
  revision: number,
): Result<Taken, Failure> {
  const unbilled = unbilledBase(holder, event.fact)
  return unbilled === undefined
    ? bought(call, holder, event, revision)
    : takenOver(call, { holder, row: unbilled, revision }, event)
}

/** A new subscription. What happened to it there before this word of it, such as its first payment, still counts. */
function bought(
  call: Subscribing,
  holder: Holder,
  { provider, fact }: PaymentEvent<Subscribed>,
  revision: number,
): Result<Taken, Failure> {
  const { now } = holder
  const { kind: _kind, customer: _customer, reference, period, ...asked } = fact
  // One trial per customer and plan: what the provider tries again it gives all the same, so it is had without ours.
  const input = holder.triedPlanIds.has(fact.planId) ? { ...asked, trialDays: 0 } : asked
  const isBase = holder.plans.get(fact.planId)?.kind === 'base'
  const isNow = (fact.startAt ?? now) <= now
  const cleared = isBase && isNow ? clearedBy(holder, false) : []
  const id = newId('sub', call.now, call.ports.random.bytes(ID_RANDOM_BYTES))
  const row = purchased(holder, { ...input, provider: { name: provider, reference } }, id)
  if (!row.ok) return row
  const dated = transition(subscriptionOf(row.value), { action: 'renew', period }, now)
  const made = dated.ok ? changedRow(row.value, dated.value, now) : row.value
  const { answer, change } = taking(call, { ...made, revision }, now)
  const roomy = change && withCleared(call, { holder, revision }, cleared, change)
  return ok({ subscriptionId: id, decision: { answer, ...(roomy && { change: roomy }) } })
}

/** A running base subscription that no provider bills: a free plan, or a trial of the application's own. */
function unbilledBase(
  { subscriptions, plans, now }: Holder,
  { planId, startAt = now }: Subscribed,
) {
  if (plans.get(planId)?.kind !== 'base' || startAt > now) return undefined
  return subscriptions.find((row) => {
    const subscription = subscriptionOf(row)
    const isBase = plans.get(phaseAt(subscription, now).planId)?.kind === 'base'
    return isBase && row.providerName === null && statusAt(subscription, now) !== 'ended'
  })
}

/** Who takes a plan has done with what was decided about the former one. */
const AS_NEW = { cancelAt: null, cancelAtPeriodEnd: false, pausedAt: null }

/** The subscription goes on, on the plan that was taken; the provider bills it from now on. */
function takenOver(
  call: Subscribing,
  subject: Subject,
  { provider, id, fact }: PaymentEvent<Subscribed>,
): Result<Taken, Failure> {
  const { holder, row } = subject
  const { now } = holder
  const { planId, quantity, chargePeriod } = fact
  const asked = { planId, quantity, when: 'now', ...(chargePeriod && { chargePeriod }) } as const
  const done = acted(holder, row, (held) => changeOf(held, asked))
  if (!done.ok) return done
  const { action, row: changed } = done.value
  const payment = { action: 'payment_succeeded', period: fact.period } as const
  const paid = transition({ ...subscriptionOf(changed), ...AS_NEW }, payment, now)
  const next = {
    ...(paid.ok ? changedRow(changed, paid.value, now) : changed),
    providerName: provider,
    providerReference: fact.reference,
  }
  const decision = becoming(call, subject, { action, row: next }, id)
  return ok({ subscriptionId: row.id, decision })
}

function customerFrom(
  call: Subscribing,
  { customer: { id, name, email } }: Subscribed,
  revision: number,
): CustomerRow {
  const stated = statedCustomer({ ...(name && { name }), ...(email && { email }) })
  return { ...newCustomerRow(id, call), ...stated, revision }
}

/** The decision with the customer who comes to be by it. */
function withCustomer(
  { ports, now }: Subscribing,
  { change, answer }: CustomerDecision,
  customer: CustomerRow,
): CustomerDecision {
  if (change === undefined) return { answer }
  const statements = [database(ports.db).insert(customers).values(customer), ...change.statements]
  const events = [...eventsOfCustomer(null, customer, now), ...(change.events ?? [])]
  return { answer, change: { ...change, statements, events, facts: { ...change.facts, customer } } }
}
