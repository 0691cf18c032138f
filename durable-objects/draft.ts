/**
 * Drafts: one transaction of a customer object while it is being decided.
 *
 * A draft starts from what memory holds, takes any number of decisions one after another, each seeing what the
 * former left, and is written once: a lot or a ledger row that ten decisions touched is one write. Decisions are
 * synchronous. Nothing else of this object can run between reading the state and committing the change, which is
 * the whole of the concurrency control.
 */
import { advance, type CustomerState, type MeterChange } from '../entitlements/advance.ts'
import { nextDue } from '../entitlements/due.ts'
import { earliest, type Instant } from '../entitlements/instant.ts'
import { invariant } from '../entitlements/invariant.ts'
import type { LedgerEntry, UsageNotice } from '../entitlements/ledger.ts'
import type { Lot, Lots } from '../entitlements/lot.ts'
import type { Actor } from './calls.ts'
import { type Booking, TIME, writeBookings } from './ledger.ts'
import type { ObjectContext } from './memory.ts'
import { keepOutcomes, type Outcome } from './outcomes.ts'
import { type OwedEvent, writeEvents } from './events.ts'
import { dropLot, type Held, saveCustomer, saveLot } from './storage.ts'

export interface Draft {
  readonly context: ObjectContext
  readonly sql: SqlStorage
  /** Real time, read once for the whole transaction. */
  readonly realNow: Instant
  readonly before: Held
  /** As the decisions taken so far leave it. */
  held: Held
  /** See `Memory.due`. */
  due: Instant | null
  /** The lots of `held`, where they are this draft's own. */
  lots: Map<string, readonly Lot[]> | null
  /** Meters whose lots may have changed. */
  readonly touched: Set<string>
  /** Whether more than usage changed: the customer, the catalogue, or what time has made of them. */
  beyondUsage: boolean
  readonly bookings: Booking[]
  readonly events: OwedEvent[]
  /** What keys had been answered before this draft, of those that were looked up. */
  known: ReadonlyMap<string, Outcome>
  /** What keys are answered by it. */
  readonly outcomes: Map<string, Outcome>
}

/** What a transaction changed, for the duties that follow from it. */
export interface Committed {
  readonly before: Held
  readonly after: Held
  readonly beyondUsage: boolean
  /** Meters whose lots changed. */
  readonly moved: readonly string[]
  /** Whether anything happened that somebody may want to hear of. */
  readonly eventful: boolean
}

/**
 * Domain time of a decision: the customer's own clock where it has one, and never before the mark, so that a
 * machine clock that went back cannot reopen a period.
 */
export function nowFor({ state }: Held, realNow: Instant): Instant {
  return Math.max(state.customer.clockAt ?? realNow, state.advancedTo)
}

/**
 * Runs `work` on a draft in one synchronous transaction and makes its result what memory holds.
 *
 * A throw rolls everything back. Memory is then dropped and read again at the next call, because only storage
 * knows what holds; `work` must not catch inside.
 *
 * @param base What to start from: what memory holds, or what a first pull makes of an empty object.
 */
export function transact<T>(
  context: ObjectContext,
  base: Held,
  work: (draft: Draft) => T,
): { readonly value: T; readonly committed: Committed } {
  const { memory, storage, ports } = context
  const volume = memory.outcomes.volume?.volume
  try {
    const done = storage.transactionSync(() => {
      const draft = openDraft(context, base, ports.clock.now())
      const value = work(draft)
      return { value, committed: write(draft), due: draft.due }
    })
    memory.held = done.committed.after
    memory.due = done.due
    if (memory.outcomes.volume?.volume !== volume) memory.pruneAt = null
    return done
  } catch (error) {
    forgetState(context)
    throw error
  }
}

/** Drops what memory knows of storage. */
export function forgetState({ memory }: ObjectContext): void {
  memory.held = null
  memory.snapshot = null
  memory.outcomes.volume = null
  memory.outcomes.droppedUntil = null
}

/**
 * Brings every meter to `now` where time has changed something durable since the mark. Without it a decision
 * about one meter would move the mark over another's boundary.
 */
export function catchUp(draft: Draft, now: Instant): void {
  if (draft.due === null || draft.due > now) return
  draft.beyondUsage = true
  advanceAll(draft, now)
}

/** Advances every meter to `now` under what is known. */
export function advanceAll(draft: Draft, now: Instant): void {
  const advanced = advance(draft.held.state, draft.held.catalogue, now)
  for (const lots of [draft.held.state.lots, advanced.state.lots]) {
    for (const featureId of lots.keys()) draft.touched.add(featureId)
  }
  setState(draft, advanced.state)
  owe(draft, advanced.entries, advanced.notices, TIME, {})
  draft.due = nextDue(advanced.state, draft.held.catalogue, advanced.state.advancedTo)
}

/** Puts a meter's change into the draft. `about` is added to what the events of the change say. */
export function bookChange(
  draft: Draft,
  featureId: string,
  change: MeterChange,
  now: Instant,
  actor: Actor,
  about: OwedEvent['about'] = {},
): void {
  const { state, catalogue } = draft.held
  const lots = ownLots(draft)
  const before = lots.get(featureId) ?? []
  if (change.lots.length > 0) lots.set(featureId, change.lots)
  else lots.delete(featureId)
  setState(draft, { ...state, lots, advancedTo: Math.max(state.advancedTo, now) })
  owe(draft, change.entries, change.notices, actor, about)
  draft.touched.add(featureId)
  if (!sameLots(before, change.lots)) draft.due = nextDue(draft.held.state, catalogue, now)
  else draft.due = earliest(draft.due, ...newEnds(before, change.lots))
}

function openDraft(context: ObjectContext, base: Held, realNow: Instant): Draft {
  return {
    context,
    sql: context.storage.sql,
    realNow,
    before: base,
    held: base,
    due: context.memory.due,
    lots: null,
    touched: new Set(),
    beyondUsage: false,
    bookings: [],
    events: [],
    known: new Map(),
    outcomes: new Map(),
  }
}

function setState(draft: Draft, state: CustomerState): void {
  draft.held = { ...draft.held, state }
}

/** The lots as this draft may change them: copied at its first change, however many follow. */
function ownLots(draft: Draft): Map<string, readonly Lot[]> {
  const { lots } = draft.held.state
  if (draft.lots === null || draft.lots !== lots) draft.lots = new Map(lots)
  return draft.lots
}

function owe(
  draft: Draft,
  entries: readonly LedgerEntry[],
  notices: readonly UsageNotice[],
  actor: Actor,
  about: OwedEvent['about'],
): void {
  for (const entry of entries) {
    const byTime = entry.kind === 'period_closed' || entry.kind === 'carried'
    draft.bookings.push({ entry, actor: byTime ? TIME : actor })
  }
  for (const notice of notices) draft.events.push({ notice, about })
}

/** Whether these are the same lots with the same ends, and none of them has become empty: no date of `due` is gone. */
function sameLots(before: readonly Lot[], after: readonly Lot[]): boolean {
  if (before.length !== after.length) return false
  return after.every((lot, index) => {
    const old = before[index]
    return old?.id === lot.id && old.endsAt === lot.endsAt && (old.used === 0 || lot.used > 0)
  })
}

/** The ends of lots that were empty and will leave a trace there now. */
function newEnds(before: readonly Lot[], after: readonly Lot[]): readonly (Instant | null)[] {
  return after
    .filter((lot, index) => before[index]?.used === 0 && lot.used > 0)
    .map(({ endsAt }) => endsAt)
}

/** Writes what the draft changed. The version grows with every change that a reader could see. */
function write(draft: Draft): Committed {
  const { sql, before, realNow } = draft
  const { upserts, drops } = changedLots(before.state.lots, draft.held.state.lots, draft.touched)
  const changed = draft.beyondUsage || upserts.length + drops.length + draft.events.length > 0
  if (changed) draft.held = { ...draft.held, version: Math.max(before.version + 1, realNow) }
  const { state, version } = draft.held
  const done = { version, advancedTo: state.advancedTo }
  for (const lot of drops) dropLot(sql, lot)
  for (const lot of upserts) saveLot(sql, lot, done)
  // The rows of lots carry version and mark; where none is written, the customer's row does.
  if (changed && (draft.beyondUsage || upserts.length === 0)) {
    saveCustomer(sql, state.customer, done)
  }
  writeBookings(sql, draft.bookings)
  const { ports, memory } = draft.context
  writeEvents(sql, draft.events, version, realNow, ports.random)
  keepOutcomes(sql, draft.outcomes, memory.outcomes, realNow)
  const moved = new Set([...upserts, ...drops].map(({ featureId }) => featureId))
  const { held: after, beyondUsage, events } = draft
  return { before, after, beyondUsage, moved: [...moved], eventful: events.length > 0 }
}

function changedLots(
  before: Lots,
  after: Lots,
  touched: Iterable<string>,
): { upserts: Lot[]; drops: Lot[] } {
  const upserts: Lot[] = []
  const drops: Lot[] = []
  for (const featureId of touched) {
    const old = before.get(featureId) ?? []
    const now = after.get(featureId) ?? []
    if (old === now) continue
    upserts.push(...now.filter((lot) => !old.includes(lot)))
    drops.push(...old.filter(({ id }) => !now.some((lot) => lot.id === id)))
  }
  invariant(
    upserts.every(({ used }) => Number.isSafeInteger(used)),
    'a reading is a whole number',
  )
  return { upserts, drops }
}
