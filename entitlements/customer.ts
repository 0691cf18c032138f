import type { Override } from './allowance.ts'
import type { Instant } from './instant.ts'
import type { Subscription } from './subscription.ts'

/** Everything that was decided about a customer, as dated facts; time never overwrites one. */
export interface Customer {
  readonly id: string
  /** Counter of intent: grows with every change to the customer, its subscriptions or overrides. */
  readonly revision: number
  readonly createdAt: Instant
  /** The customer's test clock; null in production and wherever real time is meant. */
  readonly clockAt: Instant | null
  readonly subscriptions: readonly Subscription[]
  /** At most one per feature. */
  readonly overrides: readonly Override[]
}
