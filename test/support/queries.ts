/** Which queries D1 is asked, and how it would answer them. */
import { env } from 'cloudflare:workers'

/** A query's text, with values that it was once asked with. */
export interface Query {
  readonly sql: string
  readonly values: readonly unknown[]
}

export interface QueryLog {
  /** D1, noting what is prepared. */
  readonly db: D1Database
  /** By text. */
  readonly queries: ReadonlyMap<string, Query>
}

/** D1 as it is, with a note of every query that is made for it. */
export function loggingQueries(): QueryLog {
  const queries = new Map<string, Query>()
  const note = (sql: string, values: readonly unknown[]) => {
    const text = sql.replaceAll(/\s+/g, ' ').trim()
    queries.set(text, { sql, values })
  }
  const prepare = (sql: string): D1PreparedStatement => {
    note(sql, [])
    const statement = env.DB.prepare(sql)
    const bind = statement.bind.bind(statement)
    // In place, because a batch wants statements of D1's own.
    return Object.assign(statement, {
      bind: (...values: unknown[]) => {
        note(sql, values)
        return bind(...values)
      },
    })
  }
  const db = new Proxy(env.DB, {
    get: (target, name) => {
      if (name === 'prepare') return prepare
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  return { db, queries }
}

/** SQLite's plan of a query, a step a line. */
export async function planOf({ sql, values }: Query): Promise<readonly string[]> {
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...values)
    .all<{ readonly detail: string }>()
  return results.map(({ detail }) => detail)
}
