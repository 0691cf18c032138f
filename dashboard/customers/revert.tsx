import { customerKey } from '../api/customers.ts'
import { revertOverride } from '../api/entitlements.ts'
import { useChange } from '../parts/change.ts'
import { FormDialog } from '../parts/form-dialog.tsx'
import { isolated } from '../parts/words.ts'
import type { AboutFeature } from './feature-dialogs.tsx'
import { Value } from './reading.tsx'

/** Takes an override away, so that the plan decides again. */
export function RevertDialog({ of, row, onClose }: AboutFeature) {
  const reverting = useChange({
    send: () => revertOverride(of),
    touches: [customerKey(of.customerId)],
    done: () => `The plan decides on ${isolated(row.name)} again`,
    isQuiet: true,
    onDone: onClose,
  })
  return (
    <FormDialog
      title={`Revert ${row.name}?`}
      description="The override is taken away, and what the plan says holds again, at once."
      action="Revert"
      isDangerous
      isSending={reverting.isPending}
      error={reverting.error}
      onSend={() => reverting.mutate()}
      onClose={onClose}
    >
      <Value value={row.override?.allowance ?? {}} />
    </FormDialog>
  )
}
