/**
 * A checkout that is paid: customer, subscription and session in one batch. Told twice, it is done once; two of one
 * customer at the same instant come one after the other.
 */
import { ok, err, type Result } from '../../entitlements/result.ts'
import { ID_RANDOM_BYTES, newId } from '../../schema/ids.ts'
import { customers } from '../../schema/tables/customers.ts'
import { entryOf } from '../change/commit.ts'
import {
  changeCustomer,
  type CustomerAnswer,
  type CustomerChange,
  type CustomerDecision,
  type CustomerDraft,
  type CustomerRow,
} from '../change/customer-change.ts'
import { newCustomerRow, statedCustomer } from '../change/customers.ts'
import { database } from '../change/database.ts'
import { readHolder } from '../change/holder.ts'
import { becoming, type Subscribing, taking } from '../change/subscriptions.ts'
import { eventsOfCustomer } from '../events/of-customer.ts'
import type { Failure } from '../failures.ts'
import { relisted } from '../listed.ts'
import type { Call, Outcome } from '../route.ts'
import { onceTold, withHearing } from './apply.ts'
import { type Bought, bought, honouring, type Payment } from './checkout-purchase.ts'
import { withCleared } from './checkout-room.ts'
import {
  buyerOf,
  readSession,
  type SessionRow,
  sessionChange,
  sessionStatement,
  sessionTag,
  sessionView,
  statusOf,
  successOf,
} from './checkout-session.ts'
import { PROBLEMS } from '../problems.ts'
import { refuseCheckout } from './checkout-refuse.ts'
import type { CheckoutCompleted, PaymentEvent } from './provider.ts'
import { SANDBOX } from './sandbox.ts'

/**
 * Does what a payment on a checkout page bought, and writes the event down with it. Told again, it is answered as before.
 *
 * Fails with `session_not_found`, and `unavailable`; a page of ours also with `session_closed` and what a purchase fails
 * with. What another provider has taken money for and cannot be had is written down as `refused`.
 */
export async function completeCheckout(
  call: Subscribing,
  event: PaymentEvent<CheckoutCompleted>,
): Promise<Outcome> {
  const { sessionId } = event.fact
  const found = await readSession(call, sessionId)
  if (found === null) return err({ code: 'session_not_found', sessionId })
  // The provider's word is its own key: what it was answered before is found in the session.
  const keyless = { ...call, idempotencyKey: null }
  const outcome = await onceTold(call, event, () =>
    changeCustomer(keyless, buyerOf(found), async (draft) => {
      const session = await readSession(call, sessionId)
      return session === null
        ? err({ code: 'session_not_found', sessionId })
        : decide(call, session, event, draft)
    }),
  )
  // No money was taken, or it is not known yet what it comes to.
  if (outcome.ok || event.provider === SANDBOX || PROBLEMS[outcome.error.code].status >= 500)
    return outcome
  return refuseCheckout(call, event, outcome.error)
}

async function decide(
  call: Subscribing,
  session: SessionRow,
  event: PaymentEvent<CheckoutCompleted>,
  draft: CustomerDraft,
): Promise<Result<CustomerDecision, Failure>> {
  if (session.completedAt !== null) {
    const decision = { answer: answerOf(session, call) }
    return ok(
      await withHearing(call, event, decision, { ...whomOf(session), outcome: 'no_effect' }),
    )
  }
  const closed = closedBy(session, event, call)
  if (closed !== null) return err(closed)
  const completed = await completion(call, session, paymentOf(event), draft)
  if (!completed.ok) return completed
  const { decision, session: after } = completed.value
  // It has been written down as refused before.
  if (session.refusedBecause !== null) return ok(decision)
  return ok(await withHearing(call, event, decision, { ...whomOf(after), outcome: 'applied' }))
}

/** What completing a session comes to. */
export interface Completion {
  readonly decision: CustomerDecision
  readonly session: SessionRow
}

/** Completes a session; it need not be stored yet. */
export async function completion(
  call: Subscribing,
  session: SessionRow,
  payment: Payment,
  draft: CustomerDraft,
): Promise<Result<Completion, Failure>> {
  const customer = draft.customer ?? newBuyer(buyerOf(session), call)
  const read = await readHolder(call, customer.id, { ...draft, customer })
  if (!read.ok) return read
  const holder = honouring(read.value, session)
  const id = newId('sub', call.now, call.ports.random.bytes(ID_RANDOM_BYTES))
  const purchase = bought(holder, session, payment, id)
  if (!purchase.ok) return purchase
  const { revision } = draft
  const { row, before, acts, cleared } = purchase.value
  const subject = { holder, row: before ?? row, revision }
  const decision =
    before === null
      ? taking(call, { ...row, revision }, draft.now)
      : becoming(call, subject, { action: 'change', acts, row })
  const replacedReference = replacedBy(purchase.value)
  const paid = {
    ...session,
    customerId: customer.id,
    subscriptionId: row.id,
    customerRevision: revision,
    replacedReference,
    refusedBecause: null,
    // Until the provider has ended what the purchase took the place of.
    providerDueAt: replacedReference === null ? null : call.now,
    completedAt: call.now,
  }
  const url = session.providerName === null ? successOf(paid) : session.url
  const closing = sessionChange(call, session, { ...paid, url })
  const { change: done = { ...closing.change, facts: null, statements: [] } } = decision
  const roomy = withCleared(call, { holder, revision }, cleared, done)
  const change = withBuyer(call, draft, customer, roomy)
  const statements = [
    ...change.statements,
    sessionStatement(call, closing.row),
    // The session's own compare-and-set: whoever closes it meanwhile comes first.
    entryOf(call, closing.change),
  ]
  const answer = answerOf(closing.row, call)
  return ok({ decision: { change: { ...change, statements }, answer }, session: closing.row })
}

/** The row of a customer who comes to be by buying. */
export function newBuyer(id: string, call: Pick<Call, 'now'>): CustomerRow {
  return { ...newCustomerRow(id, call), ...statedCustomer({}), revision: 0 }
}

export function answerOf(session: SessionRow, { now }: Pick<Call, 'now'>): CustomerAnswer {
  const body = sessionView(session, now)
  return { body, etag: sessionTag(body) }
}

function whomOf({ customerId, subscriptionId }: SessionRow) {
  return { customerId, subscriptionId }
}

/** A page of ours is closed when we say so; what another provider has taken is taken. */
function closedBy(
  session: SessionRow,
  { provider }: PaymentEvent,
  { now }: Pick<Call, 'now'>,
): Failure | null {
  const status = statusOf(session, now)
  if (status !== 'expired' || provider !== SANDBOX) return null
  return { code: 'session_closed', sessionId: session.id, status }
}

function paymentOf({ provider: name, occurredAt, fact }: PaymentEvent<CheckoutCompleted>): Payment {
  const { reference, period } = fact
  return {
    provider: reference === null ? null : { name, reference },
    period,
    occurredAt,
    // A page of ours takes none: it asks first.
    isTaken: name !== SANDBOX,
  }
}

/** What the provider called the running subscription before it was bought anew from them. Another's is not theirs to end. */
function replacedBy({ before, row }: Bought): string | null {
  if (before === null || before.providerName !== row.providerName) return null
  return before.providerReference === row.providerReference ? null : before.providerReference
}

/** Makes the customer with the change, or brings back one that was archived meanwhile. */
function withBuyer(
  { ports }: Pick<Call, 'ports'>,
  { customer: former, revision, now }: CustomerDraft,
  customer: CustomerRow,
  change: CustomerChange,
): CustomerChange {
  if (former !== null && former.archivedAt === null) return change
  const row = { ...customer, archivedAt: null, revision }
  const set = { archivedAt: null, revision }
  const made = database(ports.db)
    .insert(customers)
    .values(row)
    .onConflictDoUpdate({ target: customers.id, set })
  const back = former === null ? [] : relisted(ports, former.id)
  const events = [...eventsOfCustomer(former, row, now), ...(change.events ?? [])]
  const facts = former === null ? { ...change.facts, customer: row } : change.facts
  return { ...change, events, facts, statements: [made, ...back, ...change.statements] }
}
