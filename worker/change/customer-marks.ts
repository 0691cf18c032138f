/** What a list shows of each customer beside its own fields, for a whole page in one query. */
import type { Instant } from '../../entitlements/instant.ts'
import type { CustomerMarks } from '../../schema/wire/customer.ts'
import { clockIn } from '../own-clock.ts'
import type { Ports } from '../ports.ts'

/** As many subscriptions as one customer may have at a time. */
const PLANS_MAX = 20

/** By customer; as far as lists know, which is near what holds. */
export async function customerMarks(
  ports: Pick<Ports, 'db' | 'testClocks'>,
  customerIds: readonly string[],
  now: Instant,
): Promise<ReadonlyMap<string, CustomerMarks>> {
  if (customerIds.length === 0) return new Map()
  const { results } = await ports.db
    .prepare(marksOf(ports))
    .bind(JSON.stringify(customerIds), now, PLANS_MAX)
    .all<MarksRow>()
  return new Map(
    results.map(({ id, plans, overLimit, overridden }) => [
      id,
      {
        // Written out by the query itself.
        plans: JSON.parse(plans) as CustomerMarks['plans'],
        overLimit: overLimit === 1,
        overridden: overridden === 1,
      },
    ]),
  )
}

interface MarksRow {
  readonly id: string
  readonly plans: string
  readonly overLimit: 0 | 1
  readonly overridden: 0 | 1
}

/** Each mark is looked up where the list that is filtered by it looks. */
const marksOf = (ports: Pick<Ports, 'testClocks'>) => `SELECT customers.id AS id,
    (SELECT json_group_array(json_object('planId', plan_id, 'status', status)) FROM (
      SELECT plan_id, status FROM subscriptions
      WHERE customer_id = customers.id AND status <> 'ended' ORDER BY start_at LIMIT ?3)) AS plans,
    EXISTS (SELECT 1 FROM usage_summary WHERE listed_at = customers.created_at
      AND customer_id = customers.id AND over = 1 AND listed_at >= 0) AS overLimit,
    EXISTS (SELECT 1 FROM overrides WHERE listed_at = customers.created_at
      AND customer_id = customers.id AND listed_at >= 0
      AND (expires_at IS NULL OR expires_at > coalesce(${clockIn(ports)}, ?2))) AS overridden
  FROM json_each(?1) AS page CROSS JOIN customers ON customers.id = page.value`
