/** How long to wait before a provider is asked or told again. */
import { DAY_MS, type Instant } from '../../entitlements/instant.ts'

/** How soon it is tried again at the earliest. */
export const AGAIN_MS = 5 * 60_000

/** The next time: as long from now as it has been owed already, so that the wait doubles, up to a day. */
export function againAt(now: Instant, owedSince: Instant): Instant {
  return now + Math.min(Math.max(now - owedSince, AGAIN_MS), DAY_MS)
}
