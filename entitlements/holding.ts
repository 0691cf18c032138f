/**
 * Holdings: what gives a customer allowances at an instant — a subscription, the default plan, or an
 * override that stands alone.
 */
import type { Catalogue, CompiledPlan } from './catalogue.ts'
import type { Customer } from './customer.ts'
import type { Instant } from './instant.ts'
import { invariant } from './invariant.ts'
import { standingAt } from './standing.ts'
import { anchorOf, graceOf, isLive, isRestorable, phaseAt, statusAt } from './status.ts'
import type { Subscription, SubscriptionStatus } from './subscription.ts'

export const DEFAULT_PLAN = 'default_plan'
export const STANDALONE = 'override'
export const UNATTACHED = 'unattached'

/** One source of allowances at one instant. */
export interface Holding {
  /** The subscription's id, or `default_plan`, or `override`. */
  readonly id: string
  readonly kind: 'plan' | 'default_plan' | 'override'
  /** Whether its allowances are in force; a paused or restorable subscription's periods run on without them. */
  readonly live: boolean
  readonly plan: CompiledPlan | null
  readonly rank: number
  /** Multiplies the meter limits of an add-on; 1 otherwise. */
  readonly quantity: number
  readonly startAt: Instant
  readonly anchorAt: Instant
  /** Since when it has been on this plan. */
  readonly enteredAt: Instant
  readonly graceEndsAt: Instant | null
}

/**
 * The holdings of a customer whose periods run at `at`, the most important first: live before suspended,
 * then the highest rank, then the earliest start, then the id.
 *
 * Contains suspended subscriptions (paused, or ended in a way that a payment can undo) with `live: false`.
 * The default plan is among them only while no base subscription is live.
 */
export function holdingsAt(
  customer: Customer,
  catalogue: Catalogue,
  at: Instant,
): readonly Holding[] {
  const standing = standingAt(customer, catalogue, at)
  return (standing.holdings ??= holdingsOf(customer, catalogue, at))
}

/** Whether the lots of a subscription are over for good at `at`: no payment can bring it back. */
export function isOver(subscription: Subscription, at: Instant): boolean {
  return statusAt(subscription, at) === 'ended' && !isRestorable(subscription)
}

/** The plan with this id; a catalogue that lacks the plan of its own customer is a defect. */
export function planOf(catalogue: Catalogue, planId: string): CompiledPlan {
  const plan = catalogue.plans.get(planId)
  invariant(plan !== undefined, `the catalogue at hand lacks plan ${planId}`)
  return plan
}

function holdingsOf(customer: Customer, catalogue: Catalogue, at: Instant): readonly Holding[] {
  const holdings: Holding[] = []
  for (const subscription of customer.subscriptions) {
    const status = statusAt(subscription, at)
    if (runsOn(subscription, status)) {
      holdings.push(holdingFrom(subscription, status, catalogue, at))
    }
  }
  const fallback = defaultHolding(customer, catalogue, holdings, at)
  if (fallback !== null) holdings.push(fallback)
  return holdings.sort(byImportance)
}

function runsOn(subscription: Subscription, status: SubscriptionStatus): boolean {
  if (status === 'scheduled') return false
  return status !== 'ended' || isRestorable(subscription)
}

function holdingFrom(
  subscription: Subscription,
  status: SubscriptionStatus,
  catalogue: Catalogue,
  at: Instant,
): Holding {
  const phase = phaseAt(subscription, at)
  const plan = planOf(catalogue, phase.planId)
  return {
    id: subscription.id,
    kind: 'plan',
    live: isLive(status),
    plan,
    rank: plan.rank,
    quantity: plan.kind === 'addon' ? phase.quantity : 1,
    startAt: subscription.startAt,
    anchorAt: anchorOf(subscription),
    enteredAt: phase.from,
    graceEndsAt: status === 'past_due' ? (graceOf(subscription)?.endsAt ?? null) : null,
  }
}

function defaultHolding(
  customer: Customer,
  catalogue: Catalogue,
  holdings: readonly Holding[],
  at: Instant,
): Holding | null {
  if (catalogue.defaultPlanId === null || at < customer.createdAt) return null
  if (holdings.some((holding) => holding.live && holding.plan?.kind === 'base')) return null
  const plan = planOf(catalogue, catalogue.defaultPlanId)
  return {
    id: DEFAULT_PLAN,
    kind: 'default_plan',
    live: true,
    plan,
    rank: plan.rank,
    quantity: 1,
    startAt: customer.createdAt,
    anchorAt: customer.createdAt,
    enteredAt: customer.createdAt,
    graceEndsAt: null,
  }
}

function byImportance(a: Holding, b: Holding): number {
  return (
    Number(b.live) - Number(a.live) ||
    b.rank - a.rank ||
    a.startAt - b.startAt ||
    (a.id < b.id ? -1 : 1)
  )
}
