import { patchPlan, type Plan, type PlanPatch, tryPlanPatch } from '../api/catalogue.ts'
import { Reviewed } from './reviewed.tsx'

/** Whom an edit of a plan reaches, before it is saved. */
export function Review(props: {
  readonly plan: Plan
  readonly patch: PlanPatch
  readonly onSaved: (plan: Plan) => void
  readonly onClose: () => void
}) {
  const { plan, patch, onSaved, onClose } = props
  return (
    <Reviewed
      title="Before it is saved"
      action="Save"
      edit={[plan.id, plan.revision, patch]}
      look={() => tryPlanPatch(plan.id, patch)}
      send={() => patchPlan(plan, patch)}
      done={`${plan.name} is saved`}
      onDone={onSaved}
      onClose={onClose}
    />
  )
}
