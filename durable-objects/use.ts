/**
 * Using a meter: what consuming, reporting and resetting have in common.
 *
 *   reach the caller's floor → decide → (refused: make sure that D1 holds nothing newer → decide again)
 *
 * Each decision is synchronous and inside a transaction that looks the key up, decides, and keeps effect and outcome
 * together. So the same key in flight twice has one effect: whichever decides second finds the outcome, also within
 * one group. A refusal that could not be confirmed is answered but not kept, for the same key may rightly succeed
 * once D1 is back.
 *
 * Several uses of one call are decided in their order: those after one that has yet to be confirmed wait for it.
 */
import type { Catalogue } from '../entitlements/catalogue.ts'
import type { Instant } from '../entitlements/instant.ts'
import { invariant } from '../entitlements/invariant.ts'
import type { Checked, UseAnswer, UseFailure, UseRequest } from './calls.ts'
import { type DecidedText, writeDecided } from './decided.ts'
import { catchUp, type Draft, nowFor } from './draft.ts'
import { commit } from './duties.ts'
import { follow, freshen, isFresh } from './fresh.ts'
import { admit, join, release } from './group.ts'
import { keep, lookUp, replay } from './kept.ts'
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

/** How much of what is known the caller has seen. */
export type Caller = Pick<UseRequest, 'atLeast' | 'catalogueSeen'>

/** Serves one request to use a meter. */
export async function use<R extends UseRequest, T>(
  context: ObjectContext,
  request: R,
  decide: Decide<R, T>,
): Promise<UseAnswer<T>> {
  const [settled] = await settleAll(context, request, [request], decide)
  invariant(settled !== undefined, 'every use is settled')
  if (settled.status === 'broken') throw settled.error
  return answer(context, settled)
}

/** Serves several requests of one call, in their order; what goes wrong with one is told of that one. */
export async function useMany<R extends UseRequest, T>(
  context: ObjectContext,
  caller: Caller,
  requests: readonly R[],
  decide: Decide<R, T>,
): Promise<readonly UseAnswer<T>[]> {
  const settled = await settleAll(context, caller, requests, decide)
  return settled.map((each) => {
    if (each.status !== 'broken') return answer(context, each)
    console.error('use', each.error instanceof Error ? each.error.message : 'failed')
    return failed({ code: 'unavailable' })
  })
}

/** Why a feature cannot be used like a meter; null when it can. */
export function notAMeter({ features }: Catalogue, featureId: string): UseFailure | null {
  const feature = features.get(featureId)
  if (feature === undefined) return { code: 'feature_not_found', featureId }
  return feature.type === 'meter' ? null : { code: 'feature_not_metered', featureId }
}

/** A request that is settled, but for the floor, which only the commit knows. */
export type Settled<T> =
  | { readonly status: 'done'; readonly decided: DecidedText<T>; readonly replayed: boolean }
  | Failed
  /** Threw, and had no effect. */
  | { readonly status: 'broken'; readonly error: unknown }

interface Failed {
  readonly status: 'failed'
  readonly failure: UseFailure
}

function answer<T>(
  context: ObjectContext,
  settled: Exclude<Settled<T>, { status: 'broken' }>,
): UseAnswer<T> {
  if (settled.status === 'failed') return settled
  const held = load(context)
  invariant(held !== null, 'what was committed is held')
  return { ...settled, floor: floorOf(held) }
}

/** Settles requests of one call in their order. */
async function settleAll<R extends UseRequest, T>(
  context: ObjectContext,
  caller: Caller,
  requests: readonly R[],
  decide: Decide<R, T>,
): Promise<readonly Settled<T>[]> {
  const all = (failure: UseFailure) => requests.map(() => failed(failure))
  if (!admit(context, requests.length)) return all({ code: 'customer_overloaded' })
  try {
    const reached = await reach(context, caller.atLeast)
    if (reached !== 'reached') return all(failureOf(reached))
    await follow(context, caller.catalogueSeen ?? 0)
    const settled = await settleInGroup(context, requests, decide, null)
    if (settled.length === requests.length) return settled
    const rest = requests.slice(settled.length)
    const checked = await freshen(context)
    return [...settled, ...(await settleInGroup(context, rest, decide, checked))]
  } finally {
    release(context, requests.length)
  }
}

/** Settles requests together with what else arrives; those from the first unconfirmed one on are left out. */
function settleInGroup<R extends UseRequest, T>(
  context: ObjectContext,
  requests: readonly R[],
  decide: Decide<R, T>,
  checked: Checked | null,
): Promise<readonly Settled<T>[]> {
  const known = (): Checked | null => checked ?? (isFresh(context) ? 'source' : null)
  return new Promise((resolve, reject) => {
    let settled: readonly Settled<T>[] = []
    join(context, {
      requests,
      decide: (draft) => {
        settled = untilUnconfirmed(requests, (each) => settle(draft, each, decide, known()))
      },
      alone: () => {
        settled = untilUnconfirmed(requests, (each) => settleAlone(context, each, decide, known()))
      },
      answer: () => resolve(settled),
      fail: reject,
    })
  })
}

function untilUnconfirmed<R, T>(
  requests: readonly R[],
  settleOne: (request: R) => Settled<T> | 'unconfirmed',
): readonly Settled<T>[] {
  const each: Settled<T>[] = []
  for (const request of requests) {
    const settled = settleOne(request)
    if (settled === 'unconfirmed') break
    each.push(settled)
  }
  return each
}

function settleAlone<R extends UseRequest, T>(
  context: ObjectContext,
  request: R,
  decide: Decide<R, T>,
  checked: Checked | null,
): Settled<T> | 'unconfirmed' {
  try {
    const held = load(context)
    if (held === null) return failed({ code: 'unavailable' })
    return commit(context, held, (draft) => {
      lookUp(draft, [request])
      return settle(draft, request, decide, checked)
    })
  } catch (error) {
    if (!isLedgerOverflow(error)) return { status: 'broken', error }
    return failed({ code: 'quantity_overflow', featureId: request.featureId })
  }
}

/**
 * Settles one request in a draft. `unconfirmed` leaves nothing under the key and asks for another try,
 * with `checked`.
 *
 * @param checked How far what is applied has been checked; null while that has not been tried.
 */
export function settle<R extends UseRequest, T>(
  draft: Draft,
  request: R,
  decide: Decide<R, T>,
  checked: Checked | null,
): Settled<T> | 'unconfirmed' {
  const earlier = replay<T>(draft, request)
  if (!earlier.ok) return failed(earlier.error)
  if (earlier.value !== null) return { status: 'done', decided: earlier.value, replayed: true }
  const now = nowFor(draft.held, draft.realNow)
  catchUp(draft, now)
  const verdict = decide(draft, request, now)
  switch (verdict.verdict) {
    case 'failure':
      // D1 may know the feature by now. Nobody is told that it does not exist on the word of an old catalogue.
      if (verdict.failure.code !== 'feature_not_found' || checked === 'source') {
        return failed(verdict.failure)
      }
      return checked === null ? 'unconfirmed' : failed({ code: 'unavailable' })
    case 'refusal': {
      if (checked === null) return 'unconfirmed'
      const decided = writeDecided({ result: verdict.result, checked, at: now })
      if (checked === 'source') keep(draft, request, decided)
      return done(decided)
    }
    case 'effect': {
      const { result } = verdict
      const decided = writeDecided({ result, checked: checked ?? 'object', at: now })
      keep(draft, request, decided)
      return done(decided)
    }
  }
}

function failed(failure: UseFailure): Failed {
  return { status: 'failed', failure }
}

function done<T>(decided: DecidedText<T>): Settled<T> {
  return { status: 'done', decided, replayed: false }
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
