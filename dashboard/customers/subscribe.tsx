import { Input } from '@cloudflare/kumo/components/input'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { catalogueQuery } from '../api/catalogue.ts'
import { type Purchase, subscribe, touchedBy } from '../api/subscriptions.ts'
import { useChange } from '../parts/change.ts'
import { fieldError, FormDialog } from '../parts/form-dialog.tsx'
import { worded } from '../parts/words.ts'
import { type TermsDraft, TermsFields, termsIn } from './terms.tsx'

const EMPTY: Draft = {
  planId: undefined,
  chargePeriod: undefined,
  quantity: '1',
  startAt: '',
  trialDays: '',
}

interface Draft extends TermsDraft {
  readonly startAt: string
  readonly trialDays: string
}

/** Subscribes the customer to a plan or an add-on. */
export function SubscribeDialog(props: {
  readonly customerId: string
  readonly onClose: () => void
}) {
  const { customerId, onClose } = props
  const { data: catalogue } = useQuery(catalogueQuery)
  const [draft, setDraft] = useState(EMPTY)
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }))
  const purchase = purchaseIn(draft)
  const buying = useChange({
    send: (input: Purchase) => subscribe(customerId, input),
    touches: touchedBy(customerId),
    done: ({ status }) => `The subscription is ${worded(status)}`,
    isQuiet: true,
    onDone: onClose,
  })
  return (
    <FormDialog
      title="New subscription"
      description="A customer has one base plan and any number of add-ons."
      action="Subscribe"
      isSending={buying.isPending}
      error={buying.error}
      canSend={purchase !== null}
      onSend={() => (purchase === null ? undefined : buying.mutate(purchase))}
      onClose={onClose}
    >
      <TermsFields
        plans={catalogue?.plans ?? []}
        draft={draft}
        error={buying.error}
        onChange={change}
      />
      <Input
        label="Starts (UTC)"
        type="datetime-local"
        description="Now where empty."
        value={draft.startAt}
        onChange={({ target }) => change({ startAt: target.value })}
        {...fieldError(buying.error, '/startAt')}
      />
      <Input
        label="Days of trial"
        type="number"
        min={0}
        description="What the plan says where empty."
        value={draft.trialDays}
        onChange={({ target }) => change({ trialDays: target.value })}
        {...fieldError(buying.error, '/trialDays')}
      />
    </FormDialog>
  )
}

function purchaseIn(draft: Draft): Purchase | null {
  const terms = termsIn(draft)
  if (terms === null) return null
  return {
    ...terms,
    ...(draft.startAt !== '' && { startAt: `${draft.startAt}:00Z` }),
    ...(draft.trialDays !== '' && { trialDays: Number(draft.trialDays) }),
  }
}
