/** What providers have told, each event once: it is written down in the batch of what it changes. */
import { and, eq } from 'drizzle-orm'
import { paymentEvents } from '../../schema/tables/payments.ts'
import { database, isTaken, type Statement } from '../change/database.ts'
import type { Call } from '../route.ts'
import type { PaymentOutcome } from '../../schema/wire/payment.ts'
import type { PaymentEvent } from './provider.ts'

/** What an event must say of itself to be heard once. */
export type Heard = Pick<PaymentEvent, 'provider' | 'id' | 'occurredAt'> & {
  readonly fact: { readonly kind: string }
}

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
  { provider, id }: Heard,
): Promise<HeardRow | null> {
  const same = and(eq(paymentEvents.provider, provider), eq(paymentEvents.id, id))
  return (await database(ports.db).select().from(paymentEvents).where(same).get()) ?? null
}

/** The statement that writes an event down; with it falls the batch of an event that was told twice at a time. */
export function hearing(call: Pick<Call, 'ports' | 'now'>, event: Heard, what: Hearing): Statement {
  return database(call.ports.db)
    .insert(paymentEvents)
    .values(rowOf(call, event, what))
}

/** Writes down an event that changes nothing, and so has no batch to be part of. */
export async function hearAlone(
  call: Pick<Call, 'ports' | 'now'>,
  event: Heard,
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

function rowOf(
  { now }: Pick<Call, 'now'>,
  { provider, id, occurredAt, fact }: Heard,
  what: Hearing,
): HeardRow {
  return { provider, id, kind: fact.kind, occurredAt, receivedAt: now, ...what }
}
