/** What a checkout session is asked to sell, checked before anybody is sent away to pay for it. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import { ID_RANDOM_BYTES, newId } from '../../schema/ids.ts'
import type { Price } from '../../schema/tables/catalogue.ts'
import type { SessionInput } from '../../schema/wire/checkout.ts'
import { readCustomer } from '../change/customer-change.ts'
import { type Holder, offeredPlan, readHolder } from '../change/holder.ts'
import { invalid } from '../change/invalid.ts'
import type { Subscribing } from '../change/subscriptions.ts'
import { type OfferedPlan, termsFor } from '../change/terms.ts'
import type { Failure } from '../failures.ts'
import type { Environment } from '../route.ts'
import { returnAddress, withSessionId } from './addresses.ts'
import { newBuyer } from './checkout-complete.ts'
import { type Bought, bought, hasAlready, type Wanted } from './checkout-purchase.ts'
import { buyerOf, SESSION_MS, type SessionRow } from './checkout-session.ts'

/** A session that nobody takes payments for yet, and from when on its plan would hold if it were paid now. */
export interface Asked {
  readonly session: SessionRow
  readonly startsAt: number | null
}

/** The session that the request asks for, or why it cannot be had. */
export async function askedSession(
  call: Subscribing & { readonly environment: Environment },
  input: SessionInput,
): Promise<Result<Asked, Failure>> {
  const { now, ports } = call
  const id = newId('cs', now, ports.random.bytes(ID_RANDOM_BYTES))
  const addresses = addressesOf(input, id, call.environment)
  if (!addresses.ok) return addresses
  const { customerId = null } = input
  const holder = await holderOf(call, buyerOf({ id, customerId }))
  if (!holder.ok) return holder
  const wanted = wantedBy(holder.value, input)
  if (!wanted.ok) return wanted
  const purchase = purchaseOf(holder.value, wanted.value, id)
  if (!purchase.ok) return purchase
  const { before, from } = purchase.value
  const session = {
    id,
    customerId,
    ...wanted.value,
    // Whoever has a base plan changes it, and tries nothing.
    trialDays: before === null ? wanted.value.trialDays : 0,
    ...addresses.value,
    ...NOT_YET,
    createdAt: now,
    expiresAt: now + SESSION_MS,
  }
  return ok({ session, startsAt: from > holder.value.now ? from : null })
}

const NOT_YET = {
  providerName: null,
  providerReference: null,
  url: '',
  subscriptionId: null,
  customerRevision: null,
  replacedReference: null,
  refusedBecause: null,
  providerDueAt: null,
  completedAt: null,
  revision: 0,
}

function addressesOf(
  { successUrl, cancelUrl }: SessionInput,
  sessionId: string,
  environment: Environment,
): Result<Pick<SessionRow, 'successUrl' | 'cancelUrl'>, Failure> {
  const success = returnAddress(withSessionId(successUrl, sessionId), '/successUrl', environment)
  if (!success.ok) return success
  if (cancelUrl === undefined) return ok({ successUrl, cancelUrl: null })
  const cancel = returnAddress(cancelUrl, '/cancelUrl', environment)
  return cancel.ok ? ok({ successUrl, cancelUrl: cancel.value }) : cancel
}

/** The buyer as they are; whoever is not there yet as they would be. */
async function holderOf(call: Subscribing, customerId: string): Promise<Result<Holder, Failure>> {
  const customer = (await readCustomer(call, customerId)) ?? newBuyer(customerId, call)
  const { clockAt, revision } = customer
  return readHolder(call, customerId, { customer, revision, now: clockAt ?? call.now })
}

function wantedBy(holder: Holder, input: SessionInput): Result<Wanted, Failure> {
  const { planId, quantity, currency, when: changeWhen, metadata = {} } = input
  const plan = offeredPlan(holder, planId)
  if (!plan.ok) return plan
  const { chargePeriod: asked } = input
  const terms = termsFor(plan.value, { quantity, ...(asked && { chargePeriod: asked }) })
  if (!terms.ok) return terms
  const { chargePeriod } = terms.value
  const price = chargePeriod === null ? null : priceOf(plan.value, chargePeriod, currency)
  if (price !== null && !price.ok) return price
  const amount = price?.value.amount ?? 0
  if (!Number.isSafeInteger(amount * quantity)) {
    return invalid('/quantity', 'a quantity whose price is at most 9007199254740991')
  }
  return ok({
    planId,
    chargePeriod,
    quantity,
    changeWhen,
    amount,
    currency: price?.value.currency ?? null,
    trialDays: trialDaysOf(holder, plan.value, price?.value ?? null),
    metadata,
  })
}

/** The first that the plan lists where nobody says which currency. */
function priceOf(
  { prices }: OfferedPlan,
  chargePeriod: Price['chargePeriod'],
  currency: string | undefined,
): Result<Price, Failure> {
  const offered = prices.filter((price) => price.chargePeriod === chargePeriod)
  const price = offered.find((each) => currency === undefined || each.currency === currency)
  if (price !== undefined) return ok(price)
  return invalid('/currency', `one of ${offered.map((each) => `"${each.currency}"`).join(', ')}`)
}

/** Nobody tries what is paid once or costs nothing; what is tried and free of charge needs no payment after it. */
function trialDaysOf(holder: Holder, plan: OfferedPlan, price: Price | null): number {
  if (price !== null && (price.amount === 0 || price.chargePeriod === 'one_time')) return 0
  return holder.triedPlanIds.has(plan.id) ? 0 : plan.trialDays
}

/** What a payment would come to now. */
function purchaseOf(holder: Holder, wanted: Wanted, id: string): Result<Bought, Failure> {
  const there = hasAlready(holder, wanted)
  if (there !== null) {
    const { id: subscriptionId } = there
    return err({ code: 'base_subscription_exists', subscriptionId, planId: wanted.planId })
  }
  const payment = { provider: null, period: null, occurredAt: holder.now, isTaken: false }
  return bought(holder, wanted, payment, id)
}
