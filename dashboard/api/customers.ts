/** Customers, as pages ask for them. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type * as z from 'zod/mini'
import type { CustomerAnswer, ListedCustomer } from '../../schema/wire/customer.ts'
import type { createPortalSession } from '../../schema/wire/portal.ts'
import type { createCustomerToken, TokenInput } from '../../schema/wire/token.ts'
import { path, request } from './request.ts'

export type { ListedCustomer }

/** One page of a list. */
export interface Page<T> {
  readonly data: readonly T[]
  readonly nextCursor: string | null
}

/** What a list of customers may be narrowed by; each as the API's query has it. */
export interface CustomerFilter {
  readonly q?: string | undefined
  readonly planId?: string | undefined
  readonly status?: string | undefined
  readonly overridden?: string | undefined
  readonly overLimit?: string | undefined
  readonly cursor?: string | undefined
  readonly pageSize?: string
}

export const customersQuery = (filter: CustomerFilter) =>
  queryOptions({
    queryKey: ['customers', filter],
    queryFn: ({ signal }) =>
      request<Page<ListedCustomer>>('GET', path(['customers'], { ...filter }), { signal }),
    placeholderData: keepPreviousData,
  })

/** So many customers are read at once at most: they are a file of a megabyte or two, and take a hundred requests. */
export const SAVED_MAX = 10_000

/** Everybody whom a filter leaves, from the first page on; whether those are all that there are. */
export async function readCustomers(
  filter: CustomerFilter,
  reading: { readonly signal: AbortSignal; readonly onCount: (count: number) => void },
): Promise<{ readonly customers: readonly ListedCustomer[]; readonly isWhole: boolean }> {
  const customers: ListedCustomer[] = []
  let cursor: string | null | undefined
  while (cursor !== null && customers.length < SAVED_MAX) {
    const page: Page<ListedCustomer> = await request(
      'GET',
      path(['customers'], { ...filter, cursor, pageSize: 100 }),
      { signal: reading.signal },
    )
    customers.push(...page.data)
    cursor = page.nextCursor
    reading.onCount(customers.length)
  }
  return { customers, isWhole: cursor === null }
}

/** Below it is everything that is read of one customer. */
export const customerKey = (customerId: string) => ['customers', 'one', customerId] as const

export const customerQuery = (customerId: string) =>
  queryOptions({
    queryKey: [...customerKey(customerId), 'itself'],
    queryFn: ({ signal }) =>
      request<CustomerAnswer>('GET', path(['customers', customerId]), { signal }),
  })

/** What people may change of a customer; null takes it away. */
export interface CustomerPatch {
  readonly name?: string | null
  readonly email?: string | null
  readonly graceDays?: number | null
}

/** Refused with 412 where there is one of this id. */
export function createCustomer(customerId: string, body: CustomerPatch): Promise<CustomerAnswer> {
  return request('PUT', path(['customers', customerId]), { body, isNew: true })
}

export function patchCustomer(customerId: string, body: CustomerPatch): Promise<CustomerAnswer> {
  return request('PATCH', path(['customers', customerId]), { body })
}

/** Refused while a subscription runs. */
export function archiveCustomer(customerId: string): Promise<CustomerAnswer> {
  return request('DELETE', path(['customers', customerId]))
}

export type CustomerToken = z.infer<typeof createCustomerToken.answer>

/** A token with which a browser reaches this customer alone. */
export function createToken(customerId: string, body: TokenInput): Promise<CustomerToken> {
  return request('POST', path(['customers', customerId, 'tokens']), { body })
}

export type PortalLink = z.infer<typeof createPortalSession.answer>

/** A page on which customers see and cancel their own subscriptions. */
export function createPortalLink(customerId: string): Promise<PortalLink> {
  return request('POST', path(['customers', customerId, 'portal-sessions']), { body: {} })
}
