/** Which ids callers may choose, and how Sluice makes its own. */

/** Features and plans: chosen by the caller, lower case, 1–64 characters, never changed or reused. */
export const CATALOGUE_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/

/** Customers: chosen by the caller, 1–128 printable ASCII characters, no blank at either end, not `.` or `..`. */
export const CUSTOMER_ID = /^(?!\.{1,2}$)(?! )[\x20-\x7e]{1,128}(?<! )$/

/** Idempotency keys: chosen by the caller, 1–255 printable ASCII characters, no blank at either end. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/

/** What an id that Sluice made begins with. */
export type IdPrefix = 'sub' | 'cs' | 'key' | 'evt' | 'wh' | 'att' | 'req' | 'pay' | 'tok'

/** Bytes of randomness that `newId` takes: 80 bits, so that ids of one millisecond do not meet. */
export const ID_RANDOM_BYTES = 10

/** Any id that `newId` made: the prefix, ten characters of time, sixteen of randomness. */
export const MADE_ID = /^[a-z]{2,3}_[0-9a-hjkmnp-tv-z]{26}$/

/**
 * Makes an id that sorts by time, such as `sub_01jd9x…`: milliseconds, then randomness, both in Crockford's base 32.
 *
 * @param now Epoch milliseconds, below 2^50.
 * @param random At least `ID_RANDOM_BYTES` bytes from a cryptographic source.
 */
export function newId(prefix: IdPrefix, now: number, random: Uint8Array): string {
  const entropy = random
    .subarray(0, ID_RANDOM_BYTES)
    .reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  return `${prefix}_${base32(BigInt(now), 10)}${base32(entropy, 16)}`
}

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz'

function base32(value: bigint, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest /= 32n)
    text = CROCKFORD[Number(rest % 32n)] + text
  return text
}
