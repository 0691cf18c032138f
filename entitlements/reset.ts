import type { CustomerState, MeterChange } from './advance.ts'
import type { Catalogue } from './catalogue.ts'
import type { Instant } from './instant.ts'
import type { LedgerEntry, UsageNotice } from './ledger.ts'
import type { Lot } from './lot.ts'
import { type Meter, meterAt } from './meter.ts'
import { limitOf, periodOf } from './reading.ts'

/**
 * Puts a meter's readings to zero at an operator's word: full quota again, at once.
 *
 * Periods and their anchor stay, nothing rolls over, and the ledger shows the reset. Every lot is reset,
 * also those that do not count at the moment.
 */
export function resetUsage(
  state: CustomerState,
  catalogue: Catalogue,
  featureId: string,
  now: Instant,
): MeterChange {
  const meter = meterAt(state, catalogue, featureId, now)
  const { advanced, at } = meter
  const used = advanced.lots.filter((lot) => lot.used > 0)
  const entries = used.map((lot): LedgerEntry => ({
    lotId: lot.id,
    featureId,
    kind: 'reset',
    quantity: -lot.used,
    at,
  }))
  return {
    lots: advanced.lots.map((lot) => ({ ...lot, used: 0, alerted: 0 })),
    entries: [...advanced.entries, ...entries],
    notices: [...advanced.notices, ...(used.length > 0 ? [noticeOf(meter, used)] : [])],
  }
}

function noticeOf(meter: Meter, reset: readonly Lot[]): UsageNotice {
  const { featureId, at, grants } = meter
  return {
    type: 'usage.reset',
    featureId,
    at,
    percent: null,
    because: 'operator',
    used: reset.reduce((sum, { used }) => sum + used, 0),
    limit: limitOf(grants),
    period: periodOf(meter),
  }
}
