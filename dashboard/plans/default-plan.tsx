import { type Applying, applyCatalogue, type Plan, tryCatalogue } from '../api/catalogue.ts'
import { Reviewed } from './reviewed.tsx'

/** Gives a plan to whoever has no other, or to nobody any more. */
export function DefaultPlan(props: {
  readonly plan: Plan
  readonly isDefault: boolean
  readonly onClose: () => void
}) {
  const { plan, isDefault, onClose } = props
  const defaultPlanId = isDefault ? null : plan.id
  const applying: Applying = { document: { features: [], plans: [], defaultPlanId }, prune: false }
  return (
    <Reviewed
      title={
        isDefault
          ? `Take ${plan.name} from customers without a plan?`
          : `Give ${plan.name} to every customer without a plan?`
      }
      action={isDefault ? 'Take it' : 'Give it'}
      edit={['default', defaultPlanId]}
      look={() => tryCatalogue(applying)}
      send={({ revision }) => applyCatalogue(applying, revision)}
      done={isDefault ? 'There is no default plan now' : `${plan.name} is the default plan`}
      onDone={onClose}
      onClose={onClose}
    />
  )
}
