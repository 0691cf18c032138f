/**
 * Who a browser of the dashboard is: a cookie that stands for a key, given out in exchange for it.
 *
 * Nothing is stored. The cookie names the key, is signed by this deployment and lasts two hours after it was last used,
 * twelve in all; the key is looked up each time, so revoking it ends its sessions. What a browser sends by itself proves
 * nothing of who wanted it: a request that changes something brings a second text, which only our own page can read.
 */
import type { Instant } from '../entitlements/instant.ts'
import { err, ok, type Result } from '../entitlements/result.ts'
import { isSameOrigin } from './cors.ts'
import type { Failure } from './failures.ts'
import { isInForce, KEY_COLUMNS, type KeyRow, recordFrom } from './key-record.ts'
import type { Bare } from './protocols.ts'
import type { Principal } from './route.ts'
import { isSigned, sign, type Signing } from './signing.ts'

/** A cookie of this name can be set by this very host over HTTPS alone; loopback counts as such. */
const COOKIE = '__Host-sluice'

const IDLE_MS = 2 * 60 * 60 * 1_000
const WHOLE_MS = 12 * 60 * 60 * 1_000

/** What a cookie says. */
export interface Session {
  readonly keyId: string
  readonly startedAt: Instant
  readonly seenAt: Instant
}

/** A key's owner, as the log of changes has them. */
export interface Person {
  readonly principal: Principal
  readonly session: Session
  /** The key's. */
  readonly name: string
}

type Arriving = Pick<Bare, 'ports' | 'now' | 'environment' | 'request'>

/** The cookie that a request brings; null: none of ours. */
export function sessionCookie(headers: Headers): string | null {
  const cookies = headers.get('Cookie')?.split(';') ?? []
  const own = cookies.map((each) => each.trim()).find((each) => each.startsWith(`${COOKIE}=`))
  return own?.slice(COOKIE.length + 1) ?? null
}

/** Whoever the cookie stands for, where the session is not over and the request is meant. */
export async function personOf(call: Arriving, cookie: string): Promise<Result<Person, Failure>> {
  const { ports, now, environment } = call
  const session = await read(ports, cookie, now)
  if (session === null) return err({ code: 'credential_invalid', environment })
  if (!(await isMeant(call, session))) return err({ code: 'csrf_missing' })
  const row = await ports.db
    .prepare(`SELECT ${KEY_COLUMNS}, name FROM keys WHERE id = ?`)
    .bind(session.keyId)
    .first<KeyRow & { readonly name: string }>()
  if (row === null) return err({ code: 'credential_invalid', environment })
  const record = recordFrom(row, environment)
  const { id, scopes, role } = record
  if (!isInForce(record, now) || !scopes.includes('manage')) {
    return err({ code: 'credential_invalid', environment })
  }
  const principal = { kind: 'key', id, scopes, role, expiresAt: endOf(session) } as const
  return ok({ principal, session, name: row.name })
}

/** The session's cookie, as it is set: seen at this instant. */
export async function setCookie(ports: Signing, session: Session): Promise<string> {
  const { keyId, startedAt, seenAt } = session
  const said = `${keyId}.${startedAt}.${seenAt}`
  const seconds = Math.max(0, Math.floor((endOf(session) - seenAt) / 1_000))
  return `${COOKIE}=${said}.${await sign(ports, 'session', said)}; ${ATTRIBUTES}; Max-Age=${seconds}`
}

/** Takes the cookie back. */
export const NO_COOKIE = `${COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0`

/** What changing requests of a session bring. */
export function csrfToken(ports: Signing, session: Session): Promise<string> {
  return sign(ports, 'csrf', subjectOf(session))
}

/** When a session ends that nobody uses any more. */
export function endOf({ startedAt, seenAt }: Session): Instant {
  return Math.min(seenAt + IDLE_MS, startedAt + WHOLE_MS)
}

/** Whether a request comes from a page of this very deployment, as far as the browser says. */
export function isOwnPage({ headers, url }: Request): boolean {
  const origin = headers.get('Origin')
  const site = headers.get('Sec-Fetch-Site')
  const isSame = origin === null || isSameOrigin(origin, url)
  return isSame && (site === null || site === 'same-origin' || site === 'none')
}

const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict'

/** An id, two instants, and a signature with a dot of its own. */
const FORM = /^(key_[0-9a-z]{1,60})\.(\d{1,16})\.(\d{1,16})\.(\d{1,15}\.[A-Za-z0-9_-]{43})$/

async function read(ports: Signing, cookie: string, now: Instant): Promise<Session | null> {
  const [, keyId = '', started = '', seen = '', signature = ''] = FORM.exec(cookie) ?? []
  const said = `${keyId}.${started}.${seen}`
  if (keyId === '' || !(await isSigned(ports, 'session', said, signature))) return null
  const session = { keyId, startedAt: Number(started), seenAt: Number(seen) }
  return now < endOf(session) ? session : null
}

async function isMeant({ ports, request }: Arriving, session: Session): Promise<boolean> {
  if (!isOwnPage(request)) return false
  if (request.method === 'GET') return true
  const proof = request.headers.get('Sluice-Csrf') ?? ''
  return isSigned(ports, 'csrf', subjectOf(session), proof)
}

function subjectOf({ keyId, startedAt }: Session): string {
  return `${keyId}.${startedAt}`
}
