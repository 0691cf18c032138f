/** Payments that nobody makes: the sandbox tells what a provider would. */
import { eq } from 'drizzle-orm'
import { unpaidPeriodAt } from '../../entitlements/billing.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { err } from '../../entitlements/result.ts'
import { phaseAt } from '../../entitlements/status.ts'
import { ID_RANDOM_BYTES, newId } from '../../schema/ids.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import { plans } from '../../schema/tables/catalogue.ts'
import type { SandboxPayment } from '../../schema/wire/payment.ts'
import { readCustomer } from '../change/customer-change.ts'
import { database } from '../change/database.ts'
import { readSubscription, type Subscribing } from '../change/subscriptions.ts'
import type { SubscriptionRow } from '../change/subscription-row.ts'
import type { Call, Outcome } from '../route.ts'
import { applyPayment } from './apply.ts'
import type { FactOfOne } from './provider.ts'
import { SANDBOX } from './sandbox.ts'

/**
 * Has a payment for a subscription happen, at its customer's own time.
 *
 * Paid is what is owed: in grace, or after it, the debt; else the next billing period, which renews.
 */
export async function payInSandbox(
  call: Subscribing,
  subscriptionId: string,
  payment: SandboxPayment,
): Promise<Outcome> {
  const row = await readSubscription(call, subscriptionId)
  const customer = row && (await readCustomer(call, row.customerId))
  if (row === null || customer === null) {
    return err({ code: 'subscription_not_found', subscriptionId })
  }
  const occurredAt = customer.clockAt ?? call.now
  const fact = await factOf(call, row, payment, occurredAt)
  const id = newId('pay', call.now, call.ports.random.bytes(ID_RANDOM_BYTES))
  return applyPayment(call, { provider: SANDBOX, id, occurredAt, fact })
}

async function factOf(
  call: Pick<Call, 'ports'>,
  row: SubscriptionRow,
  { outcome, amount }: SandboxPayment,
  now: Instant,
): Promise<FactOfOne> {
  const subscription = { id: row.id }
  switch (outcome) {
    case 'paid':
      return {
        kind: 'payment_succeeded',
        subscription,
        period: unpaidPeriodAt(subscriptionOf(row), now),
      }
    case 'failed':
      return { kind: 'payment_failed', subscription }
    case 'refunded': {
      const full = amount === undefined || amount >= (await priceOf(call, row, now))
      return { kind: 'refunded', subscription, full, amount: amount ?? null }
    }
    case 'disputed':
      return { kind: 'disputed', subscription, amount: amount ?? null }
  }
}

/** What a period of it costs, in the currency that its plan names first; 0 where it is free of charge. */
async function priceOf(
  { ports }: Pick<Call, 'ports'>,
  row: SubscriptionRow,
  now: Instant,
): Promise<number> {
  const { planId, chargePeriod, quantity } = phaseAt(subscriptionOf(row), now)
  const db = database(ports.db)
  const found = await db
    .select({ prices: plans.prices })
    .from(plans)
    .where(eq(plans.id, planId))
    .get()
  const price = found?.prices.find((each) => each.chargePeriod === chargePeriod)
  return (price?.amount ?? 0) * quantity
}
