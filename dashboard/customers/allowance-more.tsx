import { Input } from '@cloudflare/kumo/components/input'
import { Choice } from '../parts/choice.tsx'
import { fieldError } from '../parts/form-dialog.tsx'
import { wholeNumberIn } from '../parts/written.ts'
import { AS_PLANNED, WHOLE_NUMBER } from './allowance-fields.tsx'
import { type MeterDraft, percentagesIn } from './draft.ts'

interface Fields {
  readonly meter: MeterDraft
  readonly error: Error | null
  readonly onChange: (part: Partial<MeterDraft>) => void
}

/** What an override seldom says of a meter: how its periods lie, what they carry over, and when to warn. */
export function MoreOfMeter(props: Fields) {
  const { meter, error, onChange } = props
  return (
    <>
      <div className="flex flex-wrap gap-3">
        <Choice
          label="Periods begin with"
          value={meter.anchor}
          none={AS_PLANNED}
          options={ANCHORS}
          onChoose={(anchor) => onChange({ anchor })}
          {...fieldError(error, '/allowance/anchor')}
        />
        <Choice
          label="When the plan changes"
          value={meter.onPlanChange}
          none={AS_PLANNED}
          options={PLAN_CHANGES}
          onChoose={(onPlanChange) => onChange({ onPlanChange })}
          {...fieldError(error, '/allowance/onPlanChange')}
        />
      </div>
      <Rollover {...props} />
      <Alerts {...props} />
    </>
  )
}

function Rollover({ meter, error, onChange }: Fields) {
  const { rollover, rolloverPercent, rolloverMax } = meter
  const percent = wholeNumberIn(rolloverPercent)
  const isPercent = percent !== null && percent >= 1 && percent <= 100
  const isMax = rolloverMax.trim() === '' || wholeNumberIn(rolloverMax) !== null
  return (
    <div className="flex flex-wrap items-start gap-3">
      <Choice
        label="What is left at the end of a period"
        value={rollover}
        none={AS_PLANNED}
        options={ROLLOVERS}
        onChoose={(chosen) =>
          onChange({ rollover: chosen === 'none' || chosen === 'share' ? chosen : undefined })
        }
        {...fieldError(error, '/allowance/rollover')}
      />
      {rollover === 'share' ? (
        <>
          <Input
            label="Percent of it"
            inputMode="numeric"
            value={rolloverPercent}
            onChange={({ target }) => onChange({ rolloverPercent: target.value })}
            {...(isPercent ? {} : { error: 'A whole number from 1 to 100.' })}
          />
          <Input
            label="At most"
            description="However much it is where empty."
            inputMode="numeric"
            value={rolloverMax}
            onChange={({ target }) => onChange({ rolloverMax: target.value })}
            {...(isMax ? {} : { error: WHOLE_NUMBER })}
          />
        </>
      ) : null}
    </div>
  )
}

function Alerts({ meter, error, onChange }: Fields) {
  const { alerts, alertsAt } = meter
  const isWrong = alertsAt !== '' && percentagesIn(alertsAt) === null
  return (
    <div className="flex flex-wrap items-start gap-3">
      <Choice
        label="Warnings"
        value={alerts}
        none={AS_PLANNED}
        options={ALERTS}
        onChoose={(chosen) =>
          onChange({ alerts: chosen === 'none' || chosen === 'some' ? chosen : undefined })
        }
      />
      {alerts === 'some' ? (
        <Input
          label="Percent of the limit"
          description="Several by commas, such as 80, 100."
          value={alertsAt}
          onChange={({ target }) => onChange({ alertsAt: target.value })}
          {...(isWrong
            ? { error: 'Whole percentages, by commas.' }
            : fieldError(error, '/allowance/alertsAt'))}
        />
      ) : null}
    </div>
  )
}

const ANCHORS = [
  ['subscription', 'the subscription'],
  ['calendar', 'the calendar (UTC)'],
] as const

const PLAN_CHANGES = [
  ['carry', 'what was used stays'],
  ['reset', 'use begins at 0'],
] as const

const ROLLOVERS = [
  ['none', 'is lost'],
  ['share', 'is carried over in part'],
] as const

const ALERTS = [
  ['none', 'none'],
  ['some', 'at percentages'],
] as const
