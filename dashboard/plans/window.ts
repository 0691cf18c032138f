import { type RefObject, useEffect, useState } from 'react'

/** Rows beyond what is seen, on either side. */
const MARGIN = 6

/** Which of many rows of one height are to be drawn, since the others are out of sight. */
export function useWindow(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  height: number,
): { readonly from: number; readonly to: number } {
  const [seen, setSeen] = useState({ top: 0, height: 800 })
  useEffect(() => {
    const element = scroller.current
    if (element === null) return undefined
    const look = () => setSeen({ top: element.scrollTop, height: element.clientHeight })
    look()
    element.addEventListener('scroll', look, { passive: true })
    const resized = new ResizeObserver(look)
    resized.observe(element)
    return () => {
      element.removeEventListener('scroll', look)
      resized.disconnect()
    }
  }, [scroller])
  const from = Math.max(0, Math.floor(seen.top / height) - MARGIN)
  const to = Math.min(count, Math.ceil((seen.top + seen.height) / height) + MARGIN)
  return { from, to }
}
