/**
 * Hearing what a provider tells of a subscription: once, in the order in which it happened, and through the same
 * lifecycle table as everything else.
 *
 * The event is written down in the batch of its effect, so that it has one, however often and however many at a time it
 * is told. What has no effect is written down too, and is no failure: the provider need not tell it again.
 */
import { and, desc, eq } from 'drizzle-orm'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { phaseAt } from '../../entitlements/status.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import { subscriptions } from '../../schema/tables/customers.ts'
import { acted, type Held } from '../change/actions.ts'
import {
  changeCustomer,
  type CustomerDecision,
  type CustomerDraft,
} from '../change/customer-change.ts'
import { database } from '../change/database.ts'
import { readHolder } from '../change/holder.ts'
import {
  becoming,
  readSubscription,
  type Subject,
  type Subscribing,
  unchanged,
} from '../change/subscriptions.ts'
import type { SubscriptionRow } from '../change/subscription-row.ts'
import { subscriptionView } from '../change/subscription-view.ts'
import { eventsOfSubscription } from '../events/of-subscription.ts'
import type { Failure } from '../failures.ts'
import type { Call, Outcome } from '../route.ts'
import { actionFor, AS_IT_IS, TOLD_ON } from './action.ts'
import {
  hearAlone,
  type Heard,
  heardBefore,
  type HeardRow,
  type Hearing,
  hearing,
  isToldTwice,
} from './heard.ts'
import type { PaymentOutcome } from '../../schema/wire/payment.ts'
import { type HeardKind, heardKindOf, isBehind, moneyMark } from './order.ts'
import type { FactOfOne, PaymentEvent, SubscriptionRef } from './provider.ts'

/**
 * Applies an event of a subscription. The answer is the subscription with the `outcome`, or `duplicate: true`.
 *
 * Fails with `unavailable` where the provider names a subscription that is not known yet: its purchase may still be on
 * its way, so it has to tell it again.
 */
export async function applyPayment(
  call: Subscribing,
  event: PaymentEvent<FactOfOne>,
): Promise<Outcome> {
  const found = await findSubscription(call, event.provider, event.fact.subscription)
  if (!found.ok) return found
  const { id, customerId } = found.value
  return onceTold(call, event, () =>
    changeCustomer(call, customerId, (draft) => decide(call, { id, customerId }, event, draft)),
  )
}

/** Does the work of an event, unless it is told twice at a time: then the first has done it. */
export async function onceTold(
  call: Pick<Call, 'ports'>,
  event: Heard,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  try {
    return await work()
  } catch (thrown) {
    const earlier = isToldTwice(thrown) ? await heardBefore(call, event) : null
    if (earlier === null) throw thrown
    return ok(duplicateOf(earlier))
  }
}

/** The answer to an event that was told before. */
export function duplicateOf({ customerId, subscriptionId, outcome }: HeardRow) {
  return { body: { duplicate: true, outcome, customerId, subscriptionId } }
}

/** The subscription that a provider names; the newest, should several go by one reference. */
export async function findByReference(
  { ports }: Pick<Call, 'ports'>,
  provider: string,
  reference: string,
): Promise<SubscriptionRow | null> {
  const named = and(
    eq(subscriptions.providerName, provider),
    eq(subscriptions.providerReference, reference),
  )
  const newest = desc(subscriptions.id)
  const found = database(ports.db).select().from(subscriptions).where(named).orderBy(newest)
  return (await found.limit(1).get()) ?? null
}

async function findSubscription(
  call: Pick<Call, 'ports'>,
  provider: string,
  ref: SubscriptionRef,
): Promise<Result<SubscriptionRow, Failure>> {
  if ('id' in ref) {
    const row = await readSubscription(call, ref.id)
    return row ? ok(row) : err({ code: 'subscription_not_found', subscriptionId: ref.id })
  }
  const row = await findByReference(call, provider, ref.reference)
  const because = `No subscription goes by the reference '${ref.reference}' yet. Nothing was written down: send the event again, with the same id.`
  return row ? ok(row) : err({ code: 'unavailable', because })
}

interface Named {
  readonly id: string
  readonly customerId: string
}

async function decide(
  call: Subscribing,
  { id, customerId }: Named,
  event: PaymentEvent<FactOfOne>,
  draft: CustomerDraft,
): Promise<Result<CustomerDecision, Failure>> {
  const [holder, row, earlier] = await Promise.all([
    readHolder(call, customerId, draft),
    readSubscription(call, id),
    heardBefore(call, event),
  ])
  if (earlier !== null) return ok({ answer: duplicateOf(earlier) })
  if (!holder.ok) return holder
  if (row === null) return err({ code: 'subscription_not_found', subscriptionId: id })
  const subject = { holder: holder.value, row, revision: draft.revision }
  const decided = (await isBehind(call, row, event))
    ? ok(as('late', unchanged(row, draft.now)))
    : judge(call, subject, event)
  if (!decided.ok) return decided
  const { outcome, decision, kind = heardKindOf(event.fact) } = decided.value
  const heard = { ...event, fact: { kind } }
  return ok(await withHearing(call, heard, decision, { customerId, subscriptionId: id, outcome }))
}

interface Judged {
  readonly outcome: PaymentOutcome
  readonly decision: CustomerDecision
  /** What it is written down as, where it turned out to be another thing than it seemed. */
  readonly kind?: HeardKind
}

const as = (outcome: PaymentOutcome, decision: CustomerDecision): Judged => ({ outcome, decision })

/** What the lifecycle table makes of it. */
function judge(
  call: Subscribing,
  subject: Subject,
  event: PaymentEvent<FactOfOne>,
): Result<Judged, Failure> {
  const { holder, row } = subject
  const { now } = holder
  const held: Held = { holder, row, terms: phaseAt(subscriptionOf(row), now) }
  const action = actionFor(held, event)
  if (!action.ok) return action
  const { value } = action
  if (value === TOLD_ON) return ok(as('no_effect', told(subject, event)))
  if (value === AS_IT_IS) {
    const same = as('applied', unchanged(row, now))
    return ok(event.fact.kind === 'changed' ? { ...same, kind: 'change_confirmed' } : same)
  }
  const done = acted(holder, row, () => ok(value))
  if (!done.ok) return isRefusal(done.error) ? ok(as('refused', unchanged(row, now))) : done
  const next = { ...done.value.row, providerEventAt: moneyMark(row, event) }
  return ok(as('applied', becoming(call, subject, { ...done.value, row: next }, event.id)))
}

/** What the table refuses it will refuse again, so nobody has to tell it again. */
function isRefusal({ code }: Failure): boolean {
  return code === 'transition_refused' || code === 'base_subscription_exists'
}

/** Money that is asked or given back without an effect is still worth an entry in the log, and telling. */
function told({ holder, row }: Subject, { fact, id }: PaymentEvent<FactOfOne>): CustomerDecision {
  const { now } = holder
  const same = unchanged(row, now)
  if (fact.kind !== 'disputed' && fact.kind !== 'refunded') return same
  const act = fact.kind === 'disputed' ? 'dispute' : 'refund'
  const about = { full: false, amount: fact.amount, reference: id }
  const before = subscriptionView(row, now)
  const events = eventsOfSubscription({ acts: [act], before: row, after: row, now, about })
  return {
    ...same,
    change: {
      action: `subscriptions.${act}`,
      resource: `subscriptions/${row.id}`,
      before,
      after: { ...before, ...about },
      statements: [],
      events,
      facts: null,
    },
  }
}

/** The decision with its event: in its batch, or, where it changes nothing, alone. */
export async function withHearing(
  call: Pick<Call, 'ports' | 'now'>,
  event: Heard,
  { change, answer }: CustomerDecision,
  what: Hearing,
): Promise<CustomerDecision> {
  const body = { ...answer.body, outcome: what.outcome }
  if (change === undefined) {
    await hearAlone(call, event, what)
    return { answer: { ...answer, body } }
  }
  const statements = [...change.statements, hearing(call, event, what)]
  return { answer: { ...answer, body }, change: { ...change, statements } }
}
