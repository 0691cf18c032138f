/** Readings: a meter as an answer shows it. */
import type { Limit } from './allowance.ts'
import { balanceOf, enforcementOf, overageOf, usedUnits } from './balance.ts'
import type { LotView, MeterReading } from './entitlement.ts'
import type { MeterGrant } from './grant.ts'
import type { Period } from './instant.ts'
import type { Meter } from './meter.ts'
import { sourceOf } from './source.ts'
import { addLimits } from './units.ts'

/** The sum of the limits in force, without what was carried; unlimited absorbs. */
export function limitOf(grants: readonly MeterGrant[]): Limit {
  return grants
    .filter(({ inForce }) => inForce)
    .reduce<Limit>((sum, { allowance }) => addLimits(sum, allowance.limit), 0)
}

/** What the meter reads now: limit, use, balance and the period of the lot that ends soonest. */
export function readingOf(meter: Meter): MeterReading {
  const { counting, grants } = meter
  return {
    limit: limitOf(grants),
    used: usedUnits(counting),
    balance: balanceOf(counting),
    overage: overageOf(counting),
    carried: counting.reduce(
      (sum, { lot, granted }) => sum + (lot.kind === 'carried' && granted !== 0 ? lot.granted : 0),
      0,
    ),
    enforcement: enforcementOf(grants),
    period: periodOf(meter),
    lots: lotViews(meter),
    alertsAt: grants.find(({ inForce }) => inForce)?.allowance.alertsAt ?? [],
  }
}

/** The period of the open allowance lot that ends soonest; null when nothing resets. */
export function periodOf({ counting }: Pick<Meter, 'counting'>): Period | null {
  let soonest: Period | null = null
  for (const { lot, inForce } of counting) {
    if (lot.kind !== 'allowance' || lot.endsAt === null || !inForce) continue
    if (soonest === null || lot.endsAt < soonest.endAt) {
      soonest = { startAt: lot.startAt, endAt: lot.endsAt }
    }
  }
  return soonest
}

function lotViews({ counting, grants }: Meter): readonly LotView[] {
  return counting.flatMap(({ lot, granted }) => {
    const grant = grants.find(({ holding }) => holding.id === lot.holdingId)
    if (grant === undefined) return []
    return [
      {
        kind: lot.kind === 'carried' ? ('carried' as const) : ('allowance' as const),
        grantedUnits: granted,
        usedUnits: lot.used,
        startAt: lot.startAt,
        endsAt: lot.endsAt,
        source: sourceOf(grant),
      },
    ]
  })
}
