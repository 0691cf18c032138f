/** Subscriptions by number, for lists in numbered pages: how many of each status, and which comes before a page. */
import { count, desc, eq, inArray } from 'drizzle-orm'
import type { SubscriptionStatus } from '../../entitlements/subscription.ts'
import { subscriptions } from '../../schema/tables/customers.ts'
import type { Position } from '../cursor.ts'
import type { Ports } from '../ports.ts'
import { database } from './database.ts'

/** How many subscriptions have each of these statuses, as far as lists know; in the order asked for. */
export async function countByStatus(
  db: Ports['db'],
  statuses: readonly SubscriptionStatus[],
): Promise<readonly (readonly [status: SubscriptionStatus, rows: number])[]> {
  const { status } = subscriptions
  const found = await database(db)
    .select({ status, rows: count() })
    .from(subscriptions)
    .where(inArray(status, [...statuses]))
    .groupBy(status)
  const rows = new Map(found.map((each) => [each.status, each.rows]))
  return statuses.map((each) => [each, rows.get(each) ?? 0] as const)
}

/** Where the list of one status goes on after its first `skip` subscriptions; null where it begins. */
export async function placeAfter(
  db: Ports['db'],
  status: SubscriptionStatus,
  skip: number,
): Promise<Position | null> {
  if (skip === 0) return null
  const [last] = await database(db)
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(eq(subscriptions.status, status))
    .orderBy(desc(subscriptions.id))
    .limit(1)
    .offset(skip - 1)
  return last === undefined ? null : [last.id]
}
