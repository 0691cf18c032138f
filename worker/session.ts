/**
 * Who a browser of the dashboard is: a cookie that stands for a key, given out in exchange for it, or for a person whom
 * Cloudflare Access vouches for.
 *
 * No session is stored, only that one was left. The cookie names the holder, is signed by this deployment and lasts two
 * hours after it was last used, twelve in all; what the holder may do is looked up each time, so revoking a key or taking
 * a role away ends their sessions. What a browser sends by itself proves nothing of who wanted it: a request that changes
 * something brings a second text, which only our own page can read.
 */
import type { Instant } from '../entitlements/instant.ts'
import { err, ok, type Result } from '../entitlements/result.ts'
import { fromBase64Url, toBase64Url } from '../schema/base64url.ts'
import type { Role } from '../schema/keys.ts'
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

/** Whom a session stands for: a key by its id, a person by the e-mail address. */
export interface Holder {
  readonly kind: 'key' | 'person'
  readonly id: string
}

/** What a cookie says. */
export interface Session {
  readonly holder: Holder
  readonly startedAt: Instant
  readonly seenAt: Instant
}

/** Somebody who is signed in, as the log of changes has them. */
export interface Person {
  readonly principal: Principal
  readonly session: Session
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
  const { kind } = session.holder
  const principal = kind === 'key' ? await keyOf(call, session) : await vouchedOf(call, session)
  return principal.ok ? ok({ principal: principal.value, session }) : principal
}

async function keyOf(call: Arriving, session: Session): Promise<Result<Principal, Failure>> {
  const { ports, now, environment } = call
  const row = await ports.db
    .prepare(`SELECT ${KEY_COLUMNS} FROM keys WHERE id = ?2 AND NOT EXISTS (${LEFT})`)
    .bind(subjectOf(session), session.holder.id)
    .first<KeyRow>()
  const record = row && recordFrom(row, environment)
  if (record === null || !isInForce(record, now) || !record.scopes.includes('manage')) {
    return err({ code: 'credential_invalid', environment })
  }
  const { scopes, role, name } = record
  return ok({ ...session.holder, scopes, role, expiresAt: endOf(session), name })
}

/** Somebody whom Access has vouched for, with the role that the settings give now. */
async function vouchedOf(call: Arriving, session: Session): Promise<Result<Principal, Failure>> {
  const { ports, environment } = call
  const { roleNow } = await import('./cloudflare-access/person.ts')
  const role = roleNow(call, session.holder.id)
  if (!role.ok) return role
  if (role.value === null) return err({ code: 'credential_invalid', environment })
  const left = await ports.db.prepare(LEFT).bind(subjectOf(session)).first()
  return left === null
    ? ok(vouchedPrincipal(session, role.value))
    : err({ code: 'credential_invalid', environment })
}

/** Somebody whom Access has vouched for, as whoever calls. */
export function vouchedPrincipal(session: Session, role: Role): Principal {
  const { kind, id } = session.holder
  return { kind, id, scopes: ['manage'], role, expiresAt: endOf(session), name: id }
}

/** Ends the session that a request brings: from now on its cookie opens nothing, wherever there is a copy of it. */
export async function endSession(call: Arriving): Promise<void> {
  const { ports, now, request } = call
  const cookie = sessionCookie(request.headers)
  const session = cookie === null ? null : await read(ports, cookie, now)
  if (session === null || !(await isMeant(call, session))) return
  await ports.db.batch([
    ports.db.prepare(LEAVE).bind(subjectOf(session), session.startedAt + WHOLE_MS),
    ports.db.prepare(FORGET).bind(now),
  ])
}

/** Whether somebody has signed out of a session. */
const LEFT = 'SELECT 1 FROM ended_sessions WHERE id = ?1'

const LEAVE = 'INSERT INTO ended_sessions (id, ends_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING'

/** Whoever leaves drops more than what it adds, so the table stays as small as what twelve hours end. */
const FORGET = `DELETE FROM ended_sessions WHERE id IN (
  SELECT id FROM ended_sessions WHERE ends_at < ?1 ORDER BY ends_at LIMIT 100)`

/** The session's cookie, as it is set: seen at this instant. */
export async function setCookie(ports: Signing, session: Session): Promise<string> {
  const { seenAt } = session
  const said = `${subjectOf(session)}.${seenAt}`
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

/** A holder, two instants, and a signature with a dot of its own. */
const FORM =
  /^(key_[0-9a-z]{1,60}|person_[A-Za-z0-9_-]{1,1100})\.(\d{1,16})\.(\d{1,16})\.(\d{1,15}\.[A-Za-z0-9_-]{43})$/

async function read(ports: Signing, cookie: string, now: Instant): Promise<Session | null> {
  const [, held = '', started = '', seen = '', signature = ''] = FORM.exec(cookie) ?? []
  const said = `${held}.${started}.${seen}`
  if (held === '' || !(await isSigned(ports, 'session', said, signature))) return null
  const session = { holder: holderIn(held), startedAt: Number(started), seenAt: Number(seen) }
  return now < endOf(session) ? session : null
}

const PERSON = 'person_'

function holderText({ kind, id }: Holder): string {
  if (kind === 'key') return id
  return PERSON + toBase64Url(String.fromCharCode(...new TextEncoder().encode(id)))
}

function holderIn(text: string): Holder {
  if (!text.startsWith(PERSON)) return { kind: 'key', id: text }
  const bytes = fromBase64Url(text.slice(PERSON.length)) ?? ''
  const id = new TextDecoder().decode(Uint8Array.from(bytes, (each) => each.charCodeAt(0)))
  return { kind: 'person', id }
}

async function isMeant({ ports, request }: Arriving, session: Session): Promise<boolean> {
  if (!isOwnPage(request)) return false
  if (request.method === 'GET') return true
  const proof = request.headers.get('Sluice-Csrf') ?? ''
  return isSigned(ports, 'csrf', subjectOf(session), proof)
}

/** What a session is known by. */
function subjectOf({ holder, startedAt }: Session): string {
  return `${holderText(holder)}.${startedAt}`
}
