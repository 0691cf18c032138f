import { useEffect, useState } from 'react'

const EVERY_MS = 30_000

/** What time it is, in epoch milliseconds, about twice a minute anew: the one place where the dashboard reads a clock. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), EVERY_MS)
    return () => clearInterval(timer)
  }, [])
  return now
}
