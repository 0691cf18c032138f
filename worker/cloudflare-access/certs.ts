/**
 * The keys that a team signs with. It changes them every few weeks, or at once when one was stolen, and publishes the old
 * beside the new for some days.
 *
 * An isolate keeps them for some minutes. Whoever sends an assertion chooses the name of its key, so a name that is not
 * known is no reason to ask more often than now and then.
 */
import type { Instant } from '../../entitlements/instant.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { decoded, fields, list, string } from '../../schema/read.ts'
import type { Ports } from '../ports.ts'
import { readCounted } from '../request.ts'
import type { Call } from '../route.ts'

interface Published {
  readonly url: string
  readonly keys: ReadonlyMap<string, CryptoKey>
  readonly readAt: Instant
}

/** What looking for a key needs of a call. */
export interface Looking extends Pick<Call, 'now'> {
  readonly ports: Pick<Ports, 'fetch' | 'clock'>
}

/** For how long keys are used without another look, and for how long where the team cannot be reached. */
const FRESH_MS = 10 * 60_000
const HELD_MS = 60 * 60_000
/** How soon the team is asked again, for a key that is not known or after it could not be reached. */
const AGAIN_MS = 10_000
/** Who finds that many asking already does not join them. */
const ASKING_MAX = 4
/** How long somebody may take. Who left meanwhile never says so: after that time nobody is asking any more. */
const LIMIT_MS = 3_000
const BYTES_MAX = 64 * 1024
/** A team has two. */
const KEYS_MAX = 16

const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }

let published: Published | null = null
let failedAt: Instant = -Infinity
let askedAt: readonly Instant[] = []

/** Forgets every key, as a new isolate would. */
export function forgetCerts(): void {
  published = null
  failedAt = -Infinity
  askedAt = []
}

/** The key of this name; null: the team publishes none. `unavailable`: nobody can tell now. */
export async function certOf(
  call: Looking,
  url: string,
  name: string,
): Promise<Result<CryptoKey | null, 'unavailable'>> {
  const known = published?.url === url ? published : null
  const age = call.now - (known?.readAt ?? -Infinity)
  const key = known?.keys.get(name)
  if (key !== undefined && age < FRESH_MS) return ok(key)
  if (key === undefined && age < AGAIN_MS) return ok(null)
  const news = await asked(call, url)
  if (news !== null) return ok(news.keys.get(name) ?? null)
  return key !== undefined && age < HELD_MS ? ok(key) : err('unavailable')
}

/** What is published now; null where it cannot be read, or somebody has just tried in vain. */
async function asked(call: Looking, url: string): Promise<Published | null> {
  const asking = askedAt.filter((at) => call.now - at < LIMIT_MS)
  if (asking.length >= ASKING_MAX || call.now - failedAt < AGAIN_MS) return null
  askedAt = [...asking, call.now]
  try {
    const keys = await keysIn(await textAt(call, url))
    if (keys.size === 0) throw new Error('no keys')
    published = { url, keys, readAt: call.now }
    return published
  } catch {
    failedAt = call.now
    return null
  }
}

/** Throws whatever is in the way of reading it. */
async function textAt({ ports }: Looking, url: string): Promise<string> {
  const stop = new AbortController()
  const settled = ports.clock.after(LIMIT_MS, () => stop.abort())
  try {
    const { signal } = stop
    const response = await ports.fetch(new Request(url, { redirect: 'manual', signal }))
    const bytes = await readCounted(response.body, BYTES_MAX)
    if (response.status !== 200 || bytes === null) throw new Error('no document of keys')
    return new TextDecoder().decode(bytes)
  } finally {
    settled()
  }
}

/** Those that can be used; what is of another kind is left out. */
async function keysIn(text: string): Promise<ReadonlyMap<string, CryptoKey>> {
  const stated = decoded(text, (value) => list(fields(value)['keys'])) ?? []
  const keys = new Map<string, CryptoKey>()
  for (const each of stated.slice(0, KEYS_MAX)) {
    const key = await keyIn(each).catch(() => null)
    if (key !== null) keys.set(...key)
  }
  return keys
}

async function keyIn(value: unknown): Promise<[name: string, key: CryptoKey] | null> {
  const { kid, kty, alg, n, e } = fields(value)
  if (kty !== 'RSA' || (alg !== undefined && alg !== 'RS256')) return null
  const jwk = { kty, n: string(n), e: string(e) }
  return [string(kid), await crypto.subtle.importKey('jwk', jwk, ALGORITHM, false, ['verify'])]
}
