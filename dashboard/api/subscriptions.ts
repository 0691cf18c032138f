/** Subscriptions, as pages ask for them. */
import { queryOptions } from '@tanstack/react-query'
import type { SubscriptionAnswer } from '../../schema/wire/subscription.ts'
import type { Page } from './customers.ts'
import { path, request } from './request.ts'

export type Status = SubscriptionAnswer['status']

/** In the order in which a subscription lives through them. */
export const STATUSES: readonly Status[] = [
  'scheduled',
  'trialing',
  'active',
  'past_due',
  'paused',
  'ended',
]

/** Subscriptions that are not paid for, with the grace that they have. */
export const pastDueQuery = queryOptions({
  queryKey: ['subscriptions', 'past_due'],
  queryFn: ({ signal }) =>
    request<Page<SubscriptionAnswer>>(
      'GET',
      path(['subscriptions'], { status: 'past_due', pageSize: 50 }),
      { signal },
    ),
})
