/**
 * Following time: what it has done to customers is told, and the columns that lists filter by say it.
 *
 * A change that comes meanwhile has told what time did before it, under the facts that it replaced. So everything here
 * is written only where the customer is still at the revision that it was read at; who is not is left to the next tick.
 */
import { earliest, type Instant } from '../entitlements/instant.ts'
import { changesAfter } from '../entitlements/status.ts'
import { subscriptionOf } from '../schema/subscription.ts'
import { events as eventRows } from '../schema/tables/changes.ts'
import { database } from './change/database.ts'
import { insertions } from './change/json-rows.ts'
import {
  catalogueBy,
  catalogueStatements,
  type Facts,
  factsBy,
  factsStatements,
  planIdsOf,
} from './events/facts.ts'
import { happenedTo, nextHappening, withTurns } from './events/of-time.ts'
import { type NewEvent, newEventRows } from './events/write.ts'
import type { Ports } from './ports.ts'
import { staleStatuses, statusStatement } from './statuses.ts'

/** What following time works with. */
interface Following {
  readonly ports: Ports
  readonly now: Instant
}

/** When time does something next to each customer, null where never; who could not be followed is left out. */
export type Followed = ReadonlyMap<string, Instant | null>

/** Tells what time has done to these customers by `now`, and has their columns say it. */
export async function followTime(
  following: Following,
  page: readonly Facts['customer'][],
): Promise<Followed> {
  if (page.length === 0) return new Map()
  const { ports, now } = following
  const ids = page.map(({ id }) => id)
  const [held, given] = await database(ports.db).batch(factsStatements(ports.db, ids))
  const facts = [...factsBy(page, held, given).values()]
  const told = await toldOf(following, facts)
  const followed = facts.filter(({ customer }) => told.has(customer.id))
  const stale = followed.flatMap(({ customer, subscriptions }) =>
    staleStatuses(subscriptions, now).map((each) => ({ ...each, seen: customer.revision })),
  )
  await write(following, followed, told)
  if (stale.length > 0) await statusStatement(ports.db, stale)
  return new Map(followed.map((each) => [each.customer.id, nextOf(each, now)]))
}

type Told = ReadonlyMap<string, readonly NewEvent[]>

/** What is to be told of each customer. Somebody whose facts cannot be told is left out, and stops nobody else. */
async function toldOf({ ports, now }: Following, page: readonly Facts[]): Promise<Told> {
  const happened = page.map((facts) => [facts, happenedTo(facts, now)] as const)
  const moved = happened.filter(([, events]) => events.length > 0).map(([facts]) => facts)
  const { db } = ports
  const [heads, documents] =
    moved.length === 0
      ? [[], []]
      : await database(db).batch(catalogueStatements(db, moved.flatMap(planIdsOf)))
  const catalogue = catalogueBy(heads, documents)
  const told = new Map<string, readonly NewEvent[]>()
  for (const [facts, events] of happened) {
    try {
      told.set(facts.customer.id, withTurns(facts, events, catalogue))
    } catch (thrown) {
      console.error({
        told: 'failed',
        thrown: thrown instanceof Error ? thrown.name : typeof thrown,
      })
    }
  }
  return told
}

/** Writes down what is told, and until when it has been. */
async function write(
  { ports, now }: Following,
  followed: readonly Facts[],
  told: Told,
): Promise<void> {
  const moved = followed
    .map(({ customer }) => ({ ...customer, events: told.get(customer.id) ?? [] }))
    .filter(({ events }) => events.length > 0)
  if (moved.length === 0) return
  const rows = moved.flatMap(({ revision, events }) =>
    newEventRows(ports, events, 'time', now).map((row) => ({ ...row, revision })),
  )
  const seen = moved.map(({ id, revision }) => ({ id, revision }))
  const inserts = insertions(ports.db, eventRows, rows, { sql: UNCHANGED, values: [] })
  await ports.db.batch([...inserts, ports.db.prepare(TOLD).bind(JSON.stringify(seen), now)])
}

const UNCHANGED = `AND EXISTS (SELECT 1 FROM customers
  WHERE customers.id = row.value ->> '$.customerId' AND revision = row.value ->> '$.revision')
  ON CONFLICT (origin) DO NOTHING`

const TOLD = `UPDATE customers SET told_until = ?2 FROM json_each(?1) AS told
  WHERE customers.id = told.value ->> 'id' AND revision = told.value ->> 'revision' AND told_until < ?2`

/** Beside what is told a lapsed subscription goes on from phase to phase, and its columns with it. */
function nextOf(facts: Facts, now: Instant): Instant | null {
  const changes = facts.subscriptions.map((row) => changesAfter(subscriptionOf(row), now))
  return earliest(nextHappening(facts, now), ...changes)
}
