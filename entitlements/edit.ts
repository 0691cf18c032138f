import type { Allowance, AllowancePatch, Statement } from './allowance.ts'
import type { FeatureType } from './catalogue.ts'
import { checkAllowance, patchAllowance } from './merge.ts'
import type { AllowanceFailure } from './merge.ts'
import { ok } from './result.ts'
import type { Result } from './result.ts'

/** What an edit says of one feature: some fields, that the plan takes it away, or (null) nothing any more. */
export type StatementPatch = AllowancePatch | { readonly removed: true } | null

/**
 * The statement that a plan makes of a feature after an edit; null when it states nothing and inherits again.
 *
 * Fields that the patch leaves out come from `inForce`, and the result is whole: from then on the feature no
 * longer follows the parent. A field that the patch states is kept or refused, never dropped; one that only
 * `inForce` states falls away where it no longer makes sense (see `patchAllowance`).
 *
 * @param inForce The plan's compiled allowance: its own, else its parent's. Null where it has none, and so also
 * where it removes the feature: a statement that replaces a removal starts from the type's defaults.
 */
export function editStatement(
  inForce: Allowance | null,
  patch: StatementPatch,
  type: FeatureType,
): Result<Statement | null, AllowanceFailure> {
  if (patch === null) return ok(null)
  if ('removed' in patch) return ok({ removed: true })
  const patched = patchAllowance(inForce, patch, type)
  return patched.ok ? checkAllowance({ ...patched.value, ...patch }, type) : patched
}
