/** Ticking: doing what is due, whoever rings: the object's own alarm, or cron because the alarm did not. */
import type { ApplyAnswer } from './calls.ts'
import { applied } from './apply.ts'
import { catchUp, nowFor } from './draft.ts'
import { commit, isDue } from './duties.ts'
import { pruneLedger } from './ledger.ts'
import { attend } from './listen.ts'
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
 * Does everything that is due. A customer with a clock of its own is left where that clock stands: only moving the
 * clock makes anything due there.
 */
export async function doDue(context: ObjectContext): Promise<void> {
  const held = load(context)
  if (held === null) return
  const { memory, ports } = context
  const now = ports.clock.now()
  if (isDue(dueFor(memory), now)) {
    commit(context, held, (draft) => catchUp(draft, nowFor(draft.held, draft.realNow)))
  }
  if (isDue(memory.pruneAt, now)) prune(context, now)
  // What is under way already is waited for: whoever rings wants it done.
  const { publication, outbox } = memory
  if (publication.inFlight !== null || isDue(publishAt(memory), now)) await publish(context)
  if (outbox.inFlight !== null || isDue(flushAt(memory), now)) await flush(context)
  await attend(context)
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
