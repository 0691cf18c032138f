import { useQuery } from '@tanstack/react-query'
import { patchPlan, type Plan, type PlanPatch, tryPlanPatch } from '../api/catalogue.ts'
import { Problem } from '../api/request.ts'
import { Broken } from '../parts/broken.tsx'
import { useChange } from '../parts/change.ts'
import { FormDialog } from '../parts/form-dialog.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { Impact } from './impact.tsx'

/** Whom an edit reaches and what they gain and lose, before it is saved. */
export function Review(props: {
  readonly plan: Plan
  readonly patch: PlanPatch
  readonly onClose: () => void
}) {
  const { plan, patch, onClose } = props
  const preview = useQuery({
    queryKey: ['preview', plan.id, plan.revision, patch],
    queryFn: () => tryPlanPatch(plan.id, patch),
    staleTime: 0,
  })
  const saving = useChange({
    send: () => patchPlan(plan, patch),
    // Whoever holds the plan has something else now, too.
    touches: [[]],
    isQuiet: true,
    done: () => `${plan.name} is saved`,
    onDone: onClose,
  })
  return (
    <FormDialog
      title="Before it is saved"
      action="Save"
      isSending={saving.isPending}
      error={worded(saving.error)}
      canSend={preview.isSuccess}
      onSend={() => saving.mutate()}
      onClose={onClose}
    >
      {preview.isError ? (
        <Broken error={preview.error} />
      ) : preview.isPending ? (
        <Waiting lines={4} />
      ) : (
        <Impact preview={preview.data} />
      )}
    </FormDialog>
  )
}

function worded(error: Error | null): Error | null {
  return error instanceof Problem && error.code === 'revision_mismatch'
    ? new Error(
        'Somebody else has changed this plan meanwhile. Close, look at it anew, and edit again.',
      )
    : error
}
