/** How money is asked for and moves: invoices, what a card makes of them, and what is given back. */
import type Stripe from 'stripe'
import { type Account, found, Refused, idOf } from './account.ts'
import { invoiceOf, invoicePaymentOf, type LineFields, lineOf } from './bills.ts'
import type { Notes } from './goods.ts'
import { chargeOf, disputeOf, paymentIntentOf, refundOf } from './payments.ts'

/**
 * Bills lines to a subscription: paid where the card works, open where it does not, void where collection is paused.
 * The subscription is past due from then on, or paid up.
 */
export function bill(
  account: Account,
  subscription: Stripe.Subscription,
  reason: Stripe.Invoice.BillingReason,
  lines: readonly LineFields[],
): Stripe.Subscription {
  const id = account.newId('in')
  const draft = invoiceOf({
    id,
    created: account.now,
    subscription,
    reason,
    lines: lines.map((line) => lineOf(account.newId('il'), id, line)),
  })
  account.invoices.set(id, draft)
  account.tell('invoice.created', draft)
  account.tell('invoice.finalized', draft)
  const latest = save(account, { ...subscription, latest_invoice: id })
  if (subscription.pause_collection?.behavior === 'void') {
    const voided_at = account.now
    const voided: Stripe.Invoice = {
      ...draft,
      status: 'void',
      status_transitions: { ...draft.status_transitions, voided_at },
    }
    account.invoices.set(id, voided)
    account.tell('invoice.voided', voided)
    return latest
  }
  return collect(account, latest, draft)
}

/** Tries to have an open invoice paid. */
export function collect(
  account: Account,
  subscription: Stripe.Subscription,
  invoice: Stripe.Invoice,
): Stripe.Subscription {
  const customer = idOf(subscription.customer)
  const works = !account.declined.has(customer)
  const attempted = {
    ...invoice,
    attempted: true,
    attempt_count: invoice.attempt_count + 1,
  }
  if (works || invoice.amount_due === 0) {
    const paid: Stripe.Invoice = {
      ...attempted,
      amount_paid: invoice.amount_due,
      amount_remaining: 0,
      status: 'paid',
      status_transitions: { ...invoice.status_transitions, paid_at: account.now },
    }
    account.invoices.set(invoice.id, paid)
    if (invoice.amount_due > 0) payFor(account, paid, customer, true)
    const settled = hasDebt(account, subscription)
      ? subscription
      : save(account, { ...subscription, status: restored(account, subscription) })
    account.tell('invoice.paid', paid)
    account.tell('invoice.payment_succeeded', paid)
    return settled
  }
  account.invoices.set(invoice.id, attempted)
  payFor(account, attempted, customer, false)
  const owing = save(account, { ...subscription, status: 'past_due' })
  account.tell('invoice.payment_failed', attempted)
  return owing
}

/** A payment that belongs to no invoice. */
export function payOnce(
  account: Account,
  { amount, currency, customer }: { amount: number; currency: string; customer: string },
  metadata: Notes,
): Stripe.PaymentIntent {
  const fields = { created: account.now, amount, currency, customer, metadata }
  const intentId = account.newId('pi')
  const charge = chargeOf({ ...fields, id: account.newId('ch') }, intentId, true)
  const intent = paymentIntentOf({ ...fields, id: intentId }, charge.id, true)
  account.charges.set(charge.id, charge)
  account.intents.set(intent.id, intent)
  account.tell('charge.succeeded', charge)
  return intent
}

/** Gives a payment back, the rest of it where no amount is named. */
export function refund(account: Account, intentId: string, amount?: number): Stripe.Refund {
  const charge = chargeOfIntent(account, intentId)
  const left = charge.amount - charge.amount_refunded
  if (!charge.paid || left === 0)
    throw new Refused(`Charge ${charge.id} has already been refunded.`, {
      code: 'charge_already_refunded',
    })
  if (amount !== undefined && amount > left)
    throw new Refused('Refund amount is greater than unrefunded amount on charge.', {
      param: 'amount',
    })
  const made = refundOf(account.newId('re'), account.now, charge, amount ?? left)
  const amount_refunded = charge.amount_refunded + made.amount
  const after = { ...charge, amount_refunded, refunded: amount_refunded === charge.amount }
  account.charges.set(charge.id, after)
  account.refunds.set(made.id, made)
  account.tell('refund.created', made)
  account.tell('charge.refunded', after)
  return made
}

/** A bank takes a payment back until somebody has decided who is right. */
export function dispute(account: Account, intentId: string): void {
  const charge = chargeOfIntent(account, intentId)
  account.charges.set(charge.id, { ...charge, disputed: true })
  account.tell('charge.dispute.created', disputeOf(account.newId('du'), account.now, charge))
}

/** The payment of an invoice that went through. */
export function intentOfInvoice(account: Account, invoiceId: string): string {
  const payment = [...account.invoicePayments.values()].find(
    ({ invoice, status }) => invoice === invoiceId && status === 'paid',
  )
  return idOf(payment?.payment.payment_intent)
}

/** Keeps a subscription and tells of it. */
export function save(account: Account, subscription: Stripe.Subscription): Stripe.Subscription {
  account.subscriptions.set(subscription.id, subscription)
  account.tell('customer.subscription.updated', subscription)
  return subscription
}

/** The open invoices of a subscription, the oldest first. */
export function openInvoices(account: Account, { id }: Stripe.Subscription): Stripe.Invoice[] {
  return [...account.invoices.values()].filter(
    ({ status, parent }) => status === 'open' && parent?.subscription_details?.subscription === id,
  )
}

function hasDebt(account: Account, subscription: Stripe.Subscription): boolean {
  return openInvoices(account, subscription).length > 0
}

function restored(account: Account, { status, trial_end }: Stripe.Subscription) {
  const isInTrial = trial_end !== null && trial_end > account.now
  return status === 'canceled' ? status : isInTrial ? 'trialing' : 'active'
}

function payFor(
  account: Account,
  invoice: Stripe.Invoice,
  customer: string,
  succeeded: boolean,
): void {
  const { amount_due: amount, currency } = invoice
  const fields = { created: account.now, amount, currency, customer, metadata: {} }
  const intentId = account.newId('pi')
  const charge = chargeOf({ ...fields, id: account.newId('ch') }, intentId, succeeded)
  const intent = paymentIntentOf({ ...fields, id: intentId }, charge.id, succeeded)
  const payment = invoicePaymentOf(account.newId('inpay'), invoice, intentId)
  account.charges.set(charge.id, charge)
  account.intents.set(intentId, intent)
  account.invoicePayments.set(payment.id, payment)
  account.tell(succeeded ? 'charge.succeeded' : 'charge.failed', charge)
}

function chargeOfIntent(account: Account, intentId: string): Stripe.Charge {
  const { latest_charge } = found(account.intents, 'payment_intent', intentId)
  return found(account.charges, 'charge', idOf(latest_charge))
}
