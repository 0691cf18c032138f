/**
 * What is small, seldom changes and is needed everywhere. D1 has it, KV a copy, and an isolate keeps it in memory: used
 * as it is for some seconds, then read again behind whoever asks, so that nobody waits for it twice.
 */
import type { Instant } from '../entitlements/instant.ts'
import { type Asking, attempt } from './attempt.ts'
import type { Ports } from './ports.ts'

/** What can be kept. Of two, the one with the greater revision is the newer; at 0 there is nothing yet. */
export interface Keepable {
  readonly revision: number
}

/** Where a thing is, and how it is written there. */
export interface Origin<T extends Keepable> {
  /** Its name in KV. */
  readonly name: string
  readonly read: (ports: Ports) => Promise<T>
  readonly encode: (value: T) => string
  /** Null for what nobody can read any more, which is a miss. */
  readonly decode: (text: string) => T | null
}

export interface Kept<T> {
  /** What memory has, while it is so young that nobody need read it again. */
  readonly atHand: (now: Instant) => T | null
  /** From wherever it can be had; null: from nowhere. */
  readonly get: (asking: Asking) => Promise<T | null>
  /** As D1 had it within the last second, for whoever has seen that the copies are behind. Null: it cannot be asked now. */
  readonly newest: (asking: Asking) => Promise<T | null>
  /** Copies what D1 has into KV, and answers it. */
  readonly publish: (ports: Ports) => Promise<T>
}

/** From this age on a copy is read again in the background; from the second on its reader waits. */
const SOFT_MS = 10_000
const HARD_MS = 60_000
/** How soon D1 is asked again by those who miss something: as often as anybody likes would be too often. */
const MISSED_MS = 1_000
/** How long a location may serve its own copy: KV's minimum. */
const CACHE_SECONDS = 30
const KV_LIMIT_MS = 1_000
const D1_LIMIT_MS = 5_000
/** How often a copy is put again because D1 moved meanwhile. */
const PUTS_MAX = 3

interface Memory {
  readonly value: Keepable
  readonly readAt: Instant
  /** When D1 was last read. */
  readonly sourceAt: Instant
}

const memory = new Map<string, Memory>()
/** Since when a thing is being read again, when D1 was last asked for one that was missed, and when that was in vain. */
const reading = new Map<string, Instant>()
const missed = new Map<string, Instant>()
const lost = new Map<string, Instant>()

/** Forgets everything that is kept, as a new isolate would. */
export function forgetKept(): void {
  for (const map of [memory, reading, missed, lost]) map.clear()
}

/** Keeps a thing. One call a thing: its name is where it is. */
export function keep<T extends Keepable>(origin: Origin<T>): Kept<T> {
  // What is stored under the name has come out of this very origin.
  const recall = () => memory.get(origin.name) as (Memory & { readonly value: T }) | undefined
  const remember = (value: T, now: Instant, sourceAt = recall()?.sourceAt ?? -Infinity): T => {
    const known = recall()?.value
    const newer = known === undefined || value.revision >= known.revision ? value : known
    memory.set(origin.name, { value: newer, readAt: now, sourceAt })
    return newer
  }
  const fromSource = async (asking: Asking): Promise<T | null> => {
    const read = await attempt(asking, 'd1', D1_LIMIT_MS, () => origin.read(asking.ports))
    if (!read.ok) return null
    const { kv } = asking.ports
    const put = attempt(asking, 'kv', D1_LIMIT_MS, () =>
      kv.put(origin.name, origin.encode(read.value)),
    )
    asking.waitUntil(put)
    return remember(read.value, asking.now, asking.now)
  }
  const load = async (asking: Asking): Promise<T | null> => {
    const copy = await fromKv(asking, origin)
    return copy === null ? fromSource(asking) : remember(copy, asking.now)
  }
  // Whoever finds that it cannot be had has waited for everybody who asks within the same second.
  const awaited = async (asking: Asking): Promise<T | null> => {
    if (asking.now - (lost.get(origin.name) ?? -Infinity) < MISSED_MS) return null
    const value = await load(asking)
    if (value === null) lost.set(origin.name, asking.now)
    return value
  }
  return {
    atHand: (now) => {
      const known = recall()
      return known !== undefined && now - known.readAt < SOFT_MS ? known.value : null
    },
    get: async (asking) => {
      const known = recall()
      const age = asking.now - (known?.readAt ?? -Infinity)
      if (known === undefined || age >= HARD_MS)
        return (await awaited(asking)) ?? known?.value ?? null
      if (age >= SOFT_MS && isTurn(reading, origin.name, asking.now, SOFT_MS)) {
        asking.waitUntil(load(asking))
      }
      return known.value
    },
    newest: async (asking) => {
      const known = recall()
      if (known !== undefined && asking.now - known.sourceAt < MISSED_MS) return known.value
      return isTurn(missed, origin.name, asking.now, MISSED_MS) ? fromSource(asking) : null
    },
    publish: async (ports) => {
      const value = await published(ports, origin)
      const now = ports.clock.now()
      return remember(value, now, now)
    },
  }
}

/** Whether this request is to do what one in so many milliseconds does. */
function isTurn(turns: Map<string, Instant>, name: string, now: Instant, everyMs: number): boolean {
  if (now - (turns.get(name) ?? -Infinity) < everyMs) return false
  turns.set(name, now)
  return true
}

async function fromKv<T extends Keepable>(asking: Asking, origin: Origin<T>): Promise<T | null> {
  const found = await attempt(asking, 'kv', KV_LIMIT_MS, () =>
    asking.ports.kv.get(origin.name, { type: 'text', cacheTtl: CACHE_SECONDS }),
  )
  return found.ok && found.value !== null ? origin.decode(found.value) : null
}

/** Writers race, and KV keeps whichever put came last; so each looks again after its put. */
async function published<T extends Keepable>(ports: Ports, origin: Origin<T>): Promise<T> {
  let value = await origin.read(ports)
  for (let puts = 0; puts < PUTS_MAX && value.revision > 0; puts++) {
    await ports.kv.put(origin.name, origin.encode(value))
    const again = await origin.read(ports)
    if (again.revision === value.revision) break
    value = again
  }
  return value
}
