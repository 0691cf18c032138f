/** Hearing Stripe: an event says where to look, Stripe is asked how things are, and ours become that. */
import type Stripe from 'stripe'
import { DAY_MS } from '../../entitlements/instant.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { CUSTOMER_ID } from '../../schema/ids.ts'
import { readSubscription } from '../change/subscriptions.ts'
import type { Outcome } from '../route.ts'
import { applyPayment, findByReference } from './apply.ts'
import { completeCheckout } from './checkout-complete.ts'
import { askAgain, readSession } from './checkout-session.ts'
import { hearAlone, heardBefore, type Heard } from './heard.ts'
import type { CheckoutCompleted, PaymentEvent, Subscribed } from './provider.ts'
import { readCheckout } from './stripe.ts'
import { asked, idOf, instantOf, STRIPE, type StripeFailure, stripeOf } from './stripe-client.ts'
import type { Hint, StripeEvent } from './stripe-event.ts'
import { billedFrom, NOTES } from './stripe-facts.ts'
import { type KeepFailure, keepInStep, type Stepping } from './stripe-keep.ts'
import { readSubscriptionAt } from './stripe-read.ts'
import { applySubscribed } from './subscribe.ts'

/** What became of an event. */
type Answered = 'applied' | 'no_effect' | 'refused' | 'ignored' | 'duplicate'

/**
 * Does what an event of Stripe's leads to. Whatever keeps it from being done is answered 503: Stripe tells it again, and
 * until then everything stays as it is.
 */
export async function hearStripe(call: Stepping, { heard, hint }: StripeEvent): Promise<Outcome> {
  if (hint === null) return ok(answer('ignored'))
  // A page that is told of twice is looked at twice: what it took the place of may still have to be ended.
  if (hint.kind !== 'checkout' && (await heardBefore(call, heard)) !== null)
    return ok(answer('duplicate'))
  const done = await follow(call, await stripeOf(call), heard, hint)
  if (done.ok) return ok(answer(done.value))
  const { error } = done
  console.error({
    stripe: 'not heard',
    event: heard.id,
    because: 'because' in error ? error.because : error.code,
  })
  return err({ code: 'unavailable', because: NOT_FOLLOWED })
}

const NOT_FOLLOWED =
  'Stripe could not be asked, or something changed meanwhile. Nothing was written down: Stripe sends the event again.'

function answer(outcome: Answered) {
  return { body: { received: true, outcome } }
}

type Done = Result<Answered, KeepFailure>

function follow(call: Stepping, stripe: Stripe, heard: Heard, hint: Hint): Promise<Done> {
  switch (hint.kind) {
    case 'checkout':
      return lookAtPage(call, stripe, heard, hint.session)
    case 'subscription':
      return lookAtSubscription(call, stripe, heard, hint.reference)
    case 'refund':
    case 'dispute':
      return lookAtPayment(call, stripe, heard, hint)
  }
}

/** A page that is paid has its purchase done, and what that took the place of is billed no further. */
async function lookAtPage(
  call: Stepping,
  stripe: Stripe,
  heard: Heard,
  reference: string,
): Promise<Done> {
  const page = await readCheckout(stripe, reference)
  if (!page.ok) return page.error.isMissing ? ok('ignored') : page
  return typeof page.value === 'string'
    ? ok('no_effect')
    : completePage(call, stripe, heard, page.value)
}

/** Does what a paid page was for, or what is left of it: afterwards there is nothing to ask about it any more. */
export async function completePage(
  call: Stepping,
  stripe: Stripe,
  heard: Heard | null,
  paid: PaymentEvent<CheckoutCompleted>,
): Promise<Done> {
  const { sessionId, reference: bought, period } = paid.fact
  // A page of somebody else's: the account may sell other things.
  if ((await readSession(call, sessionId)) === null) return ok('ignored')
  const completed = await completeCheckout(call, paid)
  if (!completed.ok) return completed
  const session = await readSession(call, sessionId)
  if (session === null || session.completedAt === null) return ok('refused')
  const { replacedReference: replaced } = session
  if (session.providerDueAt !== null) {
    const ended =
      replaced === null ? ok(null) : await endReplaced(stripe, replaced, period !== null)
    if (!ended.ok) return ended
    await askAgain(call, sessionId, null)
  }
  const row = bought === null ? null : await findByReference(call, STRIPE, bought)
  return row === null ? ok('applied') : keepInStep(call, stripe, row.id, heard).then(answered)
}

async function lookAtSubscription(
  call: Stepping,
  stripe: Stripe,
  heard: Heard,
  reference: string,
): Promise<Done> {
  const known = await findByReference(call, STRIPE, reference)
  if (known !== null) return answered(await keepInStep(call, stripe, known.id, heard))
  const origin = await asked(() => originOf(stripe, reference))
  if (!origin.ok) return origin.error.isMissing ? ok('ignored') : origin
  if (origin.value === null) return ok('ignored')
  if (typeof origin.value === 'string') return lookAtPage(call, stripe, heard, origin.value)
  return soldByHand(call, stripe, heard, origin.value)
}

/** Somebody has sold one of our plans in Stripe itself, and noted there to which customer of ours. */
async function soldByHand(
  call: Stepping,
  stripe: Stripe,
  heard: Heard,
  fact: Subscribed,
): Promise<Done> {
  const taken = await applySubscribed(call, { ...heard, id: fact.reference, fact })
  if (!taken.ok) return taken
  const row = await findByReference(call, STRIPE, fact.reference)
  return row === null ? ok('applied') : keepInStep(call, stripe, row.id, heard).then(answered)
}

/** Of a payment that was given back or taken back, whole or in part. */
async function lookAtPayment(
  call: Stepping,
  stripe: Stripe,
  heard: Heard,
  { kind, intent, amount }: Hint & { readonly kind: 'refund' | 'dispute' },
): Promise<Done> {
  const reference = await asked(() => referenceOf(stripe, intent))
  if (!reference.ok) return reference.error.isMissing ? ok('ignored') : reference
  const row = await findByReference(call, STRIPE, reference.value)
  if (row === null) return ok('ignored')
  if (kind === 'refund') {
    const kept = await keepInStep(call, stripe, row.id, null)
    if (!kept.ok) return kept
    if ((await readSubscription(call, row.id))?.endedBecause === 'refunded') {
      const { id: subscriptionId, customerId } = row
      await hearAlone(call, heard, { customerId, subscriptionId, outcome: 'applied' })
      return ok('applied')
    }
  }
  const subscription = { id: row.id }
  const fact =
    kind === 'refund'
      ? ({ kind: 'refunded', full: false, amount, subscription } as const)
      : ({ kind: 'disputed', amount, subscription } as const)
  const told = await applyPayment(call, { ...heard, fact })
  return told.ok ? ok('no_effect') : told
}

/** The subscription that a payment was for; itself, where it was for nothing that recurs. */
async function referenceOf(stripe: Stripe, intent: string): Promise<string> {
  const { data } = await stripe.invoicePayments.list({
    payment: { type: 'payment_intent', payment_intent: intent },
    limit: 1,
    expand: ['data.invoice'],
  })
  const invoice = data[0]?.invoice
  if (typeof invoice !== 'object' || invoice.deleted === true) return intent
  return idOf(invoice.parent?.subscription_details?.subscription) ?? intent
}

/**
 * Where a subscription comes from: the page of ours that it was bought on, or the customer of ours whom it was sold to by
 * hand. Null: it is none of ours.
 */
async function originOf(stripe: Stripe, reference: string): Promise<string | Subscribed | null> {
  const subscription = await readSubscriptionAt(stripe, reference)
  if (subscription.metadata[NOTES.session] === undefined) {
    const customer = subscription.metadata[NOTES.customer] ?? ''
    return CUSTOMER_ID.test(customer) ? subscribedFrom(subscription, customer) : null
  }
  const { data } = await stripe.checkout.sessions.list({ subscription: reference, limit: 1 })
  return data[0]?.id ?? null
}

/** Sold and paid for, or on trial; nobody has what is in no such status. */
function subscribedFrom(subscription: Stripe.Subscription, customerId: string): Subscribed | null {
  const { standing, terms, period, trialEndAt, reference } = billedFrom(subscription, [], false)
  if (terms === null || terms.chargePeriod === null) return null
  if (standing !== 'settled' && standing !== 'trialing') return null
  const { planId, chargePeriod, quantity } = terms
  const startAt = instantOf(subscription.start_date)
  const trialMs = trialEndAt === null ? 0 : trialEndAt - startAt
  return {
    kind: 'subscribed',
    customer: { id: customerId },
    reference,
    planId,
    chargePeriod,
    quantity,
    // To the day; to the second it is taken over from Stripe right afterwards.
    trialDays: Math.ceil(trialMs / DAY_MS),
    period: trialEndAt === null ? period : null,
  }
}

/** What a purchase took the place of is billed no longer; what was left of it is made good where both would be paid for. */
async function endReplaced(
  stripe: Stripe,
  reference: string,
  isPaidTwice: boolean,
): Promise<Result<null, StripeFailure>> {
  const ended = await asked(() =>
    stripe.subscriptions.cancel(reference, { prorate: isPaidTwice, invoice_now: isPaidTwice }),
  )
  return ended.ok || ended.error.isMissing ? ok(null) : ended
}

function answered(kept: Awaited<ReturnType<typeof keepInStep>>): Result<Answered, KeepFailure> {
  if (!kept.ok) return kept
  return ok(kept.value === 'unknown' ? 'ignored' : kept.value)
}
