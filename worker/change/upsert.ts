import { getTableColumns, sql } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable, SQLiteUpdateSetSource } from 'drizzle-orm/sqlite-core'
import type { Ports } from '../ports.ts'
import { database, type Statement } from './database.ts'

/** D1 binds at most this many parameters in one statement. */
const PARAMETERS_MAX = 100

/**
 * The statements that write whole rows, new or not: as few as D1's bound on parameters allows.
 *
 * @param key The table's primary key.
 */
export function upserts<T extends SQLiteTable>(
  db: Ports['db'],
  table: T,
  key: SQLiteColumn | SQLiteColumn[],
  rows: readonly T['$inferInsert'][],
): readonly Statement[] {
  const columns = Object.entries(getTableColumns(table))
  const newValue = (column: SQLiteColumn) => sql`excluded.${sql.identifier(column.name)}`
  // One entry for each of the table's own columns, which TypeScript cannot see through `fromEntries`.
  const set = Object.fromEntries(
    columns.map(([name, column]) => [name, newValue(column)]),
  ) as SQLiteUpdateSetSource<T>
  return chunks(rows, Math.floor(PARAMETERS_MAX / columns.length)).map((chunk) =>
    database(db)
      .insert(table)
      .values([...chunk])
      .onConflictDoUpdate({ target: key, set }),
  )
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, n) => items.slice(n * size, (n + 1) * size))
}
