import { Input } from '@cloudflare/kumo/components/input'
import { useState } from 'react'
import { act, touchedBy } from '../api/subscriptions.ts'
import { useChange } from '../parts/change.ts'
import { fieldError, FormDialog } from '../parts/form-dialog.tsx'
import { isolated } from '../parts/words.ts'
import type { AboutSubscription } from './subscription-dialogs.tsx'

/** Tells the dates of the billing period that begins, as a provider would; without them periods roll on by themselves. */
export function RenewDialog({ subscription, name, onClose }: AboutSubscription) {
  const { id, customerId, currentPeriod } = subscription
  const [from, setFrom] = useState(currentPeriod?.endAt.slice(0, 'YYYY-MM-DDTHH:MM'.length) ?? '')
  const [until, setUntil] = useState('')
  const renewing = useChange({
    send: () => act(id, 'renew', { period: { startAt: `${from}:00Z`, endAt: `${until}:00Z` } }),
    touches: touchedBy(customerId),
    done: () => `${isolated(name)} is renewed`,
    isQuiet: true,
    onDone: onClose,
  })
  return (
    <FormDialog
      title={`Renew ${name}`}
      description="The billing period that begins next, as it was paid for. What waits for the end of the period moves with it. Without this, periods roll on by themselves."
      action="Renew"
      isSending={renewing.isPending}
      error={renewing.error}
      canSend={from !== '' && until !== ''}
      onSend={() => renewing.mutate()}
      onClose={onClose}
    >
      <Input
        label="Period from (UTC)"
        type="datetime-local"
        value={from}
        onChange={({ target }) => setFrom(target.value)}
        {...fieldError(renewing.error, '/period/startAt')}
      />
      <Input
        label="Period until (UTC)"
        type="datetime-local"
        value={until}
        onChange={({ target }) => setUntil(target.value)}
        {...fieldError(renewing.error, '/period')}
      />
    </FormDialog>
  )
}
