/** Overrides: what one customer is given instead of what its plan says. */
import { and, eq } from 'drizzle-orm'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { intentFrom, intentStatements } from '../../schema/intent.ts'
import { placeOf } from '../../schema/listed.ts'
import { features } from '../../schema/tables/catalogue.ts'
import { overrides } from '../../schema/tables/customers.ts'
import type { OverrideInput } from '../../schema/wire/override.ts'
import { eventsOfOverride } from '../events/of-override.ts'
import type { Failure } from '../failures.ts'
import type { Call, Outcome } from '../route.ts'
import { suggestion } from '../../schema/suggest.ts'
import { ifMatchFailure, tagOf } from '../tag.ts'
import {
  changeCustomer,
  type Changing,
  type CustomerDraft,
  type CustomerRow,
} from './customer-change.ts'
import { database, type Statement } from './database.ts'
import { invalid } from './invalid.ts'
import { checkPatch } from './override-allowance.ts'
import { type OverrideRow, overrideView } from './override-view.ts'

/** What these use cases need of a call. */
export type Overriding = Changing & Pick<Call, 'ifMatch'>

/** Which override: a customer has at most one of a feature. */
export interface OverrideKey {
  readonly customerId: string
  readonly featureId: string
}

/** Gives a customer its own allowance of a feature, in place of an earlier override of it. */
export function putOverride(
  call: Overriding,
  key: OverrideKey,
  input: OverrideInput,
): Promise<Outcome> {
  return changeOverride(call, key, async (draft, former) => {
    const row = overrideRow(call, key, input, { ...draft, former })
    if (row.expiresAt !== null && row.expiresAt <= row.startAt) {
      return invalid('/expiresAt', 'an instant after startAt')
    }
    const fits = await checkOverride(call, row, former)
    if (!fits.ok) return fits
    if (former !== null && isSame(former, row)) return ok({ row: former, statement: null })
    const target = [overrides.customerId, overrides.featureId]
    const insert = database(call.ports.db).insert(overrides).values(row)
    return ok({ row, statement: insert.onConflictDoUpdate({ target, set: row }) })
  })
}

/** Takes an override back: what the plan says applies from the next question on, usage stays. */
export function deleteOverride(call: Overriding, key: OverrideKey): Promise<Outcome> {
  return changeOverride(call, key, async (_, former) => {
    if (former === null) return err({ code: 'override_not_found', ...key })
    const statement = database(call.ports.db).delete(overrides).where(byKey(key))
    return ok({ row: former, statement, deleted: true })
  })
}

interface Decided {
  readonly row: OverrideRow
  /** Null: it is so already. */
  readonly statement: Statement | null
  readonly deleted?: boolean
}

type OwnDraft = CustomerDraft & { readonly customer: CustomerRow }

type DecideOverride = (
  draft: OwnDraft,
  former: OverrideRow | null,
) => Promise<Result<Decided, Failure>>

function changeOverride(
  call: Overriding,
  key: OverrideKey,
  decide: DecideOverride,
): Promise<Outcome> {
  const { customerId, featureId } = key
  return changeCustomer(call, customerId, async (draft) => {
    const { customer } = draft
    if (customer === null) return err({ code: 'customer_not_found', customerId })
    const former = await readOverride(call, key)
    const tag = former && tagOf(customer.revision)
    const mismatch = ifMatchFailure(call.ifMatch, tag, customer.revision)
    if (mismatch !== null) return err(mismatch)
    const decided = await decide({ ...draft, customer }, former)
    if (!decided.ok) return decided
    const { row, statement, deleted = false } = decided.value
    const revision = statement === null ? customer.revision : draft.revision
    const body = { ...overrideView(row), revision }
    const answer = { body, ...(deleted ? {} : { etag: tagOf(revision) }) }
    if (statement === null) return ok({ answer })
    const after = deleted ? null : row
    const change = {
      action: deleted ? 'overrides.delete' : 'overrides.put',
      resource: `customers/${encodeURIComponent(customerId)}/overrides/${featureId}`,
      before: former && overrideView(former),
      after: after && overrideView(after),
      statements: [statement],
      events: eventsOfOverride({ before: former, after, now: draft.now }),
      facts: { override: { featureId, row: after } },
    }
    return ok({ change, answer })
  })
}

async function readOverride({ ports }: Overriding, key: OverrideKey): Promise<OverrideRow | null> {
  return (await database(ports.db).select().from(overrides).where(byKey(key)).get()) ?? null
}

/**
 * The row that a request means. Left out, the start stays where it is while an earlier override is in force:
 * sending the same again must not move the periods that are pinned to it.
 */
function overrideRow(
  { principal }: Overriding,
  key: OverrideKey,
  input: OverrideInput,
  { customer, now, former }: OwnDraft & { readonly former: OverrideRow | null },
): OverrideRow {
  const isOver = former === null || (former.expiresAt !== null && former.expiresAt <= now)
  return {
    ...key,
    allowance: input.allowance,
    standalone: input.standalone,
    startAt: input.startAt ?? (isOver ? now : former.startAt),
    expiresAt: input.expiresAt ?? null,
    reason: input.reason ?? null,
    createdAt: now,
    createdBy: `${principal.kind}:${principal.id}`,
    listedAt: placeOf(customer),
  }
}

/** Whether the feature exists, may be newly attached, and can be patched in this way. */
async function checkOverride(
  { ports }: Overriding,
  row: OverrideRow,
  former: OverrideRow | null,
): Promise<Result<null, Failure>> {
  const { customerId, featureId } = row
  const [results, feature] = await Promise.all([
    ports.db.batch(intentStatements(ports.db, customerId, null)),
    database(ports.db).select().from(features).where(eq(features.id, featureId)).get(),
  ])
  const intent = intentFrom(results)
  if (intent === 'unknown_customer') return err({ code: 'customer_not_found', customerId })
  if (feature === undefined) {
    const nearest = suggestion(featureId, intent.head.features.keys())
    return err({ code: 'feature_not_found', id: featureId, suggestion: nearest })
  }
  if (feature.archivedAt !== null && former === null) {
    const reference = { pointer: '/featureId', resource: 'feature', id: featureId }
    return err({ code: 'unknown_reference', ...reference, suggestion: null, archived: true })
  }
  return checkPatch(intent, featureId, feature.type, row)
}

/** Whether both say the same; who said it, when, and in which lists it is does not matter. */
function isSame(a: OverrideRow, b: OverrideRow): boolean {
  return JSON.stringify({ ...a, ...ASIDE }) === JSON.stringify({ ...a, ...b, ...ASIDE })
}

const ASIDE = { createdAt: 0, createdBy: '', listedAt: 0 }

function byKey({ customerId, featureId }: OverrideKey) {
  return and(eq(overrides.customerId, customerId), eq(overrides.featureId, featureId))
}
