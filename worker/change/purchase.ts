import { DAY_MS, type Instant } from '../../entitlements/instant.ts'
import { purchase } from '../../entitlements/lifecycle.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { statusAt } from '../../entitlements/status.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import type { SubscriptionInput } from '../../schema/wire/subscription.ts'
import type { Failure } from '../failures.ts'
import { graceMsOf, type Holder, offeredPlan, withoutConflict } from './holder.ts'
import { invalid } from './invalid.ts'
import { newRow, type SubscriptionRow } from './subscription-row.ts'
import { type OfferedPlan, termsFor } from './terms.ts'

/** How many subscriptions of one customer may run or be scheduled at a time. */
const RUNNING_MAX = 20

/** How far from now a subscription may begin: ten years, either way. */
const START_WITHIN_MS = 3653 * DAY_MS

/**
 * The row of a new subscription, or why the customer cannot have it.
 *
 * @param runningMax How many may run already.
 */
export function purchased(
  holder: Holder,
  input: SubscriptionInput,
  id: string,
  runningMax = RUNNING_MAX,
): Result<SubscriptionRow, Failure> {
  const { id: customerId, archivedAt } = holder.customer
  if (archivedAt !== null) return err(archivedCustomer(customerId))
  const plan = offeredPlan(holder, input.planId)
  if (!plan.ok) return plan
  const terms = termsFor(plan.value, input)
  if (!terms.ok) return terms
  const startAt = startFor(holder, input.startAt, runningMax)
  if (!startAt.ok) return startAt
  const trialDays = trialDaysFor(holder, plan.value, input.trialDays)
  if (!trialDays.ok) return trialDays
  const subscription = purchase({
    ...terms.value,
    id,
    startAt: startAt.value,
    trialDays: trialDays.value,
    graceMs: graceMsOf(holder, plan.value),
    providerDriven: input.provider !== undefined,
  })
  const conflict = withoutConflict(holder, subscription)
  return conflict.ok ? ok(newRow(holder.customer, subscription, input, holder.now)) : conflict
}

function archivedCustomer(id: string): Failure {
  const reference = { pointer: '/customerId', resource: 'customer', id }
  return { code: 'unknown_reference', ...reference, suggestion: null, archived: true }
}

function startFor(
  { now, subscriptions }: Holder,
  startAt = now,
  runningMax: number,
): Result<Instant, Failure> {
  if (Math.abs(startAt - now) > START_WITHIN_MS) {
    return invalid('/startAt', 'an instant at most ten years from now, either way')
  }
  const running = subscriptions.filter((row) => statusAt(subscriptionOf(row), now) !== 'ended')
  if (running.length < runningMax) return ok(startAt)
  return invalid('', `a customer with fewer than ${RUNNING_MAX} running subscriptions`)
}

/** One trial per customer and plan, for ever: the second time the plan's own trial is left out. */
function trialDaysFor(
  { triedPlanIds }: Holder,
  plan: OfferedPlan,
  asked: number | undefined,
): Result<number, Failure> {
  if (!triedPlanIds.has(plan.id)) return ok(asked ?? plan.trialDays)
  if (asked === undefined || asked === 0) return ok(0)
  return invalid('/trialDays', `0, because the customer has had its trial of '${plan.id}'`)
}
