/** A customer in the API's words, as the dated facts that the service would have of it. */
import type { Override } from '../../entitlements/allowance.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { ACTIONS, type Action, type ActionOf } from '../../entitlements/effects.ts'
import { DAY_MS, type Instant } from '../../entitlements/instant.ts'
import { purchase, transition } from '../../entitlements/lifecycle.ts'
import type { Terms } from '../../entitlements/phases.ts'
import { phaseAt, statusAt } from '../../entitlements/status.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { readAllowancePatch } from '../../schema/allowance.ts'
import { CHARGE_PERIODS } from '../../schema/words.ts'
import type { Offer, Offered } from './catalogue.ts'
import { instantOf, known, oneOf, wrong } from './reading.ts'
import type { ActionWords, CustomerWords, OverrideWords, SubscriptionWords } from './words.ts'

/** What decides about a customer beside the words themselves. */
export interface Circumstance extends Offered {
  readonly now: Instant
  /** The customer's, else the deployment's. */
  readonly graceDays: number | null
}

/** The customer without anything. */
export function customerOf(
  { id, createdAt }: CustomerWords,
  revision: number,
  now: Instant,
): Customer {
  return {
    id,
    revision,
    createdAt: createdAt === undefined ? now : instantOf(createdAt, now, `${id}.createdAt`),
    clockAt: null,
    subscriptions: [],
    overrides: [],
  }
}

/** A subscription that begins, and all that is done to it at once. */
export function subscribed(
  customer: Customer,
  { planId, provider, actions = [], ...words }: SubscriptionWords,
  id: string,
  at: Circumstance,
): Customer {
  const offer = known(at.offers, planId, 'plan')
  const terms = termsOf(planId, offer, words)
  const bought = purchase({
    ...terms,
    id,
    startAt: words.startAt === undefined ? at.now : instantOf(words.startAt, at.now, 'startAt'),
    trialDays: words.trialDays ?? offer.trialDays,
    graceMs: graceMsOf(offer, at),
    providerDriven: provider !== undefined,
  })
  const held = actions.reduce((subscription, action) => acted(subscription, action, at), bought)
  const subscriptions = [...customer.subscriptions, held]
  const running = subscriptions.filter((each) => isBase(each, at) && !isEnded(each, at))
  if (running.length > 1 && isBase(held, at)) {
    throw new Error(`'${customer.id}' has a base subscription already: change or cancel it.`)
  }
  return { ...customer, subscriptions }
}

/** The subscription after an action; throws where the lifecycle refuses it. */
export function acted(
  subscription: Subscription,
  words: ActionWords,
  at: Circumstance,
): Subscription {
  const outcome = transition(subscription, actionOf(subscription, words, at), at.now)
  if (outcome.ok) return outcome.value
  throw new Error(`'${words.action}' is refused: ${JSON.stringify(outcome.error)}`)
}

/** An override in place of an earlier one of its feature. */
export function overridden(
  customer: Customer,
  { featureId, allowance, standalone = false, startAt, expiresAt }: OverrideWords,
  { catalogue, now }: Circumstance,
): Customer {
  known(catalogue.features, featureId, 'feature')
  const override: Override = {
    featureId,
    allowance: readAllowancePatch(allowance),
    standalone,
    startAt: startAt === undefined ? now : instantOf(startAt, now, 'startAt'),
    expiresAt: expiresAt == null ? null : instantOf(expiresAt, now, 'expiresAt'),
  }
  return { ...customer, overrides: [...without(customer, featureId), override] }
}

/** The customer without its override of a feature. */
export function reverted(customer: Customer, featureId: string): Customer {
  return { ...customer, overrides: without(customer, featureId) }
}

function without({ overrides }: Customer, featureId: string): readonly Override[] {
  return overrides.filter((override) => override.featureId !== featureId)
}

function actionOf(
  subscription: Subscription,
  words: ActionWords,
  at: Circumstance,
): ActionOf<Action> {
  const { now, offers } = at
  const current = phaseAt(subscription, now)
  const offer = known(offers, current.planId, 'plan')
  const action = oneOf(words.action.replaceAll('-', '_'), ACTIONS, 'action')
  const occurredAt =
    words.occurredAt === undefined ? now : instantOf(words.occurredAt, now, 'occurredAt')
  switch (action) {
    case 'change': {
      const planId = words.planId ?? current.planId
      const wanted = known(offers, planId, 'plan')
      const to = termsOf(planId, wanted, { chargePeriod: current.chargePeriod, ...words })
      const when = oneOf(words.when ?? 'auto', ['auto', 'now', 'period_end'], 'when')
      return { action, to, fromRank: offer.rank, toRank: wanted.rank, when }
    }
    case 'cancel': {
      if (words.at !== undefined) return { action, when: { at: instantOf(words.at, now, 'at') } }
      return {
        action,
        when: oneOf(words.when ?? 'period_end', ['now', 'period_end'] as const, 'when'),
      }
    }
    case 'payment_failed':
      return { action, failedAt: occurredAt, graceMs: graceMsOf(offer, at) }
    case 'renew':
    case 'payment_succeeded':
      return { action, period: periodOf(words, now) }
    case 'refund':
      return { action, full: words.full ?? true }
    case 'undo':
    case 'pause':
    case 'resume':
    case 'end_trial':
      return { action }
  }
}

function periodOf({ period }: ActionWords, now: Instant) {
  if (period === undefined) return null
  const startAt = instantOf(period.startAt, now, 'period.startAt')
  return { startAt, endAt: instantOf(period.endAt, now, 'period.endAt') }
}

/** What is left out is the only thing that the plan offers. */
function termsOf(
  planId: string,
  { kind, chargePeriods }: Offer,
  words: { readonly chargePeriod?: string | null; readonly quantity?: number },
): Terms {
  const { chargePeriod, quantity = 1 } = words
  if (kind === 'base' && quantity !== 1) throw wrong('quantity', '1, of a base plan', quantity)
  const [only = null, ...others] = chargePeriods
  if (chargePeriod != null && chargePeriods.length > 0) {
    const charged = oneOf(chargePeriod, CHARGE_PERIODS, 'chargePeriod')
    return { planId, chargePeriod: oneOf(charged, chargePeriods, 'chargePeriod'), quantity }
  }
  if (others.length > 0) throw wrong('chargePeriod', chargePeriods.join(', '), chargePeriod)
  return { planId, chargePeriod: only, quantity }
}

/** What the service grants where neither customer nor plan says otherwise. */
const GRACE_DAYS = 7

function graceMsOf(offer: Offer, { graceDays }: Circumstance): number {
  return (graceDays ?? offer.graceDays ?? GRACE_DAYS) * DAY_MS
}

function isBase({ phases }: Subscription, { offers }: Circumstance): boolean {
  return phases.some(({ planId }) => offers.get(planId)?.kind === 'base')
}

function isEnded(subscription: Subscription, { now }: Circumstance): boolean {
  return statusAt(subscription, now) === 'ended'
}
