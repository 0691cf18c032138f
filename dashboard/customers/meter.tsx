import { Input } from '@cloudflare/kumo/components/input'
import { useState } from 'react'
import { customerKey } from '../api/customers.ts'
import { resetUsage, setUsage } from '../api/entitlements.ts'
import { foresee, withUsed } from '../api/foreseen.ts'
import { useChange } from '../parts/change.ts'
import { fieldError, FormDialog } from '../parts/form-dialog.tsx'
import { counted, isolated } from '../parts/words.ts'
import { wholeNumberIn } from '../parts/written.ts'
import type { AboutFeature } from './feature-dialogs.tsx'

/** Says what a meter reads, whatever it read before. */
export function SetDialog({ of, row, onClose }: AboutFeature) {
  const { used = 0, limit } = row.entitlement
  const [text, setText] = useState(String(used))
  const value = wholeNumberIn(text)
  const setting = useChange({
    send: (reading: number) => setUsage(of, reading),
    touches: [customerKey(of.customerId)],
    foresee: (reading, queries) => foresee(queries, of, (was) => withUsed(was, reading)),
    done: () => `${isolated(row.name)}: the reading is set`,
    isQuiet: true,
    onDone: onClose,
  })
  return (
    <FormDialog
      title={`Set usage of ${row.name}`}
      description="The reading of the period that runs. It is recorded in the log of usage, with who did it."
      action="Set usage"
      isSending={setting.isPending}
      error={setting.error}
      canSend={value !== null}
      onSend={() => (value === null ? undefined : setting.mutate(value))}
      onClose={onClose}
    >
      <Input
        label="Used"
        inputMode="numeric"
        description={`Now ${counted(used)}${limit === undefined ? '' : ` of ${counted(limit)}`}.`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        {...(value === null
          ? { error: 'A whole number from 0 to 9,007,199,254,740,991.' }
          : fieldError(setting.error, '/value'))}
      />
    </FormDialog>
  )
}

/** Puts a meter back to nothing; its period runs on. */
export function ResetDialog({ of, row, onClose }: AboutFeature) {
  const [reason, setReason] = useState('')
  const resetting = useChange({
    send: (said: string | null) => resetUsage(of, said),
    touches: [customerKey(of.customerId)],
    foresee: (_said, queries) => foresee(queries, of, (was) => withUsed(was, 0)),
    done: () => `${isolated(row.name)}: the meter reads 0`,
    isQuiet: true,
    onDone: onClose,
  })
  return (
    <FormDialog
      title={`Reset usage of ${row.name}?`}
      description={`${counted(row.entitlement.used ?? 0)} used will be 0. The period and what was carried over stay. This cannot be taken back.`}
      action="Reset usage"
      isDangerous
      isSending={resetting.isPending}
      error={resetting.error}
      onSend={() => resetting.mutate(reason.trim() || null)}
      onClose={onClose}
    >
      <Input
        label="Reason"
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        {...fieldError(resetting.error, '/reason')}
      />
    </FormDialog>
  )
}
