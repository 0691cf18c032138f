import { Checkbox } from '@cloudflare/kumo/components/checkbox'
import { Input } from '@cloudflare/kumo/components/input'
import { Choice } from '../parts/choice.tsx'
import { RESETS, worded } from '../parts/words.ts'
import { type MeterDraft, type Wrong } from './meter-draft.ts'

interface Fields {
  readonly draft: MeterDraft
  readonly wrong: Wrong
  readonly onChange: (part: Partial<MeterDraft>) => void
}

/** What a plan may say of a meter. */
export function MeterFields(props: Fields & { readonly unit: string }) {
  const { draft, wrong, unit, onChange } = props
  return (
    <>
      <Input
        label={`Limit, in ${unit}`}
        inputMode="numeric"
        disabled={draft.isUnlimited}
        value={draft.isUnlimited ? '' : draft.limit}
        onChange={({ target }) => onChange({ limit: target.value })}
        {...(draft.limit !== '' && said(wrong.limit))}
      />
      <Checkbox
        label="Unlimited"
        checked={draft.isUnlimited}
        onCheckedChange={(isUnlimited: boolean) => onChange({ isUnlimited })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Choice
          label="At the limit"
          value={draft.enforcement}
          options={[
            ['hard', 'refuse (hard)'],
            ['soft', 'warn and let go on (soft)'],
          ]}
          onChoose={(chosen) => onChange({ enforcement: chosen === 'soft' ? 'soft' : 'hard' })}
        />
        <Choice
          label="When a customer changes to this plan"
          value={draft.onPlanChange}
          options={[
            ['carry', 'use goes on (carry)'],
            ['reset', 'use begins at 0 (reset)'],
          ]}
          onChoose={(chosen) => onChange({ onPlanChange: chosen === 'reset' ? 'reset' : 'carry' })}
        />
        <PeriodFields {...props} />
      </div>
      <Input
        label="Warn at, in percent of the limit"
        description="Several by commas, such as 80, 100; empty: never."
        disabled={draft.isUnlimited}
        value={draft.isUnlimited ? '' : draft.alertsAt}
        onChange={({ target }) => onChange({ alertsAt: target.value })}
        {...said(wrong.alertsAt)}
      />
    </>
  )
}

/** When a meter starts anew, and what it keeps. */
function PeriodFields({ draft, wrong, onChange }: Fields) {
  const isForEver = draft.reset === 'never'
  return (
    <>
      <Choice
        label="Starts anew"
        value={draft.reset}
        options={RESETS.map((reset) => [reset, worded(reset)])}
        onChoose={(chosen) =>
          onChange({ reset: RESETS.find((each) => each === chosen) ?? 'never' })
        }
      />
      <div>
        <Choice
          label="Counted from"
          value={draft.anchor}
          disabled={isForEver}
          options={[
            ['subscription', 'the customer’s own start'],
            ['calendar', 'the calendar (UTC)'],
          ]}
          onChoose={(chosen) =>
            onChange({ anchor: chosen === 'calendar' ? 'calendar' : 'subscription' })
          }
        />
        {wrong.anchor === undefined ? null : (
          <p role="alert" className="mt-1 text-sm text-kumo-danger">
            {wrong.anchor}
          </p>
        )}
      </div>
      <Input
        label="Carried over, in percent of what is left"
        description="Empty: nothing."
        inputMode="numeric"
        disabled={isForEver}
        value={isForEver ? '' : draft.percent}
        onChange={({ target }) => onChange({ percent: target.value })}
        {...said(wrong.percent)}
      />
      <Input
        label="Carried over at most"
        description="Empty: as much as that is."
        inputMode="numeric"
        disabled={isForEver || draft.percent === ''}
        value={isForEver ? '' : draft.max}
        onChange={({ target }) => onChange({ max: target.value })}
        {...said(wrong.max)}
      />
    </>
  )
}

function said(error: string | undefined): { readonly error?: string } {
  return error === undefined ? {} : { error }
}
