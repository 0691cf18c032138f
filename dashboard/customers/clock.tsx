import { Button } from '@cloudflare/kumo/components/button'
import { Input } from '@cloudflare/kumo/components/input'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { customerQuery } from '../api/customers.ts'
import { moveClock, removeClock, touchedBy } from '../api/subscriptions.ts'
import { useChange } from '../parts/change.ts'
import { fieldError, FormDialog } from '../parts/form-dialog.tsx'
import { exact } from '../parts/when.tsx'

const DAY_SECONDS = 86_400

/** Lets time go on for one customer, to see what it does. */
export function ClockDialog(props: { readonly customerId: string; readonly onClose: () => void }) {
  const { customerId, onClose } = props
  const { data: customer } = useQuery(customerQuery(customerId))
  const [days, setDays] = useState('1')
  const touches = touchedBy(customerId)
  const moving = useChange({
    send: () => moveClock(customerId, { advanceSeconds: Math.round(Number(days) * DAY_SECONDS) }),
    touches,
    done: () => 'The clock is moved',
    isQuiet: true,
    onDone: onClose,
  })
  const removing = useChange({
    send: () => removeClock(customerId),
    touches,
    done: () => 'Real time goes again',
    isQuiet: true,
    onDone: onClose,
  })
  const clockAt = customer?.clockAt
  return (
    <FormDialog
      title="Test clock"
      description={
        clockAt === undefined
          ? 'Real time goes for this customer. A test clock stands still until it is moved, and only forward.'
          : `It is ${exact(clockAt)} for this customer. The clock moves only forward.`
      }
      action="Move forward"
      isSending={moving.isPending}
      error={moving.error ?? removing.error}
      canSend={Number(days) > 0}
      onSend={() => moving.mutate()}
      onClose={onClose}
    >
      <Input
        label="Days"
        type="number"
        min={0}
        step="any"
        value={days}
        onChange={({ target }) => setDays(target.value)}
        {...fieldError(moving.error, '/advanceSeconds')}
      />
      {clockAt === undefined ? null : (
        <Button
          className="self-start"
          loading={removing.isPending}
          onClick={() => removing.mutate()}
        >
          Take the clock away
        </Button>
      )}
    </FormDialog>
  )
}
