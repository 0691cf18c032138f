/**
 * What a preview asks of D1: customers by what decides about them, never one by one.
 *
 * Two customers with the same plans, quantities and overrides get the same from an edit, whatever else they are; only
 * what they have used may tell them apart, and that is counted by the limits that it has passed. The columns for
 * lists are read here: who has been overtaken by time since they were written is listed by `OVERTAKEN`, and looked at
 * singly.
 */
import type { Instant } from '../../entitlements/instant.ts'
import { clockIn } from '../own-clock.ts'
import type { Ports } from '../ports.ts'
import type { Reach } from './reach.ts'

/** Customers who hold the same. */
export interface GroupRow {
  /** `[[planId, quantity], …]`, the earliest first. */
  readonly held: string
  /** `[[featureId, allowance, standalone], …]`: the overrides in force of features that the edit reaches. */
  readonly overridden: string
  readonly customers: number
  /** Two of them, for examples. */
  readonly first: string
  readonly last: string
}

/** A meter of a group, with the limits that usage is compared with; null: unlimited. */
export interface Thresholds {
  readonly group: number
  readonly featureId: string
  readonly before: number | null
  readonly after: number | null
}

/** Customers of a group by the limits that their usage has reached or passed. */
export interface UsageRow {
  readonly group: number
  readonly featureId: string
  readonly reachedBefore: 0 | 1
  readonly passedBefore: 0 | 1
  readonly reachedAfter: 0 | 1
  readonly passedAfter: 0 | 1
  readonly customers: number
  readonly first: string
  readonly last: string
  readonly asOf: Instant
}

/** A meter of a group whose lots have to be looked at once so much is used. */
export interface LotsMatter {
  readonly group: number
  readonly featureId: string
  readonly usedAtLeast: number
}

/** One question about the customers whom an edit reaches. */
export interface Question {
  readonly ports: Pick<Ports, 'db' | 'testClocks'>
  readonly reach: Reach
  readonly now: Instant
  /** Who is looked at singly, and so counted in no group. */
  readonly apart: readonly string[]
}

/** Customers for whom time has done something that the lists do not know yet, at most `count`. */
export async function readOvertaken(
  { ports, reach, now }: Omit<Question, 'apart'>,
  count: number,
): Promise<readonly string[]> {
  const sql = `SELECT id FROM customers WHERE next_due IS NOT NULL AND next_due <= ?2 AND archived_at IS NULL
    ${reach.everyone ? 'AND ?1 = ?1' : HAS_PHASE} ORDER BY next_due LIMIT ?3`
  const { results } = await ports.db
    .prepare(sql)
    .bind(JSON.stringify([...reach.planIds]), now, count)
    .all<{ readonly id: string }>()
  return results.map(({ id }) => id)
}

/** The groups, the largest first, at most `count`. */
export function readGroups(question: Question, count: number): Promise<readonly GroupRow[]> {
  return ask<GroupRow>(
    question,
    ` SELECT held, overridden, count(*) AS customers, min(id) AS first, max(id) AS last
     FROM signed GROUP BY held, overridden ORDER BY count(*) DESC, held, overridden LIMIT ?5`,
    [count],
  )
}

/** Who has used so much of a meter that its lots decide, with their group; at most `count`. */
export function readLotHolders(
  question: Question,
  groups: readonly GroupRow[],
  meters: readonly LotsMatter[],
  count: number,
): Promise<readonly { readonly id: string; readonly group: number }[]> {
  const listed = meters.map(({ group, featureId, usedAtLeast }) => [group, featureId, usedAtLeast])
  return ask(
    question,
    `, ${LISTED} SELECT DISTINCT used_up.id AS id, listed.number AS "group" ${USED_UP}
     WHERE used >= listed.a ORDER BY used_up.id LIMIT ?7`,
    [texts(groups), JSON.stringify(listed), count],
  )
}

/** How many customers of each group have reached or passed which limit of which meter. */
export function readUsage(
  question: Question,
  groups: readonly GroupRow[],
  meters: readonly Thresholds[],
): Promise<readonly UsageRow[]> {
  const listed = meters.map(({ group, featureId, before, after }) => [
    group,
    featureId,
    before,
    after,
  ])
  return ask(
    question,
    `, ${LISTED} SELECT listed.number AS "group", used_up.feature_id AS featureId,
       coalesce(used >= listed.a, 0) AS reachedBefore, coalesce(used > listed.a, 0) AS passedBefore,
       coalesce(used >= listed.b, 0) AS reachedAfter, coalesce(used > listed.b, 0) AS passedAfter,
       count(*) AS customers, min(used_up.id) AS first, max(used_up.id) AS last, min(as_of) AS asOf
     ${USED_UP} WHERE used >= listed.a OR used >= listed.b
     GROUP BY 1, 2, 3, 4, 5, 6`,
    [texts(groups), JSON.stringify(listed)],
  )
}

async function ask<T>(
  { ports, reach, now, apart }: Question,
  select: string,
  values: readonly (string | number)[],
): Promise<readonly T[]> {
  const touched = reach.everyone ? EVERYONE : HOLDERS
  const { results } = await ports.db
    .prepare(
      `WITH touched AS MATERIALIZED (${touched}), signed AS MATERIALIZED (${signedAt(nowIn(ports))})${select}`,
    )
    .bind(
      JSON.stringify([...reach.planIds]),
      JSON.stringify(reach.featureIds),
      now,
      JSON.stringify(apart),
      ...values,
    )
    .all<T>()
  return results
}

function texts(groups: readonly GroupRow[]): string {
  return JSON.stringify(groups.map(({ held, overridden }) => [held, overridden]))
}

/** The customer's own time. */
const nowIn = (ports: Question['ports']) => `coalesce(${clockIn(ports)}, ?3)`

const LIVE = `status IN ('trialing', 'active', 'past_due')`

const HAS_PHASE = `AND EXISTS (SELECT 1 FROM subscriptions, json_each(subscriptions.phases) AS phase
  WHERE subscriptions.customer_id = customers.id AND ended_at IS NULL
  AND phase.value ->> 'planId' IN (SELECT value FROM json_each(?1)))`

const HOLDERS = `SELECT DISTINCT customer_id AS id FROM subscriptions
  WHERE plan_id IN (SELECT value FROM json_each(?1)) AND ${LIVE}`

const EVERYONE = `SELECT id FROM customers WHERE ?1 = ?1`

const heldAt = (now: string) => `SELECT json_group_array(json_array(plan_id, quantity)) FROM (
  SELECT plan_id, coalesce((SELECT phase.value ->> 'quantity' FROM json_each(subscriptions.phases) AS phase
    WHERE phase.value ->> 'from' <= ${now} ORDER BY phase.value ->> 'from' DESC LIMIT 1),
    subscriptions.phases ->> '$[0].quantity') AS quantity
  FROM subscriptions WHERE subscriptions.customer_id = customers.id AND ${LIVE} ORDER BY start_at, subscriptions.id)`

const overriddenAt = (
  now: string,
) => `SELECT json_group_array(json_array(feature_id, json(allowance), standalone)) FROM (
  SELECT feature_id, allowance, standalone FROM overrides
  WHERE overrides.customer_id = customers.id AND feature_id IN (SELECT value FROM json_each(?2))
  AND start_at <= ${now} AND coalesce(expires_at > ${now}, 1)
  ORDER BY feature_id)`

const signedAt = (
  now: string,
) => `SELECT customers.id, (${heldAt(now)}) AS held, (${overriddenAt(now)}) AS overridden
  FROM touched CROSS JOIN customers ON customers.id = touched.id
  WHERE archived_at IS NULL AND customers.id NOT IN (SELECT value FROM json_each(?4))`

/**
 * What `?5` and `?6` list as tables, and from there whatever has been used enough to matter to anybody: few of many,
 * before they are sorted into groups.
 */
const LISTED = `grouped AS MATERIALIZED
    (SELECT key AS number, value ->> 0 AS held, value ->> 1 AS overridden FROM json_each(?5)),
  listed AS MATERIALIZED
    (SELECT value ->> 0 AS number, value ->> 1 AS feature_id, value ->> 2 AS a, value ->> 3 AS b FROM json_each(?6)),
  least AS MATERIALIZED
    (SELECT feature_id, min(coalesce(min(a, b), a, b)) AS units FROM listed GROUP BY feature_id),
  used_up AS MATERIALIZED
    (SELECT signed.id, held, overridden, usage_summary.feature_id, used, as_of
     FROM signed CROSS JOIN least CROSS JOIN usage_summary
       ON usage_summary.customer_id = signed.id AND usage_summary.feature_id = least.feature_id
     WHERE used > 0 AND used >= least.units)`

/** That usage with the meters listed for its group. */
const USED_UP = `FROM used_up
  CROSS JOIN grouped ON grouped.held = used_up.held AND grouped.overridden = used_up.overridden
  CROSS JOIN listed ON listed.number = grouped.number AND listed.feature_id = used_up.feature_id`
