/**
 * Who is calling. A key's text leads to its record: in memory for five seconds, then KV, then D1. A key that
 * manages is looked up in D1 every time, so that revoking it works at once. A customer's token says itself who holds it
 * (tokens.ts).
 */
import type { Instant } from '../entitlements/instant.ts'
import { err, ok, type Result } from '../entitlements/result.ts'
import {
  decodeKey,
  hashKey,
  keyKey,
  type KeyRecord,
  parseSecretKey,
  type Scope,
} from '../schema/keys.ts'
import { CREDENTIAL_PREFIX } from '../schema/stream.ts'
import { type Asking, attempt } from './attempt.ts'
import type { Failure } from './failures.ts'
import {
  keyCopy,
  mayPutBack,
  mayWriteUse,
  rememberKey,
  rememberStranger,
  strangerSince,
  USE_WRITTEN_MS,
} from './isolate.ts'
import {
  isInForce,
  KEY_COLUMNS,
  keyEnvironment,
  type KeyRow,
  type KnownKey,
  publishKey,
  recordFrom,
} from './key-record.ts'
import { EVERYTHING, type Reach } from './reach.ts'
import { rolesFor } from './roles.ts'
import type { Call, Principal, Route } from './route.ts'
import { holderOf, isTokenLike, knownHolder } from './tokens.ts'

const MEMORY_MS = 5_000
/** How long a location may serve its own copy: KV's minimum. */
const CACHE_SECONDS = 30
const KV_LIMIT_MS = 1_000
const D1_LIMIT_MS = 5_000

/** On a route that needs no credential, whoever calls. */
const ANYBODY: Principal = { kind: 'key', id: 'anybody', scopes: [], role: null, expiresAt: null }

type Known = Result<KnownKey, Failure>

/** What D1 knows of a key; null: nothing. */
type Found = KnownKey | null | 'unavailable'

type Arriving = Asking & Pick<Call, 'environment' | 'request' | 'cors'>

/**
 * The caller, if its key or token is valid here and has the scope.
 *
 * @param text The credential, where a protocol has a place of its own for it.
 */
export async function authenticate(
  call: Arriving,
  scope: Route['scope'],
  text = credentialIn(call.request.headers),
): Promise<Result<Principal, Failure>> {
  if (scope === 'none') return ok(ANYBODY)
  if (text === null) return visitor(call, scope)
  return isTokenLike(text) ? tokenHolder(call, scope, text) : keyHolder(call, scope, text)
}

/** Somebody without a credential of their own: a page of the dashboard, or nobody. */
async function visitor(
  call: Arriving,
  scope: Exclude<Route['scope'], 'none'>,
): Promise<Result<Principal, Failure>> {
  const { personOf, sessionCookie } = await import('./session.ts')
  const cookie = sessionCookie(call.request.headers)
  if (cookie === null) return err({ code: 'credential_missing', environment: call.environment })
  const person = await personOf(call, cookie)
  if (!person.ok) return person
  const { principal } = person.value
  const holder = permitted(principal, scope)
  if (holder.ok && principal.kind === 'key') writeUse(call, principal.id)
  return holder
}

async function tokenHolder(
  call: Arriving,
  scope: Exclude<Route['scope'], 'none'>,
  text: string,
): Promise<Result<Principal, Failure>> {
  if (call.cors.refusal !== null) return err(call.cors.refusal)
  const holder = await holderOf(call, text)
  return holder.ok ? permitted(holder.value, scope) : holder
}

async function keyHolder(
  call: Arriving,
  scope: Exclude<Route['scope'], 'none'>,
  text: string,
): Promise<Result<Principal, Failure>> {
  const { environment } = call
  const remembered = recalled(text, scope, call.now)
  const known = remembered === null ? await lookUp(call, text, scope === 'manage') : ok(remembered)
  if (!known.ok) return known
  const record = known.value
  if (!isInForce(record, call.now)) return err({ code: 'credential_invalid', environment })
  const { id, name, scopes, role, expiresAt } = record
  const called = name === undefined ? null : { name }
  const holder = permitted({ kind: 'key', id, scopes, role, expiresAt, ...called }, scope)
  if (holder.ok && remembered === null) writeUse(call, id)
  return holder
}

function permitted(
  holder: Principal,
  scope: Exclude<Route['scope'], 'none'>,
): Result<Principal, Failure> {
  if (scope === 'any' || allows(holder, scope)) return ok(holder)
  return err(scopeMissing(holder, scope))
}

/** Why a caller may not call a route; null where it may. */
export function refusalOf(
  holder: Principal,
  route: Pick<Route, 'scope' | 'token' | 'operationId' | 'method'>,
): Failure | null {
  const { role } = holder
  const needed = rolesFor(route)
  if (route.scope !== 'none' && role !== null && !needed.includes(role)) {
    return { code: 'role_missing', role, needed }
  }
  return scopeRefusal(holder, route)
}

/** The part of it that scopes decide. */
export function scopeRefusal(
  holder: Principal,
  { scope, token }: Pick<Route, 'scope' | 'token'>,
): Failure | null {
  if (scope === 'none') return null
  const isAllowed = scope === 'any' || allows(holder, scope)
  return isAllowed && (token || holder.kind !== 'token') ? null : scopeMissing(holder, scope)
}

function scopeMissing({ kind, scopes }: Principal, needed: Scope | 'any'): Failure {
  return { code: 'scope_missing', needed, held: scopes, of: kind === 'token' ? kind : 'key' }
}

/**
 * What the caller may know of, if memory alone tells that it may call. Null says nothing: `authenticate` has to find
 * out.
 */
export function knownReach(headers: Headers, scope: Scope, now: Instant): Reach | null {
  const text = bearerOf(headers)
  if (text === null) return null
  const record = recalled(text, scope, now)
  if (record !== null) return isInForce(record, now) && allows(record, scope) ? EVERYTHING : null
  const holder = knownHolder(text, now)
  return holder !== null && allows(holder, scope) ? holder : null
}

/** Whether who holds these scopes may do what asks for one. */
export function allows({ scopes }: Pick<Principal, 'scopes'>, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('manage')
}

/** Writes down that a key is in use: behind the answer, and once in some minutes. */
function writeUse(call: Arriving, keyId: string): void {
  const { ports, now } = call
  if (!mayWriteUse(keyId, now)) return
  const written = attempt(call, 'd1', D1_LIMIT_MS, () =>
    ports.db
      .prepare(USED)
      .bind(now, keyId, now - USE_WRITTEN_MS)
      .run(),
  )
  call.waitUntil(written)
}

/** Not where another isolate has done so. */
const USED =
  'UPDATE keys SET last_used_at = ?1 WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at < ?3)'

/**
 * The credential that a request carries. A browser can send no header with a socket: there it is one of the protocols
 * that it offers.
 */
function credentialIn(headers: Headers): string | null {
  const bearer = bearerOf(headers)
  if (bearer !== null || headers.get('Upgrade')?.toLowerCase() !== 'websocket') return bearer
  const protocols = headers.get('Sec-WebSocket-Protocol')?.split(',') ?? []
  const offered = protocols.map((each) => each.trim()).find(isCredential)
  return offered?.slice(CREDENTIAL_PREFIX.length) ?? null
}

function isCredential(protocol: string): boolean {
  return protocol.length > CREDENTIAL_PREFIX.length && protocol.startsWith(CREDENTIAL_PREFIX)
}

function bearerOf(headers: Headers): string | null {
  const header = headers.get('Authorization')
  if (header === null || !/^bearer /i.test(header)) return null
  return header.slice('bearer '.length).trim() || null
}

function recalled(text: string, scope: Route['scope'], now: Instant): KnownKey | null {
  if (scope === 'manage') return null
  const copy = keyCopy(text)
  return copy !== undefined && now - copy.readAt < MEMORY_MS ? copy.record : null
}

/** What is known of a key outside this isolate's memory. */
async function lookUp(call: Arriving, text: string, mustAskSource: boolean): Promise<Known> {
  const { environment, now } = call
  const invalid = err({ code: 'credential_invalid', environment } as const)
  const parsed = parseSecretKey(text)
  if (parsed === null) return invalid
  if (parsed.environment !== keyEnvironment(environment)) {
    return err({ code: 'wrong_environment', keyEnvironment: parsed.environment, environment })
  }
  if (now - (strangerSince(text) ?? -Infinity) < MEMORY_MS) return invalid
  const hash = await hashKey(text)
  const record = mustAskSource
    ? await fromSource(call, hash)
    : ((await fromKv(call, hash)) ?? (await restored(call, hash)))
  if (record === 'unavailable') return err({ code: 'unavailable' })
  if (record === null) {
    rememberStranger(text, now)
    return invalid
  }
  rememberKey(text, { record, readAt: now })
  return ok(record)
}

async function fromKv(call: Arriving, hash: string): Promise<KeyRecord | null> {
  const found = await attempt(call, 'kv', KV_LIMIT_MS, () =>
    call.ports.kv.get(keyKey(hash), { type: 'text', cacheTtl: CACHE_SECONDS }),
  )
  return found.ok && found.value !== null ? decodeKey(found.value) : null
}

/** The key in D1, put back where KV has lost it; a revoked one too, since a tombstone is what keeps it out. */
async function restored(call: Arriving, hash: string): Promise<Found> {
  const record = await fromSource(call, hash)
  if (record === null || record === 'unavailable') return record
  if (mayPutBack(keyKey(hash), call.now)) {
    call.waitUntil(attempt(call, 'kv', D1_LIMIT_MS, () => publishKey(call.ports.kv, hash, record)))
  }
  return record
}

async function fromSource(call: Arriving, hash: string): Promise<Found> {
  const found = await attempt(call, 'd1', D1_LIMIT_MS, () =>
    call.ports.db
      .prepare(`SELECT ${KEY_COLUMNS} FROM keys WHERE hash = ?`)
      .bind(hash)
      .first<KeyRow>(),
  )
  if (!found.ok) return 'unavailable'
  return found.value && recordFrom(found.value, call.environment)
}
