/** Customers by number, for lists in numbered pages: how many there are, and who comes before a page. */
import { and, desc, inArray, isNull, sql } from 'drizzle-orm'
import { customers } from '../../schema/tables/customers.ts'
import type { Position } from '../cursor.ts'
import type { Ports } from '../ports.ts'
import { called } from './customer-list.ts'
import { database } from './database.ts'

/** How many customers are listed, of all or of those who are called so. */
export async function countCustomers(db: Ports['db'], q: string | undefined): Promise<number> {
  const [found] = await database(db)
    .select({ rows: sql<number>`count(*)` })
    .from(customers)
    .where(listed(db, q))
  return found?.rows ?? 0
}

/** Where the list goes on after its first `skip` customers; null where it has fewer. */
export async function placeAfter(
  db: Ports['db'],
  q: string | undefined,
  skip: number,
): Promise<Position | null> {
  const [last] = await database(db)
    .select({ createdAt: customers.createdAt, id: customers.id })
    .from(customers)
    .where(listed(db, q))
    .orderBy(desc(customers.createdAt), desc(customers.id))
    .limit(1)
    .offset(skip - 1)
  return last === undefined ? null : [last.createdAt, last.id]
}

function listed(db: Ports['db'], q: string | undefined) {
  return and(
    isNull(customers.archivedAt),
    q === undefined ? undefined : inArray(customers.id, called(db, q)),
  )
}
