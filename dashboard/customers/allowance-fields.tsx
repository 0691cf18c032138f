import { Checkbox } from '@cloudflare/kumo/components/checkbox'
import { Input, InputArea } from '@cloudflare/kumo/components/input'
import { Choice } from '../parts/choice.tsx'
import { fieldError } from '../parts/form-dialog.tsx'
import { counted, RESETS, worded } from '../parts/words.ts'
import { jsonIn, wholeNumberIn } from '../parts/written.ts'
import { type Draft, type MeterDraft } from './draft.ts'

interface Fields {
  readonly draft: Draft
  readonly error: Error | null
  /** What the plan, or the override that stands, gives now. */
  readonly limitNow: number | 'unlimited' | undefined
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

function Limit({ draft, error, limitNow, onChange }: Fields) {
  const isWrong = draft.limit !== '' && wholeNumberIn(draft.limit) === null
  return (
    <>
      <Input
        label="Limit"
        inputMode="numeric"
        description={
          limitNow === undefined
            ? 'No plan gives any: the override has to say how much.'
            : `Now ${counted(limitNow)}. As the plan says where empty.`
        }
        disabled={draft.isUnlimited}
        value={draft.isUnlimited ? '' : draft.limit}
        onChange={(event) => onChange({ limit: event.target.value })}
        {...(isWrong ? { error: WHOLE_NUMBER } : fieldError(error, '/allowance/limit'))}
      />
      <Checkbox
        label="Unlimited"
        checked={draft.isUnlimited}
        onCheckedChange={(checked: boolean) => onChange({ isUnlimited: checked })}
      />
      <Words
        meter={draft.meter}
        error={error}
        onChange={(part) => onChange({ meter: { ...draft.meter, ...part } })}
      />
    </>
  )
}

/** What happens at the limit, and when counting begins anew. */
function Words(props: {
  readonly meter: MeterDraft
  readonly error: Error | null
  readonly onChange: (part: Partial<MeterDraft>) => void
}) {
  const { meter, error, onChange } = props
  return (
    <div className="flex flex-wrap gap-3">
      <Choice
        label="At the limit"
        value={meter.enforcement}
        none={AS_PLANNED}
        options={ENFORCEMENTS}
        onChoose={(enforcement) => onChange({ enforcement })}
        {...fieldError(error, '/allowance/enforcement')}
      />
      <Choice
        label="Resets"
        value={meter.reset}
        none={AS_PLANNED}
        options={RESETS.map((word) => [word, worded(word)])}
        onChoose={(reset) => onChange({ reset })}
        {...fieldError(error, '/allowance/reset')}
      />
    </div>
  )
}

/** What choosing nothing is called. */
export const AS_PLANNED = 'as the plan says'

/** What a field for units takes. */
export const WHOLE_NUMBER = 'A whole number from 0 to 9,007,199,254,740,991.'

const ENFORCEMENTS = [
  ['hard', 'hard: refused'],
  ['soft', 'soft: allowed, and counted'],
] as const
