/** Who is signed in, and what that person may do. */
import { queryOptions } from '@tanstack/react-query'
import { path, Problem, proveWith, request } from './request.ts'

export type Role = 'viewer' | 'support' | 'catalogue' | 'admin'

export interface Session {
  /** `sandbox` in local development, too. */
  readonly environment: 'sandbox' | 'production'
  readonly role: Role
  readonly name: string
  /** Who vouches for the person: a key that was shown, or Cloudflare Access. */
  readonly via: 'key' | 'access'
  readonly keyId?: string
  readonly email?: string
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

/** Where it is. */
export const SESSION = path(['session'])

/** Whether both are sessions of one holder, who may since have been given another role. */
export function isSameHolder(one: Session, other: Session): boolean {
  const { via, environment, keyId, email } = one
  return (
    via === other.via &&
    environment === other.environment &&
    keyId === other.keyId &&
    email === other.email
  )
}

/** The session that the browser has; asking has it last longer. */
export async function readSession(signal: AbortSignal | null = null): Promise<Session> {
  return remembered(await request<Session>('GET', SESSION, signal === null ? {} : { signal }))
}

/** The same; null where it has none. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      return await readSession(signal)
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.status === 401) return null
      throw thrown
    }
  },
  staleTime: Infinity,
})

/** Exchanges a key for a session; the key itself is kept nowhere. */
export async function signIn(key: string): Promise<Session> {
  return remembered(await request<Session>('POST', SESSION, { body: { key } }))
}

/** Where Cloudflare Access, which stands before this page, forgets who somebody is. */
export const ACCESS_LOGOUT = '/cdn-cgi/access/logout'

/** Ends the session; whom Access has let in, it would let in again, so it is told to forget them as well. */
export async function signOut({ via }: Session): Promise<void> {
  await request('DELETE', SESSION)
  if (via === 'access') location.assign(ACCESS_LOGOUT)
}

/** Whether it was Cloudflare Access, or this deployment after it, that did not let somebody in. */
export function isTurnedAway(thrown: unknown): thrown is Problem {
  return thrown instanceof Problem && thrown.code.startsWith('sign_in_')
}

/** Has the session last longer, where it is in use and was not asked about lately; null: there is no need. */
export async function keepSession(): Promise<Session | null> {
  if (!isDue) return null
  isDue = false
  return readSession()
}

/** How long a session is used before the service is told: it ends after two hours without. */
const KEEP_MS = 10 * 60_000

let isDue = false
let timer: ReturnType<typeof setTimeout> | undefined

function remembered(session: Session): Session {
  proveWith(session.csrfToken)
  isDue = false
  clearTimeout(timer)
  timer = setTimeout(() => (isDue = true), KEEP_MS)
  return session
}
