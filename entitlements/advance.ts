/**
 * Advancing: what the lots of a customer have become by `now`, as if somebody had watched every boundary.
 *
 * Everything that happens to a lot with time happens here and is dated: a period closes and the next opens,
 * unspent units are carried, a plan change zeroes or keeps, a subscription that is over closes its lots.
 * Boundaries are taken one after the other in order of time, whichever comes first, so that the result does not
 * depend on how often, or whether, anybody looked in between.
 */
import type { Catalogue } from './catalogue.ts'
import type { Customer } from './customer.ts'
import { grantsAt } from './grant.ts'
import { holdingsAt } from './holding.ts'
import type { Instant } from './instant.ts'
import type { LedgerEntry, UsageNotice } from './ledger.ts'
import type { Lot, Lots } from './lot.ts'
import { editedAt, isSettled, type Settlement, settle, type Stretch } from './settle.ts'
import { standingAt } from './standing.ts'
import { changesAfter } from './status.ts'

/** A customer at rest: what was decided, what was used, and how far time has been applied. */
export interface CustomerState {
  readonly customer: Customer
  readonly lots: Lots
  /** The high-water mark: nothing before it is reopened. 0 before the customer is first advanced. */
  readonly advancedTo: Instant
}

/** What became of one meter: all its lots, and what the ledger and the events owe. */
export interface MeterChange {
  readonly lots: readonly Lot[]
  readonly entries: readonly LedgerEntry[]
  readonly notices: readonly UsageNotice[]
}

/** What became of a customer. */
export interface Advance {
  readonly state: CustomerState
  readonly entries: readonly LedgerEntry[]
  readonly notices: readonly UsageNotice[]
}

/**
 * The most boundaries of one meter that are walked singly; the rest of a longer sleep is skipped.
 *
 * Carried units live one period, so what happened more than this many periods ago no longer shows.
 */
const STEPS_MAX = 1_200

/** Advances every meter of the customer to `now`; an earlier `now` than the mark counts as the mark. */
export function advance(state: CustomerState, catalogue: Catalogue, now: Instant): Advance {
  const to = Math.max(now, state.advancedTo)
  const lots = new Map<string, readonly Lot[]>()
  const entries: LedgerEntry[] = []
  const notices: UsageNotice[] = []
  for (const featureId of metersOf(state, catalogue)) {
    const change = advanceMeter(state, catalogue, featureId, to)
    if (change.lots.length > 0) lots.set(featureId, change.lots)
    entries.push(...change.entries)
    notices.push(...change.notices)
  }
  return { state: { customer: state.customer, lots, advancedTo: to }, entries, notices }
}

/** Advances one meter to `now`; an earlier `now` than the mark counts as the mark. */
export function advanceMeter(
  state: CustomerState,
  catalogue: Catalogue,
  featureId: string,
  now: Instant,
): MeterChange {
  const to = Math.max(now, state.advancedTo)
  if (isAtRest(state, catalogue, featureId, to)) {
    return { lots: state.lots.get(featureId) ?? [], entries: [], notices: [] }
  }
  const settlement: Settlement = {
    customer: state.customer,
    catalogue,
    featureId,
    mark: state.advancedTo,
    to,
    lots: state.lots.get(featureId) ?? [],
    entries: [],
    notices: [],
  }
  // What became known late takes effect at the mark: the time before it has been settled.
  if (state.advancedTo > 0) settle(settlement, stretchFrom(settlement, state.advancedTo, to))
  let at = state.advancedTo
  for (let step = 0; ; step++) {
    const next = nextBoundary(settlement, at, to)
    if (next === null) break
    settle(settlement, { ...stretchFrom(settlement, next, to), skip: step >= STEPS_MAX })
    at = next
  }
  return settlement
}

/** The first instant after `after` at which dated facts change what holds; null when none does. */
export function factAfter(
  customer: Customer,
  catalogue: Catalogue,
  after: Instant,
): Instant | null {
  const standing = standingAt(customer, catalogue, after)
  if (standing.fact === undefined) standing.fact = nextFact(customer, after)
  return standing.fact
}

/**
 * Whether the meter stays as it is from the mark to `to`: its lots are settled, and neither a dated fact nor the end of
 * a lot lies between. Almost every question comes at such a time. An edit of a plan may lie between: lots that are
 * settled under the plan as it is now have nothing to take from it.
 */
function isAtRest(
  { customer, lots, advancedTo }: CustomerState,
  catalogue: Catalogue,
  featureId: string,
  to: Instant,
): boolean {
  const at = advancedTo
  if (at === 0 || to >= standingAt(customer, catalogue, at).until) return false
  const own = lots.get(featureId) ?? []
  if (own.some(({ endsAt }) => endsAt !== null && endsAt <= to)) return false
  const holdings = holdingsAt(customer, catalogue, at)
  return isSettled(own, holdings, grantsAt(customer, catalogue, featureId, at))
}

function nextFact(customer: Customer, after: Instant): Instant | null {
  const dates = [
    customer.createdAt,
    ...customer.subscriptions.map((subscription) => changesAfter(subscription, after)),
    ...customer.overrides.flatMap(({ startAt, expiresAt }) => [startAt, expiresAt]),
  ]
  return earliestAfter(dates, after)
}

function stretchFrom(settlement: Settlement, at: Instant, to: Instant): Stretch {
  return { at, horizon: Math.min(datedAfter(settlement, at) ?? to, to), skip: false }
}

/** Like `factAfter`, with the edits of the plans held: a meter that an edit added opens there. */
function datedAfter({ customer, catalogue, to }: Settlement, after: Instant): Instant | null {
  const fact = factAfter(customer, catalogue, after)
  if (after === 0) return fact
  const edits = holdingsAt(customer, catalogue, after).map(({ plan }) => editedAt(plan, to))
  return earliestAfter([fact, ...edits], after)
}

function nextBoundary(settlement: Settlement, after: Instant, to: Instant): Instant | null {
  const ends = settlement.lots.map(({ endsAt }) => endsAt)
  const next = earliestAfter([datedAfter(settlement, after), ...ends], after)
  return next === null || next > to ? null : next
}

function earliestAfter(dates: readonly (Instant | null)[], after: Instant): Instant | null {
  let earliest: Instant | null = null
  for (const date of dates) {
    if (date !== null && date > after && (earliest === null || date < earliest)) earliest = date
  }
  return earliest
}

function metersOf(state: CustomerState, catalogue: Catalogue): ReadonlySet<string> {
  const meters = new Set(state.lots.keys())
  for (const { phases } of state.customer.subscriptions) {
    for (const { planId } of phases) addMeters(meters, catalogue, planId)
  }
  if (catalogue.defaultPlanId !== null) addMeters(meters, catalogue, catalogue.defaultPlanId)
  for (const { featureId } of state.customer.overrides) {
    if (catalogue.features.get(featureId)?.type === 'meter') meters.add(featureId)
  }
  return meters
}

function addMeters(meters: Set<string>, catalogue: Catalogue, planId: string): void {
  for (const [featureId, { allowance }] of catalogue.plans.get(planId)?.allowances ?? []) {
    if ('limit' in allowance) meters.add(featureId)
  }
}
