/** Stripe as a payment provider: checkout pages of its own, and a subscription there for each that is bought on one. */
import { and, desc, eq } from 'drizzle-orm'
import type Stripe from 'stripe'
import { ok, type Result } from '../../entitlements/result.ts'
import { customers, subscriptions } from '../../schema/tables/customers.ts'
import { database } from '../change/database.ts'
import type { Ports } from '../ports.ts'
import type { CheckoutRequest, OpenedCheckout, PageState, PaymentProvider } from './provider.ts'
import {
  asked,
  idOf,
  instantOf,
  isMissing,
  type Reaching,
  secondsOf,
  STRIPE,
  type StripeFailure,
  stripeOf,
} from './stripe-client.ts'
import { NOTES } from './stripe-facts.ts'
import { priceFor } from './stripe-prices.ts'
import { isPaidOnce } from './stripe-read.ts'

/** Opening a page also looks for what Stripe knows of the customer. */
type Selling = Reaching & { readonly ports: Pick<Ports, 'db'> }

/** Stripe refuses what expires more than a day from now, by its clock. */
const EXPIRY_MARGIN_S = 60

/** A trial of less than that is refused; then the first bill waits for a later start of the first period. */
const TRIAL_MIN_S = 48 * 3_600 + EXPIRY_MARGIN_S

/** Stripe, as checkout sessions know a provider. */
export async function stripeProvider(call: Selling): Promise<PaymentProvider> {
  const stripe = await stripeOf(call)
  return {
    name: STRIPE,
    openCheckout: (request) => asked(() => openCheckout(call, stripe, request)),
    expireCheckout: (reference) => expireCheckout(stripe, reference),
    readCheckout: (reference) => readCheckout(stripe, reference),
  }
}

/** What has become of a page. */
export function readCheckout(
  stripe: Stripe,
  reference: string,
): Promise<Result<PageState, StripeFailure>> {
  return asked(async () => {
    const session = await stripe.checkout.sessions.retrieve(reference, { expand: ['subscription'] })
    const { status, payment_status, client_reference_id: sessionId } = session
    if (status === 'open') return 'open'
    if (status !== 'complete' || sessionId === null) return 'closed'
    if (payment_status === 'unpaid') return 'waiting'
    return {
      provider: STRIPE,
      id: session.id,
      fact: { kind: 'checkout_completed', sessionId, ...boughtIn(session) },
      occurredAt: instantOf(paidAt(session)),
    }
  })
}

async function openCheckout(
  { ports }: Selling,
  stripe: Stripe,
  request: CheckoutRequest,
): Promise<OpenedCheckout> {
  const { sessionId, plan, price, quantity, successUrl, cancelUrl } = request
  const [priceId, buyer] = await Promise.all([
    priceFor(stripe, { plan, price }),
    buyerOf(ports, stripe, request.customerId),
  ])
  const metadata = notesOf(request)
  const isOnce = price.chargePeriod === 'one_time'
  const session = await stripe.checkout.sessions.create(
    {
      mode: isOnce ? 'payment' : 'subscription',
      client_reference_id: sessionId,
      line_items: [{ price: priceId, quantity }],
      success_url: successUrl,
      ...(cancelUrl !== null && { cancel_url: cancelUrl }),
      expires_at: secondsOf(request.expiresAt) - EXPIRY_MARGIN_S,
      metadata,
      ...(isOnce
        ? { payment_intent_data: { metadata } }
        : { subscription_data: { metadata, ...beginningOf(request) } }),
      ...buyer,
      ...(isOnce && buyer.customer === undefined && { customer_creation: 'always' as const }),
    },
    { idempotencyKey: `sluice-checkout-${sessionId}` },
  )
  return { url: session.url ?? successUrl, reference: session.id }
}

async function expireCheckout(
  stripe: Stripe,
  reference: string,
): Promise<Result<null, StripeFailure>> {
  const expired = await asked(() => stripe.checkout.sessions.expire(reference))
  if (expired.ok || expired.error.isMissing) return ok(null)
  if (expired.error.retryable) return expired
  // What is not open any more cannot be expired, and need not be; whatever else is refused leaves it to be paid on.
  const found = await asked(() => stripe.checkout.sessions.retrieve(reference))
  return found.ok && found.value.status !== 'open' ? ok(null) : expired
}

function notesOf({ sessionId, customerId, startsAt }: CheckoutRequest): Record<string, string> {
  return {
    [NOTES.session]: sessionId,
    ...(customerId !== null && { [NOTES.customer]: customerId }),
    ...(startsAt !== null && { [NOTES.startsAt]: String(secondsOf(startsAt)) }),
  }
}

/** From when on it is billed: after the trial, or once what it takes the place of has been used up. */
function beginningOf({ startsAt, trialDays, expiresAt }: CheckoutRequest) {
  if (startsAt === null) return trialDays === 0 ? {} : { trial_period_days: trialDays }
  const at = secondsOf(startsAt)
  const sparedS = at - secondsOf(expiresAt)
  if (sparedS >= TRIAL_MIN_S) return { trial_end: at }
  // Where the page may still be paid on when that day has come, there is nothing left to wait for.
  return sparedS > 0 ? { billing_cycle_anchor: at, proration_behavior: 'none' as const } : {}
}

interface Buyer {
  readonly customer?: string
  readonly customer_email?: string
}

/** Whom Stripe knows already pays as the same; who is new is made by paying, and by nothing less. */
async function buyerOf(
  { db }: Pick<Ports, 'db'>,
  stripe: Stripe,
  customerId: string | null,
): Promise<Buyer> {
  if (customerId === null) return {}
  const found = await database(db)
    .select({ email: customers.email, reference: subscriptions.providerReference })
    .from(customers)
    .leftJoin(
      subscriptions,
      and(eq(subscriptions.customerId, customers.id), eq(subscriptions.providerName, STRIPE)),
    )
    .where(eq(customers.id, customerId))
    .orderBy(desc(subscriptions.startAt))
    .limit(1)
    .get()
  const known = found?.reference ? await payerOf(stripe, found.reference) : null
  if (known !== null) return { customer: known }
  return found?.email ? { customer_email: found.email } : {}
}

/** Null also where Stripe knows it no more, such as in another account: whoever pays is new there. */
async function payerOf(stripe: Stripe, reference: string): Promise<string | null> {
  try {
    const paid = isPaidOnce(reference)
      ? await stripe.paymentIntents.retrieve(reference)
      : await stripe.subscriptions.retrieve(reference)
    return idOf(paid.customer)
  } catch (thrown) {
    if (isMissing(thrown)) return null
    throw thrown
  }
}

function boughtIn({ subscription, payment_intent }: Stripe.Checkout.Session) {
  if (typeof subscription !== 'object' || subscription === null) {
    return { reference: idOf(payment_intent), period: null }
  }
  const [item] = subscription.items.data
  const isBilled =
    subscription.status === 'active' && subscription.metadata[NOTES.startsAt] === undefined
  const period =
    item !== undefined && isBilled
      ? {
          startAt: instantOf(item.current_period_start),
          endAt: instantOf(item.current_period_end),
        }
      : null
  return { reference: subscription.id, period }
}

/** When it was paid for: the subscription begins with its payment. */
function paidAt({ subscription, created }: Stripe.Checkout.Session): number {
  return typeof subscription === 'object' && subscription !== null ? subscription.created : created
}
