import { Input } from '@cloudflare/kumo/components/input'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Role } from '../api/session.ts'
import { makeKey, type Scope } from '../api/settings.ts'
import { Choice } from '../parts/choice.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'

/** For whom a key is, and so what it may do. */
const KINDS: readonly {
  readonly name: string
  readonly label: string
  readonly scopes: readonly Scope[]
  readonly role: Role | null
}[] = [
  { name: 'read', label: 'a program that asks', scopes: ['read'], role: null },
  { name: 'usage', label: 'a program that asks and counts', scopes: ['read', 'usage'], role: null },
  {
    name: 'manage',
    label: 'a program that does everything',
    scopes: ['read', 'usage', 'manage'],
    role: null,
  },
  { name: 'viewer', label: 'somebody who looks', scopes: ['manage'], role: 'viewer' },
  { name: 'support', label: 'somebody in support', scopes: ['manage'], role: 'support' },
  { name: 'catalogue', label: 'somebody in product', scopes: ['manage'], role: 'catalogue' },
  { name: 'admin', label: 'an admin', scopes: ['manage'], role: 'admin' },
]

/** Makes a key for a program or a person. */
export function NewKeyDialog(props: {
  readonly onKey: (text: string) => void
  readonly onClose: () => void
}) {
  const { onKey, onClose } = props
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [kind, setKind] = useState('usage')
  const [until, setUntil] = useState('')
  const making = useMutation({
    mutationFn: () => {
      const { scopes, role } = KINDS.find((each) => each.name === kind) ?? {
        scopes: [],
        role: null,
      }
      return makeKey({ name, scopes, role, expiresAt: until === '' ? null : `${until}T00:00:00Z` })
    },
    onSuccess: async (made) => {
      if (made.key !== undefined) onKey(made.key)
      onClose()
      await queries.invalidateQueries({ queryKey: ['keys'] })
    },
  })
  return (
    <FormDialog
      title="New key"
      action="Create"
      isSending={making.isPending}
      error={making.error}
      canSend={name !== ''}
      onSend={() => making.mutate()}
      onClose={onClose}
    >
      <Input
        label="Name"
        description="The log of changes knows it by this."
        required
        maxLength={128}
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <Choice
        label="For"
        value={kind}
        options={KINDS.map((each) => [each.name, each.label])}
        onChoose={(chosen) => setKind(chosen ?? 'usage')}
      />
      <Input
        label="Ends on"
        description="Empty: never."
        type="date"
        value={until}
        onChange={({ target }) => setUntil(target.value)}
      />
    </FormDialog>
  )
}
