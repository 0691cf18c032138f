/**
 * What leads a list to its customers: rows that say what the filter asks for, each at its customer's place.
 *
 * An index holds just those rows in the order of the list, so whoever walks it meets nobody else, however many
 * customers there are.
 */
import { and, eq, exists, gt, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { customers, overrides, subscriptions, usageSummary } from '../../schema/tables/customers.ts'
import type { CustomerFilter } from '../../schema/wire/customer.ts'
import type { Ports } from '../ports.ts'
import { database } from './database.ts'

export interface Lead {
  readonly table: typeof subscriptions | typeof overrides | typeof usageSummary
  /** Which rows are in the index. Literals, because an index of some rows is found by the words of its condition. */
  readonly rows: SQL | undefined
  /** What such a row must say besides, of its customer now. */
  readonly holds?: SQL | undefined
}

/** One subscription to fit both; where no status is asked for, any that has not ended. */
export function subscribed({ planId, status }: CustomerFilter): Lead | null {
  if (planId === undefined && status === undefined) return null
  const rows = and(
    planId === undefined ? undefined : eq(subscriptions.planId, planId),
    status === undefined
      ? sql`${subscriptions.status} <> 'ended'`
      : eq(subscriptions.status, status),
    isListed(subscriptions),
  )
  return { table: subscriptions, rows }
}

/** An override that has not expired by its customer's `own` time. */
export function overridden(own: SQL): Lead {
  const holds = or(isNull(overrides.expiresAt), gt(overrides.expiresAt, own))
  return { table: overrides, rows: isListed(overrides), holds }
}

/** A meter over its limit. */
export function overLimit(): Lead {
  return { table: usageSummary, rows: and(sql`${usageSummary.over} = 1`, isListed(usageSummary)) }
}

/** Whether a customer has a row of the lead; the same index finds it. */
export function isLed(db: Ports['db'], { table, rows, holds }: Lead): SQL {
  const own = and(eq(table.listedAt, customers.createdAt), eq(table.customerId, customers.id))
  return exists(
    database(db)
      .select({ found: sql`1` })
      .from(table)
      .where(and(rows, own, holds)),
  )
}

function isListed({ listedAt }: { readonly listedAt: SQLiteColumn }): SQL {
  return sql`${listedAt} >= 0`
}
