import * as fc from 'fast-check'
import type { MeterAllowance } from '../../entitlements/allowance.ts'
import { checkAllowance } from '../../entitlements/merge.ts'

/** The defaults of a meter, with a limit. */
export const plainMeter: MeterAllowance = {
  limit: 100,
  enforcement: 'hard',
  reset: 'never',
  anchor: 'subscription',
  rollover: null,
  alertsAt: [],
  onPlanChange: 'carry',
}

const fields = {
  limit: fc.oneof(fc.nat({ max: 5 }), fc.maxSafeNat(), fc.constant('unlimited' as const)),
  enforcement: fc.constantFrom('hard' as const, 'soft' as const),
  reset: fc.constantFrom(
    ...(['never', 'daily', 'weekly', 'every_28_days', 'monthly', 'quarterly', 'yearly'] as const),
  ),
  anchor: fc.constantFrom('subscription' as const, 'calendar' as const),
  rollover: fc.option(
    fc.record({ percent: fc.integer({ min: 1, max: 100 }), max: fc.option(fc.maxSafeNat()) }),
  ),
  alertsAt: fc
    .uniqueArray(fc.integer({ min: 1, max: 1000 }), { maxLength: 3 })
    .map((percents) => percents.toSorted((a, b) => a - b)),
  onPlanChange: fc.constantFrom('carry' as const, 'reset' as const),
}

/** Valid meters of every kind. */
export const meters: fc.Arbitrary<MeterAllowance> = fc
  .record(fields)
  .filter((meter) => checkAllowance(meter, 'meter').ok)

/** Any fields of a meter, each valid by itself; together they may contradict each other. */
export const meterPatches: fc.Arbitrary<Partial<MeterAllowance>> = fc.record(fields, {
  requiredKeys: [],
})
