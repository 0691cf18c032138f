/** Keeps the columns that lists filter by near what the dated facts say. Time never overwrites a fact. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../entitlements/instant.ts'
import { phaseAt, statusAt } from '../entitlements/status.ts'
import { subscriptionOf } from '../schema/subscription.ts'
import { subscriptions } from '../schema/tables/customers.ts'
import { database } from './change/database.ts'
import type { SubscriptionRow } from './change/subscription-row.ts'
import type { Ports } from './ports.ts'

/** What the columns of a subscription should say. */
type Stale = Pick<SubscriptionRow, 'id' | 'status' | 'planId'>

/** The subscriptions whose columns say something else than what holds at `now`, with what does. */
export function staleStatuses(rows: readonly SubscriptionRow[], now: Instant): readonly Stale[] {
  return rows.flatMap((row) => {
    const subscription = subscriptionOf(row)
    const status = statusAt(subscription, now)
    const { planId } = phaseAt(subscription, now)
    return status === row.status && planId === row.planId ? [] : [{ id: row.id, status, planId }]
  })
}

/**
 * Writes what the columns should say, of however many subscriptions.
 *
 * @param stale With the revision at which the customer was read, only where it still is at that.
 */
export function statusStatement(
  db: Ports['db'],
  stale: readonly (Stale & { readonly seen?: number })[],
) {
  return database(db)
    .update(subscriptions)
    .set({ status: sql`stale.value ->> 'status'`, planId: sql`stale.value ->> 'planId'` })
    .from(sql`json_each(${JSON.stringify(stale)}) AS stale`)
    .where(
      sql`${subscriptions.id} = stale.value ->> 'id' AND (stale.value ->> 'seen' IS NULL OR EXISTS (
        SELECT 1 FROM customers WHERE customers.id = ${subscriptions.customerId} AND customers.revision = stale.value ->> 'seen'))`,
    )
}
