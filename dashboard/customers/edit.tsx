import { Input } from '@cloudflare/kumo/components/input'
import { useState } from 'react'
import { type CustomerPatch, customerKey, patchCustomer } from '../api/customers.ts'
import { useChange } from '../parts/change.ts'
import { fieldError, FormDialog } from '../parts/form-dialog.tsx'
import { wholeNumberIn } from '../parts/written.ts'
import type { About } from './head.tsx'

/** Name, e-mail and grace: what people know of a customer. */
export function EditDialog({ customer, onClose }: About) {
  const [name, setName] = useState(customer.name ?? '')
  const [email, setEmail] = useState(customer.email ?? '')
  const [graceDays, setGraceDays] = useState(String(customer.graceDays ?? ''))
  const saving = useChange({
    send: (patch: CustomerPatch) => patchCustomer(customer.id, patch),
    touches: [customerKey(customer.id), ['customers']],
    done: () => 'Saved',
    isQuiet: true,
    onDone: onClose,
  })
  const days = wholeNumberIn(graceDays)
  const isWrong = graceDays.trim() !== '' && days === null
  // Only what was changed here: what a colleague has changed meanwhile stays.
  const send = () =>
    saving.mutate({
      ...(name.trim() !== (customer.name ?? '') && { name: name.trim() || null }),
      ...(email.trim() !== (customer.email ?? '') && { email: email.trim() || null }),
      ...(days !== (customer.graceDays ?? null) && { graceDays: days }),
    })
  return (
    <FormDialog
      title="Edit customer"
      action="Save"
      isSending={saving.isPending}
      error={saving.error}
      canSend={!isWrong}
      onSend={send}
      onClose={onClose}
    >
      <Input
        label="Name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        {...fieldError(saving.error, '/name')}
      />
      <Input
        label="E-mail"
        type="email"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        {...fieldError(saving.error, '/email')}
      />
      <Input
        label="Days of grace"
        inputMode="numeric"
        description="After a failed payment; where empty, what the plan says."
        value={graceDays}
        onChange={(event) => setGraceDays(event.target.value)}
        {...(isWrong
          ? { error: 'A whole number of days' }
          : fieldError(saving.error, '/graceDays'))}
      />
    </FormDialog>
  )
}
