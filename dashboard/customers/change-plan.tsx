import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { catalogueQuery } from '../api/catalogue.ts'
import { changePlan, type PlanChange, touchedBy, tryChange } from '../api/subscriptions.ts'
import { useChange } from '../parts/change.ts'
import { Choice } from '../parts/choice.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { exact } from '../parts/when.tsx'
import type { AboutSubscription } from './subscription-dialogs.tsx'
import { PreviewOfChange } from './preview.tsx'
import { type TermsDraft, TermsFields, termsIn } from './terms.tsx'

const WHEN = [
  ['auto', 'Upwards now, downwards at the end of the period'],
  ['now', 'Now'],
  ['period_end', 'At the end of the period'],
] as const

/** Another plan for a subscription; what the customer gains and loses is there before it is sent. */
export function ChangeDialog({ subscription, name, onClose }: AboutSubscription) {
  const { data: catalogue } = useQuery(catalogueQuery)
  const { id, customerId, planId, chargePeriod, quantity } = subscription
  const [when, setWhen] = useState('auto')
  const [draft, setDraft] = useState<TermsDraft>({
    planId,
    chargePeriod: chargePeriod ?? undefined,
    quantity: String(quantity),
  })
  const change = changeIn(draft, when)
  const isSame =
    draft.planId === planId &&
    (draft.chargePeriod ?? null) === chargePeriod &&
    draft.quantity === String(quantity)
  const preview = useQuery({
    queryKey: ['preview', id, change],
    queryFn: () =>
      change === null ? Promise.reject(new Error('Incomplete')) : tryChange(id, change),
    enabled: change !== null && !isSame,
    staleTime: 0,
  })
  const changing = useChange({
    send: (input: PlanChange) => changePlan(id, input),
    touches: touchedBy(customerId),
    done: ({ pendingChange }) =>
      pendingChange === null
        ? 'The plan is changed'
        : `The plan changes ${exact(pendingChange.at)}`,
    isQuiet: true,
    onDone: onClose,
  })
  const kind = catalogue?.plans.find((each) => each.id === planId)?.kind
  const plans = (catalogue?.plans ?? []).filter((each) => each.kind === kind)
  return (
    <FormDialog
      title={`Change ${name}`}
      description="Nothing changes before you send it."
      action="Change the plan"
      isSending={changing.isPending}
      error={changing.error ?? preview.error}
      canSend={change !== null && !isSame && preview.isSuccess}
      onSend={() => (change === null ? undefined : changing.mutate(change))}
      onClose={onClose}
    >
      <TermsFields
        plans={plans}
        draft={draft}
        error={changing.error ?? preview.error}
        onChange={(part) => setDraft((before) => ({ ...before, ...part }))}
      />
      <Choice
        label="When"
        value={when}
        options={WHEN}
        onChoose={(chosen) => setWhen(chosen ?? 'auto')}
      />
      <div aria-live="polite">
        {isSame ? (
          <p className="text-kumo-subtle">Choose another plan, period or quantity.</p>
        ) : preview.isFetching ? (
          <Waiting lines={3} />
        ) : preview.isSuccess ? (
          <PreviewOfChange preview={preview.data} features={catalogue?.features ?? []} />
        ) : null}
      </div>
    </FormDialog>
  )
}

function changeIn(draft: TermsDraft, when: string): PlanChange | null {
  const terms = termsIn(draft)
  return terms === null ? null : { ...terms, when }
}
