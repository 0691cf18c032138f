/** Subscriptions, as pages ask for them. */
import type { SubscriptionAnswer } from '../../schema/wire/subscription.ts'

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
