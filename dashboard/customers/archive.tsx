import { archiveCustomer, customerKey } from '../api/customers.ts'
import { useChange } from '../parts/change.ts'
import { FormDialog } from '../parts/form-dialog.tsx'
import type { About } from './head.tsx'

/** Asks once more before a customer is gone. */
export function ArchiveDialog({ customer, onClose }: About) {
  const archiving = useChange({
    send: () => archiveCustomer(customer.id),
    touches: [customerKey(customer.id), ['customers']],
    done: () => 'Archived',
    isQuiet: true,
    onDone: onClose,
  })
  return (
    <FormDialog
      title={`Archive ${customer.name ?? customer.id}?`}
      description="It has access to nothing from then on. Refused while a subscription runs; what was used stays in the log."
      action="Archive"
      isDangerous
      isSending={archiving.isPending}
      error={archiving.error}
      onSend={() => archiving.mutate()}
      onClose={onClose}
    />
  )
}
