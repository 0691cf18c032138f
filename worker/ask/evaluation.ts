import type { Entitlement } from '../../entitlements/entitlement.ts'
import { entitlementFrom } from '../../entitlements/evaluated.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { View } from './view.ts'

/** The time that holds for the customer: its own clock, where it has one. */
export function nowFor({ copy }: Pick<View, 'copy'>, now: Instant): Instant {
  return copy.snapshot.customer.clockAt ?? now
}

/** The entitlement at `at`, from what the copy has evaluated already where that still holds. */
export function entitlementAt({ head, copy }: View, featureId: string, at: Instant): Entitlement {
  return entitlementFrom(copy, copy.snapshot, head.catalogue, featureId, at)
}
