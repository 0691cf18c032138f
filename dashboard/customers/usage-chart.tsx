import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { UsageDay } from '../api/entitlements.ts'
import { counted } from './reading.tsx'

const HEIGHT = 200
const SECOND_MS = 1_000
const WEEK_SECONDS = 7 * 86_400

/** A meter's reading at the end of each day; the same as a table for who cannot see it. */
export function UsageChart({ days }: { readonly days: readonly UsageDay[] }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = place.current
    if (element === null) return undefined
    const chart = new uPlot(optionsFor(element), columnsOf(days), element)
    const watching = new ResizeObserver(() =>
      chart.setSize({ width: element.clientWidth, height: HEIGHT }),
    )
    watching.observe(element)
    return () => {
      watching.disconnect()
      chart.destroy()
    }
  }, [days])
  return (
    <>
      <div ref={place} aria-hidden className="w-full" />
      <table className="sr-only">
        <caption>Usage by day</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Consumed and reported</th>
            <th scope="col">Used at the end</th>
          </tr>
        </thead>
        <tbody>
          {days.map(({ startAt, consumed, reported, closingUsed }) => (
            <tr key={startAt}>
              <th scope="row">{startAt.slice(0, 'YYYY-MM-DD'.length)}</th>
              <td>{counted(consumed + reported)}</td>
              <td>{counted(closingUsed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

/** Oldest first, whatever the answer's order. */
function columnsOf(days: readonly UsageDay[]): uPlot.AlignedData {
  const ascending = days.toSorted((a, b) => Date.parse(a.startAt) - Date.parse(b.startAt))
  return [
    ascending.map(({ startAt }) => Date.parse(startAt) / SECOND_MS),
    ascending.map(({ closingUsed }) => closingUsed),
    ascending.map(({ consumed, reported }) => consumed + reported),
  ]
}

/** In the colours that the page has now. */
function optionsFor(element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element)
  const text = style.color
  const colour = (name: string) => style.getPropertyValue(name).trim() || text
  const line = colour('--color-kumo-brand')
  const axis = {
    stroke: text,
    grid: { stroke: colour('--color-kumo-hairline'), width: 1 },
    ticks: { show: false },
  }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    cursor: { drag: { x: false, y: false } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * SECOND_MS), 'UTC'),
    scales: {
      x: { range: weekAtLeast },
      y: { range: (_chart, _low, high) => [0, Math.max(high * 1.05, 1)] },
    },
    axes: [
      { ...axis, space: 70, values: (_chart, ticks) => ticks.map(dayText) },
      { ...axis, size: 70, values: (_chart, ticks) => ticks.map(counted) },
    ],
    series: [
      { label: 'Day', value: (_chart, seconds) => (seconds === null ? '–' : dayText(seconds)) },
      { label: 'Used at the end', stroke: line, width: 2, points: { show: true, stroke: line } },
      {
        label: 'Consumed and reported',
        stroke: text,
        dash: [4, 4],
        points: { show: true, stroke: text },
      },
    ],
  }
}

/** A day alone, and a few of them, stand in a week, so that days look like days. */
function weekAtLeast({ data: [days] }: uPlot): [number, number] {
  const first = days[0] ?? 0
  const last = days.at(-1) ?? 0
  const missing = Math.max(0, WEEK_SECONDS - (last - first)) / 2
  return [first - missing, last + missing]
}

function dayText(seconds: number): string {
  return DAY.format(new Date(seconds * SECOND_MS))
}

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
