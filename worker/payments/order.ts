/**
 * Which word counts where a provider's events come in another order than they happened: the newest of those that speak of
 * the same. An older one never undoes it, and one that speaks of something else is not lost behind it.
 */
import { and, eq, inArray, max } from 'drizzle-orm'
import type { Instant } from '../../entitlements/instant.ts'
import { statusAt } from '../../entitlements/status.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import { paymentEvents } from '../../schema/tables/payments.ts'
import { database } from '../change/database.ts'
import type { SubscriptionRow } from '../change/subscription-row.ts'
import type { Call } from '../route.ts'
import type { FactOfOne, PaymentEvent, Subscribed } from './provider.ts'

/** What an event is written down as. */
export type HeardKind =
  | FactOfOne['kind']
  | 'change_scheduled'
  /** Changed to what was in force, which took nothing back. */
  | 'change_confirmed'
  | 'refunded_in_part'
  | 'uncanceled'
  /** Cancelled at once. */
  | 'ended'

/** A fact by what it leads to: what happens now, what waits, and what only asks to be told on are three things. */
export function heardKindOf(fact: FactOfOne): HeardKind {
  switch (fact.kind) {
    case 'changed':
      return fact.when === 'period_end' ? 'change_scheduled' : 'changed'
    case 'refunded':
      return fact.full ? 'refunded' : 'refunded_in_part'
    case 'canceled':
      if (fact.when === null) return 'uncanceled'
      return fact.when === 'now' ? 'ended' : 'canceled'
    case 'payment_succeeded':
    case 'payment_failed':
    case 'disputed':
    case 'paused':
    case 'resumed':
      return fact.kind
  }
}

/** The kinds whose newer word an older one of this kind would undo. */
const UNDOES: Readonly<Record<HeardKind, readonly HeardKind[]>> = {
  payment_succeeded: ['payment_succeeded', 'payment_failed', 'refunded'],
  payment_failed: ['payment_succeeded', 'payment_failed', 'refunded'],
  refunded: ['payment_succeeded', 'payment_failed', 'refunded'],
  changed: ['changed', 'change_confirmed', 'change_scheduled'],
  change_confirmed: [],
  // One change or cancellation waits at a time.
  change_scheduled: ['changed', 'change_scheduled', 'canceled'],
  canceled: ['canceled', 'uncanceled', 'change_scheduled'],
  uncanceled: ['canceled', 'uncanceled'],
  // What has ended at the provider has ended, whatever was said of it besides.
  ended: [],
  paused: ['paused', 'resumed'],
  resumed: ['paused', 'resumed'],
  refunded_in_part: [],
  disputed: [],
}

/** Whether something newer of the same provider has been applied that this event would undo. */
export async function isBehind(
  call: Pick<Call, 'ports'>,
  row: SubscriptionRow,
  { provider, occurredAt, fact }: PaymentEvent<FactOfOne>,
): Promise<boolean> {
  const kind = heardKindOf(fact)
  if (UNDOES[kind].length === 0) return false
  const relayed = isOfMoney(kind) && provider === row.providerName ? row.providerEventAt : null
  const newest = await newestApplied(call, row.id, provider, UNDOES[kind])
  return occurredAt < Math.max(newest ?? -Infinity, relayed ?? -Infinity)
}

/** Whether what goes by this name at the provider had ended there when it was taken: then it is taken anew. */
export async function isTakenAnew(
  call: Pick<Call, 'ports'>,
  row: SubscriptionRow,
  { provider, occurredAt }: PaymentEvent<Subscribed>,
  now: Instant,
): Promise<boolean> {
  if (statusAt(subscriptionOf(row), now) !== 'ended') return false
  const ended = await newestApplied(call, row.id, provider, ['ended', 'canceled', 'refunded'])
  return occurredAt > (ended ?? -Infinity)
}

/** When the newest word about money happened: of the provider who drives the subscription, whoever passed it on. */
export function moneyMark(
  { providerName, providerEventAt }: SubscriptionRow,
  { provider, occurredAt, fact }: PaymentEvent<FactOfOne>,
): Instant | null {
  return isOfMoney(fact.kind) && provider === providerName ? occurredAt : providerEventAt
}

function isOfMoney(kind: HeardKind): boolean {
  return UNDOES[kind].includes('payment_failed')
}

async function newestApplied(
  { ports }: Pick<Call, 'ports'>,
  subscriptionId: string,
  provider: string,
  kinds: readonly HeardKind[],
): Promise<Instant | null> {
  const own = and(
    eq(paymentEvents.subscriptionId, subscriptionId),
    eq(paymentEvents.provider, provider),
    eq(paymentEvents.outcome, 'applied'),
    inArray(paymentEvents.kind, [...kinds]),
  )
  const newest = { at: max(paymentEvents.occurredAt) }
  const found = await database(ports.db).select(newest).from(paymentEvents).where(own).get()
  return found?.at ?? null
}
