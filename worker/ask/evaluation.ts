import type { Entitlement } from '../../entitlements/entitlement.ts'
import { entitlementFrom } from '../../entitlements/evaluated.ts'
import { absent } from '../../entitlements/evaluate.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { EVERYTHING, type Reach, reachesFeature } from '../reach.ts'
import type { View } from './view.ts'

/** The time that holds for the customer: its own clock, where it has one. */
export function nowFor({ copy }: Pick<View, 'copy'>, now: Instant): Instant {
  return copy.snapshot.customer.clockAt ?? now
}

/**
 * The entitlement at `at`, as far as the caller may know of the feature: from what the copy has evaluated already where
 * that still holds.
 */
export function entitlementAt(
  { head, copy }: View,
  featureId: string,
  at: Instant,
  reach: Reach = EVERYTHING,
): Entitlement {
  if (!reachesFeature(reach, featureId)) return absent(featureId, null, 'unknown_feature')
  return entitlementFrom(copy, copy.snapshot, head.catalogue, featureId, at)
}
