/** How many customers or answers a client remembers. */
const KEPT_MAX = 1_000

/** Puts a value last, and lets the first ones go where there are too many. */
export function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= KEPT_MAX) break
    map.delete(oldest)
  }
}
