/** What happened to a customer: events, and who changed what. */
import { type QueryClient, queryOptions } from '@tanstack/react-query'
import type { AuditEntry } from '../../schema/wire/audit.ts'
import type { EventAnswer } from '../../schema/wire/event.ts'
import { customerKey, type Page } from './customers.ts'
import { path, Problem, request } from './request.ts'

export type { AuditEntry, EventAnswer }

/** Two lists, each newest first, each paged for itself. */
export const LISTS = ['events', 'audit'] as const

type List = (typeof LISTS)[number]
type Entry<L extends List> = L extends 'events' ? EventAnswer : AuditEntry

/** So many entries of a list a page holds at most; what is older is for the API, or for the log of changes. */
export const TOLD_MAX = 1_000

/**
 * What was read of a list so far. Nothing in it changes any more: reading it again reads what is new, in one request,
 * however much of it is held.
 */
export const toldQuery = <L extends List>(customerId: string, list: L) =>
  queryOptions({
    queryKey: [...customerKey(customerId), list] as const,
    queryFn: async ({ signal, client, queryKey }): Promise<Page<Entry<L>>> => {
      const newest = await readPage(customerId, list, null, signal)
      const held = client.getQueryData<Page<Entry<L>>>(queryKey)
      const known = new Set(held?.data.map(({ id }) => id))
      const isJoined = newest.data.some(({ id }) => known.has(id))
      if (held === undefined || !isJoined) return newest
      const news = newest.data.filter(({ id }) => !known.has(id))
      return { data: [...news, ...held.data], nextCursor: held.nextCursor }
    },
  })

/** Reads the next older page of each list that has one. Where its place has ended, the list begins anew. */
export async function readOlder(queries: QueryClient, customerId: string): Promise<void> {
  await Promise.all(LISTS.map((list) => readOlderOf(queries, customerId, list)))
}

async function readOlderOf<L extends List>(
  queries: QueryClient,
  customerId: string,
  list: L,
): Promise<void> {
  const { queryKey } = toldQuery(customerId, list)
  const cursor = queries.getQueryData<Page<Entry<L>>>(queryKey)?.nextCursor ?? null
  if (cursor === null) return
  try {
    const older = await readPage(customerId, list, cursor)
    queries.setQueryData<Page<Entry<L>>>(queryKey, (held) =>
      held?.nextCursor === cursor
        ? { data: [...held.data, ...older.data], nextCursor: older.nextCursor }
        : held,
    )
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== 'invalid_cursor') throw thrown
    await queries.resetQueries({ queryKey })
  }
}

function readPage<L extends List>(
  customerId: string,
  list: L,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<Page<Entry<L>>> {
  return request('GET', path([list], { customerId, cursor, pageSize: 50 }), {
    ...(signal !== undefined && { signal }),
  })
}
