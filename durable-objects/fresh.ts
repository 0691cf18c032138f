/**
 * Freshness: making sure, before a denial leaves, that D1 holds nothing newer.
 *
 * One query, at most once a second, at most 300 ms. When D1 fails it is left alone for a while, so that denials
 * do not each wait for it: they leave as checked against the object alone, and say so.
 */
import { type Freshness, freshnessFrom, freshnessStatement } from '../schema/intent.ts'
import type { Checked } from './calls.ts'
import { within } from './limit.ts'
import { load } from './load.ts'
import type { ObjectContext } from './memory.ts'
import { reach } from './pull.ts'

/** How old a comparison may be and still count. */
const FRESH_MS = 1_000
const COMPARE_LIMIT_MS = 300
const BREAK_MAX_MS = 30_000

/** Whether D1 was compared with, or pulled from, less than a second ago. */
export function isFresh({ memory, ports }: ObjectContext): boolean {
  const { at } = memory.freshness
  const age = at === null ? FRESH_MS : ports.clock.now() - at
  return age >= 0 && age < FRESH_MS
}

/** Applies what D1 holds that is newer; says how far what is applied has been checked. Never throws for D1. */
export async function freshen(context: ObjectContext): Promise<Checked> {
  const { memory, ports } = context
  if (isFresh(context)) return 'source'
  if (ports.clock.now() < memory.freshness.openUntil) return 'object'
  memory.freshness.comparing ??= compare(context).finally(() => {
    memory.freshness.comparing = null
  })
  return (await memory.freshness.comparing) ? 'source' : 'object'
}

/**
 * Takes over a catalogue that a caller has seen, where D1 can be asked for it. Where not, what is known decides: an
 * edit must not make every customer depend on D1.
 */
export async function follow(context: ObjectContext, catalogueRevision: number): Promise<void> {
  const { memory, ports } = context
  const known = load(context)?.catalogue.revision ?? 0
  if (known >= catalogueRevision || ports.clock.now() < memory.freshness.openUntil) return
  const reached = await reach(context, { revision: 0, version: 0, catalogueRevision })
  if (reached !== 'reached') leaveAlone(context)
}

async function compare(context: ObjectContext): Promise<boolean> {
  const { memory, ports } = context
  const startedAt = ports.clock.now()
  const newest = await ask(context)
  if (newest === null) {
    leaveAlone(context)
    return false
  }
  memory.freshness.failures = 0
  const { revision, catalogueRevision, archived } = newest
  memory.archived = archived
  const reached = await reach(context, { revision: revision ?? 0, version: 0, catalogueRevision })
  if (reached === 'reached') memory.freshness.at = startedAt
  return reached === 'reached'
}

/** The newest revisions; null when D1 cannot tell them in time. */
async function ask({ ports, customerId }: ObjectContext): Promise<Freshness | null> {
  try {
    const asked = freshnessStatement(ports.intent, customerId).all()
    asked.catch(() => undefined)
    const result = await within(ports, COMPARE_LIMIT_MS, asked)
    return result === 'late' ? null : freshnessFrom(result)
  } catch {
    return null
  }
}

/** Opens the breaker for longer each time, until D1 answers again. */
function leaveAlone({ memory, ports }: ObjectContext): void {
  const { freshness } = memory
  // Of many who wait for the same answer, the first to hear that there is none.
  if (ports.clock.now() < freshness.openUntil) return
  const ms = Math.min(FRESH_MS * 2 ** freshness.failures, BREAK_MAX_MS)
  freshness.failures += 1
  freshness.openUntil = ports.clock.now() + ms
}
