/**
 * Making Stripe's subscription what ours is. What it has already is not asked for again, so it may be repeated at any
 * time, after any failure.
 */
import type Stripe from 'stripe'
import { invariant } from '../../entitlements/invariant.ts'
import { isSame, pendingPhase, type Terms } from '../../entitlements/phases.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { phaseAt } from '../../entitlements/status.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { idOf, instantOf, secondsOf } from './stripe-client.ts'
import { nextTerms, NOTES, RHYTHMS, termsOf } from './stripe-facts.ts'
import { isPaidOnce, isRefunded, readPaidIntents, readSubscriptionAt } from './stripe-read.ts'

/** The subscription as it is to be at Stripe. */
export interface Wanted {
  readonly id: string
  readonly reference: string
  readonly subscription: Subscription
  /** By the clock of the customer. */
  readonly now: Instant
  /** Stripe's price of these terms in this currency. */
  readonly priceOf: (terms: Terms, currency: string) => Promise<string>
}

/** Brings Stripe's subscription, or its payment, to where ours is. */
export async function bring(stripe: Stripe, wanted: Wanted): Promise<void> {
  const { reference, subscription } = wanted
  if (subscription.ended?.because === 'refunded') await giveBack(stripe, wanted)
  if (isPaidOnce(reference)) return
  const actual = await readSubscriptionAt(stripe, reference)
  if (OVER.includes(actual.status)) return
  const goal = goalOf(wanted, actual)
  if (goal === 'over') {
    await stripe.subscriptions.cancel(reference, { prorate: false, invoice_now: false })
    return
  }
  await adjust(stripe, wanted, actual, goal)
}

/** What Stripe is to have. */
interface Goal {
  readonly terms: Terms
  readonly next: Terms | null
  readonly ending: { readonly at: Instant; readonly atPeriodEnd: boolean } | null
  readonly isPaused: boolean
  readonly endsTrial: boolean
}

const OVER: readonly Stripe.Subscription.Status[] = ['canceled', 'incomplete_expired']

/** Where ours is free of charge, or has ended, Stripe has nothing to bill. Pure. */
export function goalOf(
  { subscription, now }: Pick<Wanted, 'subscription' | 'now'>,
  actual: Pick<Stripe.Subscription, 'status' | 'trial_end' | 'cancel_at' | 'metadata'>,
): Goal | 'over' {
  const { ended, cancelAt, cancelAtPeriodEnd, trialEndAt, pausedAt } = subscription
  const isDone = cancelAt !== null && cancelAt <= now && actual.cancel_at === null
  const from = Math.max(now, ...datesOf(actual).map(instantOf))
  const terms = phaseAt(subscription, from)
  if (ended !== null || isDone || phaseAt(subscription, now).chargePeriod === null) return 'over'
  const pending = from > now ? null : pendingPhase(subscription, now)
  const isFreeNext = pending !== null && pending.chargePeriod === null
  const own = cancelAt === null ? null : { at: cancelAt, atPeriodEnd: cancelAtPeriodEnd }
  const end = isFreeNext ? { at: pending.from, atPeriodEnd: pending.atPeriodEnd } : own
  return {
    terms,
    next: isFreeNext ? null : pending,
    ending: end,
    isPaused: pausedAt !== null,
    endsTrial: actual.status === 'trialing' && trialEndAt !== null && trialEndAt <= now,
  }
}

/** Dates from which on Stripe's present terms are meant. */
function datesOf({
  status,
  trial_end,
  metadata,
}: Pick<Stripe.Subscription, 'status' | 'trial_end' | 'metadata'>) {
  const startsAt = Number(metadata[NOTES.startsAt] ?? 0)
  return status === 'trialing' && trial_end !== null ? [trial_end, startsAt] : [startsAt]
}

/** A subscription under a schedule can only be changed once it is released from it. */
async function adjust(
  stripe: Stripe,
  wanted: Wanted,
  actual: Stripe.Subscription,
  goal: Goal,
): Promise<void> {
  const update = await updateTo(wanted, actual, goal)
  const planned = nextTerms(actual)
  const isPlanned =
    goal.next === null ? planned === null : planned !== null && isSame(planned, goal.next)
  const scheduleId = idOf(actual.schedule)
  const isReleased = scheduleId !== null && (update !== null || !isPlanned)
  if (isReleased) await stripe.subscriptionSchedules.release(scheduleId)
  if (update !== null) {
    await stripe.subscriptions.update(wanted.reference, update)
    if (actual.status === 'paused' && !goal.isPaused)
      await stripe.subscriptions.resume(wanted.reference)
  }
  if (goal.next !== null && (isReleased || scheduleId === null))
    await schedule(stripe, wanted, goal.next)
}

/** What differs; null: nothing. */
async function updateTo(
  { priceOf }: Wanted,
  actual: Stripe.Subscription,
  goal: Goal,
): Promise<Stripe.SubscriptionUpdateParams | null> {
  const item = itemOf(actual)
  const held = termsOf(item.price, item.quantity ?? 1)
  const isPaused = actual.pause_collection !== null || actual.status === 'paused'
  const changes: Stripe.SubscriptionUpdateParams = {
    ...(goal.endsTrial && { trial_end: 'now' }),
    ...((held === null || !isSame(held, goal.terms)) && {
      items: [
        {
          id: item.id,
          price: await priceOf(goal.terms, actual.currency),
          quantity: goal.terms.quantity,
        },
      ],
      // What is upgraded now is paid for now.
      proration_behavior: 'always_invoice',
    }),
    ...endingOf(actual, goal.ending),
    ...(goal.isPaused !== isPaused && {
      pause_collection: goal.isPaused ? { behavior: 'void' } : '',
    }),
  }
  return Object.keys(changes).length === 0 ? null : changes
}

/** Stripe takes one of its two words for an end at a time; each takes back the other. */
function endingOf(
  { cancel_at, cancel_at_period_end }: Stripe.Subscription,
  ending: Goal['ending'],
): Stripe.SubscriptionUpdateParams {
  if (ending === null) {
    if (cancel_at === null) return {}
    return cancel_at_period_end ? { cancel_at_period_end: false } : { cancel_at: '' }
  }
  if (ending.atPeriodEnd) return cancel_at_period_end ? {} : { cancel_at_period_end: true }
  const at = secondsOf(ending.at)
  return cancel_at === at && !cancel_at_period_end ? {} : { cancel_at: at }
}

/**
 * Plans the next terms for the end of the period. A price that changes now and is charged from then on would be simpler,
 * and wrong where the two are charged in different rhythms: Stripe would begin a period, and bill it, at once.
 */
async function schedule(
  stripe: Stripe,
  { reference, priceOf }: Wanted,
  next: Terms,
): Promise<void> {
  const { chargePeriod } = next
  invariant(chargePeriod !== null && chargePeriod !== 'one_time', 'what is scheduled recurs')
  const actual = await stripe.subscriptions.retrieve(reference)
  const item = itemOf(actual)
  const price = await priceOf(next, actual.currency)
  const made = await stripe.subscriptionSchedules.create({ from_subscription: reference })
  await stripe.subscriptionSchedules.update(made.id, {
    end_behavior: 'release',
    proration_behavior: 'none',
    phases: [
      {
        start_date: made.current_phase?.start_date ?? item.current_period_start,
        end_date: item.current_period_end,
        items: [{ price: item.price.id, quantity: item.quantity ?? 1 }],
      },
      {
        items: [{ price, quantity: next.quantity }],
        duration: RHYTHMS[chargePeriod],
        proration_behavior: 'none',
      },
    ],
  })
}

/** All that was paid for the period in force, as far as it has not been given back. */
async function giveBack(stripe: Stripe, { id, reference }: Wanted): Promise<void> {
  const intents = isPaidOnce(reference) ? [reference] : await readPaidIntents(stripe, reference)
  for (const intent of intents) {
    if (await isRefunded(stripe, intent)) continue
    const idempotencyKey = `sluice-refund-${id}-${intent}`
    await stripe.refunds.create({ payment_intent: intent }, { idempotencyKey })
  }
}

/** Who sells one plan at a time has one item. */
function itemOf({ items }: Pick<Stripe.Subscription, 'items'>): Stripe.SubscriptionItem {
  const [item] = items.data
  invariant(item !== undefined, 'a subscription at Stripe has an item')
  return item
}
