import { Checkbox } from '@cloudflare/kumo/components/checkbox'
import { Input, InputArea } from '@cloudflare/kumo/components/input'
import { Select } from '@cloudflare/kumo/components/select'
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
          options={ENFORCEMENTS}
          onChoose={(enforcement) => onChange({ enforcement })}
        />
        <Choice
          label="Resets"
          value={draft.reset}
          options={RESETS}
          onChoose={(reset) => onChange({ reset })}
        />
      </div>
    </>
  )
}

const AS_PLANNED = 'as the plan says'

const ENFORCEMENTS: Readonly<Record<Draft['enforcement'], string>> = {
  '': AS_PLANNED,
  hard: 'hard: refused',
  soft: 'soft: allowed, and counted',
}

const RESETS: Readonly<Record<Draft['reset'], string>> = {
  '': AS_PLANNED,
  never: 'never',
  daily: 'daily',
  weekly: 'weekly',
  every_28_days: 'every 28 days',
  monthly: 'monthly',
  quarterly: 'quarterly',
  yearly: 'yearly',
}

function Choice<T extends string>(props: {
  readonly label: string
  readonly value: T
  readonly options: Readonly<Record<T, string>>
  readonly onChoose: (value: T) => void
}) {
  const { label, value, options, onChoose } = props
  const words = Object.keys(options) as T[]
  return (
    <Select
      label={label}
      hideLabel={false}
      value={value}
      onValueChange={(chosen) => onChoose(chosen ?? value)}
      renderValue={(chosen) => options[chosen] ?? worded(chosen)}
    >
      {words.map((each) => (
        <Select.Option key={each} value={each}>
          {options[each]}
        </Select.Option>
      ))}
    </Select>
  )
}
