/**
 * Signatures of this deployment: what it has given out, it knows again.
 *
 * HMAC-SHA-256 with a secret that lives in D1 and is made at its first use. A signature is for one purpose and passes
 * for no other. The newest two secrets are believed, so that a new one (docs/deploy.md) takes nothing back at once.
 */
import type { Instant } from '../entitlements/instant.ts'
import { fromBase64Url, toBase64Url } from '../schema/base64url.ts'
import type { Ports } from './ports.ts'

/** What a signature is for. */
export type Purpose = 'portal' | 'session' | 'csrf'

/** What signing needs. */
export type Signing = Pick<Ports, 'db' | 'clock' | 'random'>

interface SecretRow {
  readonly generation: number
  /** In hexadecimal. */
  readonly secret: string
}

interface Secret {
  readonly generation: number
  readonly key: CryptoKey
}

/** How long secrets are used from memory; a new one signs everywhere after that. */
const MEMORY_MS = 10_000
/** How soon D1 is asked again for a secret that is not known: as often as anybody likes would be too often. */
const UNKNOWN_MS = 1_000
const SECRET_BYTES = 32

let memory: { readonly secrets: readonly Secret[]; readonly readAt: Instant } | null = null

/** The signature of a text, itself a text that a URL holds as it is. */
export async function sign(ports: Signing, purpose: Purpose, text: string): Promise<string> {
  const [newest] = await secretsOf(ports, MEMORY_MS)
  const { generation, key } = newest ?? (await firstSecret(ports))
  const bytes = await crypto.subtle.sign('HMAC', key, signedBytes(purpose, text))
  return `${generation}.${encoded(bytes)}`
}

/** A key made of a secret, for one purpose: it tells nothing of the secret, nor of what is made for another. */
export interface DerivedKey {
  readonly generation: number
  /** In base64url. */
  readonly bytes: string
}

/** What keys are derived for. */
export type KeyPurpose = 'customer-token'

/** The keys of the secrets that D1 has now, the newest first; none where nothing has ever been signed. */
export async function derivedKeys(
  ports: Signing,
  purpose: KeyPurpose,
): Promise<readonly DerivedKey[]> {
  const secrets = await secretsOf(ports, 0)
  return Promise.all(secrets.map((secret) => derived(secret, purpose)))
}

/** The newest of them, of the first secret if need be: what is signed now is signed with it. */
export async function newestDerivedKey(ports: Signing, purpose: KeyPurpose): Promise<DerivedKey> {
  const [newest] = await secretsOf(ports, MEMORY_MS)
  return derived(newest ?? (await firstSecret(ports)), purpose)
}

/** Whether the text was signed by this deployment for this purpose. Takes the same time, however wrong it is. */
export async function isSigned(
  ports: Signing,
  purpose: Purpose,
  text: string,
  signature: string,
): Promise<boolean> {
  const [, generation = '', written = ''] = SIGNATURE.exec(signature) ?? []
  const bytes = fromBase64Url(written)
  if (bytes === null) return false
  const named = ({ generation: known }: Secret) => known === Number(generation)
  const secret =
    (await secretsOf(ports, MEMORY_MS)).find(named) ??
    (await secretsOf(ports, UNKNOWN_MS)).find(named)
  if (secret === undefined) return false
  const mac = Uint8Array.from(bytes, (character) => character.charCodeAt(0))
  return crypto.subtle.verify('HMAC', secret.key, mac, signedBytes(purpose, text))
}

/** Forgets what memory has of D1. */
export function forgetSecrets(): void {
  memory = null
}

/** No purpose of a signature begins like this, so none of them is a key. */
async function derived({ generation, key }: Secret, purpose: KeyPurpose): Promise<DerivedKey> {
  const text = new TextEncoder().encode(`key\0${purpose}`)
  return { generation, bytes: encoded(await crypto.subtle.sign('HMAC', key, text)) }
}

function encoded(bytes: ArrayBuffer): string {
  return toBase64Url(String.fromCharCode(...new Uint8Array(bytes)))
}

/** A generation, and 32 bytes in base64url. */
const SIGNATURE = /^([1-9][0-9]{0,14})\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$/

/** No purpose has a NUL in it, so no two of them and their texts come to the same bytes. */
function signedBytes(purpose: Purpose, text: string): Uint8Array {
  return new TextEncoder().encode(`${purpose}\0${text}`)
}

/** The secrets that are believed, the newest first, read at most so long ago. */
async function secretsOf({ db, clock }: Signing, ageMs: number): Promise<readonly Secret[]> {
  const now = clock.now()
  if (memory !== null && now - memory.readAt < ageMs) return memory.secrets
  const { results } = await db.prepare(NEWEST).all<SecretRow>()
  const secrets = await Promise.all(results.map(secretFrom))
  memory = { secrets, readAt: now }
  return secrets
}

/** Makes the first secret. Of many who try at the same time one succeeds, and the others sign with its secret. */
async function firstSecret(ports: Signing): Promise<Secret> {
  const secret = hexOf(ports.random.bytes(SECRET_BYTES))
  await ports.db.prepare(FIRST).bind(secret, ports.clock.now()).run()
  const [newest] = await secretsOf(ports, 0)
  if (newest === undefined) throw new Error('no secret to sign with')
  return newest
}

async function secretFrom({ generation, secret }: SecretRow): Promise<Secret> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const bytes = secret.match(/../g)?.map((pair) => parseInt(pair, 16)) ?? []
  const key = await crypto.subtle.importKey('raw', new Uint8Array(bytes), algorithm, false, [
    'sign',
    'verify',
  ])
  return { generation, key }
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const NEWEST = 'SELECT generation, secret FROM signing_secrets ORDER BY generation DESC LIMIT 2'

const FIRST = `INSERT INTO signing_secrets (generation, secret, created_at)
  SELECT 1, ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM signing_secrets) ON CONFLICT DO NOTHING`
