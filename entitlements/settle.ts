/** Settling: bringing the lots of one meter in line with the facts at one instant. */
import { isMeterAllowance } from './allowance.ts'
import { byEnd } from './balance.ts'
import type { Catalogue, CompiledPlan } from './catalogue.ts'
import type { Customer } from './customer.ts'
import { type Grant, grantsAt, isMeterGrant, type MeterGrant } from './grant.ts'
import {
  DEFAULT_PLAN,
  type Holding,
  holdingsAt,
  isOver,
  STANDALONE,
  UNATTACHED,
} from './holding.ts'
import type { Instant } from './instant.ts'
import type { LedgerEntry, LedgerKind, ResetBecause, UsageNotice } from './ledger.ts'
import { type Lot, lotIdOf } from './lot.ts'
import { boundaryAfter, periodAt } from './period.ts'
import { limitOf } from './reading.ts'
import { type CarriedUnits, carriedAt } from './rollover.ts'
import { MAX_UNITS } from './units.ts'

/** One meter while it is being advanced; `lots` is replaced, `entries` and `notices` grow. */
export interface Settlement {
  readonly customer: Customer
  readonly catalogue: Catalogue
  readonly featureId: string
  /** How far the lots had been advanced before: what is known later counts from here. */
  readonly mark: Instant
  /** Where the advance ends. */
  readonly to: Instant
  lots: readonly Lot[]
  readonly entries: LedgerEntry[]
  readonly notices: UsageNotice[]
}

/** A stretch `[at, horizon)` in which no dated fact changes. */
export interface Stretch {
  readonly at: Instant
  readonly horizon: Instant
  /** Go at once to the last whole period before the horizon: what came before it no longer shows. */
  readonly skip: boolean
}

/**
 * Applies to the lots everything that is due by `stretch.at`: closes what has ended, carries what is unspent,
 * follows plan changes and opens what is missing.
 *
 * A lot that carries nothing over is opened for the period at the end of the stretch: the idle periods before
 * it leave no trace, so they are not walked.
 */
export function settle(settlement: Settlement, stretch: Stretch): void {
  const { customer, catalogue, featureId } = settlement
  const { at } = stretch
  const grants = grantsAt(customer, catalogue, featureId, at).filter(isMeterGrant)
  settlement.lots = settlement.lots.map((lot) => redated(settlement, lot, grants, at))
  const carried = carriedAt(settlement, grants, at)
  const ends = endsOf(settlement.lots.filter((lot) => isEnded(lot, at)))
  closeEnded(settlement, grants, at)
  closeOver(settlement, at)
  followPlanChanges(settlement, grants, at)
  for (const grant of grants) openMissing(settlement, grant, { carried, ends }, stretch)
  attachWaiting(settlement, grants, at)
}

/**
 * Whether settling would change nothing, at an instant at which none of the lots has ended. Says yes only where that
 * is plain: every lot belongs to a holding, on its plan, with an end that its rule gives, and no holding lacks its lot.
 */
export function isSettled(
  lots: readonly Lot[],
  holdings: readonly Holding[],
  grants: readonly Grant[],
): boolean {
  const stands = (lot: Lot): boolean => {
    const holding = holdings.find(({ id }) => id === lot.holdingId)
    if (holding === undefined) return false
    if (lot.kind === 'allowance' && lot.planId !== (holding.plan?.id ?? lot.planId)) return false
    const { anchorAt } = holding
    return lot.endsAt === null
      ? !grants.some((grant) => grant.holding.id === holding.id && resets(grant))
      : lot.startAt >= anchorAt || anchorAt >= lot.endsAt
  }
  const hasLot = ({ holding }: Grant): boolean =>
    lots.some(({ holdingId, kind }) => kind === 'allowance' && holdingId === holding.id)
  return lots.every(stands) && grants.every(hasLot)
}

/**
 * When the plan at hand was last edited, 0 without a plan. Never later than `to`: revisions count real
 * milliseconds and may run ahead of a customer's clock, but an edit that is known has happened.
 */
export function editedAt(plan: CompiledPlan | null, to: Instant): Instant {
  return plan === null ? 0 : Math.min(plan.revision, to)
}

/**
 * The lot with the end that the rule in force gives it, where the end that it was opened with no longer stands.
 *
 * Two ends move: a never-ending lot under a rule that resets ends at the rule's first boundary after the
 * change, and what straddles its subscription's anchor (a trial that was ended early) ends there. A lot also
 * straddles where a rule that came after the anchor replaced another grid's: that lot keeps its end.
 */
function redated(
  settlement: Settlement,
  lot: Lot,
  grants: readonly MeterGrant[],
  at: Instant,
): Lot {
  const grant = grants.find(({ holding }) => holding.id === lot.holdingId)
  if (grant === undefined || grant.allowance.reset === 'never') return lot
  const { allowance, holding } = grant
  const { anchorAt } = holding
  if (lot.endsAt === null) {
    if (at < editedAt(holding.plan, settlement.to)) return lot
    const startAt = Math.max(lot.startAt, Math.min(anchorAt, at))
    return { ...lot, startAt, endsAt: boundaryAfter(allowance, anchorAt, at) }
  }
  const straddles = lot.startAt < anchorAt && anchorAt < lot.endsAt
  const pinned = allowance.anchor === 'subscription' && ruleSince(settlement, grant, at) <= anchorAt
  return straddles && pinned ? { ...lot, endsAt: anchorAt } : lot
}

/** Since when the rule has been what it is, as far as dated facts tell. */
function ruleSince(
  { customer, featureId, to }: Settlement,
  grant: MeterGrant,
  at: Instant,
): Instant {
  const overrides = customer.overrides.filter((override) => override.featureId === featureId)
  const expired = overrides.map(({ expiresAt }) => expiresAt ?? 0).filter((end) => end <= at)
  return Math.max(grant.since, editedAt(grant.holding.plan, to), ...expired)
}

/** When the period of each holding ended. */
function endsOf(lots: readonly EndedLot[]): ReadonlyMap<string, Instant> {
  const periods = lots.filter(({ kind }) => kind === 'allowance')
  return new Map(periods.map(({ holdingId, endsAt }) => [holdingId, endsAt]))
}

type EndedLot = Lot & { readonly endsAt: Instant }

function resets({ allowance }: Grant): boolean {
  return isMeterAllowance(allowance) && allowance.reset !== 'never'
}

function isEnded(lot: Lot, at: Instant): lot is EndedLot {
  return lot.endsAt !== null && lot.endsAt <= at
}

/** Lots whose end sets a meter back for whoever reads it. */
const COUNTED_DOWN: ReadonlySet<Lot['kind']> = new Set(['allowance', 'carried'])

/** Lots of one meter that end together are one reset to whoever uses it. */
function closeEnded(settlement: Settlement, grants: readonly MeterGrant[], at: Instant): void {
  const ended = settlement.lots.filter((lot) => isEnded(lot, at))
  settlement.lots = settlement.lots.filter((lot) => !isEnded(lot, at))
  for (const lot of ended) record(settlement, lot, 'period_closed', -lot.used, lot.endsAt)
  const used = ended.filter((lot) => COUNTED_DOWN.has(lot.kind) && lot.used > 0)
  // Not `Map.groupBy`: clients evaluate too, on runtimes that do not have it.
  for (const endsAt of new Set(used.map((lot) => lot.endsAt))) {
    const lots = used.filter((lot) => lot.endsAt === endsAt)
    noteReset(settlement, grants, { lots, at: endsAt, because: 'period' })
  }
}

/** A subscription that is over closes its lots, carried ones included. */
function closeOver(settlement: Settlement, at: Instant): void {
  settlement.lots = settlement.lots.flatMap((lot) => {
    if (!belongsToOver(settlement.customer, lot, at)) return [lot]
    if (retires(settlement, lot)) return [{ ...lot, kind: 'retired' as const }]
    record(settlement, lot, 'period_closed', -lot.used, at)
    return []
  })
}

/** Holdings that are no subscriptions. */
const RESERVED: ReadonlySet<string> = new Set([DEFAULT_PLAN, STANDALONE, UNATTACHED])

function belongsToOver(customer: Customer, lot: Lot, at: Instant): boolean {
  if (lot.kind === 'retired' || RESERVED.has(lot.holdingId)) return false
  const subscription = customer.subscriptions.find(({ id }) => id === lot.holdingId)
  return subscription === undefined || isOver(subscription, at)
}

/** What was used of a free plan outlives it: ending and taking it again costs nothing and must gain nothing. */
function retires({ catalogue }: Settlement, lot: Lot): boolean {
  if (lot.kind !== 'allowance' || lot.used === 0 || lot.planId === null) return false
  return catalogue.plans.get(lot.planId)?.free === true
}

function followPlanChanges(
  settlement: Settlement,
  grants: readonly MeterGrant[],
  at: Instant,
): void {
  const holdings = holdingsAt(settlement.customer, settlement.catalogue, at)
  settlement.lots = settlement.lots.map((lot) => {
    const holding = holdings.find(({ id }) => id === lot.holdingId)
    const planId = holding?.plan?.id
    if (planId === undefined || lot.planId === planId || lot.kind !== 'allowance') return lot
    const entered = grants.find((grant) => grant.holding.id === lot.holdingId)
    const zeroes = entered?.allowance.onPlanChange === 'reset' && !lot.zeroed && lot.used > 0
    if (!zeroes) return { ...lot, planId }
    record(settlement, lot, 'reset', -lot.used, at)
    noteReset(settlement, grants, { lots: [lot], at, because: 'plan_change' })
    return { ...lot, planId, used: 0, zeroed: true, alerted: 0 }
  })
}

/** What the periods that closed leave to the next ones, by holding: units, and where those begin. */
interface Closed {
  readonly carried: CarriedUnits
  readonly ends: ReadonlyMap<string, Instant>
}

function openMissing(
  settlement: Settlement,
  grant: MeterGrant,
  { carried, ends }: Closed,
  stretch: Stretch,
): void {
  const { holding } = grant
  if (settlement.lots.some((lot) => lot.holdingId === holding.id && lot.kind === 'allowance'))
    return
  if (stretch.at < openFrom(settlement, grant)) return
  if (takeOver(settlement, grant, ends.get(holding.id) ?? stretch.at, stretch.at)) return
  const opened = newLot(settlement, grant, stretch, ends.get(holding.id) ?? null)
  settlement.lots = [...settlement.lots, opened]
  const units = carried.get(holding.id) ?? 0
  if (units === 0 || opened.endsAt === null) return
  const carrying = { ...opened, kind: 'carried' as const, granted: units }
  const lot = { ...carrying, id: lotIdOf(carrying) }
  settlement.lots = [...settlement.lots, lot]
  record(settlement, lot, 'carried', units, stretch.at)
}

/** Where a meter that was missing begins: with its plan, or with the edit that added it to a plan already held. */
function openFrom({ mark, to }: Settlement, { since, holding }: MeterGrant): Instant {
  return since > mark ? since : Math.max(mark, editedAt(holding.plan, to))
}

/**
 * Continues usage that was waiting for this allowance: of the same free plan, or of no plan at all.
 *
 * @param from Where the holding's last period ended, which may be before `at`, when somebody looks; else `at`.
 */
function takeOver(settlement: Settlement, grant: MeterGrant, from: Instant, at: Instant): boolean {
  const { holding, allowance } = grant
  const planId = holding.plan?.id ?? null
  const isWaiting = (lot: Lot): boolean =>
    (lot.kind === 'retired' && planId !== null && lot.planId === planId) ||
    (lot.kind === 'unattached' && allowance.reset === 'never')
  const [waiting] = settlement.lots.filter(isWaiting).sort(bySoonest)
  if (waiting === undefined) return false
  const taken: Lot = {
    ...waiting,
    holdingId: holding.id,
    kind: 'allowance',
    planId,
    // The part of its period that belongs to this holding.
    startAt: from,
  }
  const dated = redated(settlement, taken, [grant], at)
  settlement.lots = settlement.lots.map((lot) => (lot === waiting ? dated : lot))
  return true
}

/**
 * Brings usage that was reported without any allowance onto the never-ending lot of an allowance in force. Where that
 * lot was open before (a default plan that comes back, a feature taken away and given again), opening took nothing over.
 */
function attachWaiting(settlement: Settlement, grants: readonly MeterGrant[], at: Instant): void {
  for (const waiting of settlement.lots.filter(({ kind }) => kind === 'unattached')) {
    const bearer = grants
      .filter((grant) => grant.inForce && !resets(grant) && at >= openFrom(settlement, grant))
      .map(({ holding }) => endlessLotOf(settlement, holding.id))
      .find((lot) => lot !== undefined && lot.used <= MAX_UNITS - waiting.used)
    if (bearer === undefined) continue
    // Of the feature as a whole nothing is reported: what leaves the one lot arrives on the other.
    record(settlement, waiting, 'report', -waiting.used, at)
    record(settlement, bearer, 'report', waiting.used, at)
    const taken = { ...bearer, used: bearer.used + waiting.used }
    settlement.lots = settlement.lots
      .filter((lot) => lot !== waiting)
      .map((lot) => (lot === bearer ? taken : lot))
  }
}

function endlessLotOf({ lots }: Settlement, holdingId: string): Lot | undefined {
  return lots.find(
    (lot) => lot.holdingId === holdingId && lot.kind === 'allowance' && lot.endsAt === null,
  )
}

function bySoonest(a: Lot, b: Lot): number {
  return byEnd(a, b) || a.startAt - b.startAt || (a.holdingId < b.holdingId ? -1 : 1)
}

/** `after`: the end of the period before. Under a rule that changed, the grid's period may begin earlier. */
function newLot(
  { featureId }: Settlement,
  grant: MeterGrant,
  stretch: Stretch,
  after: Instant | null,
): Lot {
  const { holding, allowance } = grant
  const period = periodAt(allowance, holding.anchorAt, opensIn(grant, stretch))
  const gridStart = period?.startAt ?? after ?? stretch.at
  const startAt = Math.max(gridStart, after ?? 0, holding.startAt)
  const lot: Lot = {
    id: '',
    featureId,
    holdingId: holding.id,
    kind: 'allowance',
    planId: holding.plan?.id ?? null,
    startAt,
    endsAt: period?.endAt ?? null,
    used: 0,
    granted: 0,
    zeroed: false,
    alerted: 0,
  }
  return { ...lot, id: lotIdOf(lot) }
}

/** An instant in the period to open: the one at hand, or the first one whose content will show. */
function opensIn({ allowance, holding }: MeterGrant, { at, horizon, skip }: Stretch): Instant {
  const last = Math.max(at, horizon - 1)
  if (allowance.rollover === null) return last
  if (!skip) return at
  const lastPeriod = periodAt(allowance, holding.anchorAt, last)
  return lastPeriod === null ? at : Math.max(at, lastPeriod.startAt - 1)
}

function record(
  { featureId, entries }: Settlement,
  lot: Lot,
  kind: LedgerKind,
  quantity: number,
  at: Instant,
): void {
  if (quantity !== 0) entries.push({ lotId: lot.id, featureId, kind, quantity, at })
}

interface ResetLots {
  readonly lots: readonly Lot[]
  readonly at: Instant
  readonly because: ResetBecause
}

/** The period is the one that the reset begins, read off the grid: nothing of it may be open yet. */
function noteReset(
  { featureId, notices }: Settlement,
  grants: readonly MeterGrant[],
  { lots, at, because }: ResetLots,
): void {
  const periods = grants
    .filter(({ inForce, holding }) => inForce && lots.some((lot) => lot.holdingId === holding.id))
    .flatMap(({ allowance, holding }) => periodAt(allowance, holding.anchorAt, at) ?? [])
  const used = lots.reduce((sum, lot) => sum + lot.used, 0)
  const [period = null] = periods.toSorted((a, b) => a.endAt - b.endAt)
  const reading = { used, limit: limitOf(grants), period }
  notices.push({ type: 'usage.reset', featureId, at, percent: null, because, ...reading })
}
