import type { Terms } from '../../entitlements/phases.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { ChargePeriod } from '../../entitlements/subscription.ts'
import type { plans } from '../../schema/tables/catalogue.ts'
import type { Failure } from '../failures.ts'

/** What of a plan decides on which terms it can be held. */
export type OfferedPlan = Pick<
  typeof plans.$inferSelect,
  'id' | 'kind' | 'rank' | 'prices' | 'trialDays' | 'graceDays' | 'archivedAt'
>

/** What a request says of the terms. */
export interface AskedTerms {
  readonly chargePeriod?: ChargePeriod
  readonly quantity?: number
}

/**
 * The terms on which a plan is taken, or why it does not offer them.
 *
 * A plan without prices is free and has no charge period. What the request leaves out stays as it is where
 * the plan offers it, and is otherwise the only thing that the plan offers.
 */
export function termsFor(
  plan: OfferedPlan,
  asked: AskedTerms,
  current: Terms | null = null,
): Result<Terms, Failure> {
  const kept = plan.kind === 'addon' ? (current?.quantity ?? 1) : 1
  const quantity = asked.quantity ?? kept
  if (plan.kind === 'base' && quantity !== 1) {
    return err({ code: 'quantity_not_allowed', pointer: '/quantity', planId: plan.id })
  }
  const chargePeriod = chargePeriodFor(plan, asked.chargePeriod, current)
  return chargePeriod.ok
    ? ok({ planId: plan.id, chargePeriod: chargePeriod.value, quantity })
    : chargePeriod
}

function chargePeriodFor(
  plan: OfferedPlan,
  asked: ChargePeriod | undefined,
  current: Terms | null,
): Result<ChargePeriod | null, Failure> {
  const offered = [...new Set(plan.prices.map((price) => price.chargePeriod))]
  const missing = (chargePeriod: ChargePeriod | null) =>
    err({
      code: 'price_missing',
      pointer: '/chargePeriod',
      planId: plan.id,
      chargePeriod,
      offered,
    } as const)
  if (asked !== undefined) return offered.includes(asked) ? ok(asked) : missing(asked)
  const [only, ...others] = offered
  if (only === undefined) return ok(null)
  const kept = offered.find((each) => each === current?.chargePeriod)
  if (kept !== undefined) return ok(kept)
  return others.length === 0 ? ok(only) : missing(null)
}
