/** What happened to a customer: events, and who changed what. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import type { AuditEntry } from '../../schema/wire/audit.ts'
import type { EventAnswer } from '../../schema/wire/event.ts'
import { customerKey, type Page } from './customers.ts'
import { path, request } from './request.ts'

export type { AuditEntry, EventAnswer }

/** Two lists, each newest first, each paged for itself. */
export const eventsQuery = (customerId: string) => pagesOf<EventAnswer>(customerId, 'events')

export const changesQuery = (customerId: string) => pagesOf<AuditEntry>(customerId, 'audit')

function pagesOf<T>(customerId: string, list: 'events' | 'audit') {
  return infiniteQueryOptions({
    queryKey: [...customerKey(customerId), list],
    queryFn: ({ signal, pageParam }) =>
      request<Page<T>>('GET', path([list], { customerId, cursor: pageParam, pageSize: 50 }), {
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }: Page<T>) => nextCursor,
  })
}
