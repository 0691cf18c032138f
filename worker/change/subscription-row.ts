import type { Instant } from '../../entitlements/instant.ts'
import { phaseAt, statusAt } from '../../entitlements/status.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { placeOf } from '../../schema/listed.ts'
import { factsOf } from '../../schema/subscription.ts'
import type { subscriptions } from '../../schema/tables/customers.ts'
import type { SubscriptionInput } from '../../schema/wire/subscription.ts'
import type { CustomerRow } from './customer-change.ts'

export type SubscriptionRow = typeof subscriptions.$inferSelect

/** Before every moment: what is due then is due now. */
export const AT_ONCE: Instant = 0

/** The row of a subscription that has just been bought. Its revision is the change's to give. */
export function newRow(
  customer: CustomerRow,
  subscription: Subscription,
  { provider, metadata = {} }: SubscriptionInput,
  now: Instant,
): SubscriptionRow {
  return {
    ...columnsOf(subscription, now),
    customerId: customer.id,
    providerName: provider?.name ?? null,
    providerReference: provider?.reference ?? null,
    providerEventAt: null,
    providerRevision: null,
    providerDueAt: provider === undefined ? null : AT_ONCE,
    trialPlanId: subscription.trialEndAt === null ? null : phaseAt(subscription, now).planId,
    metadata,
    createdAt: now,
    revision: 0,
    listedAt: placeOf(customer),
  }
}

/** The row with what the subscription has become. */
export function changedRow(
  row: SubscriptionRow,
  subscription: Subscription,
  now: Instant,
): SubscriptionRow {
  return { ...row, ...columnsOf(subscription, now) }
}

/** The facts, and for lists the plan and status that they mean now. */
function columnsOf(subscription: Subscription, now: Instant) {
  return {
    ...factsOf(subscription),
    planId: phaseAt(subscription, now).planId,
    status: statusAt(subscription, now),
  }
}
