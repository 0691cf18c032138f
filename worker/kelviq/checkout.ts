/** Checkout in Kelviq's words: our own sessions, and what else Kelviq does with money. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { CheckoutInput } from '../../schema/wire/kelviq-subscription.ts'
import type { SessionAnswer } from '../../schema/wire/checkout.ts'
import type { CustomerAnswer } from '../../schema/wire/customer.ts'
import type { SubscriptionAnswer } from '../../schema/wire/subscription.ts'
import type { Failure } from '../failures.ts'
import { readCatalogue } from './catalogue.ts'
import { keyOf, read, refusing } from './read.ts'
import { ask, param, type Reply, type Row, type Said } from './row.ts'
import { soldTerms } from './seats.ts'
import { type Outcome, sessionObject } from './session-object.ts'

const wire = () => import('../../schema/wire/kelviq-subscription.ts')

const NAMES = new Map([
  ['planId', 'planIdentifier'],
  ['quantity', 'features'],
  ['currency', 'currencyCode'],
])

export const CHECKOUT_ROWS: readonly Row[] = [
  { method: 'POST', path: '/checkout', scope: 'manage', names: NAMES, handle: createSession },
  { method: 'GET', path: '/checkout/sessions/:sessionId', scope: 'read', handle: retrieveSession },
  { method: 'POST', path: '/charges', scope: 'manage', handle: refuseCharge },
]

/**
 * Opens a session. What only dresses the page (`lockEmail`, `defaultBillingCountry`, `discountsEnabled`, `taxBehavior`) or
 * picks a price by place (`ipAddress`, `offeringId`, `pricingTableId`, `ruleId`) has no meaning here and is passed over:
 * prices are those of the plan.
 */
async function createSession(said: Said): Promise<Result<Reply, Failure>> {
  const input = read((await wire()).checkoutInput, said)
  if (!input.ok) return input
  const refused = refusedCheckout(input.value)
  if (refused !== null) return refused
  const key = keyOf(said)
  if (!key.ok) return key
  const catalogue = await readCatalogue(said)
  if (!catalogue.ok) return catalogue
  const terms = soldTerms(catalogue.value, input.value)
  if (!terms.ok) return terms
  const { successUrl, cancelUrl, customerId, currencyCode, metadata } = input.value
  const session = await ask<SessionAnswer>(said, {
    operationId: 'createCheckoutSession',
    body: {
      ...terms.value,
      successUrl,
      ...(cancelUrl && { cancelUrl }),
      ...(customerId && { customerId }),
      ...(currencyCode && { currency: currencyCode.toUpperCase() }),
      ...(metadata && { metadata }),
    },
    idempotencyKey: key.value,
  })
  if (!session.ok) return session
  const { url: checkoutUrl, id: checkoutSessionId } = session.value
  return ok({ status: 201, body: { checkoutUrl, checkoutSessionId } })
}

/** What has become of a session, for the page that a customer comes back to. */
async function retrieveSession(said: Said): Promise<Result<Reply, Failure>> {
  const sessionId = param(said, 'sessionId')
  const params = { sessionId }
  const session = await ask<SessionAnswer>(said, { operationId: 'getCheckoutSession', params })
  if (!session.ok) {
    const isNone = session.error.code === 'invalid_request'
    return isNone ? err({ code: 'session_not_found', sessionId }) : session
  }
  const outcome = await outcomeOf(said, session.value)
  if (!outcome.ok) return outcome
  const catalogue = await readCatalogue(said)
  if (!catalogue.ok) return catalogue
  const body = sessionObject(session.value, outcome.value, catalogue.value, said.spoken.now)
  return ok({ body })
}

/** Who buys, and what they have by it. A customer whom nobody knew is made when they have paid. */
async function outcomeOf(
  said: Said,
  { customerId, subscriptionId }: SessionAnswer,
): Promise<Result<Outcome, Failure>> {
  const customer =
    customerId === null
      ? ok(null)
      : await ask<CustomerAnswer>(said, { operationId: 'getCustomer', params: { customerId } })
  const isNobody = !customer.ok && customer.error.code === 'customer_not_found'
  if (!customer.ok && !isNobody) return customer
  const params = subscriptionId === null ? null : { subscriptionId }
  const subscription =
    params === null
      ? ok(null)
      : await ask<SubscriptionAnswer>(said, { operationId: 'getSubscription', params })
  if (!subscription.ok) return subscription
  return ok({ customer: customer.ok ? customer.value : null, subscription: subscription.value })
}

/** What would be sold otherwise than it was asked for. */
function refusedCheckout({
  customAmount = null,
  discountCode,
}: CheckoutInput): Result<never, Failure> | null {
  if (customAmount !== null) {
    const expected = 'nothing: a deal is a private plan with a price of its own'
    return refusing('/customAmount', expected)
  }
  return discountCode ? refusing('/discountCode', 'nothing: there are no discounts here') : null
}

async function refuseCharge(): Promise<Result<Reply, Failure>> {
  return ok({ status: 501, body: { detail: NO_CHARGES } })
}

const NO_CHARGES =
  'Sluice charges nobody without asking: POST /checkout/ with chargePeriod ONE_TIME answers where to send the customer to pay.'
