import type { Allowance, Override } from '../../entitlements/allowance.ts'
import type { FeatureType } from '../../entitlements/catalogue.ts'
import { grantsAt } from '../../entitlements/grant.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { invariant } from '../../entitlements/invariant.ts'
import { patchAllowance } from '../../entitlements/merge.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { decodeDocument } from '../../schema/document.ts'
import { catalogueFrom } from '../../schema/head.ts'
import type { Intent } from '../../schema/intent.ts'
import type { Failure } from '../failures.ts'
import { invalid } from './invalid.ts'

/** Whether a patch makes a valid allowance of what the customer will have when it begins to apply. */
export function checkPatch(
  intent: Intent,
  featureId: string,
  type: FeatureType,
  { allowance, startAt }: Pick<Override, 'allowance' | 'startAt'>,
): Result<null, Failure> {
  const patched = patchAllowance(baseAt(intent, featureId, startAt), allowance, type)
  if (patched.ok) return ok(null)
  const { error } = patched
  return error.code === 'allowance_type_mismatch'
    ? err({ code: error.code, pointer: '/allowance', featureId, type })
    : invalid(`/allowance/${error.field}`, error.expected)
}

/** The allowance that the override is patched onto: the customer's first one, as if nothing overrode it. */
function baseAt(
  { customer, head, documents }: Intent,
  featureId: string,
  at: Instant,
): Allowance | null {
  const plans = [...documents].map(([planId, { text }]) => {
    const plan = decodeDocument(text)
    invariant(plan !== null, `the stored document of plan ${planId} is readable`)
    return [planId, plan] as const
  })
  const bare = { ...customer, overrides: [] }
  const grants = grantsAt(bare, catalogueFrom(head, new Map(plans)), featureId, at)
  return (grants.find((grant) => grant.inForce) ?? grants[0])?.allowance ?? null
}
