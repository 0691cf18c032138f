/** What payment providers tell, and what a test has the sandbox tell. */
import * as z from 'zod/mini'
import { CHARGE_PERIODS } from '../words.ts'
import { customerFields } from './customer.ts'
import {
  body,
  catalogueId,
  CHANGED,
  customerId,
  instant,
  integer,
  madeId,
  oneOf,
  words,
} from './field.ts'
import { json, metadata } from './field.ts'
import { DAYS_MAX } from './plan.ts'
import { period, quantity, subscription } from './subscription.ts'

/** In minor units, such as cents. */
const amount = integer(1, Number.MAX_SAFE_INTEGER)

/**
 * What became of an event: `applied` as the lifecycle table has it, `no_effect` because it has none (a dispute, a refund
 * in part, what was so already), `late` behind a newer one of its provider, `refused` by the table.
 */
export const PAYMENT_OUTCOMES = ['applied', 'no_effect', 'late', 'refused'] as const

export type PaymentOutcome = (typeof PAYMENT_OUTCOMES)[number]

const outcome = z.enum(PAYMENT_OUTCOMES)

const sandboxPayment = body({
  outcome: oneOf(['paid', 'failed', 'refunded', 'disputed']),
  /** Of a refund: in part where it is less than the price. All of it where left out. */
  amount: z.exactOptional(amount),
})

export type SandboxPayment = z.infer<typeof sandboxPayment>

export const paySandbox = {
  params: body({ subscriptionId: madeId('sub') }),
  body: sandboxPayment,
  answer: z.extend(subscription, { ...CHANGED, outcome }),
}

/** The subscription, by Sluice's id or by the biller's. */
const REF = {
  subscriptionId: z.exactOptional(madeId('sub')),
  reference: z.exactOptional(words(255)),
}

const ONE_REF = { error: 'either subscriptionId or reference' }

/** What is told about one subscription. */
function about<const T extends z.core.$ZodLooseShape>(fields: T) {
  const hasOne = ({
    subscriptionId,
    reference,
  }: {
    subscriptionId?: unknown
    reference?: unknown
  }) => (subscriptionId === undefined) !== (reference === undefined)
  return body({ ...REF, ...fields }).check(z.refine(hasOne, ONE_REF))
}

const chargePeriod = z.exactOptional(oneOf(CHARGE_PERIODS))

const WHEN = { error: '"now", "period_end" or {"at": an instant}' }

/** What a biller says of each type of event, below `data`. */
export const BILLER_DATA = {
  subscribed: body({
    customerId,
    name: z.exactOptional(words(256)),
    email: z.exactOptional(customerFields.email),
    reference: words(255),
    planId: catalogueId,
    chargePeriod,
    quantity: z._default(quantity, 1),
    startAt: z.exactOptional(instant),
    trialDays: z.exactOptional(integer(0, DAYS_MAX)),
    period: z.exactOptional(period),
    metadata: z.exactOptional(metadata),
  }),
  payment_succeeded: about({ period: z.exactOptional(period) }),
  payment_failed: about({}),
  refunded: about({
    full: z.boolean({ error: 'true, or false for a refund in part' }),
    amount: z.exactOptional(amount),
  }),
  disputed: about({ amount: z.exactOptional(amount) }),
  changed: about({
    planId: catalogueId,
    chargePeriod,
    quantity: z.exactOptional(quantity),
    when: z._default(oneOf(['now', 'period_end']), 'now'),
  }),
  canceled: about({
    when: z._default(z.union([oneOf(['now', 'period_end']), body({ at: instant })], WHEN), 'now'),
  }),
  uncanceled: about({}),
  paused: about({}),
  resumed: about({}),
}

/** The body of a biller's webhook, as Standard Webhooks has it. */
export const billerEvent = body({
  type: words(64),
  /** When it happened there. */
  timestamp: instant,
  data: z.record(z.string(), json, { error: 'an object' }),
})

export const postGenericWebhook = {
  body: z.string({ error: 'a JSON text' }),
  answer: z.extend(z.partial(z.extend(subscription, CHANGED)), {
    /** `ignored`: of a type that Sluice does not know. */
    outcome: z.enum([...PAYMENT_OUTCOMES, 'ignored']),
    duplicate: z.optional(z.boolean()),
    subscriptionId: z.optional(z.nullable(z.string())),
  }),
}

export const postStripeWebhook = {
  body: z.string({ error: 'a JSON text' }),
  answer: z.object({
    received: z.literal(true),
    /** `ignored`: it concerns nobody here. */
    outcome: z.enum(['applied', 'no_effect', 'refused', 'ignored', 'duplicate']),
  }),
}
