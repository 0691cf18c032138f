import { Input } from '@cloudflare/kumo/components/input'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { createCustomer } from '../api/customers.ts'
import { Problem } from '../api/request.ts'
import { useChange } from '../parts/change.ts'
import { fieldError, FormDialog } from '../parts/form-dialog.tsx'

/** Makes a customer by hand, before the application has met it. */
export function NewCustomer({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate()
  const [id, setId] = useState('')
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const customerId = id.trim()
  const making = useChange({
    send: () =>
      createCustomer(customerId, { name: name.trim() || null, email: email.trim() || null }),
    touches: [['customers']],
    isQuiet: true,
    onDone: () => {
      onClose()
      void navigate({ to: '/customers/$customerId', params: { customerId } })
    },
  })
  const isTaken = making.error instanceof Problem && making.error.status === 412
  return (
    <FormDialog
      title="New customer"
      action="Create"
      isSending={making.isPending}
      error={isTaken ? null : making.error}
      canSend={customerId !== ''}
      onSend={() => making.mutate()}
      onClose={onClose}
    >
      <Input
        label="Id"
        description="What your application calls this customer; it never changes."
        value={id}
        required
        onChange={({ target }) => setId(target.value)}
        {...(isTaken
          ? { error: 'A customer has this id already, maybe an archived one.' }
          : fieldError(making.error, '/customerId'))}
      />
      <Input
        label="Name"
        value={name}
        onChange={({ target }) => setName(target.value)}
        {...fieldError(making.error, '/name')}
      />
      <Input
        label="E-mail"
        type="email"
        value={email}
        onChange={({ target }) => setEmail(target.value)}
        {...fieldError(making.error, '/email')}
      />
    </FormDialog>
  )
}
