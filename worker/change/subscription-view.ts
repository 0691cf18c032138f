import { billingPeriodAt } from '../../entitlements/billing.ts'
import type { Instant, Period } from '../../entitlements/instant.ts'
import { pendingPhase } from '../../entitlements/phases.ts'
import { anchorOf, endOf, graceOf, phaseAt, statusAt } from '../../entitlements/status.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { instantText, textOrNull } from '../../schema/instant-text.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import type { SubscriptionAnswer } from '../../schema/wire/subscription.ts'
import type { SubscriptionRow } from './subscription-row.ts'

/** A subscription as every route answers it: its facts, and what they make of it at `now`. */
export function subscriptionView(row: SubscriptionRow, now: Instant): SubscriptionAnswer {
  const subscription = subscriptionOf(row)
  const { planId, chargePeriod, quantity } = phaseAt(subscription, now)
  const end = endOf(subscription)
  const ended = end !== null && end.at <= now ? end : null
  return {
    id: row.id,
    customerId: row.customerId,
    planId,
    chargePeriod,
    quantity,
    status: statusAt(subscription, now),
    startAt: instantText(row.startAt),
    anchorAt: instantText(anchorOf(subscription)),
    currentPeriod: periodView(billingPeriodAt(subscription, now)),
    trialEndAt: textOrNull(row.trialEndAt),
    grace: graceView(subscription, now),
    pendingChange: pendingView(subscription, now),
    cancelAt: textOrNull(row.cancelAt),
    endedAt: textOrNull(ended?.at ?? null),
    endedBecause: ended?.because ?? null,
    provider: providerView(row),
    metadata: row.metadata,
    createdAt: instantText(row.createdAt),
    revision: row.revision,
  }
}

/**
 * Names what a subscription looks like now. Its revision alone would not do: time changes the status and the
 * period without a change.
 */
export function subscriptionTag(view: SubscriptionAnswer): string {
  const pending = view.pendingChange === null ? '' : 'p'
  return `"${view.revision}-${view.status}-${view.planId}-${view.currentPeriod?.startAt ?? ''}${pending}"`
}

/** Grace that is dated but has not begun is no news: the trial in front of it still runs. */
function graceView(subscription: Subscription, now: Instant): SubscriptionAnswer['grace'] {
  const grace = graceOf(subscription)
  if (grace === null || grace.startedAt > now) return null
  return { startedAt: instantText(grace.startedAt), endsAt: instantText(grace.endsAt) }
}

function pendingView(
  subscription: Subscription,
  now: Instant,
): SubscriptionAnswer['pendingChange'] {
  const pending = pendingPhase(subscription, now)
  if (pending === null) return null
  const { planId, chargePeriod, quantity } = pending
  return { planId, chargePeriod, quantity, at: instantText(pending.from) }
}

function periodView(period: Period | null): SubscriptionAnswer['currentPeriod'] {
  return period === null
    ? null
    : { startAt: instantText(period.startAt), endAt: instantText(period.endAt) }
}

function providerView({ providerName, providerReference }: SubscriptionRow) {
  if (providerName === null || providerReference === null) return null
  return { name: providerName, reference: providerReference }
}
