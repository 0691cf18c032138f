/**
 * Explaining: the same evaluation once more, rule by rule, in sentences for whoever has to answer a customer.
 *
 * It decides nothing: the entitlement comes from the one evaluator, and the steps are told from the very holdings,
 * grants and lots that it used.
 */
import type { Access } from './access.ts'
import type { CustomerState } from './advance.ts'
import { describeAllowance, describeDecision, instantText, TYPE_SENTENCES } from './describe.ts'
import type { Catalogue } from './catalogue.ts'
import type { Customer } from './customer.ts'
import type { Entitlement, LotView } from './entitlement.ts'
import { accessTo, evaluate } from './evaluate.ts'
import { type Grant, grantsAt, overrideAt } from './grant.ts'
import { DEFAULT_PLAN, type Holding, holdingsAt } from './holding.ts'
import type { Instant } from './instant.ts'
import { anchorOf, endOf, graceOf, isLive, phaseAt, statusAt } from './status.ts'
import type { EndedBecause, Subscription } from './subscription.ts'

/** The rules that steps name, in the order in which they are applied. */
export const RULES = [
  'feature',
  'customer',
  'subscription',
  'default_plan',
  'plan',
  'override',
  'sources',
  'lot',
  'usage',
  'decision',
] as const

export type Rule = (typeof RULES)[number]

/** One rule as it applied to this customer, in a sentence or two. */
export interface Step {
  readonly rule: Rule
  readonly detail: string
}

/** An answer for quantity 1 with everything that led to it. */
export interface Explanation {
  readonly entitlement: Entitlement
  readonly access: Access
  /** In burn order: the first is used first. */
  readonly lots: readonly LotView[]
  readonly steps: readonly Step[]
}

/** Explains the entitlement at `now`; an earlier `now` than the customer's mark counts as the mark. */
export function explain(
  state: CustomerState,
  catalogue: Catalogue,
  featureId: string,
  now: Instant,
): Explanation {
  const at = Math.max(now, state.advancedTo)
  const { entitlement } = evaluate(state, catalogue, featureId, now)
  const access = accessTo(entitlement, 1, at)
  const lots = entitlement.meter?.lots ?? []
  const decision = step('decision', describeDecision(entitlement, access))
  if (entitlement.type === null) {
    return { entitlement, access, lots, steps: [step('feature', unknown(featureId)), decision] }
  }
  const { customer } = state
  const grants = grantsAt(customer, catalogue, featureId, at)
  const holdings = holdingsAt(customer, catalogue, at)
  const steps = [
    step('feature', `'${featureId}' ${TYPE_SENTENCES[entitlement.type]}`),
    ...subscriptionSteps(customer, at),
    ...defaultPlanSteps(customer, catalogue, holdings, at),
    ...holdings.filter(({ live }) => live).flatMap((holding) => planSteps(holding, featureId)),
    ...overrideSteps(customer, featureId, { grants, holdings, at }),
    ...sourceSteps(entitlement, grants),
    ...lots.map(lotStep),
    ...usageSteps(entitlement),
    decision,
  ]
  return { entitlement, access, lots, steps }
}

function step(rule: Rule, detail: string): Step {
  return { rule, detail }
}

function unknown(featureId: string): string {
  return `The catalogue has no feature '${featureId}'.`
}

function subscriptionSteps({ subscriptions }: Customer, at: Instant): readonly Step[] {
  if (subscriptions.length === 0) {
    return [step('subscription', 'The customer has no subscription.')]
  }
  return subscriptions
    .toSorted((a, b) => a.startAt - b.startAt || (a.id < b.id ? -1 : 1))
    .map((each) => step('subscription', describeSubscription(each, at)))
}

function describeSubscription(subscription: Subscription, at: Instant): string {
  const { planId, quantity } = phaseAt(subscription, at)
  const times = quantity === 1 ? '' : `, ${quantity} times`
  const name = `Subscription ${subscription.id} (plan '${planId}'${times})`
  const holds = isLive(statusAt(subscription, at)) ? 'holds' : 'does not hold'
  return `${name} ${holds}: ${becauseOf(subscription, at)}`
}

function becauseOf(subscription: Subscription, at: Instant): string {
  const { startAt, trialEndAt, pausedAt } = subscription
  switch (statusAt(subscription, at)) {
    case 'scheduled':
      return `it begins at ${instantText(startAt)}.`
    case 'trialing':
      return `its trial runs until ${instantText(trialEndAt ?? anchorOf(subscription))}.`
    case 'active':
      return `it is active since ${instantText(startAt)}${endsText(subscription)}.`
    case 'past_due': {
      const endsAt = graceOf(subscription)?.endsAt ?? at
      return `a payment failed, and its grace keeps access until ${instantText(endsAt)}.`
    }
    case 'paused':
      return `it is paused since ${instantText(pausedAt ?? at)}; resuming it brings access back.`
    case 'ended': {
      const end = endOf(subscription)
      return end === null ? 'it ended.' : `${ENDED[end.because]} at ${instantText(end.at)}.`
    }
  }
}

function endsText(subscription: Subscription): string {
  const end = endOf(subscription)
  return end === null ? '' : ` and ends at ${instantText(end.at)}`
}

const ENDED: Readonly<Record<EndedBecause, string>> = {
  canceled: 'it was cancelled and ended',
  grace_ended: 'a payment failed and the grace after it ended (a payment restores it)',
  refunded: 'it was refunded in full and ended',
  trial_ended: 'its trial ended unpaid (a payment restores it)',
}

function defaultPlanSteps(
  customer: Customer,
  { defaultPlanId }: Catalogue,
  holdings: readonly Holding[],
  at: Instant,
): readonly Step[] {
  if (defaultPlanId === null) return []
  if (holdings.some(({ id }) => id === DEFAULT_PLAN)) {
    return [
      step('default_plan', `No base plan holds, so the default plan '${defaultPlanId}' does.`),
    ]
  }
  if (at < customer.createdAt) return []
  return [
    step('default_plan', `A base plan holds, so the default plan '${defaultPlanId}' does not.`),
  ]
}

function planSteps({ plan, quantity }: Holding, featureId: string): readonly Step[] {
  if (plan === null) return []
  const compiled = plan.allowances.get(featureId)
  const taken = plan.removed.get(featureId)
  if (compiled === undefined) {
    const why =
      taken === undefined
        ? 'does not have the feature.'
        : `takes the feature away, which it would inherit from '${taken}'.`
    return [step('plan', `Plan '${plan.id}' ${why}`)]
  }
  const { allowance, mark, fromPlanId } = compiled
  const origin = {
    own: 'It states this itself.',
    inherited: `It inherits this from '${fromPlanId}', the nearest ancestor that states it.`,
    overridden: 'It states this itself, in place of what it would inherit.',
  }[mark]
  const held =
    quantity === 1 || !('limit' in allowance)
      ? ''
      : ` Held ${quantity} times, so ${quantity} times the limit.`
  return [step('plan', `Plan '${plan.id}' gives ${describeAllowance(allowance)}. ${origin}${held}`)]
}

interface Given {
  readonly grants: readonly Grant[]
  readonly holdings: readonly Holding[]
  readonly at: Instant
}

function overrideSteps(
  customer: Customer,
  featureId: string,
  { grants, holdings, at }: Given,
): readonly Step[] {
  const deciding = grants.find(({ override }) => override !== null)
  const applying = overrideAt(customer, featureId, at)
  return customer.overrides
    .filter((override) => override.featureId === featureId)
    .map(({ startAt, expiresAt, allowance, standalone }) => {
      if (at < startAt) return `An override begins only at ${instantText(startAt)}.`
      if (expiresAt !== null && expiresAt <= at) {
        return `An override ended at ${instantText(expiresAt)} and changes nothing any more.`
      }
      const span = expiresAt === null ? 'until it is reverted' : `until ${instantText(expiresAt)}`
      const states = `An override states ${JSON.stringify(allowance)} ${span}.`
      if (applying !== null && deciding !== undefined) return `${states} ${decidesText(deciding)}`
      return standalone || holdings.some(({ live }) => live)
        ? `${states} It says too little to stand alone, and no plan gives the rest: it changes nothing.`
        : `${states} It needs a plan that holds, and none does: it grants nothing.`
    })
    .map((detail) => step('override', detail))
}

function decidesText({ holding, allowance, compiled }: Grant): string {
  const onto =
    holding.plan === null
      ? 'It stands alone'
      : compiled === null
        ? `Plan '${holding.plan.id}' does not have the feature, so defaults fill in`
        : `It is patched onto plan '${holding.plan.id}'`
  return `${onto}, and alone decides: ${describeAllowance(allowance)}.`
}

/** How several sources come together; silent where there is one. */
function sourceSteps(
  { type, meter, sources }: Entitlement,
  grants: readonly Grant[],
): readonly Step[] {
  const held = grants.filter(({ inForce }) => inForce)
  if (held.length < 2) return []
  switch (type) {
    case 'boolean':
      return [step('sources', `${held.length} sources give the feature; one that is on is enough.`)]
    case 'customizable':
      return [
        step(
          'sources',
          `${held.length} sources give a value; the highest rank decides, of equals the latest start: plan '${sources[0]?.planId ?? ''}'.`,
        ),
      ]
    case 'meter':
      return [step('sources', `The limits of ${held.length} sources add up: ${meter?.limit ?? 0}.`)]
    case null:
      return []
  }
}

function lotStep({ kind, grantedUnits, usedUnits, endsAt, source }: LotView): Step {
  const what = kind === 'carried' ? 'Units carried over' : 'The allowance'
  const from = source.planId === undefined ? 'an override' : `plan '${source.planId}'`
  const ends = endsAt === null ? 'never ends' : `ends at ${instantText(endsAt)}`
  return step('lot', `${what} of ${from}: ${usedUnits} of ${grantedUnits} used; ${ends}.`)
}

function usageSteps({ meter }: Entitlement): readonly Step[] {
  if (meter === null) return []
  const { used, balance, overage, enforcement } = meter
  if (balance === 'unlimited') return [step('usage', `${used} used, without a limit.`)]
  const beyond = overage === 0 ? '' : ` ${overage} more than granted is used.`
  const edge =
    enforcement === 'soft' ? 'Use beyond the limit is let through.' : 'The limit is hard.'
  return [step('usage', `${used} used, ${balance} left.${beyond} ${edge}`)]
}
