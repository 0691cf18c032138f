/**
 * Many questions at once, answered like lists: from the copies at hand, unconfirmed unless `fresh` asks for it.
 *
 * The items of one customer share one view, and what an answer says of an entitlement is written out once for as long
 * as it holds: a question in a batch costs two look-ups and joining three strings.
 */
import type { Floor } from '../../durable-objects/calls.ts'
import type { Access } from '../../entitlements/access.ts'
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { accessTo, reasonFor } from '../../entitlements/evaluate.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { Asking } from '../attempt.ts'
import { rememberText, writtenText } from '../isolate.ts'
import { entitlementAnswer } from './answer.ts'
import type { ConsistencyFailure } from './check.ts'
import { entitlementAt, nowFor } from './evaluation.ts'
import { freshnessOf, freshnessOfNothing } from './freshness.ts'
import { hintFor } from './hint.ts'
import type { AccessItem } from './parse-batch.ts'
import { policyFor } from './policy.ts'
import { type NoView, satisfies, type View, views } from './view.ts'

export interface Batch {
  readonly items: readonly AccessItem[]
  readonly fresh: boolean
  readonly atLeast: (customerId: string) => Floor
}

/** How many features that do not exist get a hint in one answer: looking for what was meant costs far more than a check. */
const STRANGE_FEATURES_MAX = 10

/** The answers as a JSON list, in the order of the items. */
export async function checkMany(
  asking: Asking,
  { items, fresh, atLeast }: Batch,
): Promise<Result<string, ConsistencyFailure>> {
  const customerIds = customersOf(items)
  const ask = fresh ? 'source' : 'anyone'
  const demands = customerIds.map((id) => ({ customerId: id, atLeast: atLeast(id), ask }) as const)
  const found = await views(asking, demands)
  const askedOf = new Map<string, Asked>()
  for (const [at, { customerId, atLeast: floor }] of demands.entries()) {
    const each = found[at]
    if (each === undefined || !satisfies(each, floor))
      return err({ code: 'consistency_unavailable' })
    askedOf.set(customerId, askedFrom(each, asking.now))
  }
  const hints: Hints = new Map()
  let text = '['
  for (const item of items) {
    const asked = askedOf.get(item.customerId)
    if (asked === undefined) continue
    if (text.length > 1) text += ','
    text += `${textOf(asked, item, hints)},"quantity":${item.quantity ?? 1}${asked.freshness}`
  }
  return ok(`${text}]`)
}

/** Every customer that the items name, once. */
export function customersOf(items: readonly { readonly customerId: string }[]): readonly string[] {
  return [...new Set(items.map(({ customerId }) => customerId))]
}

/** A customer as its items are answered. */
interface Asked {
  readonly found: View | NoView
  readonly at: Instant
  /** The end of every answer: on how old a copy it rests. */
  readonly freshness: string
}

type Hints = Map<string, string | null>

function askedFrom(found: View | NoView, now: Instant): Asked {
  const isFound = found.status === 'found'
  const freshness = isFound ? freshnessOf(found, now) : freshnessOfNothing(found, now)
  return {
    found,
    at: isFound ? nowFor(found, now) : now,
    freshness: `,${JSON.stringify(freshness).slice(1)}`,
  }
}

/** An answer as far as it does not depend on the copy's age: a JSON object without its end. */
function textOf({ found, at }: Asked, item: AccessItem, hints: Hints): string {
  const { customerId, featureId, quantity = 1 } = item
  if (found.status !== 'found') {
    const { entitlement, access } = policyFor(found, featureId)
    return rendered(customerId, entitlement, access, hintIn(hints, found, entitlement))
  }
  const entitlement = entitlementAt(found, featureId, at)
  const reason = reasonFor(entitlement, quantity)
  const known = writtenText(entitlement, reason)
  if (known !== null) return known
  const access = accessTo(entitlement, quantity, at)
  const hint = access.hasAccess ? null : hintIn(hints, found, entitlement)
  const text = rendered(customerId, entitlement, access, hint)
  if (isLasting(entitlement)) rememberText(entitlement, reason, text)
  return text
}

/** Whether this very entitlement will be asked about again, and answered alike for as long as it holds. */
function isLasting({ missing, overrideExpiresAt }: Entitlement): boolean {
  // That an override ends soon is said from some instant on, at which nothing else changes.
  return missing !== 'unknown_feature' && overrideExpiresAt === null
}

function hintIn(hints: Hints, { head }: View | NoView, entitlement: Entitlement): string | null {
  const known = head?.head ?? null
  if (entitlement.missing !== 'unknown_feature') return hintFor(entitlement, known)
  const { featureId } = entitlement
  const hint = hints.get(featureId)
  if (hint !== undefined || hints.size >= STRANGE_FEATURES_MAX) return hint ?? null
  const found = hintFor(entitlement, known)
  hints.set(featureId, found)
  return found
}

function rendered(
  customerId: string,
  entitlement: Entitlement,
  access: Access,
  hint: string | null,
): string {
  return JSON.stringify(entitlementAnswer({ customerId, entitlement, access, hint })).slice(0, -1)
}
