import type { CustomerState, MeterChange } from './advance.ts'
import { balanceOf, enforcementOf, grantedUnits, usedUnits } from './balance.ts'
import type { Catalogue } from './catalogue.ts'
import type { Instant } from './instant.ts'
import type { Lot } from './lot.ts'
import {
  book,
  type Booking,
  burn,
  emptied,
  giveBack,
  isInForce,
  type Meter,
  meterAt,
  overflows,
  reportedOn,
} from './meter.ts'

/** Usage that has happened, as an application reports it. */
export interface UsageReport {
  /** `delta` adds `value` (negative gives back), `set` replaces the reading by it. */
  readonly behaviour: 'delta' | 'set'
  readonly value: number
  /** Refuse like `consume` what a hard limit does not allow, instead of recording it. */
  readonly enforce: boolean
}

/** The answer to a report. Only with `enforce` can it be refused. */
export type Reported =
  | {
      readonly outcome: 'recorded'
      /** Signed change of the reading. */
      readonly applied: number
      /** Whether more was given back than had been used; the reading stopped at 0. */
      readonly clamped: boolean
      readonly change: MeterChange
    }
  | { readonly outcome: 'refused' }
  /** The reading would exceed 2^53 − 1. */
  | { readonly outcome: 'overflow' }

/**
 * Records usage that has happened: a fact, also beyond a hard limit and also without any allowance.
 *
 * What goes beyond the balance is booked on the soft lot that ends soonest, else on the open lot that ends
 * soonest, else on a lot that hangs on no allowance. `set` redistributes: all these lots to zero, then the
 * value in burn order.
 */
export function report(
  state: CustomerState,
  catalogue: Catalogue,
  featureId: string,
  usage: UsageReport,
  now: Instant,
): Reported {
  const meter = reportedOn(meterAt(state, catalogue, featureId, now))
  if (usage.behaviour === 'set') return set(meter, usage.value, usage.enforce)
  return usage.value < 0 ? returnUnits(meter, -usage.value) : add(meter, usage.value, usage.enforce)
}

function add(meter: Meter, units: number, enforce: boolean): Reported {
  const balance = balanceOf(meter.counting)
  if (enforce && isRefused(meter, balance === 'unlimited' || units <= balance)) {
    return { outcome: 'refused' }
  }
  if (overflows(meter, units)) return { outcome: 'overflow' }
  return recorded(units, false, book(meter, burn(meter, units), 'report'))
}

function returnUnits(meter: Meter, units: number): Reported {
  const returned = Math.min(units, usedUnits(meter.counting))
  const change = book(meter, giveBack(meter, units), 'give_back')
  return recorded(returned === 0 ? 0 : -returned, returned < units, change)
}

function set(meter: Meter, units: number, enforce: boolean): Reported {
  const granted = grantedUnits(meter.counting)
  if (enforce && isRefused(meter, granted === 'unlimited' || units <= granted)) {
    return { outcome: 'refused' }
  }
  const change = book(meter, replaced(meter, units), 'set')
  return recorded(units - usedUnits(meter.counting), false, change)
}

/** The booking that turns the lots as they are into the lots as `units` burnt from zero would leave them. */
function replaced(meter: Meter, units: number): Booking {
  const zeroed = emptied(meter)
  const byId = new Map<string, { lot: Lot; units: number }>()
  for (const { lot } of meter.counting) byId.set(lot.id, { lot, units: -lot.used })
  for (const [lot, burnt] of burn(zeroed, units)) {
    const before = byId.get(lot.id)
    byId.set(lot.id, { lot: before?.lot ?? lot, units: (before?.units ?? 0) + burnt })
  }
  return new Map([...byId.values()].map((each) => [each.lot, each.units]))
}

function isRefused(meter: Meter, fits: boolean): boolean {
  return !isInForce(meter) || (!fits && enforcementOf(meter.grants) === 'hard')
}

function recorded(applied: number, clamped: boolean, change: MeterChange): Reported {
  return { outcome: 'recorded', applied, clamped, change }
}
