/**
 * Everything that is told with a change of a customer: first what time has done until then under the facts that held,
 * then the change itself, then the entitlements that it turned. So a late tick loses nothing, and the order is right.
 */
import type { Instant } from '../../entitlements/instant.ts'
import { database } from '../change/database.ts'
import type { Ports } from '../ports.ts'
import {
  catalogueBy,
  catalogueStatements,
  changedFacts,
  customerOf,
  type Facts,
  factsBy,
  factsStatements,
  type NewFacts,
  planIdsOf,
} from './facts.ts'
import { eventsOfEntitlements } from './of-entitlements.ts'
import { happenedTo, withTurns } from './of-time.ts'
import type { NewEvent } from './write.ts'

/** A change of dated facts, with the events that it tells by itself. */
export interface FactChange {
  /** Null: the customer comes to be by it. */
  readonly customer: Facts['customer'] | null
  readonly news: NewFacts
  readonly events: readonly NewEvent[]
  /** By the clock of the customer, where that is moved as it stands afterwards. */
  readonly now: Instant
}

/** Reads what else is dated about the customer, and tells. */
export async function eventsOfChange(
  { db }: Pick<Ports, 'db'>,
  change: FactChange,
): Promise<readonly NewEvent[]> {
  const { customer, news } = change
  const ids = customer === null ? [] : [customer.id]
  const [subscriptions, overrides, heads, documents] = await database(db).batch([
    ...factsStatements(db, ids),
    ...catalogueStatements(db, planIdsOf({ subscriptions: news.subscriptions ?? [] }), ids),
  ])
  const known = customer && factsBy([customer], subscriptions, overrides).get(customer.id)
  return eventsBetween(known ?? null, change, catalogueBy(heads, documents))
}

/** The same where everything has been read. */
export function eventsBetween(
  known: Facts | null,
  { news, events, now }: Omit<FactChange, 'customer'>,
  catalogue: Parameters<typeof withTurns>[2],
): readonly NewEvent[] {
  const owed = known === null ? [] : withTurns(known, happenedTo(known, now), catalogue)
  const [first] = events
  const base = known ?? (news.customer && { ...NOTHING, customer: news.customer })
  if (first === undefined || base === undefined) return owed
  const before = known && { customer: customerOf(known), catalogue, at: now }
  const after = { customer: customerOf(changedFacts(base, news)), catalogue, at: now }
  const cause = { because: first.type, byTime: false }
  return [...owed, ...events, ...eventsOfEntitlements(before, after, cause)]
}

const NOTHING = { subscriptions: [], overrides: [] } as const
