/**
 * What Cloudflare Access says of who sends a request: a signed text in a header that it adds.
 *
 * Anybody can send such a header to an address that Access does not stand before, so it is worth what its signature is
 * worth. The algorithm is ours, whatever the text names: a text that chose it could choose none.
 */
import { err, ok, type Result } from '../../entitlements/result.ts'
import { fromBase64Url } from '../../schema/base64url.ts'
import { fields, Unreadable } from '../../schema/read.ts'
import type { Failure } from '../failures.ts'
import { certOf, type Looking } from './certs.ts'
import { addressIn } from './roles.ts'
import type { Application } from './settings.ts'

/** The header that Access adds. */
const HEADER = 'Cf-Access-Jwt-Assertion'

/** How far its clock and ours may be apart. */
const LEEWAY_MS = 60_000
const LENGTH_MAX = 16 * 1024

type Fields = Readonly<Record<string, unknown>>

interface Parts {
  readonly header: Fields
  readonly claims: Fields
  /** The part that is signed. */
  readonly signed: string
  readonly signature: Uint8Array<ArrayBuffer>
}

/** What Access says of who sends a request; null where it says nothing. */
export function assertionIn(headers: Headers): string | null {
  const text = headers.get(HEADER)?.trim() ?? ''
  return text === '' ? null : text
}

/** The e-mail address of whoever Access vouches for, as addresses are compared. */
export async function vouchedFor(
  call: Looking,
  { issuer, certsUrl, audience }: Application,
  assertion: string,
): Promise<Result<string, Failure>> {
  const parts = assertion.length > LENGTH_MAX ? null : partsOf(assertion)
  const name = parts?.header['kid']
  if (parts === null || typeof name !== 'string') return refused(UNREADABLE)
  if (parts.header['alg'] !== 'RS256' || 'crit' in parts.header) return refused(UNSIGNED)
  const key = await certOf(call, certsUrl, name)
  if (!key.ok) return err({ code: 'sign_in_unavailable', url: certsUrl })
  if (key.value === null || !(await isSignedBy(key.value, parts))) return refused(UNSIGNED)
  const { iss, aud } = parts.claims
  if (iss !== issuer)
    return refused('Another team has signed it: ACCESS_TEAM_DOMAIN names the team.')
  if (!(Array.isArray(aud) ? aud : [aud]).includes(audience)) {
    return refused("It is for another application: ACCESS_AUD is this application's audience tag.")
  }
  return isOfNow(parts.claims, call.now) ? addressOf(parts.claims) : refused(OVER)
}

const UNREADABLE = 'What it says cannot be read.'
const UNSIGNED = 'What it says is not signed by a key that the team publishes.'
const OVER = 'What it says is not of this moment: load the page again.'
const NOBODY =
  'It names nobody with an e-mail address. A service token is no person: programs use a key.'

function refused(because: string): Result<never, Failure> {
  return err({ code: 'sign_in_refused', because })
}

function isOfNow({ exp, nbf, iat }: Fields, now: number): boolean {
  if (!isSeconds(exp) || !isSeconds(iat) || (nbf !== undefined && !isSeconds(nbf))) return false
  const begins = Math.max(iat, nbf ?? iat) * 1_000
  return begins <= now + LEEWAY_MS && now < exp * 1_000 + LEEWAY_MS
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function addressOf({ email }: Fields): Result<string, Failure> {
  const address = typeof email === 'string' ? addressIn(email) : null
  return address === null ? refused(NOBODY) : ok(address)
}

function isSignedBy(key: CryptoKey, { signed, signature }: Parts): Promise<boolean> {
  return crypto.subtle.verify(key.algorithm.name, key, signature, new TextEncoder().encode(signed))
}

/** Null for what is no signed text of this form. */
function partsOf(assertion: string): Parts | null {
  const [header = '', claims = '', signature = '', more] = assertion.split('.')
  if (more !== undefined) return null
  try {
    return {
      header: fields(JSON.parse(textOf(header))),
      claims: fields(JSON.parse(textOf(claims))),
      signed: `${header}.${claims}`,
      signature: bytesOf(signature),
    }
  } catch {
    return null
  }
}

function textOf(encoded: string): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytesOf(encoded))
}

function bytesOf(encoded: string): Uint8Array<ArrayBuffer> {
  const text = fromBase64Url(encoded)
  if (text === null) throw new Unreadable('not base64url')
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
