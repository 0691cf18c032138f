/** Who is signed in, and what that person may do. */
import { queryOptions } from '@tanstack/react-query'
import { path, Problem, proveWith, request } from './request.ts'

export type Role = 'viewer' | 'support' | 'catalogue' | 'admin'

export interface Session {
  /** `sandbox` in local development, too. */
  readonly environment: 'sandbox' | 'production'
  readonly role: Role
  /** Whom the log of changes names. */
  readonly name: string
  readonly csrfToken: string
  readonly expiresAt: string
}

/** What is done to what: the rights that roles differ in. */
export type Right = 'customers' | 'catalogue' | 'settings'

const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  viewer: [],
  support: ['customers'],
  catalogue: ['catalogue'],
  admin: ['customers', 'catalogue', 'settings'],
}

/** Whether buttons that change this are of any use to somebody. The service decides for itself. */
export function may({ role }: Session, right: Right): boolean {
  return RIGHTS[role].includes(right)
}

/** The session that the browser has; null where it has none. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      return remembered(await request<Session>('GET', path(['session']), { signal }))
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.status === 401) return null
      throw thrown
    }
  },
  staleTime: Infinity,
})

/** Exchanges a key for a session; the key itself is kept nowhere. */
export async function signIn(key: string): Promise<Session> {
  return remembered(await request<Session>('POST', path(['session']), { body: { key } }))
}

export async function signOut(): Promise<void> {
  await request('DELETE', path(['session']))
  proveWith(null)
}

function remembered(session: Session): Session {
  proveWith(session.csrfToken)
  return session
}
