import { and, desc, eq, exists, gt, isNull, lt, ne, not, or, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Instant } from '../../entitlements/instant.ts'
import { customers, overrides, subscriptions, usageSummary } from '../../schema/tables/customers.ts'
import type { CustomerFilter } from '../../schema/wire/customer.ts'
import type { Position } from '../cursor.ts'
import type { List } from '../paging.ts'
import type { Ports } from '../ports.ts'
import type { CustomerRow } from './customer-change.ts'
import { database } from './database.ts'

/** Customers that fit the filter, newest first, without archived ones. */
export function customerList(
  { db }: Ports,
  filter: CustomerFilter,
  now: Instant,
): List<CustomerRow> {
  return {
    name: 'customers',
    positionOf: (row) => [row.createdAt, row.id],
    read: (after, count) =>
      database(db)
        .select()
        .from(customers)
        .where(and(isNull(customers.archivedAt), ...conditions(db, filter, now), older(after)))
        .orderBy(desc(customers.createdAt), desc(customers.id))
        .limit(count),
  }
}

function older(after: Position | null): SQL | undefined {
  if (after === null) return undefined
  const [createdAt, id] = [Number(after[0]), String(after[1])]
  return or(
    lt(customers.createdAt, createdAt),
    and(eq(customers.createdAt, createdAt), lt(customers.id, id)),
  )
}

function conditions(
  db: Ports['db'],
  { q, planId, status, overridden, overLimit }: CustomerFilter,
  now: Instant,
): readonly (SQL | undefined)[] {
  return [
    q === undefined ? undefined : begins(q),
    planId === undefined && status === undefined ? undefined : holds(db, { planId, status }),
    overridden === undefined ? undefined : given(overridden, hasOverride(db, now)),
    overLimit === undefined ? undefined : given(overLimit, isOverLimit(db)),
  ]
}

/** A range instead of LIKE: it uses the indexes, and D1 bounds a pattern to 50 bytes. */
function begins(q: string): SQL | undefined {
  const end = `${q}\u{10FFFF}`
  const within = (column: SQLiteColumn) =>
    sql`(${column} COLLATE NOCASE >= ${q} AND ${column} COLLATE NOCASE < ${end})`
  return or(within(customers.id), within(customers.name), within(customers.email))
}

/**
 * One subscription to fit both; where no status is asked for, any that has not ended. `+` keeps the indexes of plans
 * and statuses out of it: a customer has few subscriptions, a plan may have all.
 */
function holds(
  db: Ports['db'],
  { planId, status }: { planId: string | undefined; status: CustomerFilter['status'] },
): SQL {
  return exists(
    database(db)
      .select({ found: sql`1` })
      .from(subscriptions)
      .where(
        and(
          eq(subscriptions.customerId, customers.id),
          planId === undefined ? undefined : sql`+${subscriptions.planId} = ${planId}`,
          status === undefined
            ? ne(subscriptions.status, 'ended')
            : sql`+${subscriptions.status} = ${status}`,
        ),
      ),
  )
}

function hasOverride(db: Ports['db'], now: Instant): SQL {
  const applies = or(isNull(overrides.expiresAt), gt(overrides.expiresAt, now))
  return exists(
    database(db)
      .select({ found: sql`1` })
      .from(overrides)
      .where(and(eq(overrides.customerId, customers.id), applies)),
  )
}

function isOverLimit(db: Ports['db']): SQL {
  return exists(
    database(db)
      .select({ found: sql`1` })
      .from(usageSummary)
      .where(and(eq(usageSummary.customerId, customers.id), eq(usageSummary.over, true))),
  )
}

function given(wanted: boolean, condition: SQL): SQL {
  return wanted ? condition : not(condition)
}
