/** One meter of one customer at one instant, and the ways in which its lots can be booked. */
import type { CustomerState, MeterChange } from './advance.ts'
import { advanceMeter } from './advance.ts'
import { type CountingLot, byEnd, countingLots, reportedLots, usedUnits } from './balance.ts'
import type { Catalogue } from './catalogue.ts'
import { grantsAt, isMeterGrant, type MeterGrant } from './grant.ts'
import { UNATTACHED } from './holding.ts'
import type { Instant } from './instant.ts'
import type { LedgerEntry, LedgerKind } from './ledger.ts'
import type { Lot } from './lot.ts'
import { noticesOf } from './notices.ts'
import { MAX_UNITS } from './units.ts'

/** A meter that has been advanced to `at`. */
export interface Meter {
  readonly featureId: string
  readonly at: Instant
  readonly grants: readonly MeterGrant[]
  /** In burn order. */
  readonly counting: readonly CountingLot[]
  /** What advancing did; every change of the meter includes it. */
  readonly advanced: MeterChange
}

/** Signed changes of `used`, by lot. */
export type Booking = ReadonlyMap<Lot, number>

/** The meter at `now`; an earlier `now` than the customer's mark counts as the mark. */
export function meterAt(
  state: CustomerState,
  catalogue: Catalogue,
  featureId: string,
  now: Instant,
): Meter {
  const at = Math.max(now, state.advancedTo)
  const advanced = advanceMeter(state, catalogue, featureId, at)
  const grants = grantsAt(state.customer, catalogue, featureId, at).filter(isMeterGrant)
  return { featureId, at, grants, counting: countingLots(advanced.lots, grants), advanced }
}

/** The meter as a report books on it: also on what a suspended subscription has open. */
export function reportedOn(meter: Meter): Meter {
  return { ...meter, counting: reportedLots(meter.advanced.lots, meter.grants) }
}

/** Whether some allowance for the meter is in force. */
export function isInForce(meter: Meter): boolean {
  return meter.grants.some((grant) => grant.inForce)
}

/** Whether `quantity` more would exceed what a reading can be. */
export function overflows(meter: Meter, quantity: number): boolean {
  return usedUnits(meter.counting) > MAX_UNITS - quantity
}

/** Spends `quantity` in burn order; what no lot has room for goes to the lot that bears the excess. */
export function burn(meter: Meter, quantity: number): Booking {
  const booking = new Map<Lot, number>()
  let left = quantity
  for (const { lot, granted } of meter.counting) {
    const room = granted === 'unlimited' ? left : Math.max(0, granted - lot.used)
    const units = Math.min(room, left)
    if (units > 0) booking.set(lot, units)
    left -= units
  }
  if (left > 0) {
    const bearer = excessLot(meter)
    booking.set(bearer, (booking.get(bearer) ?? 0) + left)
  }
  return booking
}

/** Returns up to `quantity` in reverse burn order; no lot goes below zero. */
export function giveBack(meter: Meter, quantity: number): Booking {
  const booking = new Map<Lot, number>()
  let left = quantity
  for (const { lot } of meter.counting.toReversed()) {
    const units = Math.min(lot.used, left)
    if (units > 0) booking.set(lot, -units)
    left -= units
  }
  return booking
}

/** The meter's counting lots as if nothing had been used of them. */
export function emptied(meter: Meter): Meter {
  const counting = meter.counting.map((each) => ({ ...each, lot: { ...each.lot, used: 0 } }))
  return { ...meter, counting }
}

/** Writes a booking down: the lots after it, its ledger entries, and what people may want to hear of it. */
export function book(meter: Meter, booking: Booking, kind: LedgerKind): MeterChange {
  const entries: LedgerEntry[] = []
  const byId = new Map<string, Lot>()
  for (const [lot, units] of booking) {
    if (units !== 0) {
      entries.push({
        lotId: lot.id,
        featureId: meter.featureId,
        kind,
        quantity: units,
        at: meter.at,
      })
    }
    byId.set(lot.id, { ...lot, used: lot.used + units })
  }
  const kept = meter.advanced.lots.map((lot) => byId.get(lot.id) ?? lot)
  const added = [...byId.values()].filter(({ id }) => !kept.some((lot) => lot.id === id))
  const { lots, notices } = noticesOf(meter, [...kept, ...added])
  return {
    lots,
    entries: [...meter.advanced.entries, ...entries],
    notices: [...meter.advanced.notices, ...notices],
  }
}

/**
 * The lot that bears usage beyond the balance: the soft lot that ends soonest, else the lot that ends soonest, else
 * one that hangs on no allowance at all.
 */
function excessLot(meter: Meter): Lot {
  const soonest = (lots: readonly Lot[]): Lot | undefined => lots.toSorted(byEnd)[0]
  return (
    soonest(meter.counting.filter(({ soft }) => soft).map(({ lot }) => lot)) ??
    soonest(meter.counting.map(({ lot }) => lot)) ??
    unattached(meter)
  )
}

function unattached({ featureId, at, advanced }: Meter): Lot {
  const id = `${UNATTACHED}/${featureId}/${at}`
  // A lot that an allowance took over keeps its id, and a customer's clock may stand still.
  const isTaken = advanced.lots.some((lot) => lot.id === id)
  return {
    id: isTaken ? `${id}/${advanced.lots.length}` : id,
    featureId,
    holdingId: UNATTACHED,
    kind: 'unattached',
    planId: null,
    startAt: at,
    endsAt: null,
    used: 0,
    granted: 0,
    zeroed: false,
    alerted: 0,
  }
}
