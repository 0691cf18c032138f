/**
 * Duties: what the object owes to others after a change, and when it rings itself awake to do it.
 *
 * There is one alarm for all of them, at the earliest. It is a net: calls that pass by do what is due at once, in
 * the background, with the alarm armed before they try.
 */
import { earliest, type Instant } from '../entitlements/instant.ts'
import { ringBy } from './bell.ts'
import { type Committed, type Draft, transact } from './draft.ts'
import { ledgerPruneAt } from './ledger.ts'
import type { ObjectContext } from './memory.ts'
import { outcomesPruneAt } from './outcomes.ts'
import { dueFor, flush, flushAt, oweOutbox } from './outbox.ts'
import { moveOf, owePublication, publish, publishAt } from './publish.ts'
import type { Held } from './storage.ts'
import { oweTelling, streamAt } from './tell.ts'

/** Decides in one transaction, then sees to what follows from it. Nothing is changed but by `transact`. */
export function commit<T>(context: ObjectContext, base: Held, work: (draft: Draft) => T): T {
  const { value, committed } = transact(context, base, work)
  followUp(context, committed)
  return value
}

/** Sees to what follows from a change that is on disk. */
export function followUp(context: ObjectContext, committed: Committed): void {
  noteChange(context, committed)
  if (committed.after.version !== committed.before.version) oweTelling(context)
  setOut(context)
}

/** When the alarm follows up what is tried at once: later than a try that succeeds, or that fails and is counted. */
const NET_MS = 15_000

/** Arms the alarm for everything that is owed, then starts what is due already. */
export function setOut(context: ObjectContext): void {
  const { memory, ports } = context
  const now = ports.clock.now()
  const at = dueAt(context)
  ringBy(context, isDue(at, now) ? now + NET_MS : at)
  // Neither is waited for: an answer depends on the commit alone. Both hold what they could not do as pending.
  if (isDue(publishAt(memory), now)) void publish(context).then(() => arm(context))
  if (isDue(flushAt(memory), now)) void flush(context).then(() => arm(context))
}

/** Sees that the object is awake when the next duty is due. */
export function arm(context: ObjectContext): void {
  ringBy(context, dueAt(context))
}

/** The earliest instant at which the object has anything to do; null when it owes nothing. */
export function dueAt(context: ObjectContext): Instant | null {
  const { memory, storage } = context
  memory.pruneAt ??= earliest(outcomesPruneAt(storage.sql), ledgerPruneAt(storage.sql))
  const owed = earliest(publishAt(memory), flushAt(memory), dueFor(memory), memory.pruneAt)
  return earliest(owed, streamAt(context))
}

export function isDue(at: Instant | null, now: Instant): boolean {
  return at !== null && at <= now
}

function noteChange(
  context: ObjectContext,
  { before, after, beyondUsage, moved, eventful }: Committed,
): void {
  if (after.version === before.version) return
  const { memory, ports } = context
  const now = ports.clock.now()
  const moves = moved.map((featureId) => moveOf(context, after, featureId))
  const flipped = moves.includes('flip')
  owePublication(memory, beyondUsage || flipped || moves.includes('far'), now)
  oweOutbox(memory, flipped || eventful || memory.outbox.nextDue !== dueFor(memory), now)
}
