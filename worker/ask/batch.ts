/**
 * Many questions at once, answered like lists: from the copies at hand, unless `confirm` asks for what each would be
 * answered alone, or `fresh` for the source.
 *
 * The items of one customer share one view, and their answers are joined as bytes: joining a thousand strings and
 * encoding them would cost several times as much as the checks.
 */
import type { Floor } from '../../durable-objects/calls.ts'
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { accessTo } from '../../entitlements/evaluate.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { Asking } from '../attempt.ts'
import type { WrittenAnswer } from '../route.ts'
import { allDecisive, type ConsistencyFailure } from './check.ts'
import { EVERYTHING } from '../reach.ts'
import { entitlementAt, nowFor } from './evaluation.ts'
import { freshnessOf, freshnessOfNothing, freshnessText } from './freshness.ts'
import { hintFor } from '../../schema/hint.ts'
import type { AccessItem } from './parse-batch.ts'
import { policyFor } from './policy.ts'
import { countAnswer, writeBehind } from './tally.ts'
import { type NoView, satisfies, type View, views } from './view.ts'
import { write, writtenOnce } from './written.ts'

export interface Batch {
  readonly items: readonly AccessItem[]
  /** Whom the items name, each once. */
  readonly customerIds: readonly string[]
  readonly fresh: boolean
  readonly confirm: boolean
  readonly atLeast: (customerId: string) => Floor
}

/** How many features that do not exist get a hint in one answer: looking for what was meant costs far more than a check. */
const STRANGE_FEATURES_MAX = 10

/** `{"results": […]}` as JSON: the answers in the order of the items. */
export async function checkMany(
  asking: Asking,
  { items, customerIds, fresh, confirm, atLeast }: Batch,
): Promise<Result<WrittenAnswer, ConsistencyFailure>> {
  const ask = fresh ? 'source' : 'anyone'
  // Many customers are asked about by those whom nothing bounds: tokens are not taken there.
  const reach = EVERYTHING
  const demands = customerIds.map(
    (id) => ({ customerId: id, atLeast: atLeast(id), reach, ask }) as const,
  )
  const atHand = await views(asking, demands)
  const found = confirm ? await allDecisive(asking, items, demands, atHand) : atHand
  const askedOf = new Map<string, Asked>()
  for (const [at, { customerId, atLeast: floor }] of demands.entries()) {
    const each = found[at]
    if (each === undefined || !satisfies(each, floor))
      return err({ code: 'consistency_unavailable' })
    askedOf.set(customerId, askedFrom(customerId, each, asking.now))
  }
  const pieces = answersTo(asking.now, items, askedOf)
  writeBehind(asking)
  return ok({ pieces })
}

function answersTo(
  now: Instant,
  items: readonly AccessItem[],
  askedOf: ReadonlyMap<string, Asked>,
): readonly Uint8Array[] {
  const hints: Hints = new Map()
  const pieces: Uint8Array[] = [HEAD]
  let asked: Asked | undefined
  for (const item of items) {
    // Most items are about the customer of the one before.
    if (asked?.customerId !== item.customerId) asked = askedOf.get(item.customerId)
    if (asked === undefined) continue
    pieces.push(answerTo(now, asked, item, hints), asked.freshness)
  }
  const last = pieces.pop() ?? HEAD
  // An answer ends in the comma before the next.
  pieces.push(last === HEAD ? HEAD : last.subarray(0, -1), TAIL)
  return pieces
}

/** A customer as its items are answered. */
interface Asked {
  readonly customerId: string
  readonly found: View | NoView
  readonly at: Instant
  /** The end of every answer, with a comma for the next: on how old a copy it rests. */
  readonly freshness: Uint8Array
}

type Hints = Map<string, string | null>

function askedFrom(customerId: string, found: View | NoView, now: Instant): Asked {
  const isFound = found.status === 'found'
  const freshness = isFound ? freshnessOf(found, now) : freshnessOfNothing(found, now)
  return {
    customerId,
    found,
    at: isFound ? nowFor(found, now) : now,
    freshness: UTF_8.encode(`,${freshnessText(freshness)}},`),
  }
}

/** An answer as far as it does not depend on the copy's age: a JSON object without its end. */
function answerTo(now: Instant, { found, at }: Asked, item: AccessItem, hints: Hints): Uint8Array {
  const { customerId, featureId, quantity = 1 } = item
  if (found.status !== 'found') {
    const { entitlement, access } = policyFor(found, featureId)
    countAnswer(now, entitlement, access.hasAccess)
    const hint = hintIn(hints, found, entitlement)
    return write({ customerId, entitlement, access, hint }, quantity).bytes
  }
  const entitlement = entitlementAt(found, featureId, at)
  const { bytes, hasAccess } = writtenOnce(entitlement, quantity, () => {
    const access = accessTo(entitlement, quantity, at)
    const hint = access.hasAccess ? null : hintIn(hints, found, entitlement)
    return { customerId, entitlement, access, hint }
  })
  countAnswer(now, entitlement, hasAccess)
  return bytes
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

const UTF_8 = new TextEncoder()
const HEAD = UTF_8.encode('{"results":[')
const TAIL = UTF_8.encode(']}')
