/**
 * What Stripe says of a subscription, in our words. Pure: from Stripe's objects to dated facts, so that the same
 * objects always say the same, whatever was heard in whatever order before.
 */
import type Stripe from 'stripe'
import type { Instant, Period } from '../../entitlements/instant.ts'
import type { Terms } from '../../entitlements/phases.ts'
import type { ChargePeriod } from '../../entitlements/subscription.ts'
import { CATALOGUE_ID } from '../../schema/ids.ts'
import { CHARGE_PERIODS } from '../../schema/words.ts'
import { idOf, instantOf } from './stripe-client.ts'

/** What the notes of Stripe's objects say that we have made. */
export const NOTES = {
  session: 'sluice_session',
  customer: 'sluice_customer',
  plan: 'sluice_plan',
  chargePeriod: 'sluice_charge_period',
  startsAt: 'sluice_starts_at',
} as const

/** A recurring price's rhythm. */
export const RHYTHMS: Readonly<
  Record<
    Exclude<ChargePeriod, 'one_time'>,
    { readonly interval: 'day' | 'week' | 'month' | 'year'; readonly interval_count: number }
  >
> = {
  daily: { interval: 'day', interval_count: 1 },
  weekly: { interval: 'week', interval_count: 1 },
  every_28_days: { interval: 'day', interval_count: 28 },
  monthly: { interval: 'month', interval_count: 1 },
  quarterly: { interval: 'month', interval_count: 3 },
  half_yearly: { interval: 'month', interval_count: 6 },
  yearly: { interval: 'year', interval_count: 1 },
}

/** A subscription as Stripe has it. */
export interface Billed {
  readonly reference: string
  /**
   * `settled`: nothing is owed. `unclear`: in a status that nobody here knows, or not paid for the first time yet, and
   * then nothing follows from it.
   */
  readonly standing: 'settled' | 'trialing' | 'owing' | 'paused' | 'over' | 'unclear'
  /** Null: its price is none of ours. */
  readonly terms: Terms | null
  /** From when on these terms are meant; null: they are in force. */
  readonly termsFrom: Instant | null
  /** What a schedule has planned next. */
  readonly next: Terms | null
  readonly period: Period
  /** What became of the bill of the period. */
  readonly bill: 'paid' | 'waived' | 'awaited'
  readonly isRefunded: boolean
  readonly trialEndAt: Instant | null
  /** Since when the oldest bill is owed, and when it was written. */
  readonly owed: { readonly since: Instant; readonly billedAt: Instant } | null
  readonly ending: { readonly at: Instant; readonly atPeriodEnd: boolean } | null
  readonly isPaused: boolean
}

/** A purchase that is paid once: nothing but its refund is still to come. */
export interface PaidOnce {
  readonly reference: string
  readonly isRefunded: boolean
}

/** What Stripe says, from the subscription and its newest invoices. */
export function billedFrom(
  subscription: Stripe.Subscription,
  invoices: readonly Stripe.Invoice[],
  isRefunded: boolean,
): Billed {
  const [item] = subscription.items.data
  const standing = STANDINGS.get(subscription.status) ?? 'unclear'
  const { cancel_at, cancel_at_period_end, pause_collection, trial_end } = subscription
  const period = {
    startAt: instantOf(item?.current_period_start ?? subscription.start_date),
    endAt: instantOf(item?.current_period_end ?? subscription.start_date),
  }
  const isTrialing = standing === 'trialing' && trial_end !== null
  const startsAt = Number(subscription.metadata[NOTES.startsAt] ?? 0)
  return {
    reference: subscription.id,
    standing: item === undefined ? 'unclear' : standing,
    terms: item === undefined ? null : termsOf(item.price, item.quantity ?? 1),
    termsFrom: isTrialing || startsAt > 0 ? instantOf(Math.max(startsAt, trial_end ?? 0)) : null,
    next: nextTerms(subscription),
    period,
    bill: billOf(periodInvoice(invoices)),
    isRefunded,
    trialEndAt: isTrialing ? instantOf(trial_end) : null,
    owed: owedFrom(invoices),
    ending:
      cancel_at === null ? null : { at: instantOf(cancel_at), atPeriodEnd: cancel_at_period_end },
    isPaused: standing === 'paused' || (pause_collection ?? null) !== null,
  }
}

/** Of the newest first: the invoice of a whole period, as opposed to one of a difference. */
export function periodInvoice(invoices: readonly Stripe.Invoice[]): Stripe.Invoice | undefined {
  return invoices.find(({ lines }) =>
    lines.data.some(({ parent }) => parent?.subscription_item_details?.proration === false),
  )
}

/** The terms that a price of ours stands for; null where it is none of ours. */
export function termsOf(
  { metadata, lookup_key }: Pick<Stripe.Price, 'metadata' | 'lookup_key'>,
  quantity: number,
): Terms | null {
  const [keyPlan, keyPeriod] = lookup_key?.split(':') ?? []
  const planId = metadata[NOTES.plan] ?? keyPlan ?? ''
  const word = metadata[NOTES.chargePeriod] ?? keyPeriod
  const chargePeriod = CHARGE_PERIODS.find((each) => each === word)
  if (!CATALOGUE_ID.test(planId) || chargePeriod === undefined) return null
  return { planId, chargePeriod, quantity }
}

/** What a schedule has planned after its present phase. */
export function nextTerms({ schedule }: Stripe.Subscription): Terms | null {
  if (typeof schedule !== 'object' || schedule === null) return null
  const endsAt = schedule.current_phase?.end_date ?? Infinity
  const phase = schedule.phases.find(({ start_date }) => start_date >= endsAt)
  const [item] = phase?.items ?? []
  if (item === undefined || typeof item.price === 'string' || item.price.deleted === true)
    return null
  return termsOf(item.price, item.quantity ?? 1)
}

/** The payments that an invoice was paid with. */
export function intentsOf({ payments }: Stripe.Invoice): readonly string[] {
  return (payments?.data ?? []).flatMap(({ payment, status }) => {
    const intent = idOf(payment.payment_intent)
    return intent === null || status !== 'paid' ? [] : [intent]
  })
}

const STANDINGS: ReadonlyMap<string, Billed['standing']> = new Map<
  Stripe.Subscription.Status,
  Billed['standing']
>([
  ['active', 'settled'],
  ['trialing', 'trialing'],
  ['past_due', 'owing'],
  ['unpaid', 'owing'],
  ['paused', 'paused'],
  ['canceled', 'over'],
  ['incomplete_expired', 'over'],
  ['incomplete', 'unclear'],
])

function billOf(invoice: Stripe.Invoice | undefined): Billed['bill'] {
  if (invoice?.status === 'paid') return 'paid'
  return invoice?.status === 'draft' || invoice?.status === 'open' ? 'awaited' : 'waived'
}

function owedFrom(invoices: readonly Stripe.Invoice[]): Billed['owed'] {
  const open = invoices.findLast(({ status, attempted }) => status === 'open' && attempted)
  if (open === undefined) return null
  const { created, status_transitions } = open
  const since = instantOf(status_transitions.finalized_at ?? created)
  return { since, billedAt: instantOf(created) }
}
