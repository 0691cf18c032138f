import { Input } from '@cloudflare/kumo/components/input'
import { useState } from 'react'
import { act, touchedBy } from '../api/subscriptions.ts'
import { useChange } from '../parts/change.ts'
import { Choice } from '../parts/choice.tsx'
import { fieldError, FormDialog } from '../parts/form-dialog.tsx'
import { exact } from '../parts/when.tsx'
import type { AboutSubscription } from './subscription-dialogs.tsx'

const WHEN = [
  ['period_end', 'At the end of the period'],
  ['now', 'Now'],
  ['at', 'On a date'],
] as const

/** Ends a subscription, when it is said. */
export function CancelDialog({ subscription, name, onClose }: AboutSubscription) {
  const [when, setWhen] = useState('period_end')
  const [date, setDate] = useState('')
  const canceling = useChange({
    send: () => act(subscription.id, 'cancel', when === 'at' ? { at: `${date}:00Z` } : { when }),
    touches: touchedBy(subscription.customerId),
    done: ({ cancelAt, endedAt }) =>
      endedAt === null && cancelAt !== null
        ? `${name} ends ${exact(cancelAt)}`
        : `${name} has ended`,
    isQuiet: true,
    onDone: onClose,
  })
  return (
    <FormDialog
      title={`Cancel ${name}`}
      description={
        when === 'now'
          ? 'What it gives is taken away at once. This cannot be undone.'
          : 'Until then it can be undone.'
      }
      action="Cancel the subscription"
      isDangerous
      isSending={canceling.isPending}
      error={canceling.error}
      canSend={when !== 'at' || date !== ''}
      onSend={() => canceling.mutate()}
      onClose={onClose}
    >
      <Choice
        label="When"
        value={when}
        options={WHEN}
        onChoose={(chosen) => setWhen(chosen ?? 'period_end')}
      />
      {when === 'at' ? (
        <Input
          label="Date (UTC)"
          type="datetime-local"
          value={date}
          onChange={({ target }) => setDate(target.value)}
          {...fieldError(canceling.error, '/at')}
        />
      ) : null}
    </FormDialog>
  )
}
