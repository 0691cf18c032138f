/** Subscriptions and what can be done to them, one export a route. */
import * as z from 'zod/mini'
import { SUBSCRIPTION_STATUSES } from '../../entitlements/subscription.ts'
import { CHARGE_PERIODS, ENDINGS } from '../words.ts'
import { body, catalogueId, CHANGED, customerId, instant, instantText } from './field.ts'
import { integer, madeId, metadata, oneOf, PAGE_QUERY, pageOf, periodText, words } from './field.ts'
import { DAYS_MAX } from './plan.ts'
import { dryRunQuery, subscriptionPreview } from './preview.ts'

/** The most of an add-on that one subscription can hold. */
export const QUANTITY_MAX = 1_000_000

const chargePeriod = oneOf(CHARGE_PERIODS)
/** How many of an add-on. */
export const quantity = integer(1, QUANTITY_MAX)

/** A subscription in an answer. */
export const subscription = z.object({
  id: madeId('sub'),
  customerId,
  planId: catalogueId,
  chargePeriod: z.nullable(z.enum(CHARGE_PERIODS)),
  quantity: z.int(),
  status: z.enum(SUBSCRIPTION_STATUSES),
  startAt: instantText,
  anchorAt: instantText,
  currentPeriod: z.nullable(periodText),
  trialEndAt: z.nullable(instantText),
  grace: z.nullable(z.object({ startedAt: instantText, endsAt: instantText })),
  pendingChange: z.nullable(
    z.object({
      planId: catalogueId,
      chargePeriod: z.nullable(z.enum(CHARGE_PERIODS)),
      quantity: z.int(),
      at: instantText,
    }),
  ),
  cancelAt: z.nullable(instantText),
  endedAt: z.nullable(instantText),
  endedBecause: z.nullable(z.enum(ENDINGS)),
  provider: z.nullable(z.object({ name: z.string(), reference: z.string() })),
  metadata,
  createdAt: instantText,
  revision: z.int(),
})

export type SubscriptionAnswer = z.infer<typeof subscription>

const params = body({ subscriptionId: madeId('sub') })
const ofCustomer = body({ customerId })
const changed = z.extend(subscription, CHANGED)

/** A subscription as it is asked for. */
export const subscriptionInput = body({
  planId: catalogueId,
  /** Needed where the plan has several prices. */
  chargePeriod: z.exactOptional(chargePeriod),
  quantity: z._default(quantity, 1),
  /** Now where left out; in the future: scheduled. */
  startAt: z.exactOptional(instant),
  /** The plan's where left out. */
  trialDays: z.exactOptional(integer(0, DAYS_MAX)),
  provider: z.exactOptional(body({ name: words(64), reference: words(255) })),
  metadata: z.exactOptional(metadata),
})

const change = body({
  planId: catalogueId,
  chargePeriod: z.exactOptional(chargePeriod),
  quantity: z.exactOptional(quantity),
  when: z._default(oneOf(['auto', 'now', 'period_end']), 'auto'),
})

const CANCELLATION = { error: '{"when": "period_end"}, {"when": "now"} or {"at": an instant}' }

const END = {
  when: z.exactOptional(oneOf(['period_end', 'now'])),
  at: z.exactOptional(instant),
}

/** At the period's end unless it says otherwise. */
const cancellation = z.prefault(
  body(END).check(z.refine(({ when, at }) => when === undefined || at === undefined, CANCELLATION)),
  {},
)

/** An older event than the newest applied one of the same provider is answered `{ignored: true}`. */
const EVENT = {
  occurredAt: z.exactOptional(instant),
  reference: z.exactOptional(words(255)),
}

const payment = z.prefault(body(EVENT), {})

const REFUND = { error: 'true, or false for a partial refund, which has no effect' }
const refund = body({ full: z.boolean(REFUND), ...EVENT })

const PERIOD = { error: 'a period that ends after it starts' }

/** A provider's dates. */
export const period = body({ startAt: instant, endAt: instant }).check(
  z.refine((each) => each.startAt < each.endAt, PERIOD),
)

/** The provider's dates of the billing period that begins; arithmetic rolls on where they are left out. */
const renewal = z.prefault(body({ period: z.exactOptional(period), ...EVENT }), {})

const nothing = z.prefault(body({}), {})

export type SubscriptionInput = z.infer<typeof subscriptionInput>
export type SubscriptionChange = z.infer<typeof change>
export type Cancellation = z.infer<typeof cancellation>
export type ProviderEvent = z.infer<typeof payment>
export type Renewal = z.infer<typeof renewal>
export type Refund = z.infer<typeof refund>

/** A provider's event also says whether it came too late to count. */
const afterEvent = z.extend(changed, { ignored: z.optional(z.boolean()) })

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
    status: z.exactOptional(oneOf(SUBSCRIPTION_STATUSES)),
    planId: z.exactOptional(catalogueId),
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
