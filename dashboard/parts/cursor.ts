import { useEffect } from 'react'
import { Problem } from '../api/request.ts'

/**
 * Whether a list's place in the address has ended: a link to it stays good for a day. Then it is left out of the
 * address, and the list is read from its start.
 */
export function useEndedCursor(error: Error | null, leaveOut: () => void): boolean {
  const isEnded = error instanceof Problem && error.code === 'invalid_cursor'
  useEffect(() => {
    if (isEnded) leaveOut()
    // oxlint-disable-next-line react/exhaustive-deps -- once for each end, however the page is drawn meanwhile
  }, [isEnded])
  return isEnded
}
