/**
 * Customer tokens: signing what one says, and knowing it again.
 *
 * Verified once, a token is remembered until it ends, so that a check with one waits for no more than a check with a
 * key does: nothing. What is no token of ours costs a signature, never a store, but for one look a second at the keys.
 */
import type { Instant } from '../entitlements/instant.ts'
import { err, ok, type Result } from '../entitlements/result.ts'
import { toBase64Url } from '../schema/base64url.ts'
import {
  claimsIn,
  generationIn,
  TOKEN_TTL_SECONDS_MAX,
  type TokenClaims,
  tokenHeader,
  tokenParts,
  type TokenParts,
} from '../schema/customer-token.ts'
import type { Asking } from './attempt.ts'
import type { Failure } from './failures.ts'
import { keyEnvironment } from './key-record.ts'
import type { Call, Principal } from './route.ts'
import { newestDerivedKey, type Signing } from './signing.ts'
import { keyOf, PURPOSE, tokenKeys, type TokenKeys, usable } from './token-keys.ts'

/** A token that was verified, and with which generation of the keys. */
interface Verified {
  readonly generation: number
  readonly principal: Principal & { readonly expiresAt: Instant }
}

/** How far ahead the clock of who issued a token may be. */
const SKEW_MS = 60_000

/** Bound of what is remembered, in characters of the tokens. */
const REMEMBERED_MAX = 2 * 1024 * 1024

let remembered = new Map<string, Verified>()
let rememberedLength = 0

/** Forgets every token, as a new isolate would. */
export function forgetTokens(): void {
  remembered = new Map()
  rememberedLength = 0
}

/** Whether a credential's text is rather a token than a key: no key has a dot. */
export function isTokenLike(text: string): boolean {
  return text.includes('.')
}

/** A packed token with its header and signature: what its holder sends. */
export async function signToken(ports: Signing, packed: string): Promise<string> {
  const key = await newestDerivedKey(ports, PURPOSE)
  const text = `${tokenHeader(key.generation)}.${packed}`
  const bytes = await crypto.subtle.sign('HMAC', await usable(key), ASCII.encode(text))
  return `${text}.${toBase64Url(String.fromCharCode(...new Uint8Array(bytes)))}`
}

/** The holder of a token, if memory alone tells that it is valid. Null says nothing. */
export function knownHolder(text: string, now: Instant): Principal | null {
  const known = remembered.get(text)
  const keys = known === undefined ? null : tokenKeys.atHand(now)
  return known === undefined || keys === null ? null : inForce(known, keys, now)
}

/** The holder of a token, if it is valid here. */
export async function holderOf(
  call: Asking & Pick<Call, 'environment'>,
  text: string,
): Promise<Result<Principal, Failure>> {
  const { environment, now } = call
  const recalled = knownHolder(text, now)
  if (recalled !== null) return ok(recalled)
  const invalid = err({ code: 'credential_invalid', environment, of: 'token' } as const)
  const parts = tokenParts(text)
  const generation = parts === null ? null : generationIn(parts.header)
  const claims = parts === null ? null : claimsIn(parts.payload)
  if (parts === null || generation === null || claims === null) return invalid
  if (claims.environment !== keyEnvironment(environment)) {
    return err({
      code: 'wrong_environment',
      keyEnvironment: claims.environment,
      environment,
    })
  }
  const keys = await keysFor(call, generation)
  if (keys === null) return err({ code: 'unavailable' })
  if (!isSound(claims, now)) return invalid
  const known = remembered.get(text) ?? (await verified(parts, claims, generation, keys))
  const holder = known === null ? null : inForce(known, keys, now)
  if (known === null || holder === null) return invalid
  remember(text, known)
  return ok(holder)
}

/** The keys, and newer ones where a token names a generation that the copies do not know yet. */
async function keysFor(call: Asking, generation: number): Promise<TokenKeys | null> {
  const keys = await tokenKeys.get(call)
  return keys === null || generation > keys.revision ? tokenKeys.newest(call) : keys
}

async function verified(
  { header, payload, signature }: TokenParts,
  claims: TokenClaims,
  generation: number,
  keys: TokenKeys,
): Promise<Verified | null> {
  const key = keyOf(keys, generation)
  if (key === undefined) return null
  const text = ASCII.encode(`${header}.${payload}`)
  if (!(await crypto.subtle.verify('HMAC', await usable(key), signature, text))) return null
  return { generation, principal: holderFrom(claims) }
}

/** Whoever has signed it: nothing that begins later, or lives longer, than a token may. */
function isSound({ issuedAt, expiresAt }: TokenClaims, now: Instant): boolean {
  return issuedAt <= now + SKEW_MS && expiresAt - issuedAt <= TOKEN_TTL_SECONDS_MAX * 1000
}

function holderFrom(claims: TokenClaims): Verified['principal'] {
  const { id, scopes, customerId, featureIds, expiresAt } = claims
  const bounds = featureIds === null ? { customerId } : { customerId, featureIds }
  return { kind: 'token', id, scopes, role: null, expiresAt, ...bounds }
}

/** The holder, while the token lasts and its generation is believed. */
function inForce(
  { generation, principal }: Verified,
  keys: TokenKeys,
  now: Instant,
): Principal | null {
  const isBelieved = keyOf(keys, generation) !== undefined
  return isBelieved && now < principal.expiresAt ? principal : null
}

/** Bounded: the token that came first makes room. */
function remember(text: string, verifiedToken: Verified): void {
  if (remembered.has(text)) return
  remembered.set(text, verifiedToken)
  rememberedLength += text.length
  for (const [oldest] of remembered) {
    if (rememberedLength <= REMEMBERED_MAX) return
    remembered.delete(oldest)
    rememberedLength -= oldest.length
  }
}

const ASCII = new TextEncoder()
