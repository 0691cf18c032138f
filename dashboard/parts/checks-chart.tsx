import { useMemo } from 'react'
import type { StatisticsRow } from '../../schema/wire/statistics.ts'
import { beginnings, type RangeName, RANGES } from '../api/statistics.ts'
import { Chart, type Drawing } from './chart.tsx'
import { dayOf, dayText, hourText, timeText } from './day.ts'
import { exact } from './when.tsx'

interface Counted {
  readonly range: RangeName
  /** In epoch milliseconds: the range ends there. */
  readonly now: number
  /** By hour or day, as the range has it. */
  readonly rows: readonly StatisticsRow[]
}

/** How often somebody asked, and how often the answer was no. */
export function ChecksChart({ range, now, rows }: Counted) {
  const last = beginnings(range, now).at(-1) ?? now
  const drawing = useMemo(() => drawingOf({ range, now: last, rows }), [range, last, rows])
  return <Chart drawing={drawing} />
}

function drawingOf({ range, now, rows }: Counted): Drawing {
  const at = beginnings(range, now)
  const byTime = new Map(rows.map((row) => [Date.parse(row.at ?? ''), row]))
  const { interval, size } = RANGES[range]
  const isHourly = interval === 'hour'
  return {
    caption: isHourly ? 'Checks by hour' : 'Checks by day',
    unit: isHourly ? 'Hour from (UTC)' : 'Day (UTC)',
    at,
    lines: [
      {
        label: 'Checks',
        values: at.map((each) => checksIn(byTime.get(each))),
        colour: '--color-kumo-brand',
        dashed: false,
      },
      {
        label: 'Denied',
        values: at.map((each) => byTime.get(each)?.denied ?? 0),
        colour: '--color-kumo-danger',
        dashed: true,
      },
    ],
    exact: (each) => (isHourly ? exact(new Date(each).toISOString()) : dayOf(each)),
    short: AXIS[range],
    shortPx: range === '7d' ? 110 : 70,
    lengthMinMs: size,
  }
}

/** Within a day the time says all. */
const AXIS = { '24h': timeText, '7d': hourText, '30d': dayText } as const

function checksIn(row: StatisticsRow | undefined): number {
  return row === undefined ? 0 : row.granted + row.denied
}
