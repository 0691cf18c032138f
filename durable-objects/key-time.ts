/**
 * When an idempotency key was made, where the key itself tells: a UUID of version 7 or a ULID, alone or before a blank
 * and something more.
 */
import type { Instant } from '../entitlements/instant.ts'

const UUID_7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i
const ULID = /^([0-7][0-9a-hjkmnp-tv-z]{9})[0-9a-hjkmnp-tv-z]{16}$/i
const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz'

/** Epoch milliseconds that the key tells; null for a key that tells none. */
export function keyTime(key: string): Instant | null {
  const [made = ''] = key.split(' ', 1)
  const uuid = UUID_7.exec(made)
  if (uuid !== null) return Number.parseInt(`${uuid[1]}${uuid[2]}`, 16)
  const ulid = ULID.exec(made)?.[1]
  if (ulid === undefined) return null
  return Array.from(ulid.toLowerCase()).reduce(
    (sum, digit) => sum * 32 + CROCKFORD.indexOf(digit),
    0,
  )
}
