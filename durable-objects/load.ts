/** Loading: what storage holds, decoded into memory once. */
import { nextDue } from '../entitlements/due.ts'
import { setOut } from './duties.ts'
import { waitingEvents } from './events.ts'
import type { ObjectContext } from './memory.ts'
import { hasTables, migrate } from './migrations.ts'
import { ownClock } from './own-clock.ts'
import { dueFor, oweOutbox } from './outbox.ts'
import { owePublication } from './publish.ts'
import { type Held, loadDone, loadHeld } from './storage.ts'

/**
 * What is applied to the object; null when nothing is. Writes nothing to an object without tables, so that asking
 * about unknown customers leaves nothing behind.
 */
export function load(context: ObjectContext): Held | null {
  const { memory, storage } = context
  if (memory.held !== null) return memory.held
  if (hasTables(storage.sql)) storage.transactionSync(() => migrate(storage.sql))
  const stored = loadHeld(storage.sql)
  if (stored === null) return null
  const held = withOwnClock(context, stored)
  memory.held = held
  memory.due = nextDue(held.state, held.catalogue, held.state.advancedTo)
  if (!memory.resumed) resume(context, held)
  return held
}

function withOwnClock({ ports }: ObjectContext, held: Held): Held {
  return { ...held, state: { ...held.state, customer: ownClock(ports, held.state.customer) } }
}

/** Takes up what was pending when memory was lost: nobody knows how long it has waited, so it waits no longer. */
function resume(context: ObjectContext, held: Held): void {
  const { memory, ports, storage } = context
  const now = ports.clock.now()
  memory.resumed = true
  const published = loadDone(storage.sql, 'publish')
  memory.publication.putAt = published.at
  if (published.version < held.version) owePublication(memory, true, now)
  else memory.publication.published = held
  const told = loadDone(storage.sql, 'outbox')
  memory.outbox.flushedAt = told.at
  memory.outbox.nextDue = dueFor(memory)
  const waiting = waitingEvents(storage.sql, 1).length > 0
  if (told.version < held.version || waiting) oweOutbox(memory, true, now)
  setOut(context)
}
