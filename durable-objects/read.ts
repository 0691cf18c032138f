/** Reading: handing out what is applied, for the Worker to evaluate. The object judges no check. */
import type { ReadAnswer, ReadRequest } from './calls.ts'
import { setOut } from './duties.ts'
import { follow, freshen } from './fresh.ts'
import { load } from './load.ts'
import type { ObjectContext } from './memory.ts'
import { owePublication, snapshotText } from './publish.ts'
import { floorOf, isAtLeast, reach } from './pull.ts'
import { touch } from './storage.ts'

export async function read(
  context: ObjectContext,
  { fresh, republish, atLeast: { catalogueRevision, ...floor } }: ReadRequest,
): Promise<ReadAnswer> {
  const atLeast = { ...floor, catalogueRevision: 0 }
  const reached = await reach(context, atLeast)
  if (reached === 'unknown_customer') return { status: 'unknown_customer' }
  if (reached !== 'reached') return { status: 'unavailable' }
  await follow(context, catalogueRevision)
  const checked = fresh ? await freshen(context) : 'object'
  const held = load(context)
  if (held === null || !isAtLeast(held, atLeast)) return { status: 'unavailable' }
  touch(context.storage.sql)
  if (republish) putBack(context)
  return { status: 'found', snapshot: snapshotText(context, held), floor: floorOf(held), checked }
}

/** KV has lost the snapshot, or has never had it here: what was published no longer is. */
function putBack(context: ObjectContext): void {
  owePublication(context.memory, true, context.ports.clock.now())
  setOut(context)
}
