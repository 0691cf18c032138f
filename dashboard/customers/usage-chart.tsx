import { useMemo } from 'react'
import type { UsageDay } from '../api/entitlements.ts'
import { Chart, type Drawing } from '../parts/chart.tsx'
import { dayOf, dayText } from '../parts/day.ts'

const WEEK_MS = 7 * 86_400_000

/** A meter's reading at the end of each day. */
export function UsageChart({ days }: { readonly days: readonly UsageDay[] }) {
  const drawing = useMemo(() => drawingOf(days), [days])
  return <Chart drawing={drawing} />
}

/** Oldest first, whatever the answer's order; a few days stand in a week, so that days look like days. */
function drawingOf(days: readonly UsageDay[]): Drawing {
  const ascending = days.toSorted((a, b) => Date.parse(a.startAt) - Date.parse(b.startAt))
  return {
    caption: 'Usage by day',
    unit: 'Day',
    at: ascending.map(({ startAt }) => Date.parse(startAt)),
    lines: [
      {
        label: 'Used at the end',
        values: ascending.map(({ closingUsed }) => closingUsed),
        colour: '--color-kumo-brand',
        dashed: false,
      },
      {
        label: 'Consumed and reported',
        values: ascending.map(({ consumed, reported }) => consumed + reported),
        colour: null,
        dashed: true,
      },
    ],
    exact: dayOf,
    short: dayText,
    shortPx: 70,
    lengthMinMs: WEEK_MS,
  }
}
