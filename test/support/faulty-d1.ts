/** D1 in front of which someone decides what becomes of each query, and a copy of it that falls behind. */
import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

/** Who is calling, what is, or something that changes it. A batch that writes anything is a write. */
export type AskedOfD1 = 'key' | 'read' | 'write'

/** Decides what becomes of a query: `work` asks the database that it is given. */
type Answering = <T>(
  what: AskedOfD1,
  text: string,
  work: (db: D1Database) => Promise<T>,
) => Promise<T>

interface Query {
  readonly what: AskedOfD1
  readonly sql: string
  readonly values: readonly unknown[]
}

const AUTHENTICATION = /FROM keys WHERE hash|UPDATE keys SET last_used_at/

export function faultyD1(answer: Answering): D1Database {
  const queries = new WeakMap<D1PreparedStatement, Query>()
  const queryOf = (statement: D1PreparedStatement): Query => {
    const query = queries.get(statement)
    if (query === undefined) throw new Error('a batch of what was prepared here')
    return query
  }
  const noted = (statement: D1PreparedStatement, query: Query): D1PreparedStatement => {
    queries.set(statement, query)
    const bind = statement.bind.bind(statement)
    const methods = RUNNING.map((name) => {
      const method: unknown = Reflect.get(statement, name)
      if (typeof method !== 'function') throw new Error(`a statement without ${name}`)
      const run = (db: D1Database, args: unknown[]): unknown => {
        if (db === env.DB) return Reflect.apply(method, statement, args)
        const copy = preparedBy(db, query)
        return Reflect.apply(Reflect.get(copy, name) as typeof method, copy, args)
      }
      const work = (...args: unknown[]) =>
        answer(query.what, textOf([query]), async (db) => run(db, args))
      return [name, work]
    })
    // In place, because a batch wants statements of D1's own.
    return Object.assign(statement, {
      ...Object.fromEntries(methods),
      bind: (...values: unknown[]) => noted(bind(...values), { ...query, values }),
    })
  }
  const batch = (statements: readonly D1PreparedStatement[]) => {
    const asked = statements.map(queryOf)
    const what = asked.every((query) => query.what === 'read') ? 'read' : 'write'
    return answer(what, textOf(asked), (db) =>
      db.batch(db === env.DB ? [...statements] : asked.map((query) => preparedBy(db, query))),
    )
  }
  return new Proxy(env.DB, {
    get: (_, name) => {
      if (name === 'batch') return batch
      if (name === 'prepare')
        return (sql: string) => noted(env.DB.prepare(sql), { what: whatAsks(sql), sql, values: [] })
      return Reflect.get(env.DB, name) as unknown
    },
  })
}

const RUNNING = ['all', 'run', 'first', 'raw'] as const

function whatAsks(sql: string): AskedOfD1 {
  if (AUTHENTICATION.test(sql)) return 'key'
  return /\b(insert|update|delete)\b/i.test(sql.replaceAll(/'[^']*'|"[^"]*"/g, ''))
    ? 'write'
    : 'read'
}

function textOf(queries: readonly Query[]): string {
  return JSON.stringify(queries.map(({ sql, values }) => [sql, values]))
}

function preparedBy(db: D1Database, { sql, values }: Query): D1PreparedStatement {
  return db.prepare(sql).bind(...values)
}

/** Makes `DB_BEFORE` what `DB` is now. */
export async function copyDatabase(): Promise<void> {
  const { DB, DB_BEFORE } = env
  await applyD1Migrations(DB_BEFORE, env.TEST_MIGRATIONS)
  const { results: tables } = await DB.prepare(TABLES).all<{ readonly name: string }>()
  const copies = tables.map(async ({ name }) => {
    const { results } = await DB.prepare(`SELECT * FROM "${name}"`).all()
    const columns = Object.keys(results[0] ?? {})
    const values = columns.map((_, at) => `value ->> ${at}`).join(', ')
    const empty = DB_BEFORE.prepare(`DELETE FROM "${name}"`)
    if (columns.length === 0) return [empty]
    const rows = JSON.stringify(results.map((row) => Object.values(row)))
    const names = columns.map((each) => `"${each}"`).join(', ')
    const fill = `INSERT INTO "${name}" (${names}) SELECT ${values} FROM json_each(?1)`
    return [empty, DB_BEFORE.prepare(fill).bind(rows)]
  })
  const later = DB_BEFORE.prepare('PRAGMA defer_foreign_keys = on')
  await DB_BEFORE.batch([later, ...(await Promise.all(copies)).flat()])
}

const TABLES = `SELECT name FROM sqlite_master WHERE type = 'table'
  AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' AND name NOT LIKE 'd1_%'`
