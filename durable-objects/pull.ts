/**
 * Pulling: taking over from D1 what was decided about the customer.
 *
 * One batch on the primary, so that customer and catalogue belong together. What is pulled is ignored unless it is
 * newer, and before it is applied the meters are advanced to the input's own time under what was known until then:
 * when an input reached the object changes nothing.
 */
import type { Instant } from '../entitlements/instant.ts'
import { invariant } from '../entitlements/invariant.ts'
import { catalogueFrom } from '../schema/head.ts'
import { type Intent, intentFrom, intentStatements } from '../schema/intent.ts'
import type { Floor } from './calls.ts'
import { advanceAll, type Draft, nowFor } from './draft.ts'
import { commit } from './duties.ts'
import { within } from './limit.ts'
import { load } from './load.ts'
import type { ObjectContext } from './memory.ts'
import { hasTables, migrate } from './migrations.ts'
import { ownClock } from './own-clock.ts'
import {
  decodePlans,
  type Held,
  loadDocuments,
  loadRest,
  type Rest,
  saveCatalogue,
} from './storage.ts'

export type Pulled = 'pulled' | 'unknown_customer' | 'unavailable'

/** Whether what is applied is at least as new as asked; why not, where it is not. */
export type Reached = 'reached' | 'unknown_customer' | 'unavailable' | 'behind'

/** How long D1 may take. Also the longest that a first use of a customer waits. */
const PULL_LIMIT_MS = 2_000

/** Sees that something is applied and that it is not older than `floor`, asking D1 only where it must. */
export async function reach(context: ObjectContext, floor: Floor): Promise<Reached> {
  if (isAtLeast(load(context), floor)) return 'reached'
  // A pull that was under way may have read D1 before the change that the floor speaks of: then once more.
  for (let attempt = 0; attempt < 2; attempt++) {
    const pulled = await pull(context)
    const held = load(context)
    if (isAtLeast(held, floor)) return 'reached'
    if (held === null && pulled !== 'pulled') return pulled
    if (pulled === 'unavailable') return 'behind'
  }
  return 'behind'
}

/** How new what is applied is. */
export function floorOf({ state, version, catalogue }: Held): Floor {
  return { revision: state.customer.revision, version, catalogueRevision: catalogue.revision }
}

export function isAtLeast(held: Held | null, floor: Floor): boolean {
  if (held === null) return false
  const at = floorOf(held)
  return (
    at.revision >= floor.revision &&
    at.version >= floor.version &&
    at.catalogueRevision >= floor.catalogueRevision
  )
}

/** Takes over what D1 has. Calls that come while a pull is under way share it. */
async function pull(context: ObjectContext): Promise<Pulled> {
  const { memory, ports } = context
  memory.pulling ??= pullOnce(context)
  const pulling = memory.pulling
  // Whoever waits hears of it; a pull that nobody waits for any longer must not count as unhandled.
  pulling.catch(() => undefined)
  try {
    const pulled = await within(ports, PULL_LIMIT_MS, pulling)
    return pulled === 'late' ? 'unavailable' : pulled
  } finally {
    // A pull that hangs must not hold up those after it.
    if (memory.pulling === pulling) memory.pulling = null
  }
}

async function pullOnce(context: ObjectContext): Promise<Pulled> {
  const { memory, ports, customerId } = context
  const startedAt = ports.clock.now()
  const results = await ask(context)
  if (results === null) return 'unavailable'
  const intent = intentFrom(results)
  if (intent === 'unknown_customer') return intent
  invariant(intent.customer.id === customerId, 'an object serves the customer that it is named by')
  memory.archived = intent.archived
  // No await from here to the commit: what is compared with is what is replaced.
  applyIntent(context, { ...intent, customer: ownClock(ports, intent.customer) })
  memory.freshness.at = startedAt
  return 'pulled'
}

/** The batch's results; null when D1 cannot be asked. */
async function ask(context: ObjectContext): Promise<readonly D1Result[] | null> {
  const { intent } = context.ports
  const known = load(context)
  const since = known?.state.advancedTo ?? null
  const statements = intentStatements(intent, context.customerId, since)
  // In the same batch as the first reading: a change after it finds an object to tell, one before it is read.
  const announce = intent.prepare(ANNOUNCE).bind(context.customerId)
  try {
    return known !== null
      ? await intent.batch(statements)
      : (await intent.batch([announce, ...statements])).slice(1)
  } catch {
    return null
  }
}

const ANNOUNCE =
  'UPDATE customers SET synced_revision = 0 WHERE id = ?1 AND synced_revision IS NULL'

function applyIntent(context: ObjectContext, intent: Intent): void {
  const known = load(context)
  if (known !== null && !isNewer(known, intent)) return
  const base = known ?? firstHeld(restOf(context), intent)
  commit(context, base, (draft) => {
    migrate(draft.sql)
    if (known !== null) advanceAll(draft, inputTime(draft, known, intent))
    takeOver(draft, intent)
    advanceAll(draft, nowFor(draft.held, draft.realNow))
  })
}

function isNewer({ state, catalogue }: Held, intent: Intent): boolean {
  return (
    intent.customer.revision > state.customer.revision || intent.head.revision > catalogue.revision
  )
}

/** The usage of an object whose customer row cannot be read is kept; a new object has none. */
function restOf({ storage }: ObjectContext): Rest {
  if (hasTables(storage.sql)) return loadRest(storage.sql)
  return { lots: new Map(), version: 0, advancedTo: 0 }
}

function firstHeld({ lots, version, advancedTo }: Rest, { customer, head }: Intent): Held {
  return {
    state: { customer, lots, advancedTo },
    catalogue: catalogueFrom(head, new Map()),
    version,
  }
}

/**
 * When the input was made, as far as the meters are concerned: of two changes that arrive together, the earlier,
 * for from then on what was known is no longer the whole truth. Under a customer's own clock, where it stood.
 */
function inputTime(draft: Draft, known: Held, { customer, head, documents }: Intent): Instant {
  const now = nowFor(known, draft.realNow)
  if (known.state.customer.clockAt !== null) return now
  const dates = [now]
  if (customer.revision > known.state.customer.revision) dates.push(customer.revision)
  if (head.revision > known.catalogue.revision) {
    dates.push(head.revision, ...editsSince(known, documents))
  }
  return Math.max(Math.min(...dates), known.state.advancedTo)
}

/** When the plans at hand were edited since: the head may have moved on after that, for plans of others. */
function editsSince({ catalogue }: Held, documents: Intent['documents']): readonly Instant[] {
  return [...documents]
    .filter(
      ([planId, { revision }]) => catalogue.plans.has(planId) && revision > catalogue.revision,
    )
    .map(([, { revision }]) => revision)
}

/** Replaces the customer, the catalogue or both, whichever is newer: after a restore D1 may be behind in one. */
function takeOver(draft: Draft, intent: Intent): void {
  const { state, catalogue } = draft.held
  const customerBehind = intent.customer.revision < state.customer.revision
  const headBehind = intent.head.revision < catalogue.revision
  const pulled = new Map([...intent.documents].map(([planId, { text }]) => [planId, text]))
  const kept = loadDocuments(draft.sql)
  const merged = headBehind ? [...pulled, ...kept] : [...kept, ...pulled]
  const documents = customerBehind || headBehind ? new Map(merged) : pulled
  const plans = decodePlans(documents)
  invariant(plans !== null, 'D1 holds readable plan documents')

  saveCatalogue(draft.sql, headBehind ? null : intent.headText, documents)
  draft.beyondUsage = true
  draft.held = {
    ...draft.held,
    state: { ...state, customer: customerBehind ? state.customer : intent.customer },
    catalogue: headBehind ? { ...catalogue, plans } : catalogueFrom(intent.head, plans),
  }
}
