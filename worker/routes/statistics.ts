/** How often features are asked about: what all isolates have counted (ask/tally.ts). */
import { DAY_MS, type Instant } from '../../entitlements/instant.ts'
import { err, ok } from '../../entitlements/result.ts'
import { instantText } from '../../schema/instant-text.ts'
import type { StatisticsQuery, StatisticsRow } from '../../schema/wire/statistics.ts'
import { writeCounts } from '../ask/tally.ts'
import type { Failure } from '../failures.ts'
import type { Call, Handler } from '../route.ts'

/** As long as counts are kept. */
const DAYS_MAX = 90
/** About a megabyte. */
const ROWS_MAX = 10_000

/** Half-open, like every stretch of time. */
interface Stretch {
  readonly from: Instant
  readonly to: Instant
}

/** A row as it is read; what it is not grouped by is NULL. */
interface Row {
  readonly at: Instant | null
  readonly featureId: string | null
  readonly granted: number
  readonly denied: number
}

/** The oldest first. What this isolate has counted is written before, so that who asks alone sees what was just asked. */
export const getStatistics: Handler<unknown, StatisticsQuery> = async (call) => {
  const { to = call.now } = call.query
  const { from = Math.max(0, to - DAY_MS) } = call.query
  if (from >= to) return err(refused('/to', 'an instant after from'))
  if (to - from > DAYS_MAX * DAY_MS) {
    return err(refused('/from', `an instant at most ${DAYS_MAX} days before to`))
  }
  await writeCounts(call)
  const rows = await rowsOf(call, { from, to })
  if (rows.length > ROWS_MAX) return err(refused('/from', FEWER))
  return ok({ body: { data: rows.map(view) } })
}

const FEWER = `at most ${ROWS_MAX} rows: a shorter stretch, interval=day, groupBy or featureId`

function refused(pointer: string, expected: string): Failure {
  return { code: 'invalid_request', errors: [{ pointer, code: 'out_of_range', expected }] }
}

async function rowsOf(
  { ports, query }: Call<unknown, StatisticsQuery>,
  { from, to }: Stretch,
): Promise<readonly Row[]> {
  const { featureId = null, interval = 'hour', groupBy } = query
  const at = interval === 'day' ? `at - at % ${DAY_MS}` : 'at'
  const { results } = await ports.db
    .prepare(
      `SELECT ${groupBy === 'featureId' ? 'NULL' : at} AS "at",
        ${groupBy === 'at' ? 'NULL' : 'feature_id'} AS "featureId",
        sum(granted) AS granted, sum(denied) AS denied
        FROM statistics WHERE at >= ?1 AND at < ?2 AND (?3 IS NULL OR feature_id = ?3)
        GROUP BY 1, 2 ORDER BY 1, 2 LIMIT ${ROWS_MAX + 1}`,
    )
    .bind(from, to, featureId)
    .all<Row>()
  return results
}

function view({ at, featureId, granted, denied }: Row): StatisticsRow {
  return {
    ...(at !== null && { at: instantText(at) }),
    ...(featureId !== null && { featureId }),
    granted,
    denied,
  }
}
