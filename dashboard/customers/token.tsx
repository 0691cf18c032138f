import { Checkbox } from '@cloudflare/kumo/components/checkbox'
import { ClipboardText } from '@cloudflare/kumo/components/clipboard-text'
import { Input } from '@cloudflare/kumo/components/input'
import { useState } from 'react'
import type { TokenInput } from '../../schema/wire/token.ts'
import { createToken } from '../api/customers.ts'
import { useChange } from '../parts/change.ts'
import { fieldError, FormDialog } from '../parts/form-dialog.tsx'
import { When } from '../parts/when.tsx'
import { Shown } from '../parts/shown.tsx'
import type { About } from './head.tsx'

/** Makes a token for a browser, which is shown this once. */
export function TokenDialog({ customer, onClose }: About) {
  const [minutes, setMinutes] = useState('15')
  const [mayUse, setMayUse] = useState(false)
  const making = useChange({
    send: (input: TokenInput) => createToken(customer.id, input),
    touches: [],
    isQuiet: true,
  })
  if (making.data !== undefined) {
    const { token, expiresAt } = making.data
    return (
      <Shown title="Browser token" onClose={onClose}>
        <ClipboardText text={token} />
        <p>
          It is shown this once, and ends <When at={expiresAt} />.
        </p>
      </Shown>
    )
  }
  const send = () =>
    making.mutate({
      ttlSeconds: Math.round(Number(minutes) * 60),
      scopes: mayUse ? ['read', 'usage'] : ['read'],
    })
  return (
    <FormDialog
      title="Browser token"
      description="With it a browser may ask about this customer, and about no other."
      action="Make a token"
      isSending={making.isPending}
      error={making.error}
      onSend={send}
      onClose={onClose}
    >
      <Input
        label="Minutes that it lasts"
        description="At most 60."
        inputMode="numeric"
        value={minutes}
        onChange={(event) => setMinutes(event.target.value)}
        {...fieldError(making.error, '/ttlSeconds')}
      />
      <Checkbox
        label="May use meters as well"
        checked={mayUse}
        onCheckedChange={(checked: boolean) => setMayUse(checked)}
      />
    </FormDialog>
  )
}
