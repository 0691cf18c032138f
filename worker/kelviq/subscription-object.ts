/** A subscription as Kelviq's clients know it. */
import type { SubscriptionStatus } from '../../entitlements/subscription.ts'
import { DAY_MS, type Instant } from '../../entitlements/instant.ts'
import { isMeterAllowance, type Allowance } from '../../entitlements/allowance.ts'
import type { SubscriptionAnswer } from '../../schema/wire/subscription.ts'
import type { StatusWord } from '../../schema/kelviq-words.ts'
import type { PlanAnswer } from '../../schema/wire/plan.ts'
import { recurrenceOf } from './charge-period.ts'
import type { Catalogue } from './catalogue.ts'
import { detailsOf } from './details.ts'
import { featureObject } from './feature-object.ts'
import { decimalText } from './money.ts'
import { PRODUCT } from './product.ts'

/** The word for a status. Kelviq has none for a pause; ours says that access stops, as only a word of its own can. */
export const STATUS_WORD: Readonly<Record<SubscriptionStatus, StatusWord>> = {
  scheduled: 'incomplete',
  trialing: 'trialing',
  active: 'active',
  past_due: 'past_due',
  paused: 'paused',
  ended: 'canceled',
}

/** The status that a word means; null for what no subscription of ours ever is. */
export function statusOf(word: StatusWord): SubscriptionStatus | null {
  switch (word) {
    case 'incomplete':
      return 'scheduled'
    case 'trialing':
    case 'active':
    case 'past_due':
    case 'paused':
      return word
    case 'canceled':
      return 'ended'
    case 'incomplete_expired':
    case 'superseded':
      return null
  }
}

/** A subscription in Kelviq's form. */
export function subscriptionObject(
  subscription: SubscriptionAnswer,
  catalogue: Catalogue,
  now: Instant,
): Readonly<Record<string, unknown>> {
  const { id, customerId, planId, currentPeriod, provider, status, endedAt } = subscription
  const plan = catalogue.plans.get(planId)
  return {
    id,
    externalSubscriptionId: provider?.reference ?? null,
    startDate: dateOf(subscription.startAt),
    endDate: dateOf(endedAt ?? subscription.cancelAt),
    billingPeriodStartTime: currentPeriod?.startAt ?? null,
    billingPeriodEndTime: currentPeriod?.endAt ?? null,
    ...priceOf(subscription, plan),
    ...recurrenceOf(subscription.chargePeriod),
    status: STATUS_WORD[status],
    product: PRODUCT.name,
    plan: { name: plan?.name ?? planId, identifier: planId },
    features: featuresOf(subscription, catalogue),
    trialDaysRemaining: trialDaysRemaining(subscription, now),
    customerId,
    files: [],
    links: [],
    license: [],
    canceledAt: endedAt,
    cancellationReason: cancellationReason(subscription),
    cancellationFeedback: null,
    cancellationComment: null,
  }
}

function dateOf(at: string | null): string | null {
  return at === null ? null : at.slice(0, 10)
}

/** What is charged for it a period; what costs nothing has no currency. */
function priceOf(
  { chargePeriod, quantity }: SubscriptionAnswer,
  plan: PlanAnswer | undefined,
): { readonly amount: string; readonly currency: string | null } {
  const price = plan?.prices.find((each) => each.chargePeriod === chargePeriod)
  if (price === undefined) return { amount: '0.00', currency: null }
  const { amount, currency } = price
  return { amount: decimalText(amount * quantity, currency), currency }
}

function trialDaysRemaining({ status, trialEndAt }: SubscriptionAnswer, now: Instant): number {
  if (status !== 'trialing' || trialEndAt === null) return 0
  return Math.max(0, Math.ceil((Date.parse(trialEndAt) - now) / DAY_MS))
}

/** Who ended it. Whether it was the customer or the merchant who cancelled is not kept. */
function cancellationReason({ endedBecause }: SubscriptionAnswer): string | null {
  switch (endedBecause) {
    case 'grace_ended':
    case 'trial_ended':
      return 'CANCELLED_BY_PROVIDER'
    case 'refunded':
      return 'CANCELLED_BY_MERCHANT'
    case 'canceled':
    case null:
      return null
  }
}

function featuresOf({ planId, quantity }: SubscriptionAnswer, catalogue: Catalogue): object[] {
  return [...catalogue.allowancesOf(planId)].flatMap(([featureId, { allowance, mark }]) => {
    const feature = catalogue.features.get(featureId)
    if (feature === undefined) return []
    return [{ ...featureObject(feature), ...detailsOf(times(allowance, quantity), mark) }]
  })
}

/** What so many of it give together. */
function times(allowance: Allowance, quantity: number): Allowance {
  if (!isMeterAllowance(allowance) || allowance.limit === 'unlimited') return allowance
  return { ...allowance, limit: allowance.limit * quantity }
}
