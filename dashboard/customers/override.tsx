import { Checkbox } from '@cloudflare/kumo/components/checkbox'
import { Input } from '@cloudflare/kumo/components/input'
import { useState } from 'react'
import { type OverrideInput, putOverride } from '../api/entitlements.ts'
import { foresee, withOverride } from '../api/foreseen.ts'
import { customerKey } from '../api/customers.ts'
import { useChange } from '../parts/change.ts'
import { fieldError, FormDialog } from '../parts/form-dialog.tsx'
import { exact } from '../parts/when.tsx'
import { AllowanceFields } from './allowance-fields.tsx'
import { allowanceIn, draftOf, type Draft } from './draft.ts'
import type { AboutFeature } from './feature-dialogs.tsx'
import { counted } from './reading.tsx'

/** Gives one customer something else than its plan says, with a reason and an end. */
export function OverrideDialog({ of, row, onClose }: AboutFeature) {
  const [draft, setDraft] = useState(() => draftOf(row))
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }))
  const allowance = allowanceIn(draft)
  const overriding = useChange({
    send: (input: OverrideInput) => putOverride(of, input),
    touches: [customerKey(of.customerId)],
    foresee: (input, queries) => foresee(queries, of, (was) => withOverride(was, input)),
    done: () => `${row.name} is overridden`,
    isQuiet: true,
    onDone: onClose,
  })
  const send = () =>
    overriding.mutate({
      allowance: allowance ?? {},
      standalone: draft.isStandalone,
      expiresAt: instantIn(draft.expiresAt),
      reason: draft.reason.trim() || null,
    })
  return (
    <FormDialog
      title={`Override ${row.name}`}
      description="For this customer, in place of what its plan says."
      action="Override"
      isSending={overriding.isPending}
      error={overriding.error}
      canSend={allowance !== null}
      onSend={send}
      onClose={onClose}
    >
      <AllowanceFields draft={draft} error={overriding.error} onChange={change} />
      <Terms draft={draft} error={overriding.error} onChange={change} />
      <p aria-live="polite" className="text-sm break-words text-kumo-subtle">
        {outlook(row.entitlement.limit, draft)}
      </p>
    </FormDialog>
  )
}

/** How long it holds, why, and whether it needs a plan below it. */
function Terms(props: {
  readonly draft: Draft
  readonly error: Error | null
  readonly onChange: (part: Partial<Draft>) => void
}) {
  const { draft, error, onChange } = props
  return (
    <>
      <Input
        label="Until (UTC)"
        type="datetime-local"
        description="Until it is reverted where empty."
        value={draft.expiresAt}
        onChange={(event) => onChange({ expiresAt: event.target.value })}
        {...fieldError(error, '/expiresAt')}
      />
      <Input
        label="Reason"
        placeholder="who agreed to it, and why"
        value={draft.reason}
        onChange={(event) => onChange({ reason: event.target.value })}
        {...fieldError(error, '/reason')}
      />
      <Checkbox
        label="Also without a subscription"
        checked={draft.isStandalone}
        onCheckedChange={(checked: boolean) => onChange({ isStandalone: checked })}
      />
    </>
  )
}

/** Minutes, as the field has them, in UTC. */
function instantIn(text: string): string | null {
  return text === '' ? null : `${text}:00Z`
}

/** What it will be, in a sentence. */
function outlook(limit: number | 'unlimited' | undefined, draft: Draft): string {
  const allowance = allowanceIn(draft)
  if (allowance === null) return 'It is not complete yet.'
  const until = instantIn(draft.expiresAt)
  const ending = until === null ? 'until it is reverted' : `until ${exact(until)}`
  const was = limit === undefined ? 'nothing' : counted(limit)
  if (allowance.limit !== undefined) {
    return `The limit will be ${counted(allowance.limit)} in place of ${was}, ${ending}.`
  }
  if (allowance.enabled !== undefined) {
    return `It will be ${allowance.enabled ? 'on' : 'off'}, ${ending}.`
  }
  return `The value will be ${JSON.stringify(allowance.value)}, ${ending}.`
}
