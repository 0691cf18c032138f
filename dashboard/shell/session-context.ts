import { createContext, useContext } from 'react'
import { may, type Right, type Session } from '../api/session.ts'

/** Whoever is signed in: every page is below it. */
export const SessionContext = createContext<Session | null>(null)

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (session === null) throw new Error('Nobody is signed in here.')
  return session
}

/** Whether the person may change what this is about. */
export function useMay(right: Right): boolean {
  return may(useSession(), right)
}
