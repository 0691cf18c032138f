/** Usage that is told after it has happened. */
import type { CustomerState } from './advance.ts'
import type { Catalogue } from './catalogue.ts'
import { evaluate } from './evaluate.ts'
import { DAY_MS, type Instant } from './instant.ts'

/** When what is told now may have happened: not long ago, and hardly ahead of the clock. */
export function occurredWithin(now: Instant): { readonly from: Instant; readonly to: Instant } {
  return { from: now - 35 * DAY_MS, to: now + 5 * 60_000 }
}

/** Whether it happened before the current period: that period is closed, and its balance has been carried or has gone. */
export function isLate(
  state: CustomerState,
  catalogue: Catalogue,
  featureId: string,
  occurredAt: Instant,
  now: Instant,
): boolean {
  const { meter } = evaluate(state, catalogue, featureId, now).entitlement
  const period = meter?.period ?? null
  return period !== null && occurredAt < period.startAt
}
