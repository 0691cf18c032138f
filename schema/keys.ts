/** Secret API keys: their text, their digest, and the record of one that is published to the edge. */
import { decoded, integer, list, nullable, string, word, wordAt } from './read.ts'

/** What a key may do: ask, record usage, or everything. */
export type Scope = 'read' | 'usage' | 'manage'

/** The part of a person whom a key was made for; null on a key for a program. */
export type Role = 'viewer' | 'support' | 'catalogue' | 'admin'

/** The environment that a key names. Local development's keys say `sandbox`. */
export type KeyEnvironment = 'sandbox' | 'production'

/** What the edge knows of a key. The key itself is stored nowhere, only its digest. */
export interface KeyRecord {
  readonly id: string
  readonly scopes: readonly Scope[]
  readonly role: Role | null
  readonly environment: KeyEnvironment
  readonly expiresAt: number | null
  /** Set on a revoked key: the record stays as a tombstone, so that a miss never means "revoked". */
  readonly revokedAt: number | null
}

/** In stored order: only ever add at the end. */
export const SCOPES = ['read', 'usage', 'manage'] as const satisfies readonly Scope[]
export const ROLES = ['viewer', 'support', 'catalogue', 'admin'] as const satisfies readonly Role[]

/** Bytes that `makeSecretKey` takes: twice its characters, because a byte that would skew the choice is thrown away. */
export const SECRET_RANDOM_BYTES = 64

/** The number of the encoding; a reader that does not know it treats the record as a miss. */
export const KEY_FORMAT = 1

/** Where KV holds a key's record. */
export const keyKey = (hash: string): string => `key:${hash}`

/** Makes `sluice_sk_{environment}_{32 characters}{6 of checksum}`: 190 bits of the given randomness. */
export function makeSecretKey(environment: KeyEnvironment, random: Uint8Array): string {
  const fair = [...random].filter((byte) => byte < FAIR_BYTES).slice(0, SECRET_LENGTH)
  if (fair.length < SECRET_LENGTH) throw new Error('Too little randomness for a key.')
  const body = `sluice_sk_${environment}_${fair.map((byte) => BASE62[byte % 62]).join('')}`
  return body + checksum(body)
}

/** Reads a secret key's text; null when it is no key of ours, or a character was mistyped. Says nothing of validity. */
export function parseSecretKey(text: string): { readonly environment: KeyEnvironment } | null {
  const match = PATTERN.exec(text)
  if (match === null || checksum(text.slice(0, -6)) !== text.slice(-6)) return null
  return { environment: match[1] === 'production' ? 'production' : 'sandbox' }
}

/** The SHA-256 of a key's text in hex: what is stored and looked up. Enough, since a key has 190 random bits. */
export async function hashKey(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Packs a key's record for KV. */
export function encodeKey(key: KeyRecord): string {
  const scopes = key.scopes.map((scope) => SCOPES.indexOf(scope))
  return JSON.stringify([
    KEY_FORMAT,
    key.id,
    scopes,
    key.role,
    key.environment,
    key.expiresAt,
    key.revokedAt,
  ])
}

/** Reads a key's record; null when it is unreadable, which is a miss. */
export function decodeKey(text: string): KeyRecord | null {
  return decoded(text, (value) => {
    const [format, id, scopes, role, environment, expiresAt, revokedAt] = list(value)
    if (format !== KEY_FORMAT) return null
    return {
      id: string(id),
      scopes: list(scopes).map((each) => wordAt(each, SCOPES)),
      role: nullable(role, (each) => word(each, ROLES)),
      environment: word(environment, ENVIRONMENTS),
      expiresAt: nullable(expiresAt, integer),
      revokedAt: nullable(revokedAt, integer),
    }
  })
}

const ENVIRONMENTS: readonly KeyEnvironment[] = ['sandbox', 'production']
const PATTERN = /^sluice_sk_(sandbox|production)_[0-9A-Za-z]{38}$/
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SECRET_LENGTH = 32
/** The largest multiple of 62 that a byte can hold: below it every character is equally likely. */
const FAIR_BYTES = 248

/** CRC-32 of everything before it, so that a scanner or a typo is caught without asking any store. */
function checksum(ascii: string): string {
  let rest = crc32(ascii)
  let text = ''
  for (; text.length < 6; rest = Math.floor(rest / 62)) text = BASE62[rest % 62] + text
  return text
}

/** CRC-32 as in ISO 3309 (zlib, gzip): reflected polynomial 0xEDB88320. */
function crc32(ascii: string): number {
  let crc = 0xffffffff
  for (let index = 0; index < ascii.length; index++) {
    crc ^= ascii.charCodeAt(index)
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
