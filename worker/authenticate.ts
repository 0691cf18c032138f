/**
 * Who is calling. A key's text leads to its record: in memory for five seconds, then KV, then D1. A key that
 * manages is looked up in D1 every time, so that revoking it works at once.
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
import { KEY_COLUMNS, keyEnvironment, type KeyRow, publishKey, recordFrom } from './key-record.ts'
import type { Call, Principal, Route } from './route.ts'

const MEMORY_MS = 5_000
/** How long a location may serve its own copy: KV's minimum. */
const CACHE_SECONDS = 30
const KV_LIMIT_MS = 1_000
const D1_LIMIT_MS = 5_000

/** On a route that needs no credential, whoever calls. */
const ANYBODY: Principal = { kind: 'key', id: 'anybody', scopes: [], role: null, expiresAt: null }

type Known = Result<KeyRecord, Failure>

/** What D1 knows of a key; null: nothing. */
type Found = KeyRecord | null | 'unavailable'

type Arriving = Asking & Pick<Call, 'environment' | 'request'>

/** The caller, if its key is valid here and has the scope. */
export async function authenticate(
  call: Arriving,
  scope: Route['scope'],
): Promise<Result<Principal, Failure>> {
  if (scope === 'none') return ok(ANYBODY)
  const { environment } = call
  const text = bearerOf(call.request.headers)
  if (text === null) return err({ code: 'credential_missing', environment })
  const remembered = recalled(text, scope, call.now)
  const known = remembered === null ? await lookUp(call, text, scope === 'manage') : ok(remembered)
  if (!known.ok) return known
  const record = known.value
  if (!isInForce(record, call.now)) return err({ code: 'credential_invalid', environment })
  if (scope !== 'any' && !allows(record, scope)) {
    return err({ code: 'scope_missing', needed: scope, held: record.scopes })
  }
  const { id, scopes, role, expiresAt } = record
  if (remembered === null) writeUse(call, id)
  return ok({ kind: 'key', id, scopes, role, expiresAt })
}

/** Whether memory alone tells that the caller may. False says nothing: `authenticate` has to find out. */
export function isKnownCaller(headers: Headers, scope: Scope, now: Instant): boolean {
  const text = bearerOf(headers)
  const record = text === null ? null : recalled(text, scope, now)
  return record !== null && isInForce(record, now) && allows(record, scope)
}

function isInForce({ revokedAt, expiresAt }: KeyRecord, now: Instant): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now)
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

function bearerOf(headers: Headers): string | null {
  const header = headers.get('Authorization')
  if (header === null) return offeredIn(headers)
  return /^bearer /i.test(header) ? header.slice('bearer '.length).trim() || null : null
}

/** What a browser offers as the protocol of a socket, because it can send no header with one. */
function offeredIn(headers: Headers): string | null {
  const protocols = headers.get('Sec-WebSocket-Protocol')?.split(',') ?? []
  const offered = protocols.map((each) => each.trim()).find(isCredential)
  return offered?.slice(CREDENTIAL_PREFIX.length) ?? null
}

function isCredential(protocol: string): boolean {
  return protocol.length > CREDENTIAL_PREFIX.length && protocol.startsWith(CREDENTIAL_PREFIX)
}

function recalled(text: string, scope: Route['scope'], now: Instant): KeyRecord | null {
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
