/** When a message that was not received is sent again: the schedule of Standard Webhooks, about three days. */
import type { Instant } from '../../entitlements/instant.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** How long each try waits for the one before. */
const WAITS_MS = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const

/** The longest that a receiver may ask us to wait. */
const RETRY_AFTER_MAX_MS = 24 * HOUR

/** A wait may be longer by this part of it, so that what failed together does not come back together. */
const JITTER = 0.1

/** A try that has failed. */
export interface Failed {
  /** How many tries have failed so far, this one among them. */
  readonly tries: number
  readonly now: Instant
  /** How long its receiver asks us to wait; null: it said nothing. */
  readonly retryAfterMs: number | null
  /** From 0 to 1. */
  readonly chance: number
}

/** When the next try is due; null: it is given up. */
export function nextTryAt({ tries, now, retryAfterMs, chance }: Failed): Instant | null {
  const wait = WAITS_MS[tries]
  if (wait === undefined) return null
  const asked = Math.min(retryAfterMs ?? 0, RETRY_AFTER_MAX_MS)
  return now + Math.round(Math.max(wait * (1 + JITTER * chance), asked))
}

/** What `Retry-After` asks for, in seconds or as a date; null where it asks for nothing that can be read. */
export function retryAfterMs(header: string | null, now: Instant): number | null {
  if (header === null) return null
  if (/^\d{1,9}$/.test(header)) return Number(header) * SECOND
  // A date of HTTP begins with the name of its day; much else passes for a date.
  const at = /^[A-Z]/i.test(header) ? Date.parse(header) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}
