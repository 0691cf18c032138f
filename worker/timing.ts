import type { Instant } from '../entitlements/instant.ts'

export type Store = 'kv' | 'do' | 'd1'

/** How long a request waited for each store, for its `Server-Timing` header. */
export interface Timing {
  /** Runs `work` and adds its time to the store's; also when it fails. */
  measure<T>(store: Store, work: () => Promise<T>): Promise<T>
  /** Names where the answer came from. */
  servedFrom(source: string): void
  header(): string
}

export function startTiming(now: () => Instant): Timing {
  const spent = new Map<Store, number>()
  let source: string | null = null
  return {
    measure: async (store, work) => {
      const startedAt = now()
      try {
        return await work()
      } finally {
        spent.set(store, (spent.get(store) ?? 0) + now() - startedAt)
      }
    },
    servedFrom: (name) => {
      source = name
    },
    header: () => {
      const parts = source === null ? [] : [sourceHeader(source)]
      for (const [store, ms] of spent) parts.push(`${store};dur=${ms}`)
      return parts.length === 0 ? sourceHeader('worker') : parts.join(', ')
    },
  }
}

/** The header of an answer that waited for nothing. */
export function sourceHeader(source: string): string {
  return `src;desc="${source}"`
}
