import type { Instant } from '../entitlements/instant.ts'

export type Store = 'kv' | 'do' | 'd1'

/** How long a request waited for each store, for its `Server-Timing` header. */
export interface Timing {
  /** Runs `work` and adds its time to the store's; also when it fails. What runs at the same time counts once. */
  measure<T>(store: Store, work: () => Promise<T>): Promise<T>
  /** Names where the answer came from. */
  servedFrom(source: string): void
  header(): string
}

export function startTiming(now: () => Instant): Timing {
  const waits = new Map<Store, Wait>()
  let source: string | null = null
  return {
    measure: async (store, work) => {
      const wait = waits.get(store) ?? { open: 0, since: 0, ms: 0 }
      waits.set(store, wait)
      if (wait.open++ === 0) wait.since = now()
      try {
        return await work()
      } finally {
        if (--wait.open === 0) wait.ms += now() - wait.since
      }
    },
    servedFrom: (name) => {
      source = name
    },
    header: () => {
      const parts = [sourceHeader(source ?? 'worker')]
      for (const [store, { ms }] of waits) parts.push(`${store};dur=${ms}`)
      return parts.join(', ')
    },
  }
}

/** The wait for one store. */
interface Wait {
  /** How many questions are under way. */
  open: number
  /** Since when any is. */
  since: Instant
  ms: number
}

/** The header of an answer that waited for nothing. */
export function sourceHeader(source: string): string {
  return `src;desc="${source}"`
}
