/** Applying: taking over a change that the Worker has made in D1, on its word that there is one. */
import type { ApplyAnswer } from './calls.ts'
import { load } from './load.ts'
import type { ObjectContext } from './memory.ts'
import { dueFor } from './outbox.ts'
import { floorOf, reach } from './pull.ts'

/** @param revision Of the customer; less than what is applied means that there is nothing to do. */
export async function apply(context: ObjectContext, revision: number): Promise<ApplyAnswer> {
  const reached = await reach(context, { revision, version: 0, catalogueRevision: 0 })
  if (reached === 'unknown_customer') return { status: 'unknown_customer' }
  return reached === 'reached' ? applied(context) : { status: 'unavailable' }
}

/** How far the object is, for the Worker to write down in D1. */
export function applied(context: ObjectContext): ApplyAnswer {
  const held = load(context)
  if (held === null) return { status: 'unavailable' }
  return { status: 'applied', floor: floorOf(held), nextDue: dueFor(context.memory) }
}
