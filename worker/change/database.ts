import type { BatchItem } from 'drizzle-orm/batch'
import { drizzle, type DrizzleD1Database } from 'drizzle-orm/d1'
import type { Ports } from '../ports.ts'

/** One statement of a batch. */
export type Statement = BatchItem<'sqlite'>

/** D1 through drizzle, for the control plane; checks and customer objects write their own SQL. */
export function database(db: Ports['db']): DrizzleD1Database {
  // Drizzle asks for the whole binding and uses these two functions of it.
  return drizzle(db as D1Database)
}

/** Runs statements as one transaction; returns what each has returned. Without any there is nothing to run. */
export async function runBatch(
  db: Ports['db'],
  statements: readonly Statement[],
): Promise<readonly unknown[]> {
  const [first, ...rest] = statements
  return first === undefined ? [] : database(db).batch([first, ...rest])
}

/** Whether a batch fell because another row already has this key. `columns` as SQLite names them: `table.column`. */
export function isTaken(thrown: unknown, columns: string): boolean {
  if (!(thrown instanceof Error)) return false
  if (thrown.message.includes(`UNIQUE constraint failed: ${columns}`)) return true
  return isTaken(thrown.cause, columns)
}
