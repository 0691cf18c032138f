/**
 * Many customers at once, with their subscriptions: read together, decided one by one, committed together.
 *
 * An import that is repeated changes nothing: a customer is stated as by PUT, and a subscription that the customer
 * has, or has had, is not bought again. Of an item that cannot be had nothing is written; the others stand.
 */
import { ok, type Result } from '../../entitlements/result.ts'
import { changes } from '../../schema/tables/changes.ts'
import { customers, subscriptions } from '../../schema/tables/customers.ts'
import { encodeToken } from '../../schema/token.ts'
import type { ImportItem } from '../../schema/wire/import.ts'
import { eachBounded } from '../ask/bounded.ts'
import type { Failure } from '../failures.ts'
import { relistedAll } from '../listed.ts'
import { clockIn } from '../own-clock.ts'
import type { Answer } from '../route.ts'
import { entryRow, untilCommitted } from './commit.ts'
import { standing } from './customer-change.ts'
import { isTaken } from './database.ts'
import { isTurned, tellingImport } from './import-events.ts'
import { type Decided, decideImport, type Importing, type Written } from './import-item.ts'
import { readKnown } from './import-read.ts'
import { insertions } from './json-rows.ts'
import { propagateCustomer } from './propagate.ts'

/** How many objects one request calls at the same time. */
const OBJECTS_AT_ONCE = 16

type Outcomes = readonly Result<Answer, Failure>[]

/** One outcome an item, in their order. */
export function importCustomers(
  call: Importing,
  items: readonly ImportItem[],
): Promise<Result<Outcomes, Failure>> {
  return untilCommitted(call, async () => {
    const known = await readKnown(call, items)
    const decided = items.map((item) => decideImport(call, known, item))
    const written = decided.flatMap((each) => (each.ok ? (each.value.written ?? []) : []))
    const withObject = await commitAll(call, written)
    if (withObject === 'lost') return withObject
    return ok(
      await eachBounded(decided, OBJECTS_AT_ONCE, async (each) =>
        each.ok ? ok(await told(call, each.value, withObject)) : each,
      ),
    )
  })
}

/** Writes all of it in one transaction; returns whose customers have an object, or that another change came first. */
async function commitAll(
  call: Importing,
  written: readonly Written[],
): Promise<ReadonlySet<string> | 'lost'> {
  if (written.length === 0) return new Set()
  const { db } = call.ports
  const rows = written.map((each) =>
    isTurned(each) ? { ...each.customer, toldUntil: each.now } : each.customer,
  )
  const bought = written.flatMap((each) => each.subscriptions)
  const entries = written.map(({ change }) => entryRow(call, change))
  const back = written.filter((each) => each.isBack).map(({ customer }) => customer.id)
  const stated = insertions(db, customers, rows, { sql: restated(call.ports), values: [call.now] })
  const telling = await tellingImport(call, written)
  try {
    const returned = await db.batch<Stated>([
      ...stated,
      ...insertions(db, subscriptions, bought),
      ...insertions(db, changes, entries),
      ...telling,
      ...(back.length > 0 ? relistedAll(call.ports, back) : []),
    ])
    const each = returned.slice(0, stated.length).flatMap(({ results }) => results)
    return new Set(each.flatMap(({ id, has_object }) => (has_object === 1 ? [id] : [])))
  } catch (thrown) {
    if (isTaken(thrown, 'changes.subject, changes.previous')) return 'lost'
    throw thrown
  }
}

interface Stated {
  readonly id: string
  readonly has_object: 0 | 1
}

/**
 * A customer who is there keeps its bookkeeping: it is written by others meanwhile, above all by its object. Where there
 * is none to say when time will change something, the next tick finds it out.
 */
const restated = (
  ports: Importing['ports'],
) => `ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email,
  grace_days = excluded.grace_days, metadata = excluded.metadata, archived_at = excluded.archived_at,
  revision = excluded.revision, told_until = max(told_until, excluded.told_until), next_due = CASE WHEN ${clockIn(ports)} IS NOT NULL THEN NULL
    WHEN synced_revision IS NULL THEN ?2 ELSE next_due END
  RETURNING id, synced_revision IS NOT NULL AS has_object`

/** What one customer's item is answered. */
async function told(
  call: Importing,
  { answer, written, before }: Decided,
  withObject: ReadonlySet<string>,
): Promise<Answer> {
  const { customerId } = answer
  const revision = written?.customer.revision ?? before?.revision ?? 0
  const { propagation, version } =
    written === null
      ? { propagation: standing(before), version: 0 }
      : await propagateCustomer(call, {
          customerId,
          revision,
          hasObject: withObject.has(customerId),
        })
  const consistencyToken = encodeToken({ customerId, revision, version, catalogueRevision: 0 })
  return {
    status: before === null ? 201 : 200,
    body: { ...answer.body, propagation, consistencyToken },
  }
}
