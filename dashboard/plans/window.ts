import { type RefObject, useEffect, useState } from 'react'

/** Rows or columns beyond what is seen, on either side. */
const MARGIN = 4

/** The parts of a large table that are drawn, since the others are out of sight. */
export interface Window {
  readonly rows: Span
  readonly columns: Span
}

export interface Span {
  readonly from: number
  readonly to: number
}

/** Rows of one height and columns of one width, each so many. */
export interface Grid {
  readonly rows: number
  readonly columns: number
  readonly rowPx: number
  readonly columnPx: number
}

/** What of a grid is in sight of its scroller; said anew only once other rows or columns come into sight. */
export function useWindow(scroller: RefObject<HTMLElement | null>, grid: Grid): Window {
  const { rowPx, columnPx } = grid
  const [seen, setSeen] = useState<Window>({ rows: FIRST, columns: FIRST })
  useEffect(() => {
    const element = scroller.current
    if (element === null) return undefined
    const look = () => {
      const { scrollTop, clientHeight, scrollLeft, clientWidth } = element
      const rows = spanOf(scrollTop, clientHeight, rowPx)
      const columns = spanOf(scrollLeft, clientWidth, columnPx)
      setSeen((before) =>
        isSame(before.rows, rows) && isSame(before.columns, columns) ? before : { rows, columns },
      )
    }
    look()
    element.addEventListener('scroll', look, { passive: true })
    const resized = new ResizeObserver(look)
    resized.observe(element)
    return () => {
      element.removeEventListener('scroll', look)
      resized.disconnect()
    }
  }, [scroller, rowPx, columnPx])
  return { rows: within(seen.rows, grid.rows), columns: within(seen.columns, grid.columns) }
}

/** Until the scroller has been looked at. */
const FIRST: Span = { from: 0, to: 12 }

/** In steps of the margin, so that most turns of a wheel draw nothing anew. */
function spanOf(start: number, length: number, px: number): Span {
  const from = Math.floor(start / px / MARGIN) * MARGIN - MARGIN
  const to = Math.ceil((start + length) / px / MARGIN) * MARGIN + MARGIN
  return { from, to }
}

/** A list that has become shorter than where one had scrolled to shows its end. */
function within({ from, to }: Span, count: number): Span {
  return { from: Math.max(0, Math.min(from, count - MARGIN)), to: Math.min(count, to) }
}

function isSame(one: Span, other: Span): boolean {
  return one.from === other.from && one.to === other.to
}
