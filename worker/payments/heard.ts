/** What providers have told, each event once: it is written down in the batch of what it changes. */
import { and, eq, max } from 'drizzle-orm'
import type { Instant } from '../../entitlements/instant.ts'
import { paymentEvents } from '../../schema/tables/payments.ts'
import { database, isTaken, type Statement } from '../change/database.ts'
import type { Call } from '../route.ts'
import type { PaymentOutcome } from '../../schema/wire/payment.ts'
import type { PaymentEvent } from './provider.ts'

export type HeardRow = typeof paymentEvents.$inferSelect

/** Whom and what an event turned out to be about, and what became of it. */
export interface Hearing {
  readonly customerId: string | null
  readonly subscriptionId: string | null
  readonly outcome: PaymentOutcome
}

/** What became of an event that was told before; null: it is new. */
export async function heardBefore(
  { ports }: Pick<Call, 'ports'>,
  { provider, id }: PaymentEvent,
): Promise<HeardRow | null> {
  const same = and(eq(paymentEvents.provider, provider), eq(paymentEvents.id, id))
  return (await database(ports.db).select().from(paymentEvents).where(same).get()) ?? null
}

/** The statement that writes an event down; with it falls the batch of an event that was told twice at a time. */
export function hearing(
  call: Pick<Call, 'ports' | 'now'>,
  event: PaymentEvent,
  what: Hearing,
): Statement {
  return database(call.ports.db)
    .insert(paymentEvents)
    .values(rowOf(call, event, what))
}

/** Writes down an event that changes nothing, and so has no batch to be part of. */
export async function hearAlone(
  call: Pick<Call, 'ports' | 'now'>,
  event: PaymentEvent,
  what: Hearing,
): Promise<void> {
  const { ports } = call
  await database(ports.db)
    .insert(paymentEvents)
    .values(rowOf(call, event, what))
    .onConflictDoNothing()
}

/** Whether a batch fell because its event is written down already. */
export function isToldTwice(thrown: unknown): boolean {
  return isTaken(thrown, 'payment_events.provider, payment_events.id')
}

/** When the newest event happened that this subscription has applied of this provider; null: none has been. */
export async function newestApplied(
  { ports }: Pick<Call, 'ports'>,
  subscriptionId: string,
  provider: string,
): Promise<Instant | null> {
  const { outcome, occurredAt } = paymentEvents
  const own = and(
    eq(paymentEvents.subscriptionId, subscriptionId),
    eq(paymentEvents.provider, provider),
    eq(outcome, 'applied'),
  )
  const found = await database(ports.db)
    .select({ at: max(occurredAt) })
    .from(paymentEvents)
    .where(own)
    .get()
  return found?.at ?? null
}

function rowOf(
  { now }: Pick<Call, 'now'>,
  { provider, id, occurredAt, fact }: PaymentEvent,
  what: Hearing,
): HeardRow {
  return { provider, id, kind: fact.kind, occurredAt, receivedAt: now, ...what }
}
