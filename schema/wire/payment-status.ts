/** How this deployment stands with whoever takes payments, on the wire. Never a secret, nor a part of one. */
import * as z from 'zod/mini'
import { customerId, instantText, natural } from './field.ts'
import { PAYMENT_OUTCOMES } from './payment.ts'

/** The most that each list shows. */
export const PAYMENT_ROWS_MAX = 20
/** How far what is owed is counted. */
export const OWED_COUNT_MAX = 1_000

const heard = z.object({
  kind: z.string(),
  /** When it was received, in real time. */
  at: instantText,
  outcome: z.enum(PAYMENT_OUTCOMES),
})

/** Somebody who may tell of payments. */
export const paymentProvider = z.object({
  name: z.enum(['sandbox', 'stripe', 'generic']),
  /** Whether everything that it needs is set. */
  configured: z.boolean(),
  /** The secrets that are still to be set, by name. */
  missing: z.array(z.string()),
  /** Stripe: whether the key moves real money. Null: none is set, or the provider knows no such thing. */
  mode: z.nullable(z.enum(['test', 'live'])),
  /** Where it is to send its events; null: it needs to send none. */
  webhookUrl: z.nullable(z.string()),
  /** The newest of its events of the last ninety days; null: there was none. */
  lastHeard: z.nullable(heard),
  /** Subscriptions that it is to be told of or asked about by now, counted to 1,000. */
  owed: z.object({ count: natural, oldestAt: z.nullable(instantText) }),
})

/** An event that the lifecycle does not allow, such as a payment for what was refunded. */
export const refusedPayment = z.object({
  provider: z.string(),
  id: z.string(),
  kind: z.string(),
  at: instantText,
  customerId: z.nullable(customerId),
  subscriptionId: z.nullable(z.string()),
})

/** A checkout that was paid and has bought nothing. */
export const refusedCheckout = z.object({
  sessionId: z.string(),
  customerId: z.nullable(customerId),
  planId: z.string(),
  /** The code of the failure. */
  because: z.string(),
  createdAt: instantText,
})

export const paymentStatus = z.object({
  /** Who takes new payments; null: nobody. */
  checkout: z.nullable(z.enum(['sandbox', 'stripe'])),
  providers: z.array(paymentProvider),
  /** What needs somebody: newest first, at most 20 of each. */
  refusedEvents: z.array(refusedPayment),
  refusedCheckouts: z.array(refusedCheckout),
})

export type PaymentStatus = z.infer<typeof paymentStatus>
export type PaymentProviderStatus = z.infer<typeof paymentProvider>

export const getPaymentSettings = { answer: paymentStatus }
