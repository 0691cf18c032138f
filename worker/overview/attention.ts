/**
 * Customers who need a look: near a limit, unpaid, or at the end of a trial.
 *
 * Each list is the beginning of an index of just those who are on it, so that it costs what it shows, however many
 * customers there are.
 */
import type { Instant } from '../../entitlements/instant.ts'
import { instantText } from '../../schema/instant-text.ts'
import {
  type EndingSoon,
  type NearLimit,
  OVERVIEW_COUNT_MAX,
  OVERVIEW_ROWS_MAX,
} from '../../schema/wire/overview.ts'
import { clockIn } from '../own-clock.ts'
import type { Ports } from '../ports.ts'
import { rowsIn } from '../result-rows.ts'

/** What ends next in which status. */
type Ends = 'past_due' | 'trialing'

/** For one batch; `attentionFrom` reads its results in this order. */
export function attentionStatements(
  ports: Pick<Ports, 'db' | 'testClocks'>,
  now: Instant,
): readonly D1PreparedStatement[] {
  const { db } = ports
  const [pastDue, trials] = [endsIn(ports, 'past_due'), endsIn(ports, 'trialing')]
  return [
    db.prepare(`${NEAR} LIMIT ?1`).bind(OVERVIEW_ROWS_MAX),
    db.prepare(counted(NEAR)).bind(OVERVIEW_COUNT_MAX),
    db.prepare(`${pastDue} LIMIT ?1`).bind(OVERVIEW_ROWS_MAX, now),
    db.prepare(counted(pastDue)).bind(OVERVIEW_COUNT_MAX, now),
    db.prepare(`${trials} LIMIT ?1`).bind(OVERVIEW_ROWS_MAX, now),
    db.prepare(counted(trials)).bind(OVERVIEW_COUNT_MAX, now),
  ]
}

/** The lists as they are answered, and the results that are left. */
export function attentionFrom([
  near,
  nears,
  due,
  dues,
  ends,
  trials,
  ...rest
]: readonly D1Result[]) {
  return {
    nearLimits: { count: countIn(nears), data: rowsIn<NearRow>(near).map(nearView) },
    pastDue: { count: countIn(dues), data: rowsIn<EndingRow>(due).map(endingView) },
    trials: { count: countIn(trials), data: rowsIn<EndingRow>(ends).map(endingView) },
    rest,
  }
}

interface NearRow {
  readonly customerId: string
  readonly name: string | null
  readonly featureId: string
  readonly used: number
  readonly limitUnits: number
  readonly over: 0 | 1
  readonly asOf: Instant
}

interface EndingRow {
  readonly customerId: string
  readonly name: string | null
  readonly subscriptionId: string
  readonly planId: string
  readonly endsAt: Instant
}

function nearView({ limitUnits, over, asOf, ...row }: NearRow): NearLimit {
  return { ...row, limit: limitUnits, over: over === 1, asOf: instantText(asOf) }
}

function endingView({ endsAt, ...row }: EndingRow): EndingSoon {
  return { ...row, endsAt: instantText(endsAt) }
}

/** In the words of its index, which is found by them. */
const NEAR = `SELECT customers.id AS customerId, name, feature_id AS featureId, used, limit_units AS limitUnits, over,
    as_of AS asOf
  FROM usage_summary CROSS JOIN customers ON customers.id = customer_id
  WHERE (over = 1 OR (limit_units > 0 AND used * 5 >= limit_units * 4)) AND listed_at >= 0
  ORDER BY used * 1.0 / (limit_units + (limit_units = 0)) DESC, customer_id DESC, feature_id DESC`

/** By the customer's own time; what has ended already is the tick's to follow, and no longer soon. */
function endsIn(ports: Pick<Ports, 'testClocks'>, status: Ends): string {
  const column = status === 'past_due' ? 'grace_ends_at' : 'trial_end_at'
  // Named, because another index begins with the status, and all that it finds would have to be sorted.
  const index = `subscriptions_${status}`
  return `SELECT customers.id AS customerId, name, subscriptions.id AS subscriptionId, plan_id AS planId,
      ${column} AS endsAt
    FROM subscriptions INDEXED BY ${index} CROSS JOIN customers ON customers.id = customer_id
    WHERE status = '${status}' AND listed_at >= 0 AND ${column} > coalesce(${clockIn(ports)}, ?2)
    ORDER BY ${column}, subscriptions.id`
}

function counted(list: string): string {
  return `SELECT count(*) AS count FROM (${list} LIMIT ?1)`
}

function countIn(result: D1Result | undefined): number {
  return rowsIn<{ readonly count: number }>(result)[0]?.count ?? 0
}
