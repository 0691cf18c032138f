/** Rollover: what a period that closes hands on to the next. */
import type { MeterAllowance } from './allowance.ts'
import { balanceOf, countingLots } from './balance.ts'
import { grantsAt, isMeterGrant, type MeterGrant } from './grant.ts'
import type { Instant } from './instant.ts'
import type { Lot } from './lot.ts'
import type { Settlement } from './settle.ts'
import { percentDown } from './units.ts'

/** Units carried over a boundary, by holding. */
export type CarriedUnits = ReadonlyMap<string, number>

/**
 * What the periods that close at `at` carry over.
 *
 * `min(floor(percent × min(lot's unspent, feature's balance) / 100), max)` by the allowance that held until
 * the boundary, then capped by the one in force after it. Unlimited carries nothing, and nothing crosses a
 * boundary at which the allowance is not in force. Lots that close together share the feature's balance in
 * burn order, so that no unit is carried twice.
 */
export function carriedAt(
  settlement: Settlement,
  after: readonly MeterGrant[],
  at: Instant,
): CarriedUnits {
  const closes = (lot: Lot): boolean => closesAt(lot, at)
  const carried = new Map<string, number>()
  if (!settlement.lots.some((lot) => closes(lot) && rolloverAfter(lot, after) !== null)) {
    return carried
  }

  const { customer, catalogue, featureId } = settlement
  const before = grantsAt(customer, catalogue, featureId, at - 1).filter(isMeterGrant)
  const counting = countingLots(settlement.lots, before)
  const balance = balanceOf(counting)
  let left = balance === 'unlimited' ? Number.POSITIVE_INFINITY : balance
  for (const { lot } of counting.filter((each) => closes(each.lot))) {
    const unspent = Math.min(unspentOf(lot, before), left)
    left -= unspent
    const units = Math.min(carriedBy(lot, unspent, before), capAfter(lot, after))
    if (units > 0) carried.set(lot.holdingId, units)
  }
  return carried
}

function closesAt(lot: Lot, at: Instant): boolean {
  return lot.kind === 'allowance' && lot.endsAt !== null && lot.endsAt <= at
}

function unspentOf(lot: Lot, grants: readonly MeterGrant[]): number {
  const allowance = allowanceOf(lot, grants)
  if (allowance === null || allowance.limit === 'unlimited') return 0
  return Math.max(0, allowance.limit - lot.used)
}

function carriedBy(lot: Lot, unspent: number, before: readonly MeterGrant[]): number {
  const rollover = allowanceOf(lot, before)?.rollover ?? null
  if (rollover === null) return 0
  return Math.min(percentDown(rollover.percent, unspent), rollover.max ?? unspent)
}

function capAfter(lot: Lot, after: readonly MeterGrant[]): number {
  const rollover = rolloverAfter(lot, after)
  if (rollover === null) return 0
  return rollover.max ?? Number.POSITIVE_INFINITY
}

function rolloverAfter(lot: Lot, after: readonly MeterGrant[]): MeterAllowance['rollover'] {
  const allowance = allowanceOf(lot, after)
  return allowance === null || allowance.limit === 'unlimited' ? null : allowance.rollover
}

/** The allowance in force for the lot's holding; null while it grants nothing. */
function allowanceOf(lot: Lot, grants: readonly MeterGrant[]): MeterAllowance | null {
  const grant = grants.find(({ holding }) => holding.id === lot.holdingId)
  return grant?.inForce === true ? grant.allowance : null
}
