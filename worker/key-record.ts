/** What D1 says of a key, as the edge keeps it. Raw columns: authentication does without an ORM. */
import type { Instant } from '../entitlements/instant.ts'
import {
  encodeKey,
  type KeyEnvironment,
  type KeyRecord,
  keyKey,
  ROLES,
  SCOPES,
} from '../schema/keys.ts'
import { nullable, storedList, word } from '../schema/read.ts'
import type { Ports } from './ports.ts'
import type { Environment } from './route.ts'

/** The columns of `keys` that decide what a key may do, and what people call it. */
export interface KeyRow {
  readonly id: string
  readonly hash: string
  readonly name: string
  readonly scopes: string
  readonly role: string | null
  readonly expires_at: number | null
  readonly revoked_at: number | null
}

export const KEY_COLUMNS = 'id, hash, name, scopes, role, expires_at, revoked_at'

/** A key as D1 knows it; copies at the edge do without what people call it. */
export interface KnownKey extends KeyRecord {
  readonly name?: string
}

export function recordFrom(row: KeyRow, environment: Environment): Required<KnownKey> {
  return {
    id: row.id,
    name: row.name,
    scopes: storedList(row.scopes).map((each) => word(each, SCOPES)),
    role: nullable(row.role, (each) => word(each, ROLES)),
    environment: keyEnvironment(environment),
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  }
}

/** Whether a key opens anything at this instant. */
export function isInForce({ revokedAt, expiresAt }: KeyRecord, now: Instant): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now)
}

/** Puts a key's record into KV; a revoked one too, since a tombstone is what keeps it out. */
export function publishKey(kv: Ports['kv'], hash: string, record: KeyRecord): Promise<void> {
  return kv.put(keyKey(hash), encodeKey(record))
}

/** Local development's keys say sandbox. */
export function keyEnvironment(environment: Environment): KeyEnvironment {
  return environment === 'production' ? 'production' : 'sandbox'
}
