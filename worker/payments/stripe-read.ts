/** Asking Stripe how things are. Events are hints that something has changed; what is true is read. */
import type Stripe from 'stripe'
import type { Result } from '../../entitlements/result.ts'
import { asked, type StripeFailure } from './stripe-client.ts'
import { type Billed, billedFrom, intentsOf, type PaidOnce, periodInvoice } from './stripe-facts.ts'

/** How many invoices back to look for what is owed and for what was paid: more than are open at a time. */
const INVOICES_MAX = 24

/** A subscription with whatever its schedule names. */
export function readSubscriptionAt(
  stripe: Stripe,
  reference: string,
): Promise<Stripe.Subscription> {
  return stripe.subscriptions.retrieve(reference, { expand: ['schedule.phases.items.price'] })
}

/** How things stand with what Stripe calls by this reference. */
export function readBilled(
  stripe: Stripe,
  reference: string,
): Promise<Result<Billed | PaidOnce, StripeFailure>> {
  return asked(async () => {
    if (isPaidOnce(reference)) return { reference, isRefunded: await isRefunded(stripe, reference) }
    const [subscription, invoices] = await Promise.all([
      readSubscriptionAt(stripe, reference),
      readInvoices(stripe, reference),
    ])
    const intents = paidIntents(invoices)
    const refunds = await Promise.all(intents.map((intent) => isRefunded(stripe, intent)))
    const isAll = refunds.length > 0 && refunds.every(Boolean)
    return billedFrom(subscription, invoices, isAll)
  })
}

/** Whether the reference is one of a single payment: nothing is billed any further. */
export function isPaidOnce(reference: string): boolean {
  return reference.startsWith('pi_')
}

/** The payments of the period in force; none where it is not paid, or was paid with nothing. */
export async function readPaidIntents(
  stripe: Stripe,
  reference: string,
): Promise<readonly string[]> {
  return paidIntents(await readInvoices(stripe, reference))
}

/** Whether all of a payment has been given back. */
export async function isRefunded(stripe: Stripe, intent: string): Promise<boolean> {
  const { latest_charge } = await stripe.paymentIntents.retrieve(intent, {
    expand: ['latest_charge'],
  })
  return typeof latest_charge === 'object' && latest_charge !== null && latest_charge.refunded
}

async function readInvoices(
  stripe: Stripe,
  subscription: string,
): Promise<readonly Stripe.Invoice[]> {
  const page = await stripe.invoices.list({
    subscription,
    limit: INVOICES_MAX,
    expand: ['data.payments'],
  })
  return page.data
}

function paidIntents(invoices: readonly Stripe.Invoice[]): readonly string[] {
  const invoice = periodInvoice(invoices)
  return invoice?.status === 'paid' ? intentsOf(invoice) : []
}
