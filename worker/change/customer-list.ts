/**
 * Lists of customers, newest first, without archived ones.
 *
 * A filter is a lead: the list walks the rows that say it. Of several filters the one that the fewest rows say leads,
 * and the others are looked up for each customer whom it meets.
 */
import {
  and,
  desc,
  getTableColumns,
  inArray,
  isNull,
  not,
  or,
  type SQL,
  sql,
  type Subquery,
} from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Instant } from '../../entitlements/instant.ts'
import { customers } from '../../schema/tables/customers.ts'
import type { CustomerFilter } from '../../schema/wire/customer.ts'
import type { Position } from '../cursor.ts'
import type { List } from '../paging.ts'
import { clockIn } from '../own-clock.ts'
import type { Ports } from '../ports.ts'
import type { CustomerRow } from './customer-change.ts'
import { isLed, type Lead, overLimit, overridden, subscribed } from './customer-leads.ts'
import { database } from './database.ts'

/** Customers that fit the filter. */
export function customerList(
  ports: Pick<Ports, 'db' | 'testClocks'>,
  filter: CustomerFilter,
  now: Instant,
): List<CustomerRow> {
  const { db } = ports
  const own = sql`coalesce(${sql.raw(clockIn(ports))}, ${now})`
  const leads = leadsOf(filter, own)
  return {
    name: 'customers',
    positionOf: (row) => [row.createdAt, row.id],
    read: async (after, count) => {
      const way = await wayFor(db, leads, filter.q)
      const others = leads.filter((lead) => lead !== way).map((lead) => isLed(db, lead))
      const fits = and(
        isNull(customers.archivedAt),
        filter.q === undefined ? undefined : isCalled(db, filter.q, way),
        ...others,
        ...absences(db, filter, own),
      )
      return typeof way === 'string'
        ? walkCustomers(db, way, { fits, after, count })
        : walkLead(db, way, { fits, after, count })
    },
  }
}

/** What is worth counting: fewer are sorted at once, and of more any will do. */
const COUNTED_MAX = 1_000

/** A lead, or the customers themselves: from the newest on, or sorted where they are few. */
type Way = Lead | 'newest' | 'few'

interface Walk {
  readonly fits: SQL | undefined
  readonly after: Position | null
  readonly count: number
}

/** @param own The customer's own time. */
function leadsOf(filter: CustomerFilter, own: SQL): readonly Lead[] {
  return [
    filter.overLimit === true ? overLimit() : null,
    filter.overridden === true ? overridden(own) : null,
    subscribed(filter),
  ].filter((lead) => lead !== null)
}

/** What is not to be said of a customer leads nowhere; it fits nearly everybody, and so a page is soon full. */
function absences(db: Ports['db'], filter: CustomerFilter, own: SQL): readonly SQL[] {
  return [
    ...(filter.overLimit === false ? [not(isLed(db, overLimit()))] : []),
    ...(filter.overridden === false ? [not(isLed(db, overridden(own)))] : []),
  ]
}

/** The way past the fewest. Where there is but one, nothing is counted. */
async function wayFor(
  db: Ports['db'],
  leads: readonly Lead[],
  q: string | undefined,
): Promise<Way> {
  const [first = 'newest'] = leads
  if (q === undefined && leads.length < 2) return first
  const named = q === undefined ? [] : [countOf(db, called(db, q).limit(COUNTED_MAX).as('some'))]
  const [one, ...more] = [...leads.map((lead) => countOf(db, someOf(db, lead))), ...named]
  if (one === undefined) return first
  const counts = (await database(db).batch([one, ...more])).map(([found]) => found?.rows ?? 0)
  const fewest = Math.min(...counts)
  return fewest === COUNTED_MAX ? first : (leads[counts.indexOf(fewest)] ?? 'few')
}

function countOf(db: Ports['db'], some: SQL | Subquery) {
  return database(db)
    .select({ rows: sql<number>`count(*)` })
    .from(some)
}

function someOf(db: Ports['db'], { table, rows }: Lead) {
  return database(db)
    .select({ one: sql`1`.as('one') })
    .from(table)
    .where(rows)
    .limit(COUNTED_MAX)
    .as('some')
}

/** A customer of whom several rows say it comes once. */
function walkLead(db: Ports['db'], { table, rows, holds }: Lead, { fits, after, count }: Walk) {
  const place = [table.listedAt, table.customerId] as const
  return database(db)
    .select(getTableColumns(customers))
    .from(table)
    .crossJoin(customers)
    .where(and(rows, older(place, after), sql`${customers.id} = ${table.customerId}`, holds, fits))
    .groupBy(...place)
    .orderBy(...place.map((column) => desc(column)))
    .limit(count)
}

function walkCustomers(db: Ports['db'], way: 'newest' | 'few', { fits, after, count }: Walk) {
  const place = [customers.createdAt, customers.id] as const
  // `+` keeps the index of the newest out of it: few are found by what they are called.
  const order = way === 'few' ? sql`+${customers.createdAt} DESC` : desc(customers.createdAt)
  return database(db)
    .select()
    .from(customers)
    .where(and(fits, older(place, after)))
    .orderBy(order, desc(customers.id))
    .limit(count)
}

/** Compared as a row, so that a page begins where the last one ended, however far down the list. */
function older([at, id]: readonly [SQLiteColumn, SQLiteColumn], after: Position | null) {
  return after === null
    ? undefined
    : sql`(${at}, ${id}) < (${Number(after[0])}, ${String(after[1])})`
}

/** Whose id, name or e-mail address begins so. As a list, to begin with, where they are few. */
function isCalled(db: Ports['db'], q: string, way: Way): SQL | undefined {
  if (way === 'few') return inArray(customers.id, called(db, q))
  return or(begins(customers.id, q), begins(customers.name, q), begins(customers.email, q))
}

/** Who is called so by one name or another, each found in its own index; by two of them, twice. */
export function called(db: Ports['db'], q: string) {
  const by = (name: SQLiteColumn) =>
    database(db).select({ id: customers.id }).from(customers).where(begins(name, q))
  return by(customers.id).unionAll(by(customers.name)).unionAll(by(customers.email))
}

/** A range instead of LIKE: it uses the indexes, and D1 bounds a pattern to 50 bytes. */
function begins(name: SQLiteColumn, q: string): SQL {
  const end = `${q}\u{10FFFF}`
  return sql`(${name} COLLATE NOCASE >= ${q} AND ${name} COLLATE NOCASE < ${end})`
}
