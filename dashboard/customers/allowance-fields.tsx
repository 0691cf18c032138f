import { Checkbox } from '@cloudflare/kumo/components/checkbox'
import { Input, InputArea } from '@cloudflare/kumo/components/input'
import { Choice } from '../parts/choice.tsx'
import { fieldError } from '../parts/form-dialog.tsx'
import { type Draft, jsonIn, wholeNumberIn } from './draft.ts'
import { worded } from './state.ts'

interface Fields {
  readonly draft: Draft
  readonly error: Error | null
  readonly onChange: (part: Partial<Draft>) => void
}

/** The fields of an allowance, as the feature's type has them. */
export function AllowanceFields(props: Fields) {
  switch (props.draft.type) {
    case 'boolean':
      return <Enabled {...props} />
    case 'customizable':
      return <CustomValue {...props} />
    case 'meter':
      return <Limit {...props} />
  }
}

function Enabled({ draft, onChange }: Fields) {
  return (
    <Checkbox
      label="Has the feature"
      checked={draft.isEnabled}
      onCheckedChange={(checked: boolean) => onChange({ isEnabled: checked })}
    />
  )
}

function CustomValue({ draft, error, onChange }: Fields) {
  const isWrong = draft.value !== '' && (jsonIn(draft.value) ?? null) === null
  return (
    <InputArea
      label="Value"
      description={'Any JSON but null: 5, "gold", ["eu", "us"], {"logo": true}.'}
      className="font-mono"
      rows={4}
      value={draft.value}
      onChange={(event) => onChange({ value: event.target.value })}
      {...(isWrong
        ? { error: 'That is no JSON: text needs quotation marks, and null says nothing.' }
        : fieldError(error, '/allowance/value'))}
    />
  )
}

function Limit({ draft, error, onChange }: Fields) {
  const isWrong = draft.limit !== '' && wholeNumberIn(draft.limit) === null
  return (
    <>
      <Input
        label="Limit"
        inputMode="numeric"
        disabled={draft.isUnlimited}
        value={draft.isUnlimited ? '' : draft.limit}
        onChange={(event) => onChange({ limit: event.target.value })}
        {...(isWrong
          ? { error: 'A whole number from 0 to 9,007,199,254,740,991.' }
          : fieldError(error, '/allowance/limit'))}
      />
      <Checkbox
        label="Unlimited"
        checked={draft.isUnlimited}
        onCheckedChange={(checked: boolean) => onChange({ isUnlimited: checked })}
      />
      <div className="flex flex-wrap gap-3">
        <Choice
          label="At the limit"
          value={draft.enforcement}
          none={AS_PLANNED}
          options={ENFORCEMENTS}
          onChoose={(enforcement) => onChange({ enforcement })}
        />
        <Choice
          label="Resets"
          value={draft.reset}
          none={AS_PLANNED}
          options={RESETS}
          onChoose={(reset) => onChange({ reset })}
        />
      </div>
    </>
  )
}

const AS_PLANNED = 'as the plan says'

const ENFORCEMENTS = [
  ['hard', 'hard: refused'],
  ['soft', 'soft: allowed, and counted'],
] as const

const RESETS = ['never', 'daily', 'weekly', 'every_28_days', 'monthly', 'quarterly', 'yearly'].map(
  (word) => [word, worded(word)] as const,
)
