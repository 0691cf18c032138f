import type { CustomerState, MeterChange } from './advance.ts'
import type { Catalogue } from './catalogue.ts'
import type { Instant } from './instant.ts'
import type { LedgerEntry } from './ledger.ts'
import { meterAt } from './meter.ts'

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
  const { advanced, at } = meterAt(state, catalogue, featureId, now)
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
    notices: [
      ...advanced.notices,
      ...(used.length > 0 ? [{ type: 'usage.reset' as const, featureId, at, percent: null }] : []),
    ],
  }
}
