/** Customers, as pages ask for them. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { CustomerAnswer } from '../../schema/wire/customer.ts'
import { path, request } from './request.ts'

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
      request<Page<CustomerAnswer>>('GET', path(['customers'], { ...filter }), { signal }),
    placeholderData: keepPreviousData,
  })

export const customerQuery = (customerId: string) =>
  queryOptions({
    queryKey: ['customers', 'one', customerId],
    queryFn: ({ signal }) =>
      request<CustomerAnswer>('GET', path(['customers', customerId]), { signal }),
  })
