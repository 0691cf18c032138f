/** Notices: what an application may want to hear of when a meter's reading moves. */
import { balanceOf, byEnd, countingLots, overageOf, usedUnits } from './balance.ts'
import type { UsageNotice } from './ledger.ts'
import type { Lot } from './lot.ts'
import type { Meter } from './meter.ts'
import { limitOf, periodOf } from './reading.ts'
import { percentUp } from './units.ts'

/** The lots after a booking, marked with the threshold that was announced, and the notices that it causes. */
export interface Announced {
  readonly lots: readonly Lot[]
  readonly notices: readonly UsageNotice[]
}

/**
 * Compares the meter before a booking with its lots after it.
 *
 * Of several thresholds passed at once only the highest is announced. Each is announced once a period: the
 * mark stands on the lot that ends soonest and goes with it.
 */
export function noticesOf(meter: Meter, lots: readonly Lot[]): Announced {
  const after = countingLots(lots, meter.grants)
  const notices: UsageNotice[] = []
  const used = usedUnits(after)
  const note = (type: UsageNotice['type'], percent: number | null): void => {
    const { featureId, at, grants } = meter
    const reading = { used, limit: limitOf(grants), period: periodOf(meter) }
    notices.push({ type, featureId, at, percent, because: null, ...reading })
  }
  const percent = thresholdPassed(meter, used)
  if (percent > 0) note('usage.threshold_reached', percent)
  if (isSpent(meter.counting, meter) === false && isSpent(after, meter))
    note('usage.limit_reached', null)
  if (overageOf(meter.counting) === 0 && overageOf(after) > 0) note('usage.over_soft_limit', null)
  return { lots: percent > 0 ? marked(meter, lots, percent) : lots, notices }
}

/** The highest threshold that `used` has passed and that was not announced in this period; 0 for none. */
function thresholdPassed(meter: Meter, used: number): number {
  const limit = limitOf(meter.grants)
  const alertsAt = meter.grants.find(({ inForce }) => inForce)?.allowance.alertsAt ?? []
  if (limit === 'unlimited' || used === 0) return 0
  const announced = Math.max(0, ...meter.counting.map(({ lot }) => lot.alerted))
  return alertsAt
    .filter((percent) => percent > announced && used >= percentUp(percent, limit))
    .reduce((highest, percent) => Math.max(highest, percent), 0)
}

function isSpent(counting: Meter['counting'], meter: Meter): boolean {
  return meter.grants.some(({ inForce }) => inForce) && balanceOf(counting) === 0
}

function marked(meter: Meter, lots: readonly Lot[], percent: number): readonly Lot[] {
  const bearer = meter.counting
    .map(({ lot }) => lot)
    .filter(({ kind }) => kind === 'allowance')
    .toSorted(byEnd)[0]
  return lots.map((lot) => (lot.id === bearer?.id ? { ...lot, alerted: percent } : lot))
}
