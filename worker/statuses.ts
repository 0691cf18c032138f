/** Keeps the columns that lists filter by near what the dated facts say. Time never overwrites a fact. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../entitlements/instant.ts'
import { changesAfter, phaseAt, statusAt } from '../entitlements/status.ts'
import { subscriptionOf } from '../schema/subscription.ts'
import { subscriptions } from '../schema/tables/customers.ts'
import { database } from './change/database.ts'
import type { Ports } from './ports.ts'

/** Brings status and plan of these customers' subscriptions up to `now`; returns when each changes next. */
export async function refreshStatuses(
  { ports, now }: { readonly ports: Ports; readonly now: Instant },
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, Instant>> {
  if (customerIds.length === 0) return new Map()
  const rows = await database(ports.db)
    .select()
    .from(subscriptions)
    .where(
      sql`${subscriptions.customerId} IN (SELECT value FROM json_each(${JSON.stringify(customerIds)}))`,
    )
  const changes = new Map<string, Instant>()
  const stale: { id: string; status: string; planId: string }[] = []
  for (const row of rows) {
    const subscription = subscriptionOf(row)
    const status = statusAt(subscription, now)
    const { planId } = phaseAt(subscription, now)
    if (status !== row.status || planId !== row.planId) stale.push({ id: row.id, status, planId })
    const next = changesAfter(subscription, now)
    const soonest = changes.get(row.customerId)
    if (next !== null && (soonest === undefined || next < soonest))
      changes.set(row.customerId, next)
  }
  if (stale.length > 0) await ports.db.prepare(UPDATE).bind(JSON.stringify(stale)).run()
  return changes
}

const UPDATE = `UPDATE subscriptions SET status = stale.value ->> 'status', plan_id = stale.value ->> 'planId'
  FROM json_each(?1) AS stale WHERE subscriptions.id = stale.value ->> 'id'`
