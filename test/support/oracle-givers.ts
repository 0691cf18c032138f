/** The oracle's own idea of who gives a feature at an instant, from subscriptions, default plan and overrides. */
import type { MeterAllowance, Override } from '../../entitlements/allowance.ts'
import type { Catalogue } from '../../entitlements/catalogue.ts'
import type { Customer } from '../../entitlements/customer.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { patchAllowance } from '../../entitlements/merge.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { canComeBack, phaseOf, statusOf } from './oracle-status.ts'

/** Who gives the feature, or would if it were not suspended or silenced. */
export interface Giver {
  readonly id: string
  readonly planId: string | null
  readonly holds: boolean
  readonly rank: number
  readonly start: Instant
  readonly anchor: Instant
  readonly terms: MeterAllowance | null
  /** Whether what it allows counts now. */
  readonly speaks: boolean
  /** Since when its terms have been these, as far as facts are dated. */
  readonly since: Instant
  /** Since when an override replaces what it allows. */
  readonly overriddenFrom: Instant | null
}

/** Everybody who gives the feature at `at` or would, the most important first. */
export function giversOf(
  customer: Customer,
  catalogue: Catalogue,
  featureId: string,
  at: Instant,
): readonly Giver[] {
  const held = customer.subscriptions.flatMap((each) => giverFrom(each, catalogue, featureId, at))
  const hasBase = held.some(
    ({ holds, planId }) => holds && catalogue.plans.get(planId ?? '')?.kind === 'base',
  )
  const { defaultPlanId } = catalogue
  if (defaultPlanId !== null && !hasBase && at >= customer.createdAt) {
    const start = customer.createdAt
    const fallback = {
      id: 'default_plan',
      planId: defaultPlanId,
      start,
      anchor: start,
      since: start,
    }
    held.push(stated(fallback, true, 1, catalogue, featureId))
  }
  held.sort(byWeight)
  const override = customer.overrides.find((each) => each.featureId === featureId)
  const applies =
    override !== undefined &&
    at >= override.startAt &&
    (override.expiresAt === null || at < override.expiresAt)
  return applies ? overridden(held, override) : held
}

function giverFrom(
  subscription: Subscription,
  catalogue: Catalogue,
  featureId: string,
  at: Instant,
): Giver[] {
  const status = statusOf(subscription, at)
  if (status === 'scheduled') return []
  if (status === 'ended' && !canComeBack(subscription)) return []
  const { id, startAt, trialEndAt } = subscription
  const { planId, quantity, from } = phaseOf(subscription, at)
  const holds = status === 'holds'
  const known = { id, planId, start: startAt, anchor: trialEndAt ?? startAt, since: from }
  return [stated(known, holds, quantity, catalogue, featureId)]
}

function stated(
  known: Pick<Giver, 'id' | 'start' | 'anchor' | 'since'> & { readonly planId: string },
  holds: boolean,
  quantity: number,
  catalogue: Catalogue,
  featureId: string,
): Giver {
  const plan = catalogue.plans.get(known.planId)
  const says = plan?.allowances.get(featureId)?.allowance
  const times = plan?.kind === 'addon' ? quantity : 1
  const terms = says === undefined || !('limit' in says) ? null : says
  const limit = terms === null || terms.limit === 'unlimited' ? 'unlimited' : terms.limit * times
  return {
    ...known,
    since: Math.max(known.since, plan?.revision ?? 0),
    holds,
    rank: plan?.rank ?? 0,
    terms: terms === null ? null : { ...terms, limit },
    speaks: holds && terms !== null,
    overriddenFrom: null,
  }
}

/** The override patched onto the primary allowance, which from then on is the only one that speaks. */
function overridden(held: readonly Giver[], override: Override): readonly Giver[] {
  const first = held.find(({ speaks }) => speaks) ?? held.find(({ holds }) => holds)
  const { startAt } = override
  const alone = { id: 'override', planId: null, holds: true, rank: 0, terms: null, since: startAt }
  const primary =
    first ??
    (override.standalone
      ? { ...alone, start: startAt, anchor: startAt, speaks: true, overriddenFrom: null }
      : undefined)
  if (primary === undefined) return held
  const patched = patchAllowance(primary.terms, override.allowance, 'meter')
  if (!patched.ok || !('limit' in patched.value)) return held
  const terms = patched.value
  const since = Math.max(primary.since, startAt)
  const deciding = { ...primary, terms, since, speaks: true, overriddenFrom: startAt }
  const others = held.filter(({ id }) => id !== primary.id)
  return [deciding, ...others.map((each) => ({ ...each, speaks: false }))]
}

function byWeight(a: Giver, b: Giver): number {
  if (a.holds !== b.holds) return a.holds ? -1 : 1
  if (a.rank !== b.rank) return b.rank - a.rank
  if (a.start !== b.start) return a.start - b.start
  return a.id < b.id ? -1 : 1
}
