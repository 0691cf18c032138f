/** What the lots of one meter allow together: the only figures that consume and access decide by. */
import type { Enforcement, Limit } from './allowance.ts'
import type { Grant, MeterGrant } from './grant.ts'
import { isMeterGrant } from './grant.ts'
import { UNATTACHED } from './holding.ts'
import type { Instant } from './instant.ts'
import type { Lot } from './lot.ts'
import { addLimits } from './units.ts'

/** A lot that counts now, with the units that it grants now. */
export interface CountingLot {
  readonly lot: Lot
  readonly granted: Limit
  /** Whether its allowance is in force; if not, it grants nothing and only what was used of it counts. */
  readonly inForce: boolean
  /** Whether usage beyond the balance may be booked on it. */
  readonly soft: boolean
}

/**
 * The lots that make up a meter's balance, in burn order: unlimited first, then what ends soonest, never-ending
 * last, carried before allowance, then the earlier start, then the holding's id.
 *
 * A lot counts while its holding is live. Where an override decides alone, the other lots grant nothing but
 * what was used of them still counts. Usage without any allowance counts only while there is none.
 */
export function countingLots(lots: readonly Lot[], grants: readonly Grant[]): CountingLot[] {
  const meters = grants.filter(isMeterGrant)
  const inForce = meters.some((grant) => grant.inForce)
  const counting: CountingLot[] = []
  for (const lot of lots) {
    if (lot.holdingId === UNATTACHED) {
      if (!inForce) counting.push({ lot, granted: 0, inForce: false, soft: false })
      continue
    }
    const grant = meters.find((candidate) => candidate.holding.id === lot.holdingId)
    if (grant === undefined || !grant.holding.live || !isOpen(lot)) continue
    counting.push({
      lot,
      granted: grantedBy(lot, grant),
      inForce: grant.inForce,
      soft: grant.inForce && grant.allowance.enforcement === 'soft' && lot.kind === 'allowance',
    })
  }
  return counting.sort(byBurnOrder)
}

/**
 * The lots that a report books on, in burn order: those that count, and while no allowance is in force also what
 * is open of suspended subscriptions. Their periods run on, so usage that happens meanwhile is theirs.
 */
export function reportedLots(lots: readonly Lot[], grants: readonly MeterGrant[]): CountingLot[] {
  const counting = countingLots(lots, grants)
  if (grants.some((grant) => grant.inForce)) return counting
  const suspended = lots.filter(
    (lot) => isOpen(lot) && grants.some(({ holding }) => holding.id === lot.holdingId),
  )
  const granting = { granted: 0, inForce: false, soft: false }
  return [...counting, ...suspended.map((lot) => ({ lot, ...granting }))].sort(byBurnOrder)
}

/** `max(0, Σ granted − Σ used)` over the counting lots; unlimited absorbs. */
export function balanceOf(counting: readonly CountingLot[]): Limit {
  const granted = grantedUnits(counting)
  return granted === 'unlimited' ? granted : Math.max(0, granted - usedUnits(counting))
}

/** `max(0, Σ used − Σ granted)` over the counting lots. */
export function overageOf(counting: readonly CountingLot[]): number {
  const granted = grantedUnits(counting)
  return granted === 'unlimited' ? 0 : Math.max(0, usedUnits(counting) - granted)
}

/** `Σ used` over the counting lots. */
export function usedUnits(counting: readonly CountingLot[]): number {
  return counting.reduce((sum, { lot }) => sum + lot.used, 0)
}

/** `Σ granted` over the counting lots; unlimited absorbs. */
export function grantedUnits(counting: readonly CountingLot[]): Limit {
  return counting.reduce<Limit>((sum, { granted }) => addLimits(sum, granted), 0)
}

/** Soft if any allowance in force is: one soft source lets all of them run over. */
export function enforcementOf(grants: readonly MeterGrant[]): Enforcement {
  return grants.some(({ inForce, allowance }) => inForce && allowance.enforcement === 'soft')
    ? 'soft'
    : 'hard'
}

/** Orders lots by their end, never-ending last. */
export function byEnd(a: Lot, b: Lot): number {
  return endOrNever(a.endsAt) - endOrNever(b.endsAt)
}

function isOpen(lot: Lot): boolean {
  return lot.kind === 'allowance' || lot.kind === 'carried'
}

function grantedBy(lot: Lot, grant: MeterGrant): Limit {
  if (!grant.inForce) return 0
  if (lot.kind === 'allowance') return grant.allowance.limit
  // An override decides alone, also over what the plan beneath it had carried before.
  return grant.override === null || lot.startAt >= grant.override.startAt ? lot.granted : 0
}

function byBurnOrder(a: CountingLot, b: CountingLot): number {
  return (
    Number(b.granted === 'unlimited') - Number(a.granted === 'unlimited') ||
    byEnd(a.lot, b.lot) ||
    Number(b.lot.kind === 'carried') - Number(a.lot.kind === 'carried') ||
    a.lot.startAt - b.lot.startAt ||
    (a.lot.holdingId < b.lot.holdingId ? -1 : 1)
  )
}

/** A finite stand-in for "never": the difference of two infinities would be no order at all. */
function endOrNever(endsAt: Instant | null): Instant {
  return endsAt ?? Number.MAX_SAFE_INTEGER
}
