import { Input } from '@cloudflare/kumo/components/input'
import { useState } from 'react'
import type { Role } from '../api/session.ts'
import { makeKey, type Scope } from '../api/settings.ts'
import { useChange } from '../parts/change.ts'
import { useNow } from '../parts/clock.ts'
import { Choice } from '../parts/choice.tsx'
import { dayAfter, dayOf } from '../parts/day.ts'
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
  const [name, setName] = useState('')
  const [kind, setKind] = useState('usage')
  const [until, setUntil] = useState('')
  const today = dayOf(useNow())
  const making = useChange({
    send: () => {
      const { scopes, role } = KINDS.find((each) => each.name === kind) ?? {
        scopes: [],
        role: null,
      }
      return makeKey({ name, scopes, role, expiresAt: until === '' ? null : dayAfter(until) })
    },
    touches: [['keys']],
    isQuiet: true,
    onDone: (made) => {
      if (made.key !== undefined) onKey(made.key)
      onClose()
    },
  })
  return (
    <FormDialog
      title="New key"
      action="Create"
      isSending={making.isPending}
      error={making.error}
      canSend={name.trim() !== '' && (until === '' || until >= today)}
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
        label="Works until"
        description="To the end of that day, in UTC. Empty: for ever."
        type="date"
        min={today}
        value={until}
        onChange={({ target }) => setUntil(target.value)}
      />
    </FormDialog>
  )
}
