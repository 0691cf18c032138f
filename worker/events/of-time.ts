/**
 * What time alone has done to a customer and nobody has been told: facts that begin or cease to hold, each at its own
 * instant, however late somebody looks.
 *
 * Each is named after what it happened to and when, so telling it twice inserts it once.
 */
import type { Catalogue } from '../../entitlements/catalogue.ts'
import { happensAfter, overrideHappeningsOf } from '../../entitlements/happenings.ts'
import { earliest, type Instant } from '../../entitlements/instant.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import { customerOf, type Facts } from './facts.ts'
import { eventsOfEntitlements } from './of-entitlements.ts'
import { timeEventsOfOverride } from './of-override.ts'
import { timeEventsOfSubscription } from './of-subscription.ts'
import type { NewEvent } from './write.ts'

/** What happened since the customer was last told and until `until`, in its order, without what it turned. */
export function happenedTo(facts: Facts, until: Instant): readonly NewEvent[] {
  const { toldUntil } = facts.customer
  const events = [
    ...facts.subscriptions.flatMap((row) => timeEventsOfSubscription(row, toldUntil, until)),
    ...facts.overrides.flatMap((row) => timeEventsOfOverride(row, toldUntil, until)),
  ]
  return events.toSorted((a, b) => a.at - b.at)
}

/** The same with the entitlements that each instant turned, right after what happened at it. */
export function withTurns(
  facts: Facts,
  happened: readonly NewEvent[],
  catalogue: Catalogue,
): readonly NewEvent[] {
  const customer = customerOf(facts)
  return [...Map.groupBy(happened, ({ at }) => at)].flatMap(([at, together]) => {
    const [first] = together
    if (first === undefined) return []
    const before = { customer, catalogue, at: at - 1 }
    const cause = { because: first.type, byTime: true }
    return [...together, ...eventsOfEntitlements(before, { customer, catalogue, at }, cause)]
  })
}

/** When time does something next that is to be told; null where it never will. */
export function nextHappening({ subscriptions, overrides }: Facts, after: Instant): Instant | null {
  return earliest(
    ...subscriptions.map((row) => happensAfter(subscriptionOf(row), after)),
    ...overrides.map((row) => overrideHappeningsOf(row, after, Infinity)[0]?.at ?? null),
  )
}
