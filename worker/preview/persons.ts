/** Customers whom a preview looks at singly: their facts from D1, their lots from the copy that KV holds. */
import { and, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { advanceMeter } from '../../entitlements/advance.ts'
import type { Customer } from '../../entitlements/customer.ts'
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { evaluate } from '../../entitlements/evaluate.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { ownClock } from '../../durable-objects/own-clock.ts'
import { customerKey, type Snapshot } from '../../schema/snapshot.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import { customers, overrides, subscriptions, usageSummary } from '../../schema/tables/customers.ts'
import { type Asking, attempt } from '../attempt.ts'
import { database } from '../change/database.ts'
import { readSnapshot } from '../own-clock.ts'
import type { Reach } from './reach.ts'

/** One customer as a preview sees it. */
export interface Person {
  readonly customer: Customer
  /** Null where there is no copy: then the summaries tell what was used. */
  readonly snapshot: Snapshot | null
  /** By feature, as D1 was told of it last. */
  readonly used: ReadonlyMap<string, Used>
}

interface Used {
  readonly units: number
  readonly asOf: Instant
}

/** KV reads so many keys in one operation. */
const KEYS_A_READ = 100
const KV_LIMIT_MS = 2_000

/** Reads customers. What KV does not have, or does not say in time, is left to the summaries. */
export async function readPersons(
  call: Asking,
  { featureIds }: Reach,
  ids: readonly string[],
): Promise<readonly Person[]> {
  if (ids.length === 0) return []
  const db = database(call.ports.db)
  const [rows, held, overriding, usage] = await db.batch([
    db.select().from(customers).where(among(customers.id, ids)),
    db
      .select()
      .from(subscriptions)
      .where(and(among(subscriptions.customerId, ids), isNull(subscriptions.endedAt))),
    db.select().from(overrides).where(among(overrides.customerId, ids)),
    db
      .select()
      .from(usageSummary)
      .where(and(among(usageSummary.customerId, ids), among(usageSummary.featureId, featureIds))),
  ])
  const snapshots = await readSnapshots(call, ids)
  const subscriptionsOf = Map.groupBy(held, ({ customerId }) => customerId)
  const overridesOf = Map.groupBy(overriding, ({ customerId }) => customerId)
  const usageOf = Map.groupBy(usage, ({ customerId }) => customerId)
  return rows.map(({ id, revision, createdAt, clockAt }) => ({
    customer: ownClock(call.ports, {
      id,
      revision,
      createdAt,
      clockAt,
      subscriptions: (subscriptionsOf.get(id) ?? []).map(subscriptionOf),
      overrides: overridesOf.get(id) ?? [],
    }),
    snapshot: snapshots.get(id) ?? null,
    used: new Map(
      (usageOf.get(id) ?? []).map(({ featureId, used, asOf }) => [
        featureId,
        { units: used, asOf },
      ]),
    ),
  }))
}

/**
 * The entitlement before and after, as the customer's object would come to it: it brings the lots up to now under
 * what was in force, and then reads them under what is.
 */
export function entitlementsOf(
  { customer, snapshot }: Pick<Person, 'customer' | 'snapshot'>,
  { before, after }: Pick<Reach, 'before' | 'after'>,
  featureId: string,
  now: Instant,
): readonly [Entitlement, Entitlement] {
  const at = Math.max(customer.clockAt ?? now, snapshot?.advancedTo ?? 0)
  const known =
    snapshot === null ? [] : advanceMeter({ ...snapshot, customer }, before, featureId, at).lots
  const state = { customer, lots: new Map([[featureId, known]]), advancedTo: at }
  return [
    evaluate(state, before, featureId, at).entitlement,
    evaluate(state, after, featureId, at).entitlement,
  ]
}

async function readSnapshots(
  call: Asking,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Snapshot>> {
  const chunks = Array.from({ length: Math.ceil(ids.length / KEYS_A_READ) }, (_, n) =>
    ids.slice(n * KEYS_A_READ, (n + 1) * KEYS_A_READ).map(customerKey),
  )
  const found = new Map<string, Snapshot>()
  for (const keys of chunks) {
    const read = await attempt(call, 'kv', KV_LIMIT_MS, () =>
      call.ports.kv.get(keys, { type: 'text' }),
    )
    if (!read.ok) return found
    for (const text of read.value.values()) {
      const snapshot = readSnapshot(call.ports, text ?? '')
      if (snapshot !== null) found.set(snapshot.customer.id, snapshot)
    }
  }
  return found
}

/** One parameter however many there are: D1 binds a hundred at most. */
function among(column: SQLiteColumn, ids: readonly string[]): SQL {
  return inArray(column, sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`)
}
