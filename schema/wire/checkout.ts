/** Checkout sessions: somebody is sent away to pay, and has access when they are back. One export a route. */
import * as z from 'zod/mini'
import { CHARGE_PERIODS } from '../words.ts'
import { body, catalogueId, CHANGED, customerId, instantText, integer, madeId } from './field.ts'
import { metadata, oneOf, PAGE_QUERY, pageOf, prose, textOf } from './field.ts'
import { QUANTITY_MAX } from './subscription.ts'

/** The longest address that a customer is sent back to. */
export const URL_LENGTH_MAX = 2048

/** What becomes of a session. */
export const SESSION_STATUSES = ['open', 'completed', 'expired'] as const

const WHEN = ['auto', 'now', 'period_end'] as const
const URL_FORM = { error: `an address of at most ${URL_LENGTH_MAX} characters` }
const CURRENCY = { error: 'an ISO 4217 code such as "USD"' }

const address = z.string(URL_FORM).check(z.maxLength(URL_LENGTH_MAX, URL_FORM))
const currency = textOf(/^[A-Z]{3}$/, CURRENCY)

/** A session as it is asked for. */
export const sessionInput = body({
  planId: catalogueId,
  /** Needed where the plan has several prices. */
  chargePeriod: z.exactOptional(oneOf(CHARGE_PERIODS)),
  /** Needed where the plan has prices in several currencies; the first where left out. */
  currency: z.exactOptional(currency),
  /** Add-ons only. */
  quantity: z._default(integer(1, QUANTITY_MAX), 1),
  /** The caller's own id. Left out: a customer is made when the payment succeeds. */
  customerId: z.exactOptional(customerId),
  /** When a plan takes the place of another one: by rank where left out. */
  when: z._default(oneOf(WHEN), 'auto'),
  successUrl: address,
  cancelUrl: z.exactOptional(address),
  metadata: z.exactOptional(metadata),
})

/** A session in an answer. */
export const session = z.object({
  id: madeId('cs'),
  status: z.enum(SESSION_STATUSES),
  /** Null until there is one: the customer is made when the payment succeeds. */
  customerId: z.nullable(customerId),
  subscriptionId: z.nullable(madeId('sub')),
  /** Read with it and you see what was bought; null until then. */
  consistencyToken: z.nullable(z.string()),
  /** Where to send the customer. */
  url: z.string(),
  planId: catalogueId,
  chargePeriod: z.nullable(z.enum(CHARGE_PERIODS)),
  quantity: z.int(),
  /** Of one; null where the plan has no price. */
  price: z.nullable(z.object({ amount: z.int(), currency: z.string() })),
  trialDays: z.int(),
  when: z.enum(WHEN),
  successUrl: z.string(),
  cancelUrl: z.nullable(z.string()),
  /** Who takes the payment; null where there is nothing to pay. */
  provider: z.nullable(z.string()),
  metadata,
  createdAt: instantText,
  expiresAt: instantText,
  completedAt: z.nullable(instantText),
  /** Why a payment that was taken has bought nothing: the code of the failure. Null: that has not happened. */
  refusedBecause: z.nullable(z.string()),
  revision: z.int(),
  hint: z.optional(z.string()),
})

export type SessionInput = z.infer<typeof sessionInput>
export type SessionAnswer = z.infer<typeof session>
export type SessionStatus = (typeof SESSION_STATUSES)[number]

const params = body({ sessionId: madeId('cs') })

/** A plan without a price is taken at once: then its answer tells of the change, too. */
const created = z.extend(session, { propagation: z.optional(CHANGED.propagation) })

export const createCheckoutSession = { body: sessionInput, answer: created }
export const getCheckoutSession = { params, answer: session }
export const expireCheckoutSession = {
  params,
  body: z.prefault(body({}), {}),
  answer: session,
}
export const listCheckoutSessions = {
  query: body({
    ...PAGE_QUERY,
    customerId: z.exactOptional(customerId),
    status: z.exactOptional(oneOf(SESSION_STATUSES)),
  }),
  answer: pageOf(session),
}

/** On the page itself an address that leads nowhere is answered by a page. */
const onPage = body({ sessionId: prose(64) })

/** What the page says beside what is sold. */
export const PAGE_STEPS = ['declined', 'authenticate', 'failed'] as const

/** What a customer of the sandbox can have their payment come to. */
export const PAGE_OUTCOMES = ['pay', 'decline', 'authenticate', 'approve', 'fail'] as const

export type PageStep = (typeof PAGE_STEPS)[number]
export type PageOutcome = (typeof PAGE_OUTCOMES)[number]

export const getCheckoutPage = {
  params: onPage,
  query: body({ step: z.exactOptional(oneOf(PAGE_STEPS)) }),
}
export const postCheckoutPage = { params: onPage, body: body({ outcome: oneOf(PAGE_OUTCOMES) }) }
export const returnFromCheckout = { params: onPage }
