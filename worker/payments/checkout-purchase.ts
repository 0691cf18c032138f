/**
 * What a payment on a checkout page buys. A base plan takes the place of the one that the customer has, if any: there is
 * never a second. An add-on is always a subscription of its own, so that each purchase can be refunded alone.
 */
import type { Action, ActionOf } from '../../entitlements/effects.ts'
import type { Instant, Period } from '../../entitlements/instant.ts'
import { isSame, pendingPhase } from '../../entitlements/phases.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { phaseAt, statusAt } from '../../entitlements/status.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import type { Metadata } from '../../schema/tables/columns.ts'
import type { SubscriptionChange } from '../../schema/wire/subscription.ts'
import { acted, changeOf, type Decide } from '../change/actions.ts'
import { type Holder, isBase, offeredPlan } from '../change/holder.ts'
import { purchased } from '../change/purchase.ts'
import type { SubscriptionRow } from '../change/subscription-row.ts'
import type { Failure } from '../failures.ts'
import { type Cleared, clearedBy, withRoom } from './checkout-room.ts'
import type { SessionRow } from './checkout-session.ts'

/** What is bought: a session says it, or is about to. */
export type Wanted = Pick<
  SessionRow,
  'planId' | 'chargePeriod' | 'quantity' | 'changeWhen' | 'amount' | 'currency' | 'trialDays'
> & { readonly metadata: Metadata }

/** How it is paid. */
export interface Payment {
  /** Who bills from now on, and what they call it; null: nobody. */
  readonly provider: { readonly name: string; readonly reference: string } | null
  /** The billing period that was paid for; null leaves it to arithmetic. */
  readonly period: Period | null
  readonly occurredAt: Instant
  /** Whether money has been taken: then what was offered is honoured. */
  readonly isTaken: boolean
}

export interface Bought {
  /** Null: the subscription is new. */
  readonly before: SubscriptionRow | null
  readonly row: SubscriptionRow
  /** What was done to the one that was there. */
  readonly acts: readonly Action[]
  /** From when on what was bought holds: now, or the end of a billing period. */
  readonly from: Instant
  /** What else was there and ends by it. */
  readonly cleared: readonly Cleared[]
}

/** The subscription that the purchase leads to, or why the customer cannot have it. */
export function bought(
  holder: Holder,
  wanted: Wanted,
  payment: Payment,
  id: string,
): Result<Bought, Failure> {
  const plan = offeredPlan(holder, wanted.planId)
  if (!plan.ok) return plan
  const cleared = plan.value.kind === 'base' ? clearedBy(holder, payment.isTaken) : []
  const roomy = withRoom(holder, cleared)
  const running = plan.value.kind === 'base' ? runningBase(roomy) : undefined
  const purchase =
    running === undefined
      ? taken(roomy, wanted, payment, id)
      : entered(roomy, wanted, payment, running)
  return purchase.ok ? ok({ ...purchase.value, cleared }) : purchase
}

/** Whether the customer has just that already, with nothing that would end or change it. */
export function hasAlready(holder: Holder, wanted: Wanted): SubscriptionRow | null {
  const running = runningBase(holder)
  if (running === undefined) return null
  const subscription = subscriptionOf(running)
  const { now } = holder
  const isSettled =
    statusAt(subscription, now) === 'active' &&
    subscription.cancelAt === null &&
    pendingPhase(subscription, now) === null
  return isSettled && isSame(phaseAt(subscription, now), wanted) ? running : null
}

/** The customer's facts with the plan as it was offered: what has become of it since is no matter to who has paid. */
export function honouring(holder: Holder, { planId, chargePeriod, ...wanted }: Wanted): Holder {
  const plan = holder.plans.get(planId)
  if (plan === undefined) return holder
  const { amount, currency } = wanted
  const prices =
    chargePeriod === null || currency === null ? [] : [{ chargePeriod, amount, currency }]
  const offered = { ...plan, prices, archivedAt: null }
  const customer = { ...holder.customer, archivedAt: null }
  return { ...holder, customer, plans: new Map(holder.plans).set(planId, offered) }
}

/** The base subscription that a purchase takes over: one that holds, rather than one that is still to begin. */
function runningBase(holder: Holder): SubscriptionRow | undefined {
  const rows = holder.subscriptions.filter((row) => {
    const subscription = subscriptionOf(row)
    return isBase(holder, subscription) && statusAt(subscription, holder.now) !== 'ended'
  })
  return rows.toSorted((a, b) => a.startAt - b.startAt)[0]
}

type Purchase = Omit<Bought, 'cleared'>

function taken(
  holder: Holder,
  { planId, chargePeriod, quantity, trialDays, metadata }: Wanted,
  { provider, period, occurredAt, isTaken }: Payment,
  id: string,
): Result<Purchase, Failure> {
  const input = {
    planId,
    quantity,
    metadata,
    trialDays: holder.triedPlanIds.has(planId) ? 0 : trialDays,
    ...(chargePeriod !== null && { chargePeriod }),
    ...(provider !== null && { provider }),
  }
  const made = purchased(holder, input, id, isTaken ? Infinity : undefined)
  if (!made.ok) return made
  const dated = period !== null && period.endAt > holder.now
  const row = {
    ...made.value,
    ...(dated && { periodStartAt: period.startAt, periodEndAt: period.endAt }),
    providerEventAt: provider && occurredAt,
    // Whatever is decided from here on is the provider's to be told.
    providerRevision: provider && 0,
  }
  return ok({ before: null, row, acts: [], from: row.startAt })
}

/** The running base subscription on the terms that were bought. */
function entered(
  holder: Holder,
  wanted: Wanted,
  payment: Payment,
  running: SubscriptionRow,
): Result<Purchase, Failure> {
  const { now } = holder
  // A page of ours that is open beside the one that was paid asks for no second payment of the same.
  const isTwice = !payment.isTaken && hasAlready(holder, wanted) !== null
  if (isTwice || statusAt(subscriptionOf(running), now) === 'scheduled') {
    const { planId } = phaseAt(subscriptionOf(running), now)
    return err({ code: 'base_subscription_exists', subscriptionId: running.id, planId })
  }
  const turnedTo = (to: SubscriptionChange) =>
    done(holder, { row: running, acts: [] }, [
      ...(running.cancelAt === null ? [] : [UNDO]),
      (held) => changeOf(held, to),
    ])
  const to = changeTo(wanted)
  const asked = turnedTo(to)
  // The period whose end was to be waited for may be gone by now.
  const changed = asked.ok || !payment.isTaken ? asked : turnedTo({ ...to, when: 'now' })
  if (!changed.ok) return changed
  const next = subscriptionOf(changed.value.row)
  const isNow = isSame(phaseAt(next, now), wanted)
  const from = isNow ? now : (pendingPhase(next, now)?.from ?? now)
  const isPaid = isNow && wanted.amount > 0 && wanted.trialDays === 0
  const steps = isPaid ? paymentOf(next, payment.period, now) : []
  const paid = done(holder, changed.value, steps)
  if (!paid.ok) return paid
  const { row, acts } = paid.value
  return ok({ before: running, row: billedBy(row, payment), acts, from })
}

function changeTo({ planId, chargePeriod, quantity, changeWhen }: Wanted): SubscriptionChange {
  const terms = { planId, quantity, when: changeWhen }
  return chargePeriod === null ? terms : { ...terms, chargePeriod }
}

/** Whoever buys stays: a cancellation that was still to come is taken back. */
const UNDO: Decide = () => ok({ action: 'undo' })

/** Who has paid has access at once: no pause, no debt, and no trial any more, because the paid period begins now. */
function paymentOf(
  { pausedAt, trialEndAt }: Subscription,
  period: Period | null,
  now: Instant,
): readonly Decide[] {
  const steps: ActionOf<Action>[] = [{ action: 'payment_succeeded', period: null }]
  if (pausedAt !== null) steps.unshift({ action: 'resume' })
  if (trialEndAt !== null && trialEndAt > now) steps.push({ action: 'end_trial' })
  if (period !== null) steps.push({ action: 'renew', period })
  return steps.map((step) => () => ok(step))
}

interface Done {
  readonly row: SubscriptionRow
  readonly acts: readonly Action[]
}

/** One step after the other, each as the lifecycle table has it. */
function done(holder: Holder, start: Done, steps: readonly Decide[]): Result<Done, Failure> {
  let { row, acts } = start
  for (const step of steps) {
    const outcome = acted(holder, row, step)
    if (!outcome.ok) return outcome
    row = outcome.value.row
    acts = [...acts, outcome.value.action]
  }
  return ok({ row, acts })
}

function billedBy(row: SubscriptionRow, { provider, occurredAt }: Payment): SubscriptionRow {
  if (provider === null) return row
  return {
    ...row,
    providerName: provider.name,
    providerReference: provider.reference,
    providerEventAt: occurredAt,
  }
}
