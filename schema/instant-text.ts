import type { Instant } from '../entitlements/instant.ts'

/** An instant as answers show it: RFC 3339 in UTC with milliseconds. */
export function instantText(at: Instant): string {
  return new Date(at).toISOString()
}

/** The same of an instant that there may be none of. */
export function textOrNull(at: Instant | null): string | null {
  return at === null ? null : instantText(at)
}
