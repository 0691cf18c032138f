import { Button } from '@cloudflare/kumo/components/button'
import { Dialog } from '@cloudflare/kumo/components/dialog'
import { Input, InputArea } from '@cloudflare/kumo/components/input'
import { Switch } from '@cloudflare/kumo/components/switch'
import { type FormEvent, useState } from 'react'
import type { Feature, Statement } from '../api/catalogue.ts'
import { Choice } from '../parts/choice.tsx'
import type { Given } from './resolve.ts'

type Meter = Extract<Statement, { readonly limit: unknown }>

const RESETS = [
  'never',
  'daily',
  'weekly',
  'every_28_days',
  'monthly',
  'quarterly',
  'yearly',
] as const satisfies readonly Meter['reset'][]

/** What a plan is to say of one feature, by the feature's type. */
export function AllowanceDialog(props: {
  readonly feature: Feature
  readonly given: Given | undefined
  readonly onSave: (statement: Statement) => void
  readonly onClose: () => void
}) {
  const { feature, given, onSave, onClose } = props
  const before = given?.statement
  return (
    <Dialog.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog className="p-6" size="lg">
        <Dialog.Title className="mb-4 text-xl font-semibold">
          <bdi>{feature.name}</bdi>
        </Dialog.Title>
        {feature.type === 'boolean' ? (
          <BooleanForm
            enabled={before !== undefined && 'enabled' in before ? before.enabled : true}
            onSave={onSave}
          />
        ) : feature.type === 'customizable' ? (
          <ValueForm
            text={before !== undefined && 'value' in before ? JSON.stringify(before.value) : ''}
            onSave={onSave}
          />
        ) : (
          <MeterForm
            meter={before !== undefined && 'limit' in before ? before : NEW_METER}
            unit={feature.unit?.plural ?? 'units'}
            onSave={onSave}
          />
        )}
      </Dialog>
    </Dialog.Root>
  )
}

const NEW_METER: Meter = {
  limit: 0,
  enforcement: 'hard',
  reset: 'monthly',
  anchor: 'subscription',
  rollover: null,
  alertsAt: [],
  onPlanChange: 'carry',
}

type Save = (statement: Statement) => void

function BooleanForm(props: { readonly enabled: boolean; readonly onSave: Save }) {
  const [enabled, setEnabled] = useState(props.enabled)
  return (
    <Form onSubmit={() => props.onSave({ enabled })}>
      <Switch label="Included" checked={enabled} onCheckedChange={setEnabled} />
    </Form>
  )
}

function ValueForm(props: { readonly text: string; readonly onSave: Save }) {
  const [text, setText] = useState(props.text)
  const value = parsed(text)
  return (
    <Form
      isReady={value !== undefined}
      onSubmit={() => value !== undefined && props.onSave({ value })}
    >
      <InputArea
        label="Value"
        description="JSON: a number, a text in quotes, a list or an object."
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
    </Form>
  )
}

/** JSON but null; undefined: it is none. */
function parsed(text: string) {
  try {
    const value: Extract<Statement, { readonly value: unknown }>['value'] | null = JSON.parse(text)
    return value ?? undefined
  } catch {
    return undefined
  }
}

function MeterForm(props: { readonly meter: Meter; readonly unit: string; readonly onSave: Save }) {
  const [meter, setMeter] = useState(props.meter)
  const set = (change: Partial<Meter>) => setMeter({ ...meter, ...change })
  const isUnlimited = meter.limit === 'unlimited'
  return (
    <Form onSubmit={() => props.onSave(isUnlimited ? { ...meter, alertsAt: [] } : meter)}>
      <Switch
        label="Unlimited"
        checked={isUnlimited}
        onCheckedChange={(on) => set({ limit: on ? 'unlimited' : 0 })}
      />
      {isUnlimited ? null : (
        <Input
          label={`Limit, in ${props.unit}`}
          type="number"
          min={0}
          step={1}
          required
          value={String(meter.limit)}
          onChange={({ target }) => set({ limit: Number(target.value) })}
        />
      )}
      <Choice
        label="At the limit"
        value={meter.enforcement}
        options={[
          ['hard', 'refuse (hard)'],
          ['soft', 'warn and let go on (soft)'],
        ]}
        onChoose={(chosen) => set({ enforcement: chosen === 'soft' ? 'soft' : 'hard' })}
      />
      <PeriodFields meter={meter} set={set} />
      <Input
        label="Warn at, in percent"
        description="Several by commas, such as 80, 100."
        value={meter.alertsAt.join(', ')}
        onChange={({ target }) => set({ alertsAt: (target.value.match(/\d+/g) ?? []).map(Number) })}
      />
    </Form>
  )
}

/** When a meter starts anew, and what it keeps. */
function PeriodFields(props: {
  readonly meter: Meter
  readonly set: (change: Partial<Meter>) => void
}) {
  const { meter, set } = props
  const { rollover } = meter
  const carry = (text: string) =>
    set({
      rollover: text === '' ? null : { percent: Number(text), max: rollover?.max ?? null },
    })
  return (
    <>
      <Choice
        label="Starts anew"
        value={meter.reset}
        options={RESETS.map((reset) => [reset, reset.replaceAll('_', ' ')])}
        onChoose={(chosen) => set({ reset: RESETS.find((each) => each === chosen) ?? 'never' })}
      />
      <Choice
        label="Counted from"
        value={meter.anchor}
        options={[
          ['subscription', 'the customer’s own start'],
          ['calendar', 'the calendar (UTC)'],
        ]}
        onChoose={(chosen) => set({ anchor: chosen === 'calendar' ? 'calendar' : 'subscription' })}
      />
      <Input
        label="Carried into the next period, in percent of what is left"
        description="Empty: nothing is carried."
        type="number"
        min={1}
        max={100}
        value={rollover === null ? '' : String(rollover.percent)}
        onChange={({ target }) => carry(target.value)}
      />
      <Choice
        label="When a customer changes to this plan"
        value={meter.onPlanChange}
        options={[
          ['carry', 'use goes on (carry)'],
          ['reset', 'use begins at 0 (reset)'],
        ]}
        onChoose={(chosen) => set({ onPlanChange: chosen === 'reset' ? 'reset' : 'carry' })}
      />
    </>
  )
}

function Form(props: {
  readonly isReady?: boolean
  readonly onSubmit: () => void
  readonly children: React.ReactNode
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    props.onSubmit()
  }
  return (
    <form className="flex flex-col gap-4" onSubmit={submit}>
      {props.children}
      <div className="flex justify-end gap-2">
        <Dialog.Close render={<Button>Cancel</Button>} />
        <Button type="submit" variant="primary" disabled={props.isReady === false}>
          Keep for review
        </Button>
      </div>
    </form>
  )
}
