/**
 * May this customer use (so much of) this feature now?
 *
 * A grant leaves the edge as it is, unless a hard limit is near; a denial is confirmed at the source first. So a
 * stale copy costs a customer who has just paid a few milliseconds, never the access.
 */
import type { Floor } from '../../durable-objects/calls.ts'
import type { Access } from '../../entitlements/access.ts'
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { accessTo } from '../../entitlements/evaluate.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { isNearLimit } from '../../entitlements/margin.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { Head } from '../../schema/head.ts'
import type { Freshness } from '../../schema/wire/access.ts'
import type { Asking } from '../attempt.ts'
import { isBreakerOpen, noteConfirmation } from '../isolate.ts'
import { EVERYTHING, headWithin, type Reach } from '../reach.ts'
import { entitlementAt, nowFor } from './evaluation.ts'
import { freshnessOf, freshnessOfNothing } from './freshness.ts'
import { policyFor } from './policy.ts'
import { countAnswer, writeBehind } from './tally.ts'
import { type Demand, type NoView, satisfies, type View, view, views, youngView } from './view.ts'

export interface Question {
  readonly customerId: string
  readonly featureId: string
  /** Units, 1 to 2^53 − 1. */
  readonly quantity: number
  /** Ask the object, whatever the copies say. */
  readonly fresh: boolean
  /** What the caller's consistency token asks for. */
  readonly atLeast: Floor
  /** What the caller may know of. */
  readonly reach: Reach
}

/** The answer, with what it rests on. */
export interface Checked {
  readonly entitlement: Entitlement
  readonly access: Access
  readonly freshness: Freshness
  /** The catalogue at hand, for hints. */
  readonly head: Head | null
}

export type ConsistencyFailure = { readonly code: 'consistency_unavailable' }

/** How long an answer of the object may be used again for what the edge must not decide alone. */
const REUSE_MS = 1_000

/** How long a denial waits for its confirmation. */
const CONFIRM_LIMIT_MS = 300

/** Answers the question; fails only where a token asks for a state that cannot be shown. */
export async function check(
  asking: Asking,
  question: Question,
): Promise<Result<Checked, ConsistencyFailure>> {
  const first = await view(asking, demandOf(question, question.fresh ? 'source' : 'anyone'))
  const found = first.status === 'found' ? await decisive(asking, question, first) : first
  if (!satisfies(found, question.atLeast)) return err({ code: 'consistency_unavailable' })
  const checked = answered(asking.now, question, found)
  countAnswer(asking.now, checked.entitlement, checked.access.hasAccess)
  writeBehind(asking)
  return ok(checked)
}

/** The answer, where the copies at hand are young and may decide; null: `check` has to ask somebody. */
export function checkAtOnce(now: Instant, question: Question): Checked | null {
  const at = question.fresh ? null : youngView(now, demandOf(question, 'anyone'))
  if (at === null) return null
  const judgement = judged(now, question, at)
  if (!mayDecide(now, question, at, judgement)) return null
  return {
    ...judgement,
    freshness: freshnessOf(at, now),
    head: headWithin(question.reach, at.head.head),
  }
}

/** The view that may decide: the one at hand, or a better one from the object. */
async function decisive(asking: Asking, question: Question, at: View): Promise<View> {
  const judgement = judged(asking.now, question, at)
  if (mayDecide(asking.now, question, at, judgement)) return at
  if (!judgement.access.hasAccess) return confirmed(asking, question, at)
  const asked = await view(asking, demandOf(question, 'object'))
  if (asked.status !== 'found') return { ...at, degraded: true }
  return judged(asking.now, question, asked).access.hasAccess
    ? asked
    : confirmed(asking, question, asked)
}

/** Whether a view may decide without its object: a grant far from the limit, or what the object said just now. */
function mayDecide(
  now: Instant,
  { quantity }: Pick<Question, 'quantity'>,
  at: View,
  { entitlement, access }: Judgement,
): boolean {
  if (access.hasAccess) return !isNearLimit(entitlement, quantity) || isRecent(at, now)
  return isConfirmed(at, now) || isBreakerOpen(now)
}

/** The view after the source was asked; the one at hand where that takes too long. */
async function confirmed(asking: Asking, question: Question, at: View): Promise<View> {
  const { now } = asking
  if (isConfirmed(at, now) || isBreakerOpen(now)) return at
  const demand = { ...demandOf(question, 'source'), limitMs: CONFIRM_LIMIT_MS }
  const asked = await view(asking, demand)
  const succeeded = asked.status === 'found' && asked.servedFrom === 'object'
  noteConfirmation(succeeded, asking.ports.clock.now())
  return succeeded ? asked : at
}

/** One of many questions, whose views are asked for together. */
type Item = Pick<Question, 'customerId' | 'featureId'> & Partial<Pick<Question, 'quantity'>>

/**
 * The views of many customers as a single question about each item would have them: who may not decide one of the items is
 * asked for again, at the source.
 *
 * @param found In the order of the demands.
 */
export async function allDecisive(
  asking: Asking,
  items: readonly Item[],
  demands: readonly Demand[],
  found: readonly (View | NoView)[],
): Promise<readonly (View | NoView)[]> {
  const viewOf = new Map(demands.map(({ customerId }, at) => [customerId, found[at]]))
  const undecided = new Set(
    items.filter((item) => isUndecided(asking.now, item, viewOf)).map((item) => item.customerId),
  )
  if (undecided.size === 0) return found
  const again = demands.filter(({ customerId }) => undecided.has(customerId))
  const asked = await views(
    asking,
    again.map((demand) => ({ ...demand, ask: 'source', limitMs: CONFIRM_LIMIT_MS })),
  )
  const sourced = new Map(again.map(({ customerId }, at) => [customerId, asked[at]]))
  return demands.map(({ customerId }, at) => {
    const known = found[at] ?? { status: 'unavailable', head: null }
    const better = sourced.get(customerId)
    if (better === undefined || known.status !== 'found') return known
    const succeeded = better.status === 'found' && better.servedFrom === 'object'
    noteConfirmation(succeeded, asking.ports.clock.now())
    return succeeded ? better : { ...known, degraded: true }
  })
}

function isUndecided(
  now: Instant,
  { customerId, featureId, quantity = 1 }: Item,
  viewOf: ReadonlyMap<string, View | NoView | undefined>,
): boolean {
  const at = viewOf.get(customerId)
  if (at?.status !== 'found') return false
  const asked = { featureId, quantity, reach: EVERYTHING }
  return !mayDecide(now, asked, at, judged(now, asked, at))
}

function demandOf({ customerId, atLeast, reach }: Question, ask: Demand['ask']): Demand {
  return { customerId, atLeast, reach, ask }
}

type Judgement = Pick<Checked, 'entitlement' | 'access'>

function judged(
  now: Instant,
  { featureId, quantity, reach }: Pick<Question, 'featureId' | 'quantity' | 'reach'>,
  at: View,
): Judgement {
  const time = nowFor(at, now)
  const entitlement = entitlementAt(at, featureId, time, reach)
  return { entitlement, access: accessTo(entitlement, quantity, time) }
}

function answered(now: Instant, question: Question, found: View | NoView): Checked {
  const head = found.head && headWithin(question.reach, found.head.head)
  if (found.status === 'found') {
    return { ...judged(now, question, found), freshness: freshnessOf(found, now), head }
  }
  const policy = policyFor(found, question.featureId, question.reach)
  return { ...policy, freshness: freshnessOfNothing(found, now), head }
}

function isRecent({ copy }: View, now: Instant): boolean {
  return copy.vouched !== null && now - copy.vouched.at < REUSE_MS
}

function isConfirmed(at: View, now: Instant): boolean {
  const { vouched } = at.copy
  return isRecent(at, now) && vouched !== null && (vouched.sought || vouched.by === 'source')
}
