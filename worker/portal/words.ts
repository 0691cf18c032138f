/** What is said of plans, dates and meters on a customer's page. */
import type { Limit } from '../../entitlements/allowance.ts'
import type { MeterReading } from '../../entitlements/entitlement.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { endOf, graceOf } from '../../entitlements/status.ts'
import type { EndedBecause, SubscriptionStatus } from '../../entitlements/subscription.ts'
import { CHARGE_WORDS, dayText, moneyText, unitsText } from '../page/words.ts'
import type { HeldPlan, MeterLine, Terms } from './overview.ts'

/** Something that a customer should know, and how it bears on them. */
export interface Notice {
  readonly tone: 'good' | 'warn' | 'bad' | 'plain'
  readonly text: string
}

export const STATUS_WORDS: Readonly<Record<SubscriptionStatus, string>> = {
  scheduled: 'Not begun yet',
  trialing: 'Free trial',
  active: 'Active',
  past_due: 'Payment overdue',
  paused: 'Paused',
  ended: 'Ended',
}

const ENDED_WORDS: Readonly<Record<EndedBecause, string>> = {
  canceled: 'It was canceled.',
  grace_ended: 'A payment was missing.',
  refunded: 'It was refunded.',
  trial_ended: 'The free trial was over.',
}

/** `Pro`, or `3 × Seats`. */
export function nameText({ planName, quantity }: Terms): string {
  return quantity === 1 ? planName : `${quantity} × ${planName}`
}

/** What it costs, such as `$29 a month`; null where that is not for us to say. */
export function priceText({ price, quantity }: Terms): string | null {
  if (price === null) return null
  const { amount, currency, chargePeriod } = price
  return `${moneyText(amount * quantity, currency)} ${CHARGE_WORDS[chargePeriod]}`
}

/** A day and a time, in UTC. */
export function momentText(at: Instant): string {
  const form = { dateStyle: 'long', timeStyle: 'short', hourCycle: 'h23', timeZone: 'UTC' } as const
  return `${new Intl.DateTimeFormat('en', form).format(at)} UTC`
}

/** Everything that lies ahead of a plan or has just happened to it, what is most urgent first. */
export function noticesOf(held: HeldPlan): readonly Notice[] {
  const { subscription, pending } = held
  if (subscription === null) return []
  const notices: Notice[] = []
  const note = (tone: Notice['tone'], text: string) => notices.push({ tone, text })
  const standing = standingNotice(held)
  if (standing !== null) notices.push(standing)
  const { cancelAt } = subscription
  if (cancelAt !== null && held.status !== 'ended') {
    note('warn', `It ends on ${momentText(cancelAt)}. Until then everything stays as it is.`)
  }
  if (pending !== null) {
    const price = priceText(pending)
    const terms = price === null ? '' : `, for ${price}`
    note('plain', `On ${momentText(pending.at)} it becomes ${nameText(pending)}${terms}.`)
  }
  return notices
}

function standingNotice({ subscription, status }: HeldPlan): Notice | null {
  if (subscription === null) return null
  switch (status) {
    case 'scheduled':
      return { tone: 'plain', text: `It begins on ${momentText(subscription.startAt)}.` }
    case 'trialing':
      return { tone: 'plain', text: trialText(subscription.trialEndAt, subscription.endsWithTrial) }
    case 'past_due': {
      const endsAt = graceOf(subscription)?.endsAt ?? null
      const until = endsAt === null ? '' : ` Without it, access ends on ${momentText(endsAt)}.`
      return { tone: 'bad', text: `A payment is missing.${until}` }
    }
    case 'paused':
      return { tone: 'warn', text: 'It is paused: nothing can be used until it is resumed.' }
    case 'ended': {
      const end = endOf(subscription)
      if (end === null) return null
      return { tone: 'bad', text: `It ended on ${dayText(end.at)}. ${ENDED_WORDS[end.because]}` }
    }
    case 'active':
      return null
  }
}

function trialText(endAt: Instant | null, endsThen: boolean): string {
  const until =
    endAt === null ? 'The trial is free.' : `The trial is free until ${momentText(endAt)}.`
  return endsThen ? `${until} It ends there unless it is paid for.` : until
}

/** How much of a meter is used, in numbers: what the bar beside it shows. */
export interface UsedOf {
  readonly used: number
  /** Everything that may be used in this period; null: no limit. */
  readonly of: number | null
}

/** The units of this period, those carried over included. */
export function usedOf({ used, balance, overage }: MeterReading): UsedOf {
  return { used, of: balance === 'unlimited' ? null : used + balance - overage }
}

/** `1,200 of 5,000 calls used`. */
export function usedText({ unit, reading }: MeterLine): string {
  const { used, of } = usedOf(reading)
  if (of === null) return `${unitsText(used, unit)} used, without a limit`
  return `${numberText(used)} of ${unitsText(of, unit)} used`
}

/** What else there is to say of a meter: carried, beyond, when it begins again. */
export function meterNotes({ unit, reading }: MeterLine): readonly string[] {
  const { carried, overage, period, enforcement, balance } = reading
  return [
    ...(carried > 0
      ? [`${unitsText(carried, unit)} of them were left over and carried over.`]
      : []),
    ...(overage > 0 ? [`${unitsText(overage, unit)} more than included.`] : []),
    ...(isSpent(balance, enforcement) ? ['All of it is used.'] : []),
    ...(period === null ? [] : [`Starts again on ${momentText(period.endAt)}.`]),
  ]
}

function isSpent(balance: Limit, enforcement: MeterReading['enforcement']): boolean {
  return balance === 0 && enforcement === 'hard'
}

/** `Arranged for you`, with its end where it has one. */
export function specialText({ until }: { readonly until: Instant | null }): string {
  return until === null ? 'Arranged for you' : `Arranged for you until ${momentText(until)}`
}

function numberText(units: number): string {
  return unitsText(units, null)
}
