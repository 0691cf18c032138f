/** Subscriptions and what is done to them, as pages ask for it. */
import { queryOptions } from '@tanstack/react-query'
import type * as z from 'zod/mini'
import type { ClockMove } from '../../schema/wire/clock.ts'
import type { paySandbox, SandboxPayment } from '../../schema/wire/payment.ts'
import type { SubscriptionPreview } from '../../schema/wire/preview.ts'
import type { SubscriptionAnswer } from '../../schema/wire/subscription.ts'
import { customerKey, type Page } from './customers.ts'
import { path, request } from './request.ts'

export type Subscription = SubscriptionAnswer
export type Status = SubscriptionAnswer['status']
export type ChargePeriod = NonNullable<SubscriptionAnswer['chargePeriod']>
export type { SubscriptionPreview }

/** In the order in which a subscription lives through them. */
export const STATUSES: readonly Status[] = [
  'scheduled',
  'trialing',
  'active',
  'past_due',
  'paused',
  'ended',
]

/** One page of what a customer has and had. */
export const subscriptionsQuery = (customerId: string, cursor?: string) =>
  queryOptions({
    queryKey: [...customerKey(customerId), 'subscriptions', cursor ?? null],
    queryFn: ({ signal }) =>
      request<Page<Subscription>>(
        'GET',
        path(['customers', customerId, 'subscriptions'], { cursor }),
        { signal },
      ),
  })

/** Everything that a change of one of the customer's subscriptions can make another. */
export const touchedBy = (customerId: string) => [
  customerKey(customerId),
  ['customers'],
  ['overview'],
  ['audit'],
]

/** A subscription as it is asked for; the plan decides what is left out. */
export interface Purchase {
  readonly planId: string
  readonly chargePeriod?: string
  readonly quantity: number
  readonly startAt?: string
  readonly trialDays?: number
}

export function subscribe(customerId: string, body: Purchase): Promise<Subscription> {
  return request('POST', path(['customers', customerId, 'subscriptions']), { body })
}

/** Another plan, period or quantity, and from when. */
export interface PlanChange {
  readonly planId: string
  readonly chargePeriod?: string
  readonly quantity: number
  readonly when: string
}

export function changePlan(subscriptionId: string, body: PlanChange): Promise<Subscription> {
  return request('POST', path(['subscriptions', subscriptionId, 'change']), { body })
}

/** What the change would do, while nothing changes. */
export function tryChange(subscriptionId: string, body: PlanChange): Promise<SubscriptionPreview> {
  return request('POST', path(['subscriptions', subscriptionId, 'change'], { dryRun: true }), {
    body,
  })
}

/** What is done to a subscription, by the last part of its path, with the body that it takes. */
export function act(
  subscriptionId: string,
  segment: string,
  body: object = {},
): Promise<Subscription> {
  return request('POST', path(['subscriptions', subscriptionId, segment]), { body })
}

/** What a sandbox is to pretend. */
export type Pretended = SandboxPayment

/** Has a payment happen as a provider would tell of it; there is none of this in production. */
export function payInSandbox(
  subscriptionId: string,
  body: SandboxPayment,
): Promise<z.infer<typeof paySandbox.answer>> {
  return request('POST', path(['sandbox', 'subscriptions', subscriptionId, 'payments']), { body })
}

/** Moves the customer's test clock; there is none in production. */
export function moveClock(customerId: string, body: ClockMove): Promise<unknown> {
  return request('PUT', path(['sandbox', 'customers', customerId, 'clock']), { body })
}

/** Real time goes again. */
export function removeClock(customerId: string): Promise<unknown> {
  return request('DELETE', path(['sandbox', 'customers', customerId, 'clock']))
}
