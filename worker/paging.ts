import { err, ok, type Result } from '../entitlements/result.ts'
import { decodeCursor, encodeCursor, type Position } from './cursor.ts'
import type { Failure } from './failures.ts'
import type { Call } from './route.ts'

/** The part of a list's query that says which page. */
export interface PageQuery {
  readonly pageSize: number
  readonly cursor?: string
}

/** How one list is read. */
export interface List<Row> {
  /** Names the list in its cursors. */
  readonly name: string
  /** At most `count` rows after the position; from the beginning where it is null. */
  readonly read: (after: Position | null, count: number) => Promise<readonly Row[]>
  readonly positionOf: (row: Row) => Position
  /** How many of the rows that were read one answer has room for; all where absent. */
  readonly fitting?: (rows: readonly Row[]) => number
}

/** One page: its rows and, as `nextCursor`, where the next begins; null on the last. */
export async function page<Row, Item>(
  { query, now }: Pick<Call<unknown, PageQuery>, 'query' | 'now'>,
  { name, read, positionOf, fitting }: List<Row>,
  view: (row: Row) => Item,
): Promise<Result<{ body: { data: Item[]; nextCursor: string | null } }, Failure>> {
  const after = query.cursor === undefined ? null : decodeCursor(name, query.cursor, now)
  if (after === null && query.cursor !== undefined) return err({ code: 'invalid_cursor' })
  // One row more than the page holds tells whether there is another page.
  const rows = await read(after, query.pageSize + 1)
  const shown = rows.slice(0, Math.min(query.pageSize, fitting?.(rows) ?? Infinity))
  const last = shown.at(-1)
  const nextCursor =
    rows.length > shown.length && last !== undefined
      ? encodeCursor(name, positionOf(last), now)
      : null
  return ok({ body: { data: shown.map(view), nextCursor } })
}
