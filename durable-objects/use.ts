/**
 * Using a meter: what consuming, reporting and resetting have in common.
 *
 *   reach the caller's floor → decide → (refused: make sure that D1 holds nothing newer → decide again)
 *
 * Each decision is one synchronous transaction that looks the key up, decides, and keeps effect and outcome
 * together. So the same key in flight twice has one effect: whichever decides second finds the outcome. A refusal
 * that could not be confirmed is answered but not kept, for the same key may rightly succeed once D1 is back.
 */
import type { Catalogue } from '../entitlements/catalogue.ts'
import type { Instant } from '../entitlements/instant.ts'
import { invariant } from '../entitlements/invariant.ts'
import type { Checked, UseAnswer, UseFailure, UseRequest } from './calls.ts'
import { catchUp, type Draft, nowFor } from './draft.ts'
import { commit } from './duties.ts'
import { freshen, isFresh } from './fresh.ts'
import { keep, type Kept, replay } from './kept.ts'
import { isLedgerOverflow } from './ledger.ts'
import { load } from './load.ts'
import type { ObjectContext } from './memory.ts'
import { floorOf, reach, type Reached } from './pull.ts'

/** What a verb makes of a request, at the domain's `now`. An effect is already in the draft. */
export type Verdict<T> =
  | { readonly verdict: 'effect'; readonly result: T }
  | { readonly verdict: 'refusal'; readonly result: T }
  | { readonly verdict: 'failure'; readonly failure: UseFailure }

/** Decides one request in a draft; synchronous, and free to be run after others in the same draft. */
export type Decide<R extends UseRequest, T> = (draft: Draft, request: R, now: Instant) => Verdict<T>

/** Serves one request to use a meter. */
export async function use<R extends UseRequest, T>(
  context: ObjectContext,
  request: R,
  decide: Decide<R, T>,
): Promise<UseAnswer<T>> {
  const reached = await reach(context, request.atLeast)
  if (reached !== 'reached') return { status: 'failed', failure: failureOf(reached) }
  const settled = settleOnce(context, request, decide, isFresh(context) ? 'source' : null)
  if (settled.status !== 'unconfirmed') return answer(context, settled)
  const checked = await freshen(context)
  return answer(context, settleOnce(context, request, decide, checked))
}

/** Why a feature cannot be used like a meter; null when it can. */
export function notAMeter({ features }: Catalogue, featureId: string): UseFailure | null {
  const feature = features.get(featureId)
  if (feature === undefined) return { code: 'feature_not_found', featureId }
  return feature.type === 'meter' ? null : { code: 'feature_not_metered', featureId }
}

/** A request that is settled, but for the floor, which only the commit knows. */
export type Settled<T> =
  | { readonly status: 'done'; readonly kept: Kept<T>; readonly replayed: boolean }
  | { readonly status: 'failed'; readonly failure: UseFailure }
  | { readonly status: 'unconfirmed' }

const UNCONFIRMED = { status: 'unconfirmed' } as const

function answer<T>(context: ObjectContext, settled: Settled<T>): UseAnswer<T> {
  switch (settled.status) {
    case 'failed':
      return settled
    case 'unconfirmed':
      return { status: 'failed', failure: { code: 'unavailable' } }
    case 'done': {
      const held = load(context)
      invariant(held !== null, 'what was committed is held')
      return { status: 'done', ...settled.kept, replayed: settled.replayed, floor: floorOf(held) }
    }
  }
}

function settleOnce<R extends UseRequest, T>(
  context: ObjectContext,
  request: R,
  decide: Decide<R, T>,
  checked: Checked | null,
): Settled<T> {
  const held = load(context)
  if (held === null) return { status: 'failed', failure: { code: 'unavailable' } }
  try {
    return commit(context, held, (draft) => settle(draft, request, decide, checked))
  } catch (error) {
    if (!isLedgerOverflow(error)) throw error
    return {
      status: 'failed',
      failure: { code: 'quantity_overflow', featureId: request.featureId },
    }
  }
}

/**
 * Settles one request in a draft. `unconfirmed` leaves nothing under the key and asks for another try, with `checked`.
 *
 * @param checked How far what is applied has been checked; null while that has not been tried.
 */
export function settle<R extends UseRequest, T>(
  draft: Draft,
  request: R,
  decide: Decide<R, T>,
  checked: Checked | null,
): Settled<T> {
  const earlier = replay<T>(draft, request)
  if (!earlier.ok) return { status: 'failed', failure: earlier.error }
  if (earlier.value !== null) return { status: 'done', kept: earlier.value, replayed: true }
  const now = nowFor(draft.held, draft.realNow)
  catchUp(draft, now)
  const verdict = decide(draft, request, now)
  switch (verdict.verdict) {
    case 'failure':
      // D1 may know the feature by now. Nobody is told that it does not exist on the word of an old catalogue.
      if (verdict.failure.code === 'feature_not_found' && checked !== 'source') return UNCONFIRMED
      return { status: 'failed', failure: verdict.failure }
    case 'refusal': {
      if (checked === null) return UNCONFIRMED
      const kept = { result: verdict.result, checked, at: now }
      if (checked === 'source') keep(draft, request, kept)
      return done(kept)
    }
    case 'effect': {
      const kept = { result: verdict.result, checked: checked ?? 'object', at: now }
      keep(draft, request, kept)
      return done(kept)
    }
  }
}

function done<T>(kept: Kept<T>): Settled<T> {
  return { status: 'done', kept, replayed: false }
}

/** Why nothing that is new enough is at hand. */
export function failureOf(reached: Exclude<Reached, 'reached'>): UseFailure {
  switch (reached) {
    case 'unknown_customer':
      return { code: 'customer_not_found' }
    case 'unavailable':
      return { code: 'unavailable' }
    case 'behind':
      return { code: 'consistency_unavailable' }
  }
}
