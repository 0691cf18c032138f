/** A customer as whoever changes its subscriptions must know it. */
import { and, eq, isNull } from 'drizzle-orm'
import { DAY_MS } from '../../entitlements/instant.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { endOf, phaseAt, statusAt } from '../../entitlements/status.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import { plans } from '../../schema/tables/catalogue.ts'
import { subscriptions } from '../../schema/tables/customers.ts'
import type { Failure } from '../failures.ts'
import type { Call } from '../route.ts'
import { suggestion } from '../../schema/suggest.ts'
import type { CustomerDraft, CustomerRow } from './customer-change.ts'
import { database } from './database.ts'
import type { SubscriptionRow } from './subscription-row.ts'
import type { OfferedPlan } from './terms.ts'

export interface Holder {
  readonly customer: CustomerRow
  /** All but those that an act has ended. */
  readonly subscriptions: readonly SubscriptionRow[]
  /** Plans on which the customer has ever had a trial. */
  readonly triedPlanIds: ReadonlySet<string | null>
  readonly plans: ReadonlyMap<string, OfferedPlan>
  /** The customer's own clock where it has one. */
  readonly now: Instant
  /** The deployment's, where neither customer nor plan says otherwise. */
  readonly graceDays: number
}

/** Reads what a change of subscriptions is decided from; without a customer there is nothing to change. */
export async function readHolder(
  { ports, graceDays }: Pick<Call, 'ports' | 'graceDays'>,
  customerId: string,
  { customer, now }: CustomerDraft,
): Promise<Result<Holder, Failure>> {
  if (customer === null) return err({ code: 'customer_not_found', customerId })
  const db = database(ports.db)
  const own = eq(subscriptions.customerId, customerId)
  const [running, trials, offered] = await db.batch([
    db
      .select()
      .from(subscriptions)
      .where(and(own, isNull(subscriptions.endedAt))),
    db.selectDistinct({ planId: subscriptions.trialPlanId }).from(subscriptions).where(own),
    db.select(OFFERED).from(plans),
  ])
  return ok({
    customer,
    subscriptions: running,
    triedPlanIds: new Set(trials.map(({ planId }) => planId)),
    plans: new Map(offered.map((plan) => [plan.id, plan])),
    now,
    graceDays,
  })
}

/** How long access stays after a failed payment for this plan. */
export function graceMsOf({ customer, graceDays }: Holder, plan: OfferedPlan | undefined): number {
  return (customer.graceDays ?? plan?.graceDays ?? graceDays) * DAY_MS
}

/** A plan that can be newly attached. */
export function offeredPlan(holder: Holder, planId: string): Result<OfferedPlan, Failure> {
  const plan = holder.plans.get(planId)
  if (plan !== undefined && plan.archivedAt === null) return ok(plan)
  return err({
    code: 'unknown_reference',
    pointer: '/planId',
    resource: 'plan',
    id: planId,
    suggestion: plan === undefined ? suggestion(planId, holder.plans.keys()) : null,
    archived: plan !== undefined,
  })
}

/**
 * Refuses a base subscription while another one holds or will hold at the same time. What has passed does
 * not matter any more, and a lapse that a payment could still prevent does not make room.
 */
export function withoutConflict(holder: Holder, candidate: Subscription): Result<null, Failure> {
  if (!isBase(holder, candidate)) return ok(null)
  const span = spanOf(candidate, holder.now)
  for (const row of holder.subscriptions) {
    const other = subscriptionOf(row)
    if (row.id === candidate.id || !isBase(holder, other)) continue
    const { from, until } = spanOf(other, holder.now)
    if (from < span.until && span.from < until) {
      const { planId } = phaseAt(other, holder.now)
      return err({ code: 'base_subscription_exists', subscriptionId: row.id, planId })
    }
  }
  return ok(null)
}

/** What a plan must say to be taken. */
export const OFFERED = {
  id: plans.id,
  kind: plans.kind,
  rank: plans.rank,
  prices: plans.prices,
  trialDays: plans.trialDays,
  graceDays: plans.graceDays,
  archivedAt: plans.archivedAt,
}

/** Whether the subscription is of a base plan, of which a customer has one at a time. */
export function isBase({ plans }: Holder, subscription: Subscription): boolean {
  return subscription.phases.some(({ planId }) => plans.get(planId)?.kind === 'base')
}

function spanOf(subscription: Subscription, now: Instant): { from: Instant; until: Instant } {
  const from = Math.max(subscription.startAt, now)
  if (statusAt(subscription, now) === 'ended')
    return { from, until: endOf(subscription)?.at ?? now }
  return { from, until: subscription.cancelAt ?? Infinity }
}
