/** Subscriptions and what can be done to them, one export a route. */
import * as z from 'zod'
import { SUBSCRIPTION_STATUSES } from '../../entitlements/subscription.ts'
import { CHARGE_PERIODS, ENDINGS } from '../words.ts'
import { body, catalogueId, CHANGED, customerId, instant, instantText } from './field.ts'
import { integer, madeId, metadata, oneOf, PAGE_QUERY, pageOf, periodText, words } from './field.ts'
import { DAYS_MAX } from './plan.ts'
import { dryRunQuery, subscriptionPreview } from './preview.ts'

/** The most of an add-on that one subscription can hold. */
export const QUANTITY_MAX = 1_000_000

const chargePeriod = oneOf(CHARGE_PERIODS)
const quantity = integer(1, QUANTITY_MAX)

/** A subscription in an answer. */
export const subscription = z.object({
  id: madeId('sub'),
  customerId,
  planId: catalogueId,
  chargePeriod: z.enum(CHARGE_PERIODS).nullable(),
  quantity: z.int(),
  status: z.enum(SUBSCRIPTION_STATUSES),
  startAt: instantText,
  anchorAt: instantText,
  currentPeriod: periodText.nullable(),
  trialEndAt: instantText.nullable(),
  grace: z.object({ startedAt: instantText, endsAt: instantText }).nullable(),
  pendingChange: z
    .object({
      planId: catalogueId,
      chargePeriod: z.enum(CHARGE_PERIODS).nullable(),
      quantity: z.int(),
      at: instantText,
    })
    .nullable(),
  cancelAt: instantText.nullable(),
  endedAt: instantText.nullable(),
  endedBecause: z.enum(ENDINGS).nullable(),
  provider: z.object({ name: z.string(), reference: z.string() }).nullable(),
  metadata,
  createdAt: instantText,
  revision: z.int(),
})

export type SubscriptionAnswer = z.infer<typeof subscription>

const params = body({ subscriptionId: madeId('sub') })
const ofCustomer = body({ customerId })
const changed = subscription.extend(CHANGED)

/** A subscription as it is asked for. */
export const subscriptionInput = body({
  planId: catalogueId,
  /** Needed where the plan has several prices. */
  chargePeriod: chargePeriod.exactOptional(),
  quantity: quantity.default(1),
  /** Now where left out; in the future: scheduled. */
  startAt: instant.exactOptional(),
  /** The plan's where left out. */
  trialDays: integer(0, DAYS_MAX).exactOptional(),
  provider: body({ name: words(64), reference: words(255) }).exactOptional(),
  metadata: metadata.exactOptional(),
})

const change = body({
  planId: catalogueId,
  chargePeriod: chargePeriod.exactOptional(),
  quantity: quantity.exactOptional(),
  when: oneOf(['auto', 'now', 'period_end']).default('auto'),
})

const CANCELLATION = { error: '{"when": "period_end"}, {"when": "now"} or {"at": an instant}' }

/** At the period's end unless it says otherwise. */
const cancellation = body({
  when: oneOf(['period_end', 'now']).exactOptional(),
  at: instant.exactOptional(),
})
  .refine((each) => each.when === undefined || each.at === undefined, CANCELLATION)
  .prefault({})

/** An older event than the newest applied one of the same provider is answered `{ignored: true}`. */
const EVENT = {
  occurredAt: instant.exactOptional(),
  reference: words(255).exactOptional(),
}

const payment = body(EVENT).prefault({})

const REFUND = { error: 'true; a partial refund has no effect' }
const refund = body({ full: z.literal(true, REFUND), ...EVENT })

const PERIOD = { error: 'a period that ends after it starts' }

/** The provider's dates of the billing period that begins; arithmetic rolls on where they are left out. */
const renewal = body({
  period: body({ startAt: instant, endAt: instant })
    .refine((each) => each.startAt < each.endAt, PERIOD)
    .exactOptional(),
  ...EVENT,
}).prefault({})

const nothing = body({}).prefault({})

export type SubscriptionInput = z.infer<typeof subscriptionInput>
export type SubscriptionChange = z.infer<typeof change>
export type Cancellation = z.infer<typeof cancellation>
export type ProviderEvent = z.infer<typeof payment>
export type Renewal = z.infer<typeof renewal>
export type Refund = z.infer<typeof refund>

/** A provider's event also says whether it came too late to count. */
const afterEvent = changed.extend({ ignored: z.boolean().optional() })

export const createSubscription = { params: ofCustomer, body: subscriptionInput, answer: changed }
export const listCustomerSubscriptions = {
  params: ofCustomer,
  query: body(PAGE_QUERY),
  answer: pageOf(subscription),
}
export const getSubscription = { params, answer: subscription }
export const listSubscriptions = {
  query: body({
    ...PAGE_QUERY,
    status: oneOf(SUBSCRIPTION_STATUSES).exactOptional(),
    planId: catalogueId.exactOptional(),
  }),
  answer: pageOf(subscription),
}
export const changeSubscription = {
  params,
  query: dryRunQuery,
  body: change,
  answer: z.union([changed, subscriptionPreview]),
}
export const cancelSubscription = { params, body: cancellation, answer: changed }
export const undoSubscriptionChange = { params, body: nothing, answer: changed }
export const pauseSubscription = { params, body: nothing, answer: changed }
export const resumeSubscription = { params, body: nothing, answer: changed }
export const endTrial = { params, body: nothing, answer: changed }
export const renewSubscription = { params, body: renewal, answer: afterEvent }
export const recordPaymentFailed = { params, body: payment, answer: afterEvent }
export const recordPaymentSucceeded = { params, body: payment, answer: afterEvent }
export const refundSubscription = { params, body: refund, answer: afterEvent }
