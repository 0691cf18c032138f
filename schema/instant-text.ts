import type { Instant } from '../entitlements/instant.ts'

/** An instant as answers show it: RFC 3339 in UTC with milliseconds. */
export function instantText(at: Instant): string {
  return new Date(at).toISOString()
}
