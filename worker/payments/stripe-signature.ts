/**
 * Whether Stripe has signed a text, and lately. Checked without its package, so that whoever knows no secret makes
 * nobody load it; and on both sides of now, which the package does not.
 */
import type { Instant } from '../../entitlements/instant.ts'

/** How far from now a signature may be dated. */
const TOLERANCE_S = 300

/** More signatures than Stripe sends while two secrets overlap. */
const SIGNATURES_MAX = 10

/** Why a text is not taken for Stripe's; null: it is Stripe's. */
export async function signatureFault(
  text: string,
  header: string | null,
  secrets: readonly string[],
  now: Instant,
): Promise<string | null> {
  const parts = (header ?? '').split(',').map((part) => part.split('=', 2))
  const of = (name: string) =>
    parts.flatMap(([key, value]) => (key?.trim() === name && value !== undefined ? [value] : []))
  const [time] = of('t')
  const signatures = of('v1').slice(0, SIGNATURES_MAX).map(bytesOf)
  if (time === undefined || !/^\d{1,12}$/.test(time) || signatures.length === 0)
    return 'It needs a Stripe-Signature header with a time and a v1 signature.'
  const signed = new TextEncoder().encode(`${time}.${text}`)
  for (const secret of secrets)
    for (const signature of signatures)
      if (await isSignedBy(secret, signature, signed)) {
        const isLately = Math.abs(now / 1000 - Number(time)) <= TOLERANCE_S
        return isLately ? null : 'It was signed more than five minutes from now.'
      }
  return 'None of its signatures was made of this body with a secret of this deployment.'
}

/** In constant time: the platform compares. */
async function isSignedBy(
  secret: string,
  signature: Uint8Array | null,
  signed: Uint8Array,
): Promise<boolean> {
  if (signature === null) return false
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const bytes = new TextEncoder().encode(secret)
  const key = await crypto.subtle.importKey('raw', bytes, hmac, false, ['verify'])
  return crypto.subtle.verify('HMAC', key, signature, signed)
}

function bytesOf(hex: string): Uint8Array | null {
  if (!/^[0-9a-f]{64}$/i.test(hex)) return null
  return Uint8Array.from({ length: 32 }, (_, at) =>
    Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16),
  )
}
