/**
 * Making a subscription what Stripe says that it is.
 *
 * Each difference is an act of the lifecycle table, and what is no difference is no act: so it does not matter which
 * events led here, in what order, or how often.
 */
import type { Action, ActionOf } from '../../entitlements/effects.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { isSame, pendingPhase } from '../../entitlements/phases.ts'
import type { Terms } from '../../entitlements/phases.ts'
import { ok } from '../../entitlements/result.ts'
import { graceOf, phaseAt, statusAt } from '../../entitlements/status.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import { acted, changeOf, type Decide, paymentFailed } from '../change/actions.ts'
import type { Holder } from '../change/holder.ts'
import { changedRow, type SubscriptionRow } from '../change/subscription-row.ts'
import type { FailureCode } from '../failures.ts'
import type { Billed, PaidOnce } from './stripe-facts.ts'

/** The subscription as Stripe has it. */
export interface Followed {
  readonly row: SubscriptionRow
  /** What was done to it, in its order. */
  readonly acts: readonly Action[]
  /** What Stripe says and nobody here can have, such as a plan that has been archived. */
  readonly refused: readonly FailureCode[]
}

/** Dates of ours that were told to Stripe have lost what is below a second. */
const SECOND_MS = 1_000

/** A bill is written up to an hour before anybody tries to have it paid. */
const HOUR_MS = 3_600_000

/** Where something that was decided here has not reached Stripe, only what it says of money can be right. */
export type Scope = 'everything' | 'money'

/** What is to be done to the row; the same again where nothing is. */
export function follow(
  holder: Holder,
  row: SubscriptionRow,
  billed: Billed | PaidOnce,
  scope: Scope,
): Followed {
  const steps = 'standing' in billed ? stepsTo(holder, row, billed, scope) : refundOf(billed)
  if (steps === 'detached') {
    return { row: { ...row, providerName: null, providerReference: null }, acts: [], refused: [] }
  }
  return steps.reduce<Followed>((sofar, step) => taken(holder, sofar, step), {
    row,
    acts: [],
    refused: [],
  })
}

/** What a step is decided from: the subscription as the steps before it have left it. */
interface Before {
  readonly holder: Holder
  readonly subscription: Subscription
  readonly now: Instant
}

/** Something to do, or facts to take over as they are; null: nothing. */
type Step = (before: Before) => Doing | null

type Doing =
  | { readonly decide: Decide; readonly isTold: boolean }
  | { readonly becomes: Subscription }

const doing = (action: ActionOf<Action>, isTold = true): Doing => ({
  decide: () => ok(action),
  isTold,
})

function taken(holder: Holder, sofar: Followed, step: Step): Followed {
  const { row, acts, refused } = sofar
  const { now } = holder
  const doing = step({ holder, subscription: subscriptionOf(row), now })
  if (doing === null) return sofar
  if ('becomes' in doing) return { ...sofar, row: changedRow(row, doing.becomes, now) }
  const done = acted(holder, row, doing.decide)
  if (!done.ok) return { ...sofar, refused: [...refused, done.error.code] }
  const { action, row: next } = done.value
  return { row: next, acts: doing.isTold ? [...acts, action] : acts, refused }
}

function refundOf({ isRefunded }: PaidOnce): readonly Step[] {
  return [
    ({ subscription }) =>
      isRefunded && subscription.ended === null ? doing({ action: 'refund', full: true }) : null,
  ]
}

/** An end is final; else whether it is paid comes first, because a payment brings back what has lapsed. */
function stepsTo(
  holder: Holder,
  row: SubscriptionRow,
  billed: Billed,
  scope: Scope,
): readonly Step[] | 'detached' {
  const subscription = subscriptionOf(row)
  const { now } = holder
  if (billed.standing === 'unclear' || subscription.ended !== null) return []
  if (billed.isRefunded) return refundOf(billed)
  if (billed.standing === 'over') {
    // Nobody has to bill a plan that is free of charge.
    if (phaseAt(subscription, now).chargePeriod === null) return 'detached'
    return [(before) => (isOver(before) ? null : doing({ action: 'cancel', when: 'now' }))]
  }
  const whileLive =
    (step: Step): Step =>
    (before) =>
      isOver(before) ? null : step(before)
  const money = [
    whileLive(movedTrial(billed)),
    paid(billed),
    olderDebt(billed),
    whileLive(owing(billed)),
  ]
  if (scope === 'money') return money
  const form = [terms(billed), ending(billed), endingKind(billed), next(billed), paused(billed)]
  return [...money, ...form.map(whileLive)]
}

function isOver({ subscription, now }: Before): boolean {
  return statusAt(subscription, now) === 'ended'
}

/** A trial lasts as long as Stripe says, and is over when Stripe says so. */
function movedTrial({ standing, trialEndAt }: Billed): Step {
  return ({ subscription, now }) => {
    const { trialEndAt: ours, grace } = subscription
    if (ours === null || ours <= now) return null
    if (standing === 'settled' || standing === 'owing') return doing({ action: 'end_trial' })
    if (trialEndAt === null || isNear(ours, trialEndAt)) return null
    const moved =
      grace?.startedAt === ours
        ? { startedAt: trialEndAt, endsAt: trialEndAt + grace.endsAt - grace.startedAt }
        : grace
    return { becomes: { ...subscription, trialEndAt, grace: moved } }
  }
}

/** The period is renewed once it is paid for; one that is waived is taken over without a word. */
function paid({ standing, bill, period, termsFrom }: Billed): Step {
  return ({ subscription, now }) => {
    if (standing !== 'settled' || bill === 'awaited' || (termsFrom ?? now) > now) return null
    const { billingPeriod, endsWithTrial } = subscription
    const isNew =
      period.endAt > now &&
      (billingPeriod?.startAt !== period.startAt || billingPeriod.endAt !== period.endAt)
    const isOwing = graceOf(subscription) !== null || endsWithTrial
    if (isOwing || (isNew && bill === 'paid')) return doing({ action: 'payment_succeeded', period })
    return isNew ? doing({ action: 'renew', period }, false) : null
  }
}

/** A debt that was paid without our hearing of it, before the one that is owed now. */
function olderDebt({ standing, owed }: Billed): Step {
  return ({ subscription, now }) => {
    const grace = graceOf(subscription)
    if (standing !== 'owing' || owed === null || grace === null) return null
    // Where Stripe is ahead of the customer's time, every grace is older than what is owed, this debt's own too.
    if (owed.billedAt > now) return null
    if (grace.startedAt >= owed.billedAt - HOUR_MS) return null
    return doing({ action: 'payment_succeeded', period: null }, false)
  }
}

function owing({ standing, owed }: Billed): Step {
  return ({ holder, subscription }) => {
    if (standing !== 'owing' || graceOf(subscription) !== null) return null
    // A customer with a test clock lives at another time than its provider: there it fails when it is heard of.
    const occurredAt = holder.customer.clockAt === null ? owed?.since : undefined
    const told = occurredAt === undefined ? {} : { occurredAt }
    return { decide: (held) => ok(paymentFailed(held, told)), isTold: true }
  }
}

/** A change that Stripe has made; one that it is late with, because its clock is behind ours, it will make yet. */
function terms(billed: Billed): Step {
  return ({ subscription, now }) => {
    const { terms, termsFrom, next, ending } = billed
    if (terms === null) return null
    const from = Math.max(termsFrom ?? now, now)
    const ours = phaseAt(subscription, from)
    const isLate = next !== null && isSame(next, ours)
    if (isSame(ours, terms) || isLate || goesFree(subscription, ending)) return null
    const isInTrial = (subscription.trialEndAt ?? now) > now
    return change(terms, from > now && !isInTrial ? 'period_end' : 'now')
  }
}

function ending({ ending }: Billed): Step {
  return ({ subscription, now }) => {
    const { cancelAt } = subscription
    if (ending === null) return cancelAt === null ? null : doing({ action: 'undo' })
    if (ending.at <= now || goesFree(subscription, ending)) return null
    if (cancelAt !== null && isNear(cancelAt, ending.at)) return null
    return doing({ action: 'cancel', when: { at: ending.at } })
  }
}

/** Whether the end moves along with the period's. */
function endingKind({ ending }: Billed): Step {
  return ({ subscription }) => {
    const { cancelAt, cancelAtPeriodEnd } = subscription
    if (ending === null || cancelAt === null || cancelAtPeriodEnd === ending.atPeriodEnd)
      return null
    return { becomes: { ...subscription, cancelAtPeriodEnd: ending.atPeriodEnd } }
  }
}

function next({ next, standing, termsFrom, ending }: Billed): Step {
  return ({ subscription, now }) => {
    if (standing === 'trialing' || (termsFrom ?? now) > now) return null
    const pending = pendingPhase(subscription, now)
    if (next === null) {
      const isKept = pending === null || goesFree(subscription, ending)
      return isKept ? null : doing({ action: 'undo' })
    }
    const isKnown = isSame(pending ?? phaseAt(subscription, now), next)
    return isKnown ? null : change(next, 'period_end')
  }
}

function paused({ isPaused }: Billed): Step {
  return ({ subscription: { pausedAt } }) => {
    if (isPaused === (pausedAt !== null)) return null
    return doing({ action: isPaused ? 'pause' : 'resume' })
  }
}

function change({ planId, chargePeriod, quantity }: Terms, when: 'now' | 'period_end'): Doing {
  const asked = { planId, quantity, when, ...(chargePeriod !== null && { chargePeriod }) }
  return { decide: (held) => changeOf(held, asked), isTold: true }
}

/** What Stripe's end means where ours goes on free of charge: nothing but that nobody bills it any more. */
function goesFree(subscription: Subscription, ending: Billed['ending']): boolean {
  return ending !== null && phaseAt(subscription, ending.at).chargePeriod === null
}

function isNear(a: Instant, b: Instant): boolean {
  return Math.abs(a - b) < SECOND_MS
}
