/** After a change has been committed: tells those who hold copies. What fails here is finished by the next tick. */
import { and, eq, lte, sql } from 'drizzle-orm'
import type { ApplyAnswer } from '../../durable-objects/calls.ts'
import type { CompiledPlan } from '../../entitlements/catalogue.ts'
import { documentKey, encodeDocument } from '../../schema/document.ts'
import { customers } from '../../schema/tables/customers.ts'
import { type Asking, attempt } from '../attempt.ts'
import { publishHead } from '../head.ts'
import { raiseCatalogueFloor, raiseFloor } from '../isolate.ts'
import type { Ports } from '../ports.ts'
import { database } from './database.ts'

/** `pending`: the change stands, and reaches every copy within a minute. */
export type Propagation = 'done' | 'pending'

const OBJECT_LIMIT_MS = 3_000
const KV_LIMIT_MS = 5_000

/** A committed change of a customer. */
export interface CustomerRevision {
  readonly customerId: string
  readonly revision: number
  /** Whether there may be an object with an older state; where there is none, none is made. */
  readonly hasObject: boolean
}

/** How far a customer's change has come, and the object's version that shows it (0: nothing holds it yet). */
export interface CustomerPropagation {
  readonly propagation: Propagation
  readonly version: number
}

/** Has the customer object apply a change, and notes in D1 what it has applied. */
export async function propagateCustomer(
  call: Asking,
  { customerId, revision, hasObject }: CustomerRevision,
): Promise<CustomerPropagation> {
  raiseFloor(customerId, { revision, version: 0, catalogueRevision: 0 })
  if (!hasObject) return { propagation: 'done', version: 0 }
  const applied = await attempt(call, 'do', OBJECT_LIMIT_MS, () => {
    const work = applyChange(call.ports, customerId, revision)
    // It goes on when the wait for it is over; a failure is seen by whoever waits, or by the next tick.
    call.waitUntil(work.catch(() => undefined))
    return work
  })
  if (!applied.ok || applied.value.status !== 'applied')
    return { propagation: 'pending', version: 0 }
  const { floor } = applied.value
  raiseFloor(customerId, floor)
  return { propagation: floor.revision >= revision ? 'done' : 'pending', version: floor.version }
}

/** Puts new plan documents and then the head into KV, so that a head never names what is not there yet. */
export async function propagateCatalogue(
  call: Asking,
  revision: number,
  documents: readonly CompiledPlan[],
): Promise<Propagation> {
  raiseCatalogueFloor(revision)
  const { kv } = call.ports
  const published = await attempt(call, 'kv', KV_LIMIT_MS, async () => {
    const work = Promise.all(
      documents.map((plan) => kv.put(documentKey(plan.id, plan.revision), encodeDocument(plan))),
    ).then(() => publishHead(call.ports))
    call.waitUntil(work.catch(() => undefined))
    return work
  })
  return published.ok && published.value >= revision ? 'done' : 'pending'
}

async function applyChange(
  ports: Ports,
  customerId: string,
  revision: number,
): Promise<ApplyAnswer> {
  const answer = await ports.customers(customerId).apply(revision)
  if (answer.status === 'applied') await acknowledge(ports, customerId, answer)
  return answer
}

/**
 * Notes what the object has applied; an older word never overwrites a newer. What is due already stays so until cron
 * has been here: the statuses in lists are its to follow.
 */
async function acknowledge(
  { db, clock }: Ports,
  customerId: string,
  { floor, nextDue }: Extract<ApplyAnswer, { status: 'applied' }>,
): Promise<void> {
  await database(db)
    .update(customers)
    .set({
      syncedRevision: floor.revision,
      syncedVersion: floor.version,
      nextDue: sql`CASE WHEN ${customers.nextDue} <= ${clock.now()} THEN ${customers.nextDue} ELSE ${nextDue} END`,
    })
    .where(and(eq(customers.id, customerId), lte(customers.syncedVersion, floor.version)))
}
