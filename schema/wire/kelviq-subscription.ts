/** What Kelviq's API says of checkout and subscriptions, on its way in. Fields that are not named here are ignored, as there. */
import * as z from 'zod/mini'
import { CHARGE_PERIOD_WORDS } from '../kelviq-words.ts'
import { json, oneOf, prose, textOf } from './field.ts'

const OBJECT = { error: 'an object' }
const SEATS = { error: 'a list of at most 50 features, each with an identifier and a quantity' }
const DATE = { error: 'a date such as 2026-12-31' }

/** A field that may be left out or null, which is the same. */
function left<T extends z.ZodMiniType>(field: T) {
  return z.exactOptional(z.nullable(field))
}

const text = prose(2_048)
const quantity = z.number({ error: 'a whole number from 0' })

const seats = z
  .array(z.object({ identifier: text, quantity }, OBJECT), SEATS)
  .check(z.maxLength(50, SEATS))

/** What is sold, wherever something is. */
const SOLD = {
  planIdentifier: text,
  chargePeriod: oneOf(CHARGE_PERIOD_WORDS),
  features: left(seats),
} as const

export const checkoutInput = z.object(
  {
    ...SOLD,
    successUrl: text,
    cancelUrl: left(text),
    customerId: left(text),
    currencyCode: left(text),
    metadata: left(z.record(z.string(), json, OBJECT)),
    /** Neither of them can be had here, and without them something else would be sold. */
    customAmount: left(json),
    discountCode: left(text),
  },
  OBJECT,
)

export const subscriptionInput = z.object({ ...SOLD, customerId: text }, OBJECT)

export const subscriptionUpdate = z.object(
  {
    ...SOLD,
    trialEnd: left(text),
    paymentBehavior: left(text),
  },
  OBJECT,
)

export const CANCELLATION_TYPES = ['IMMEDIATE', 'CURRENT_PERIOD_ENDS', 'SPECIFIC_DATE'] as const

export const cancellation = z.object(
  {
    cancellationType: oneOf(CANCELLATION_TYPES),
    cancellationDate: left(textOf(/^\d{4}-\d{2}-\d{2}$/, DATE)),
    cancellationFeedback: left(json),
    cancellationComment: left(json),
  },
  OBJECT,
)

export type Seats = z.infer<typeof seats>
export type CheckoutInput = z.infer<typeof checkoutInput>
export type SubscriptionInput = z.infer<typeof subscriptionInput>
export type SubscriptionUpdate = z.infer<typeof subscriptionUpdate>
export type CancellationInput = z.infer<typeof cancellation>
