import { createContext, useContext, useEffect, useState } from 'react'

const EVERY_MS = 30_000

/** Where a customer has a clock of its own: what it says, in epoch milliseconds. */
export const OwnClock = createContext<number | null>(null)

/** What time it is, in epoch milliseconds, about twice a minute anew: the one place where the dashboard reads a clock. */
export function useNow(): number {
  const own = useContext(OwnClock)
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), EVERY_MS)
    return () => clearInterval(timer)
  }, [])
  return own ?? now
}
