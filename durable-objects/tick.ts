/** Ticking: doing what is due, whoever rings: the object's own alarm, or cron because the alarm did not. */
import type { ApplyAnswer } from './calls.ts'
import { applied } from './apply.ts'
import { catchUp, nowFor } from './draft.ts'
import { commit, isDue } from './duties.ts'
import { pruneLedger } from './ledger.ts'
import { load } from './load.ts'
import type { ObjectContext } from './memory.ts'
import { pruneOutcomes } from './outcomes.ts'
import { dueFor, flush, flushAt } from './outbox.ts'
import { publish, publishAt } from './publish.ts'
import { reach } from './pull.ts'

/** Rows that one ring may drop of each kind, so that none takes long; what is left is due at once. */
const PRUNED_A_RING = 500

const ANY = { revision: 0, version: 0, catalogueRevision: 0 }

export async function tick(context: ObjectContext): Promise<ApplyAnswer> {
  const reached = await reach(context, ANY)
  if (reached === 'unknown_customer') return { status: 'unknown_customer' }
  if (reached !== 'reached') return { status: 'unavailable' }
  await doDue(context)
  return applied(context)
}

/**
 * Does everything that is due; says whether anything was. A customer with a clock of its own is left where that
 * clock stands: only moving the clock makes anything due there.
 */
export async function doDue(context: ObjectContext): Promise<boolean> {
  const held = load(context)
  if (held === null) return false
  const { memory, ports } = context
  const now = ports.clock.now()
  const due = isDue(dueFor(memory), now)
  if (due) commit(context, held, (draft) => catchUp(draft, nowFor(draft.held, draft.realNow)))
  const pruned = isDue(memory.pruneAt, now)
  if (pruned) prune(context, now)
  const owed = [isDue(publishAt(memory), now), isDue(flushAt(memory), now)]
  if (owed[0] === true) await publish(context)
  if (owed[1] === true) await flush(context)
  return due || pruned || owed.includes(true)
}

function prune(context: ObjectContext, now: number): void {
  const { memory, storage } = context
  const { sql } = storage
  storage.transactionSync(() => {
    pruneOutcomes(sql, memory.outcomes, now, PRUNED_A_RING)
    pruneLedger(sql, now, PRUNED_A_RING)
  })
  memory.pruneAt = null
}
