import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { counted } from './words.ts'

const HEIGHT = 200
const SECOND_MS = 1_000
/** Up to so many, each instant gets a point. */
const POINTS_MAX = 31

/** One line of a chart, and one column of its table. */
export interface Line {
  readonly label: string
  readonly values: readonly number[]
  /** A colour of the page; null: that of its text. */
  readonly colour: '--color-kumo-brand' | '--color-kumo-danger' | null
  readonly dashed: boolean
}

/** What is drawn. Drawn anew when it is another object. */
export interface Drawing {
  readonly caption: string
  /** What an instant stands for. */
  readonly unit: string
  /** Epoch milliseconds, ascending. */
  readonly at: readonly number[]
  readonly lines: readonly Line[]
  /** An instant in the table, and where somebody points. */
  readonly exact: (at: number) => string
  /** An instant on the axis, and how wide that is. */
  readonly short: (at: number) => string
  readonly shortPx: number
  /** Fewer instants stand in the middle of so long a stretch. */
  readonly lengthMinMs: number
}

/** Lines over time; the same as a table for who cannot see them. */
export function Chart({ drawing }: { readonly drawing: Drawing }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = place.current
    if (element === null) return undefined
    const chart = new uPlot(optionsFor(drawing, element), columnsOf(drawing), element)
    const watching = new ResizeObserver(() =>
      chart.setSize({ width: element.clientWidth, height: HEIGHT }),
    )
    watching.observe(element)
    return () => {
      watching.disconnect()
      chart.destroy()
    }
  }, [drawing])
  return (
    <>
      <div ref={place} aria-hidden className="w-full" />
      {/* A table is as high as its rows, whatever it is told: what is around it is not. */}
      <div className="sr-only">
        <Figures drawing={drawing} />
      </div>
    </>
  )
}

function Figures({ drawing: { caption, unit, at, lines, exact } }: { readonly drawing: Drawing }) {
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{unit}</th>
          {lines.map(({ label }) => (
            <th key={label} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {at.map((instant, n) => (
          <tr key={instant}>
            <th scope="row">{exact(instant)}</th>
            {lines.map(({ label, values }) => (
              <td key={label}>{counted(values[n] ?? 0)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function columnsOf({ at, lines }: Drawing): uPlot.AlignedData {
  return [at.map((each) => each / SECOND_MS), ...lines.map(({ values }) => [...values])]
}

/** In the colours that the page has now. */
function optionsFor(drawing: Drawing, element: HTMLElement): uPlot.Options {
  const { at, lines, unit, exact, short, shortPx } = drawing
  const style = getComputedStyle(element)
  const text = style.color
  const colour = (name: string) => style.getPropertyValue(name).trim() || text
  const axis = {
    stroke: text,
    font: `12px ${style.fontFamily}`,
    grid: { stroke: colour('--color-kumo-hairline'), width: 1 },
    ticks: { show: false },
  }
  const shortOf = (seconds: number) => short(seconds * SECOND_MS)
  const exactOf = (seconds: number | null) => (seconds === null ? '–' : exact(seconds * SECOND_MS))
  return {
    width: element.clientWidth,
    height: HEIGHT,
    cursor: { drag: { x: false, y: false } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * SECOND_MS), 'UTC'),
    scales: {
      x: { range: () => spanOf(drawing) },
      y: { range: (_chart, _low, high) => [0, Math.max(high * 1.05, 1)] },
    },
    axes: [
      { ...axis, space: shortPx, values: (_chart, ticks) => ticks.map(shortOf) },
      { ...axis, size: 70, values: (_chart, ticks) => ticks.map(wholeOf) },
    ],
    series: [
      { label: unit, value: (_chart, seconds) => exactOf(seconds) },
      ...lines.map((line) => {
        const stroke = line.colour === null ? text : colour(line.colour)
        return {
          label: line.label,
          value: (_chart: uPlot, read: number | null) => (read === null ? '–' : counted(read)),
          stroke,
          width: line.dashed ? 1 : 2,
          points: { show: at.length <= POINTS_MAX, stroke },
          ...(line.dashed && { dash: [4, 4] }),
        }
      }),
    ],
  }
}

/** Things are counted: between them nothing is. */
function wholeOf(tick: number): string {
  return Number.isInteger(tick) ? counted(tick) : ''
}

/** One instant alone, and a few of them, stand in the middle. In seconds. */
function spanOf({ at, lengthMinMs }: Drawing): [number, number] {
  const first = at[0] ?? 0
  const last = at.at(-1) ?? 0
  const missing = Math.max(0, lengthMinMs - (last - first)) / 2
  return [(first - missing) / SECOND_MS, (last + missing) / SECOND_MS]
}
