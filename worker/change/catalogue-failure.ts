/** What the domain finds wrong with a catalogue, in the words of the request that asked for it. */
import type { CatalogueFailure } from '../../entitlements/compile.ts'
import type { AllowanceFailure } from '../../entitlements/merge.ts'
import { MAX_DOCUMENT_BYTES } from '../../schema/document.ts'
import type { Failure } from '../failures.ts'
import { suggestion } from '../../schema/suggest.ts'
import { invalidValue } from './invalid.ts'
import type { Draft, PlanPointer } from './stored-catalogue.ts'

/** Why features and plans make no catalogue. */
export function compileFailure(
  fault: CatalogueFailure,
  draft: Draft,
  pointer: PlanPointer,
): Failure {
  switch (fault.code) {
    case 'catalogue_too_large':
      return invalidValue('', `at most ${fault.max} ${fault.of}, archived ones included`)
    case 'unknown_reference':
      return fault.to === 'feature'
        ? unknownFeature(fault.featureId, draft, pointer(fault.planId))
        : unknownDefault(fault.planId, draft)
    case 'allowance_type_mismatch':
    case 'invalid_allowance':
      return allowanceFailure(fault, fault.featureId, pointer(fault.planId))
    case 'parent_not_found': {
      const id = fault.parentId
      return { code: 'parent_not_found', id, suggestion: suggestion(id, draft.plans.keys()) }
    }
    case 'plan_cycle':
      return fault
    case 'plan_too_deep':
      return { code: fault.code, planId: fault.path[0] ?? '', depthMax: fault.max }
  }
}

/** Why an allowance cannot stand for a feature of the plan that `planAt` points to. */
export function allowanceFailure(
  fault: AllowanceFailure,
  featureId: string,
  planAt: string,
): Failure {
  const pointer = `${planAt}/allowances/${featureId}`
  switch (fault.code) {
    case 'allowance_type_mismatch':
      return { code: fault.code, pointer, featureId, type: fault.type }
    case 'invalid_allowance':
      return invalidValue(`${pointer}/${fault.field}`, fault.expected)
  }
}

/** That a plan names a feature which does not exist. */
export function unknownFeature(
  featureId: string,
  { features }: Pick<Draft, 'features'>,
  planAt: string,
): Failure {
  return {
    code: 'unknown_reference',
    pointer: `${planAt}/allowances/${featureId}`,
    resource: 'feature',
    id: featureId,
    suggestion: suggestion(featureId, features.keys()),
    archived: false,
  }
}

/** That a plan's inheritance resolves to more than one document may hold. */
export function documentFailure(planId: string, pointer: PlanPointer): Failure {
  const expected = `allowances that take, with the inherited ones, at most ${MAX_DOCUMENT_BYTES} bytes`
  return invalidValue(`${pointer(planId)}/allowances`, expected)
}

function unknownDefault(planId: string, draft: Draft): Failure {
  return {
    code: 'unknown_reference',
    pointer: '/defaultPlanId',
    resource: 'base plan',
    id: planId,
    suggestion: suggestion(planId, draft.plans.keys()),
    archived: false,
  }
}
