/** Checkout pages: opened by the API, and paid, declined or left alone by whoever plays the customer. */
import type Stripe from 'stripe'
import { type Account, type Cart, found, makeCustomer, Refused, idOf } from './account.ts'
import type { Asked } from './endpoints.ts'
import { payOnce } from './invoicing.ts'
import type { Parameters } from './parameters.ts'
import { sessionOf } from './plans-ahead.ts'
import { subscribe } from './subscriptions.ts'

export const SESSION_PARAMETERS = [
  'mode',
  'client_reference_id',
  'customer',
  'customer_email',
  'customer_creation',
  'success_url',
  'cancel_url',
  'expires_at',
  'line_items[][price]',
  'line_items[][quantity]',
  'metadata[*]',
  'payment_intent_data[metadata][*]',
  'subscription_data[billing_cycle_anchor]',
  'subscription_data[metadata][*]',
  'subscription_data[proration_behavior]',
  'subscription_data[trial_end]',
  'subscription_data[trial_period_days]',
]

const HALF_HOUR = 1_800
const DAY = 86_400

export function openSession({ account, parameters }: Asked): Stripe.Checkout.Session {
  const mode = parameters.word('mode', ['subscription', 'payment'] as const) ?? 'payment'
  const price = found(account.prices, 'price', parameters.needed('line_items[0][price]'))
  if ((price.recurring !== null) !== (mode === 'subscription'))
    throw new Refused(`You cannot use this price in \`${mode}\` mode.`, { param: 'line_items' })
  const customer = parameters.text('customer') ?? null
  if (customer !== null) found(account.customers, 'customer', customer)
  if (customer !== null && parameters.has('customer_email'))
    throw new Refused('You may only specify one of these parameters: customer, customer_email.')
  const cart = cartFrom(account, parameters, price, mode)
  const id = account.newId('cs_test')
  const session = sessionOf({
    id,
    created: account.now,
    url: `https://checkout.stripe.com/c/pay/${id}`,
    mode,
    customer,
    email: parameters.text('customer_email') ?? null,
    reference: parameters.text('client_reference_id') ?? null,
    successUrl: parameters.needed('success_url'),
    cancelUrl: parameters.text('cancel_url') ?? null,
    expiresAt: expiryFrom(account, parameters),
    amount: (price.unit_amount ?? 0) * cart.quantity,
    currency: price.currency,
    metadata: parameters.notes('metadata'),
  })
  account.sessions.set(id, session)
  account.carts.set(id, cart)
  return session
}

/** The customer pays. Who was nobody before is a customer from now on. */
export function paySession(account: Account, id: string): Stripe.Checkout.Session {
  const session = openOne(account, id)
  const cart = found(account.carts, 'checkout.session', id)
  const email = session.customer_email ?? 'buyer@example.com'
  const customer = idOf(session.customer ?? makeCustomer(account, { email }).id)
  const paid: Stripe.Checkout.Session = {
    ...session,
    customer,
    status: 'complete',
    url: null,
    ...boughtFrom(account, customer, cart, session),
  }
  account.sessions.set(id, paid)
  account.tell('checkout.session.completed', paid)
  return paid
}

export function expireSession(account: Account, id: string): Stripe.Checkout.Session {
  const expired: Stripe.Checkout.Session = { ...openOne(account, id), status: 'expired', url: null }
  account.sessions.set(id, expired)
  account.tell('checkout.session.expired', expired)
  return expired
}

function boughtFrom(
  account: Account,
  customer: string,
  cart: Cart,
  { mode, currency, amount_total }: Stripe.Checkout.Session,
) {
  if (mode === 'subscription') {
    const subscription = subscribe(account, customer, cart)
    const payment_status = cart.trialEnd === null ? 'paid' : 'no_payment_required'
    const { id, latest_invoice: invoice } = subscription
    return { subscription: id, invoice, payment_status } as const
  }
  const bought = { amount: amount_total ?? 0, currency: currency ?? 'usd', customer }
  const { id } = payOnce(account, bought, cart.metadata)
  return { payment_intent: id, payment_status: 'paid' } as const
}

function cartFrom(
  account: Account,
  parameters: Parameters,
  price: Stripe.Price,
  mode: 'subscription' | 'payment',
): Cart {
  const days = parameters.whole('subscription_data[trial_period_days]')
  const until = parameters.whole('subscription_data[trial_end]')
  if (until !== undefined && until < account.now + 2 * DAY)
    throw new Refused('The `trial_end` date has to be at least 2 days in the future.', {
      param: 'subscription_data[trial_end]',
    })
  const data = mode === 'subscription' ? 'subscription_data' : 'payment_intent_data'
  return {
    price,
    quantity: parameters.whole('line_items[0][quantity]') ?? 1,
    trialEnd: until ?? (days === undefined ? null : account.now + days * DAY),
    firstBillAt: parameters.whole('subscription_data[billing_cycle_anchor]') ?? null,
    metadata: parameters.notes(`${data}[metadata]`),
  }
}

function expiryFrom(account: Account, parameters: Parameters): number {
  const at = parameters.whole('expires_at') ?? account.now + DAY
  // Real time on the caller's side and on ours differ by the time of the way.
  if (at >= account.now + HALF_HOUR - 60 && at <= account.now + DAY + 60) return at
  throw new Refused(
    'The `expires_at` timestamp must be between 30 minutes and 24 hours from now.',
    {
      param: 'expires_at',
    },
  )
}

function openOne(account: Account, id: string): Stripe.Checkout.Session {
  const session = found(account.sessions, 'checkout.session', id)
  if (session.status === 'open') return session
  throw new Refused(
    `Only Checkout Sessions with a status in ["open"] can be expired. This session has a status of ${String(session.status)}.`,
  )
}
