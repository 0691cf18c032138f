/** What components see of one customer's features, and how long that can be true. Values alone: no React, no clock. */
import type { ConsumptionAnswer, Entitlement } from '../../schema/calls.ts'
import { decodeToken } from '../../schema/token.ts'
import type { Held } from '../contract.ts'

/** What is known of one feature of the customer. */
export interface EntitlementState {
  /** False while nothing is known. */
  readonly hasAccess: boolean
  /** As in every answer of Sluice; null while pending, `unavailable` where nobody could be asked. */
  readonly reason: string | null
  /** Nothing is known yet, and it is being asked for. */
  readonly isPending: boolean
  /** All of it: `value`, `limit`, `used`, `balance`, `resetAt`, `warnings`, `hint` and where it comes from. */
  readonly entitlement: Entitlement | null
  /** Why nothing is known. */
  readonly error: Error | null
}

/** All that is shown at one time. What says the same as before is the same object as before. */
export interface Shown {
  readonly held: Held | null
  /** Why the last answer did not come; what is held stays. */
  readonly error: Error | null
  readonly states: ReadonlyMap<string, EntitlementState>
  /** Of a feature that is not among them. */
  readonly otherwise: EntitlementState
}

const PENDING: EntitlementState = {
  hasAccess: false,
  reason: null,
  isPending: true,
  entitlement: null,
  error: null,
}

/** A list names every feature of the catalogue. */
const UNKNOWN: EntitlementState = { ...PENDING, isPending: false, reason: 'unknown_feature' }

const NOTHING: Shown = { held: null, error: null, states: new Map(), otherwise: PENDING }

/** What is shown before anybody was asked: what the server rendered with, or that nothing is known. */
export function shownAtFirst(initial: Held | null): Shown {
  return initial === null ? NOTHING : shownAfter(NOTHING, initial)
}

/** What is shown once this is held. */
export function shownAfter(before: Shown, held: Held): Shown {
  const states = new Map(
    held.data.map((entitlement) => {
      const known = before.states.get(entitlement.featureId)
      return [entitlement.featureId, sameOr(known, stateOf(entitlement))] as const
    }),
  )
  const data = sameOr(
    before.held?.data,
    held.data.map((entitlement) => states.get(entitlement.featureId)?.entitlement ?? entitlement),
  )
  return { held: { ...held, data }, error: null, states, otherwise: UNKNOWN }
}

/** What is shown when nobody answered: what was known, else that nobody gets anything by it. */
export function shownDespite(before: Shown, error: Error): Shown {
  if (before.held !== null) return { ...before, error }
  return {
    ...before,
    error,
    otherwise: { ...PENDING, isPending: false, reason: 'unavailable', error },
  }
}

/** The same for more than one unit. A soft limit lets through whatever is asked for. */
export function forQuantity(state: EntitlementState, quantity: number): EntitlementState {
  const { balance, enforcement } = state.entitlement ?? {}
  const isEnough = typeof balance !== 'number' || enforcement === 'soft' || balance >= quantity
  return isEnough || !state.hasAccess
    ? state
    : { ...state, hasAccess: false, reason: 'limit_reached' }
}

/** Whether `next` is no older than what is held: an older version never replaces a newer one. */
export function isAsNew(next: Held, held: Held | null): boolean {
  return held === null || (next.version >= held.version && next.revision >= held.revision)
}

/** Whether `next` says something later. The same version says something else later on: time goes on. */
export function isLater(next: Held, held: Held | null): boolean {
  if (held === null || !isAsNew(next, held)) return held === null
  const isSame = next.version === held.version && next.revision === held.revision
  return !isSame || answeredAt(next) > answeredAt(held)
}

/**
 * `held` with what a use has answered of one feature. Its token names the version that the use has made: a list of an
 * older one does not know of it, and what is held may know more, where a live source was faster than the answer.
 */
export function afterUse(held: Held, answer: ConsumptionAnswer): Held {
  const { consumed, replayed, entitlement, consistencyToken } = answer
  const isCounted = consumed && replayed !== true
  const made = isCounted ? decodeToken(consistencyToken)?.version : undefined
  if (made !== undefined && made < held.version) return held
  const data = held.data.map((each) =>
    each.featureId === entitlement.featureId ? entitlement : each,
  )
  return { ...held, data, version: made ?? held.version }
}

/**
 * Milliseconds from the answer until time alone changes something: a period, a grace or an override ends. By the
 * service's own dates, so it does not matter what time the browser thinks it is. Null where nothing ends.
 */
export function changesIn(held: Held): number | null {
  const ends = held.data.flatMap(({ period, grace, sources }) => [
    period?.endAt,
    grace?.endsAt,
    ...sources.map(({ expiresAt }) => expiresAt),
  ])
  const ahead = ends
    .map((end) => (end === undefined ? 0 : Date.parse(end) - answeredAt(held)))
    .filter((delay) => delay > 0)
  return ahead.length === 0 ? null : Math.min(...ahead)
}

function answeredAt({ asOf, ageMs = 0 }: Held): number {
  return Date.parse(asOf) + ageMs
}

function stateOf(entitlement: Entitlement): EntitlementState {
  const { hasAccess, reason } = entitlement
  return { hasAccess, reason, isPending: false, entitlement, error: null }
}

function sameOr<T>(before: T | undefined, next: T): T {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(next) ? before : next
}
