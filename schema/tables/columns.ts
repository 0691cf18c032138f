/** Kinds of columns that every table shares. Instants and counters are whole numbers that a double holds exactly. */
import { sql } from 'drizzle-orm'
import type { AnySQLiteColumn } from 'drizzle-orm/sqlite-core'
import { check, integer, text } from 'drizzle-orm/sqlite-core'
import type { Json } from '../../entitlements/allowance.ts'

/** Epoch milliseconds. */
export const instant = (name: string) => integer(name)

/** A counter that only grows: epoch milliseconds of the change, or one more than the change before. */
export const revision = () => integer('revision').notNull()

/** What the caller keeps with a resource, as JSON. */
export const metadata = () => text('metadata', { mode: 'json' }).$type<Metadata>().notNull()

/** A caller's own notes; Sluice never looks inside. */
export type Metadata = { readonly [key: string]: Json }

/** The row's place in lists of customers (`schema/listed.ts`). */
export const listedAt = () => integer('listed_at')

/** Checks that every column is NULL or whole and within 0…2^53 − 1: SQLite itself would store 5.5 or round 2^53 + 1. */
export function naturals(table: string, ...columns: AnySQLiteColumn[]) {
  return columns.map((column) =>
    check(
      `${table}_${column.name}_natural`,
      sql`typeof(${column}) <> 'real' AND ${column} BETWEEN 0 AND ${sql.raw(MAX)}`,
    ),
  )
}

const MAX = String(Number.MAX_SAFE_INTEGER)
