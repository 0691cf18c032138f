/** A point in time: whole milliseconds since the Unix epoch, UTC. */
export type Instant = number

/** Half-open `[startAt, endAt)`: an instant equal to `endAt` belongs to the next period. */
export interface Period {
  readonly startAt: Instant
  readonly endAt: Instant
}

/** One UTC day. UTC has no daylight saving, so days and weeks are plain multiples. */
export const DAY_MS = 86_400_000

/** The first of these instants; null when none is known. */
export function earliest(...instants: readonly (Instant | null)[]): Instant | null {
  let first: Instant | null = null
  for (const at of instants) if (at !== null && (first === null || at < first)) first = at
  return first
}
