/**
 * Groups: uses that arrive in the same turn of the object's event loop are decided in one transaction.
 *
 * Each still has its own outcome, and each sees what those before it did. What a group shares is the commit: a lot
 * and a ledger row that ten uses touch are written once, and nobody waits for a timer when nothing else is going on.
 * Waiting for one another is safe in here, and only here: all calls of one object share its life.
 */
import type { UseRequest } from './calls.ts'
import { type Draft, transact } from './draft.ts'
import { followUp } from './duties.ts'
import { lookUp } from './kept.ts'
import { load } from './load.ts'
import type { ObjectContext } from './memory.ts'

/** A call that waits for its group. */
export interface Waiting {
  readonly requests: readonly UseRequest[]
  /** Decides in the group's draft. May run in a transaction that is rolled back, and then counts for nothing. */
  readonly decide: (draft: Draft) => void
  /** Decides by itself, because something in the group threw; keeps what goes wrong to itself. */
  readonly alone: () => void
  /** What was decided is committed. */
  readonly answer: () => void
  readonly fail: (error: unknown) => void
}

/** So long after a group, a call is taken for one that comes by itself. */
const QUIET_MS = 10

/**
 * Joins the group that gathers, or begins one: it is decided as soon as what has arrived already is taken in. In a
 * quiet object nothing has, and looking for it costs as much as the decision: there a call is decided at once.
 */
export function join(context: ObjectContext, call: Waiting): void {
  const { memory } = context
  memory.waiting.push(call)
  if (memory.waiting.length > 1) return
  if (isQuiet(context)) decideAll(context)
  else setTimeout(() => decideAll(context), 0)
}

function isQuiet({ memory, ports }: ObjectContext): boolean {
  return memory.decidedAt !== null && ports.clock.now() - memory.decidedAt > QUIET_MS
}

/** The uses that an object takes on at a time; see `admit`. */
const USES_MAX = 2_000

/**
 * Counts `uses` as being in hand; false when they would be too many, and then they are not counted.
 *
 * So many take an object a fraction of a second and a few megabytes of its 128, and are twice what Cloudflare lets
 * through to an object in a second. More can only pile up behind a D1 that hangs, and would be answered too late.
 */
export function admit({ memory }: ObjectContext, uses: number): boolean {
  if (memory.uses + uses > USES_MAX) return false
  memory.uses += uses
  return true
}

/** What `admit` has counted is answered. */
export function release({ memory }: ObjectContext, uses: number): void {
  memory.uses -= uses
}

function decideAll(context: ObjectContext): void {
  const { memory, ports } = context
  const calls = memory.waiting
  memory.waiting = []
  memory.decidedAt = ports.clock.now()
  try {
    if (!decideTogether(context, calls)) for (const call of calls) call.alone()
    for (const call of calls) call.answer()
  } catch (error) {
    for (const call of calls) call.fail(error)
  }
}

/** False when nothing was committed. */
function decideTogether(context: ObjectContext, calls: readonly Waiting[]): boolean {
  const held = load(context)
  if (held === null) return false
  let committed
  try {
    committed = transact(context, held, (draft) => {
      lookUp(
        draft,
        calls.flatMap(({ requests }) => requests),
      )
      for (const call of calls) call.decide(draft)
    }).committed
  } catch {
    return false
  }
  // Not inside the `try`: from here on it is on disk, and must not be decided again.
  followUp(context, committed)
  return true
}
