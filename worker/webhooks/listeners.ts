/**
 * Whether anybody listens, as this isolate remembers it: where nobody does, events cost nothing beyond being written.
 * An endpoint that was made elsewhere is heard of some seconds later; until then the tick sends what it is owed.
 */
import type { Instant } from '../../entitlements/instant.ts'

const REMEMBERED_MS = 10_000

/** When nobody listened; null: somebody may. */
let silentAt: Instant | null = null

/** Notes that there are no endpoints that are turned on. */
export function noteSilence(now: Instant): void {
  silentAt = now
}

/** Somebody listens from now on. */
export function expectListeners(): void {
  silentAt = null
}

/** Whether looking for endpoints would be in vain. */
export function isSilent(now: Instant): boolean {
  return silentAt !== null && now >= silentAt && now - silentAt < REMEMBERED_MS
}
