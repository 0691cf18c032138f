/** What an import tells of each customer, as the single changes would have told it. */
import { events as eventRows } from '../../schema/tables/changes.ts'
import {
  catalogueBy,
  catalogueStatements,
  type Facts,
  factsBy,
  factsStatements,
  planIdsOf,
} from '../events/facts.ts'
import { eventsBetween } from '../events/of-change.ts'
import { eventsOfCustomer } from '../events/of-customer.ts'
import { eventsOfSubscription } from '../events/of-subscription.ts'
import { newEventRows, type NewEvent } from '../events/write.ts'
import { database } from './database.ts'
import type { Importing, Written } from './import-item.ts'
import { insertions } from './json-rows.ts'

/** Reads what else is dated about the customers, and returns the statements that tell. */
export async function tellingImport(
  { ports, now }: Importing,
  written: readonly Written[],
): Promise<readonly D1PreparedStatement[]> {
  const { db } = ports
  const before = written.flatMap((each) => (isTurned(each) && each.before ? [each.before] : []))
  const ids = before.map(({ id }) => id)
  const planIds = written.flatMap(planIdsOf)
  const [held, given, heads, documents] = await database(db).batch([
    ...factsStatements(db, ids),
    ...catalogueStatements(db, planIds, ids),
  ])
  const facts = factsBy(before, held, given)
  const catalogue = catalogueBy(heads, documents)
  const rows = written.flatMap((each) => {
    const known = facts.get(each.customer.id) ?? null
    const events = isTurned(each) ? turned(each, known, catalogue) : ownEvents(each)
    const cause = `change:${each.change.subject}:${each.change.revision}`
    return newEventRows(ports, events, cause, now)
  })
  return insertions(db, eventRows, rows, { sql: 'ON CONFLICT (origin) DO NOTHING', values: [] })
}

/** Whether anything dated is new: a new name is not. */
export function isTurned({ before, subscriptions }: Written): boolean {
  return before === null || subscriptions.length > 0
}

function turned(
  written: Written,
  known: Facts | null,
  catalogue: Parameters<typeof eventsBetween>[2],
): readonly NewEvent[] {
  const { customer, before, subscriptions, now } = written
  const news = { subscriptions, ...(before === null ? { customer } : {}) }
  return eventsBetween(known, { news, events: ownEvents(written), now }, catalogue)
}

function ownEvents({ before, customer, subscriptions, now }: Written): readonly NewEvent[] {
  const bought = subscriptions.flatMap((after) =>
    eventsOfSubscription({ acts: ['create'], before: null, after, now }),
  )
  return [...eventsOfCustomer(before, customer, now), ...bought]
}
