import { Button } from '@cloudflare/kumo/components/button'
import { type ReactNode, useState } from 'react'

/** How many rows are drawn at first, and with each press of the button below them. */
const STEP = 50

/** The first rows of a long list, and the button that shows more of them. */
export function useFirst<T>(rows: readonly T[]): {
  readonly first: readonly T[]
  readonly more: ReactNode
} {
  const [count, setCount] = useState(STEP)
  const left = rows.length - count
  return {
    first: rows.slice(0, count),
    more:
      left <= 0 ? null : (
        <Button className="mt-3" onClick={() => setCount(count + STEP)}>
          Show {Math.min(STEP, left)} more of {left}
        </Button>
      ),
  }
}
