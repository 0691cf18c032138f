/** Whole rows into a table, many in one statement: D1 binds few parameters, but one of them may be a long JSON text. */
import { getTableColumns, getTableName } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Ports } from '../ports.ts'

/** D1 takes 2 MB in one parameter. */
const CHARACTERS_MAX = 400_000

/**
 * Statements that insert these rows; columns that the first leaves out are left to the table.
 *
 * @param rest What follows the rows: `ON CONFLICT …`, `RETURNING …`; its own parameters begin with `?2`.
 */
export function insertions<T extends SQLiteTable>(
  db: Ports['db'],
  table: T,
  rows: readonly T['$inferInsert'][],
  rest: { readonly sql: string; readonly values: readonly number[] } = { sql: '', values: [] },
): readonly D1PreparedStatement[] {
  const [first] = rows
  if (first === undefined) return []
  const columns = Object.entries(getTableColumns(table)).filter(([name]) => name in first)
  const names = columns.map(([, column]) => column.name)
  const values = columns.map(([name, { dataType }]) =>
    dataType === 'json' ? `row.value -> '$.${name}'` : `row.value ->> '$.${name}'`,
  )
  // An upsert that selects needs a condition, or SQLite takes its ON for a join's.
  const sql = `INSERT INTO ${getTableName(table)} (${names.join(', ')})
    SELECT ${values.join(', ')} FROM json_each(?1) AS row WHERE true ${rest.sql}`
  return chunks(rows).map((json) => db.prepare(sql).bind(json, ...rest.values))
}

function chunks(rows: readonly unknown[]): readonly string[] {
  const texts: string[] = []
  let open: string[] = []
  let length = 0
  for (const row of rows) {
    const text = JSON.stringify(row)
    if (length + text.length > CHARACTERS_MAX && open.length > 0) {
      texts.push(`[${open.join(',')}]`)
      open = []
      length = 0
    }
    open.push(text)
    length += text.length
  }
  return [...texts, `[${open.join(',')}]`]
}
