import type { Entitlement } from '../../entitlements/entitlement.ts'
import { evaluate } from '../../entitlements/evaluate.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { View } from './view.ts'

/** The time that holds for the customer: its own clock, where it has one. */
export function nowFor({ copy }: Pick<View, 'copy'>, now: Instant): Instant {
  return copy.snapshot.customer.clockAt ?? now
}

/**
 * The entitlement at `at`. Evaluated once for as long as it holds, so that a check from memory costs a look-up;
 * only known features are kept, so that asking for unknown ones fills no memory.
 */
export function entitlementAt({ head, copy }: View, featureId: string, at: Instant): Entitlement {
  if (copy.evaluatedWith !== head.catalogue) {
    copy.evaluations.clear()
    copy.evaluatedWith = head.catalogue
  }
  const kept = copy.evaluations.get(featureId)
  if (kept !== undefined && at >= kept.from && (kept.until === null || at < kept.until)) {
    return kept.entitlement
  }
  const { entitlement, until } = evaluate(copy.snapshot, head.catalogue, featureId, at)
  if (head.catalogue.features.has(featureId)) {
    copy.evaluations.set(featureId, { entitlement, from: at, until })
  }
  return entitlement
}
