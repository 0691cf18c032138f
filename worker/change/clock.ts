/**
 * A customer's test clock: the time that goes for this customer alone, from then on and everywhere.
 *
 * Moving it is a change like any other. Whatever falls due on the way is done before the answer leaves: the object
 * advances its meters when it applies the change, and the columns that lists filter by are written with it.
 */
import { and, desc, eq, isNull } from 'drizzle-orm'
import { DAY_MS, type Instant } from '../../entitlements/instant.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { customers, subscriptions } from '../../schema/tables/customers.ts'
import { CLOCK_AHEAD_DAYS, type ClockMove } from '../../schema/wire/clock.ts'
import type { Failure } from '../failures.ts'
import { instantText, textOrNull } from '../../schema/instant-text.ts'
import type { Outcome } from '../route.ts'
import { staleStatuses, statusStatement } from '../statuses.ts'
import { ifMatchFailure, tagOf } from '../tag.ts'
import {
  changeCustomer,
  type CustomerDecision,
  type CustomerDraft,
  type CustomerRow,
} from './customer-change.ts'
import { customerView } from './customer-view.ts'
import type { CustomerEditing } from './customers.ts'
import { database } from './database.ts'
import { invalid } from './invalid.ts'
import type { SubscriptionRow } from './subscription-row.ts'
import { subscriptionView } from './subscription-view.ts'

/** How many of its subscriptions an answer shows, the newest first. */
const SHOWN_MAX = 20

/** Starts a customer's clock, or moves it forwards. */
export function putClock(
  call: CustomerEditing,
  customerId: string,
  move: ClockMove,
): Promise<Outcome> {
  return changeClock(call, customerId, ({ now }) => target(move, now, call.now))
}

/** Takes a customer's clock away: real time goes for it again. It must have come as far, for time never goes back. */
export function removeClock(call: CustomerEditing, customerId: string): Promise<Outcome> {
  return changeClock(call, customerId, ({ now }) => {
    if (now <= call.now) return ok(null)
    return err({
      code: 'transition_refused',
      of: 'clock',
      status: 'ahead',
      action: 'remove',
      allowedActions: ['move'],
      because: `Real time reaches it at ${instantText(now)}.`,
    })
  })
}

/** What time it is for a customer. */
export function clockView({ id, clockAt }: CustomerRow, now: Instant) {
  return {
    customerId: id,
    clockAt: textOrNull(clockAt),
    now: instantText(clockAt ?? now),
  }
}

type DecideClock = (draft: CustomerDraft) => Result<Instant | null, Failure>

function target(
  { now, advanceSeconds }: ClockMove,
  from: Instant,
  realNow: Instant,
): Result<Instant, Failure> {
  const to = now ?? from + (advanceSeconds ?? 0) * 1000
  const pointer = now === undefined ? '/advanceSeconds' : '/now'
  if (to < from)
    return invalid(pointer, `an instant from ${instantText(from)} on: time never goes back`)
  if (to <= realNow + CLOCK_AHEAD_DAYS * DAY_MS) return ok(to)
  return invalid(pointer, 'a time at most ten years ahead of real time')
}

function changeClock(
  call: CustomerEditing,
  customerId: string,
  decide: DecideClock,
): Promise<Outcome> {
  return changeCustomer(call, customerId, async (draft) => {
    const { customer } = draft
    if (customer === null) return err({ code: 'customer_not_found', customerId })
    const { revision } = customer
    const mismatch = ifMatchFailure(call.ifMatch, tagOf(revision), revision)
    if (mismatch !== null) return err(mismatch)
    const clockAt = decide(draft)
    if (!clockAt.ok) return clockAt
    return ok(decision(call, { ...draft, customer }, clockAt.value, await heldBy(call, customerId)))
  })
}

/** The subscriptions that time can change: all but those that an act has ended. */
function heldBy({ ports }: CustomerEditing, customerId: string): Promise<SubscriptionRow[]> {
  const own = and(eq(subscriptions.customerId, customerId), isNull(subscriptions.endedAt))
  return database(ports.db)
    .select()
    .from(subscriptions)
    .where(own)
    .orderBy(desc(subscriptions.startAt), desc(subscriptions.id))
}

function decision(
  call: CustomerEditing,
  { customer, revision }: CustomerDraft & { readonly customer: CustomerRow },
  clockAt: Instant | null,
  held: readonly SubscriptionRow[],
): CustomerDecision {
  const isSame = clockAt === customer.clockAt
  const moved = { ...customer, clockAt, revision: isSame ? customer.revision : revision }
  const now = clockAt ?? call.now
  const body = {
    ...customerView(moved),
    ...clockView(moved, call.now),
    subscriptions: held.slice(0, SHOWN_MAX).map((row) => subscriptionView(row, now)),
  }
  const answer = { body, etag: tagOf(moved.revision) }
  if (isSame) return { answer }
  const { db } = call.ports
  return {
    answer,
    change: {
      action: 'customers.clock',
      resource: `customers/${encodeURIComponent(customer.id)}`,
      before: customerView(customer),
      after: customerView(moved),
      statements: [
        database(db).update(customers).set({ clockAt }).where(eq(customers.id, customer.id)),
        statusStatement(db, staleStatuses(held, now)),
      ],
      facts: { clockAt },
    },
  }
}
