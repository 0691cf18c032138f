/** How often features are asked about, as pages ask for it. */
import { queryOptions } from '@tanstack/react-query'
import type { StatisticsRow } from '../../schema/wire/statistics.ts'
import { path, request } from './request.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/**
 * How far back somebody looks, by the hour or by the day, and how often anew: a longer range has the service add up more,
 * for less that is new.
 */
export const RANGES = {
  '24h': { name: '24 hours', interval: 'hour', size: HOUR_MS, count: 24, everyMs: MINUTE_MS },
  '7d': { name: '7 days', interval: 'hour', size: HOUR_MS, count: 7 * 24, everyMs: 10 * MINUTE_MS },
  '30d': { name: '30 days', interval: 'day', size: DAY_MS, count: 30, everyMs: 10 * MINUTE_MS },
} as const

export type RangeName = keyof typeof RANGES

/** When each hour or day of a range began, the one that is running last. In epoch milliseconds. */
export function beginnings(range: RangeName, now: number): readonly number[] {
  const { size, count } = RANGES[range]
  const last = now - (now % size)
  return Array.from({ length: count }, (_, n) => last - (count - 1 - n) * size)
}

/** The checks of each hour or day of a range, of one feature or of all; those without any are left out. */
export const checksQuery = (range: RangeName, now: number, featureId?: string) =>
  statisticsQuery(range, now, { groupBy: 'at', featureId })

/** The checks of each feature in a range; features without any are left out. */
export const featureChecksQuery = (range: RangeName, now: number) =>
  statisticsQuery(range, now, { groupBy: 'featureId' })

interface Grouping {
  readonly groupBy: 'at' | 'featureId'
  readonly featureId?: string | undefined
}

function statisticsQuery(range: RangeName, now: number, grouping: Grouping) {
  const [first = now] = beginnings(range, now)
  const query = {
    from: new Date(first).toISOString(),
    interval: RANGES[range].interval,
    ...grouping,
  }
  return queryOptions({
    queryKey: ['statistics', query],
    queryFn: ({ signal }) =>
      request<{ readonly data: readonly StatisticsRow[] }>('GET', path(['statistics'], query), {
        signal,
      }),
    refetchInterval: RANGES[range].everyMs,
  })
}
