import { sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { ownClock } from '../../durable-objects/own-clock.ts'
import { plans } from '../../schema/tables/catalogue.ts'
import { customers, subscriptions } from '../../schema/tables/customers.ts'
import type { ImportItem } from '../../schema/wire/import.ts'
import { database } from './database.ts'
import { OFFERED } from './holder.ts'
import type { Importing, Known } from './import-item.ts'
import type { SubscriptionRow } from './subscription-row.ts'

/** Everything that deciding these items needs, read at one moment. */
export async function readKnown(
  { ports }: Pick<Importing, 'ports'>,
  items: readonly ImportItem[],
): Promise<Known> {
  const ids = JSON.stringify(items.map(({ id }) => id))
  const among = (column: SQLiteColumn) => sql`${column} IN (SELECT value FROM json_each(${ids}))`
  const db = database(ports.db)
  const [rows, held, offered] = await db.batch([
    db.select().from(customers).where(among(customers.id)),
    db
      .select()
      .from(subscriptions)
      .where(among(subscriptions.customerId))
      .orderBy(subscriptions.customerId, subscriptions.startAt),
    db.select(OFFERED).from(plans),
  ])
  const ofCustomer = new Map<string, SubscriptionRow[]>()
  for (const row of held) {
    const others = ofCustomer.get(row.customerId)
    if (others === undefined) ofCustomer.set(row.customerId, [row])
    else others.push(row)
  }
  return {
    customers: new Map(rows.map((row) => [row.id, ownClock(ports, row)])),
    subscriptions: ofCustomer,
    plans: new Map(offered.map((plan) => [plan.id, plan])),
  }
}
