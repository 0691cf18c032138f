import { Checkbox } from '@cloudflare/kumo/components/checkbox'
import { Input } from '@cloudflare/kumo/components/input'
import { useState } from 'react'
import { type OverrideInput, putOverride } from '../api/entitlements.ts'
import { foresee, withOverride } from '../api/foreseen.ts'
import { customerKey } from '../api/customers.ts'
import { useChange } from '../parts/change.ts'
import { fieldError, FormDialog, isAbout } from '../parts/form-dialog.tsx'
import { More } from '../parts/more.tsx'
import { exact } from '../parts/when.tsx'
import { counted, isolated } from '../parts/words.ts'
import { AllowanceFields } from './allowance-fields.tsx'
import { MoreOfMeter } from './allowance-more.tsx'
import { allowanceIn, draftOf, type Draft, MINUTE } from './draft.ts'
import type { AboutFeature } from './feature-dialogs.tsx'

/** Gives one customer something else than its plan says, with a reason and an end. */
export function OverrideDialog({ of, row, onClose }: AboutFeature) {
  const [draft, setDraft] = useState(() => draftOf(row))
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }))
  const allowance = allowanceIn(draft)
  const overriding = useChange({
    send: (input: OverrideInput) => putOverride(of, input),
    touches: [customerKey(of.customerId)],
    foresee: (input, queries) => foresee(queries, of, (was) => withOverride(was, input)),
    done: () => `${isolated(row.name)} is overridden`,
    isQuiet: true,
    onDone: onClose,
  })
  const startAt = instantIn(draft.startAt)
  const send = () =>
    overriding.mutate({
      allowance: allowance ?? {},
      standalone: draft.isStandalone,
      ...(startAt !== null && { startAt }),
      expiresAt: instantIn(draft.expiresAt),
      reason: draft.reason.trim() || null,
    })
  const fields = { draft, error: overriding.error, onChange: change }
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
      <AllowanceFields {...fields} limitNow={row.entitlement.limit} />
      <Terms {...fields} />
      <MoreTerms {...fields} />
      <p aria-live="polite" className="text-sm break-words text-kumo-subtle">
        {outlook(row.entitlement.limit, draft)}
      </p>
    </FormDialog>
  )
}

interface Fields {
  readonly draft: Draft
  readonly error: Error | null
  readonly onChange: (part: Partial<Draft>) => void
}

/** How long it holds, and why. */
function Terms({ draft, error, onChange }: Fields) {
  return (
    <>
      <Input
        label="Until (UTC)"
        type="datetime-local"
        description="Until it is reverted where empty."
        max={LAST}
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
    </>
  )
}

/** Where one of these is refused, what the service says of it is in sight. */
const MORE_POINTERS = [
  '/startAt',
  '/standalone',
  '/allowance/anchor',
  '/allowance/onPlanChange',
  '/allowance/rollover',
  '/allowance/alertsAt',
]

/** What is seldom said: it is out of the way until it is asked for, or has been said before. */
function MoreTerms({ draft, error, onChange }: Fields) {
  const { meter, type, isStandalone } = draft
  const [wasSaid] = useState(
    isStandalone ||
      [meter.anchor, meter.onPlanChange, meter.rollover, meter.alerts].some(
        (each) => each !== undefined,
      ),
  )
  const isRefused = MORE_POINTERS.some((pointer) => isAbout(error, pointer))
  return (
    <More isOpen={wasSaid || isRefused}>
      {type === 'meter' ? (
        <MoreOfMeter
          meter={meter}
          error={error}
          onChange={(part) => onChange({ meter: { ...meter, ...part } })}
        />
      ) : null}
      <Input
        label="From (UTC)"
        type="datetime-local"
        description="Where empty, now; an override that holds already goes on."
        max={LAST}
        value={draft.startAt}
        onChange={(event) => onChange({ startAt: event.target.value })}
        {...fieldError(error, '/startAt')}
      />
      <Checkbox
        label="Also without a subscription"
        checked={isStandalone}
        onCheckedChange={(checked: boolean) => onChange({ isStandalone: checked })}
      />
    </More>
  )
}

/** Years have four digits; a field without this takes six. */
const LAST = '9999-12-31T23:59'

/** As the field has it, in UTC: minutes, and seconds where there are any. */
function instantIn(text: string): string | null {
  return text === '' ? null : `${text}${text.length === MINUTE.length ? ':00' : ''}Z`
}

/** What it will be, in a sentence. */
function outlook(limit: number | 'unlimited' | undefined, draft: Draft): string {
  const allowance = allowanceIn(draft)
  if (allowance === null) return 'It is not complete yet.'
  const from = instantIn(draft.startAt)
  const until = instantIn(draft.expiresAt)
  const span = [
    ...(from === null ? [] : [`from ${exact(from)}`]),
    until === null ? 'until it is reverted' : `until ${exact(until)}`,
  ].join(' ')
  const was = limit === undefined ? 'nothing' : counted(limit)
  if (allowance.limit !== undefined) {
    return `The limit will be ${counted(allowance.limit)} in place of ${was}, ${span}.`
  }
  if (allowance.enabled !== undefined) {
    return `It will be ${allowance.enabled ? 'on' : 'off'}, ${span}.`
  }
  if (allowance.value !== undefined) {
    return `The value will be ${JSON.stringify(allowance.value)}, ${span}.`
  }
  return `The limit stays as the plan says; the rest holds ${span}.`
}
