/**
 * The phases of a subscription: contiguous stretches on one plan each, of which at most the last is still
 * to come.
 */
import type { Instant } from './instant.ts'
import { phaseAt } from './status.ts'
import type { ChargePeriod, Phase, Subscription } from './subscription.ts'

/** What is held: a plan, how it is charged, and how many of it. */
export interface Terms {
  readonly planId: string
  /** Null: free of charge. */
  readonly chargePeriod: ChargePeriod | null
  /** ≥ 1; more than 1 for add-ons only. */
  readonly quantity: number
}

/** How many phases are kept; the oldest beyond that are folded into the one after them. */
export const PHASES_MAX = 50

/**
 * The subscription with one more phase: it closes the phase before it and replaces every phase that would
 * have begun at its instant or later.
 */
export function withPhase(subscription: Subscription, phase: Omit<Phase, 'until'>): Subscription {
  const before = subscription.phases.filter(({ from }) => from < phase.from)
  const closed = before.map((earlier, index) =>
    index === before.length - 1 ? { ...earlier, until: phase.from } : earlier,
  )
  return { ...subscription, phases: fold([...closed, { ...phase, until: null }]) }
}

/** The change of plan that is still to come, or null. A first phase is no change, even before it begins. */
export function pendingPhase(subscription: Subscription, now: Instant): Phase | null {
  const last = subscription.phases.at(-1)
  return last && last.from > now && subscription.phases.length > 1 ? last : null
}

/** The subscription with its pending change taken back: the phase in force is open again. */
export function withoutPending(subscription: Subscription, now: Instant): Subscription {
  return pendingPhase(subscription, now) === null
    ? subscription
    : withPhase(subscription, phaseAt(subscription, now))
}

/** Whether two sets of terms are the same in every respect. */
export function isSame(a: Terms, b: Terms): boolean {
  return a.planId === b.planId && a.chargePeriod === b.chargePeriod && a.quantity === b.quantity
}

function fold(phases: readonly Phase[]): readonly Phase[] {
  const [first, ...kept] = phases.slice(-PHASES_MAX)
  return first === undefined ? [] : [{ ...first, from: phases[0]?.from ?? first.from }, ...kept]
}
