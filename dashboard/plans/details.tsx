import { Input } from '@cloudflare/kumo/components/input'
import type { Plan, PlanPatch } from '../api/catalogue.ts'
import { Choice } from '../parts/choice.tsx'
import { Sought } from '../parts/sought.tsx'
import { Prices } from './prices.tsx'
import { byId, lineOf } from './resolve.ts'

type Field = 'name' | 'description' | 'parentId' | 'rank' | 'visibility' | 'trialDays' | 'graceDays'

/** What a plan says beside its features. Only what differs goes into the patch. */
export function Details(props: {
  readonly plan: Plan
  readonly plans: readonly Plan[]
  readonly patch: PlanPatch
  readonly disabled: boolean
  readonly onChange: (patch: PlanPatch) => void
}) {
  const { plan, plans, patch, disabled, onChange } = props
  const now = { ...plan, ...patch }
  const set = (field: Field, value: string | number | null) => {
    const { [field]: _, ...rest } = patch
    onChange(value === (plan[field] ?? null) ? rest : { ...rest, [field]: value })
  }
  return (
    <fieldset disabled={disabled} className="grid items-start gap-4 sm:grid-cols-2 lg:grid-cols-4">
      <legend className="sr-only">Details</legend>
      <Input
        label="Name"
        value={now.name ?? ''}
        maxLength={128}
        onChange={({ target }) => set('name', target.value)}
      />
      <Input
        label="Description"
        value={now.description ?? ''}
        maxLength={1024}
        onChange={({ target }) => set('description', target.value === '' ? null : target.value)}
      />
      <Sought
        label="Inherits from"
        value={now.parentId ?? undefined}
        none="no plan"
        disabled={disabled}
        options={parentsFor(plan, plans).map(({ id, name }) => [id, name])}
        onChoose={(parentId) => set('parentId', parentId ?? null)}
      />
      <Choice
        label="Offered"
        value={now.visibility ?? 'public'}
        disabled={disabled}
        options={[
          ['public', 'to everybody'],
          ['private', 'as a deal'],
        ]}
        onChoose={(visibility) => set('visibility', visibility ?? 'public')}
      />
      <Numbers now={now} set={set} />
      <Prices
        prices={now.prices ?? []}
        disabled={disabled}
        onChange={(prices) => onChange({ ...patch, prices: [...prices] })}
      />
    </fieldset>
  )
}

/** Plans that this one can inherit from: not itself, and none that inherits from it. */
function parentsFor(plan: Plan, plans: readonly Plan[]): readonly Plan[] {
  const all = byId(plans)
  const isAbove = (each: Plan) => !lineOf(each, all).some(({ id }) => id === plan.id)
  return plans.filter((each) => each.archivedAt === null && isAbove(each))
}

function Numbers(props: {
  readonly now: Pick<PlanPatch, 'rank' | 'trialDays' | 'graceDays'>
  readonly set: (field: Field, value: number | null) => void
}) {
  const { now, set } = props
  const number = (field: Field, text: string, empty: null | 0) =>
    set(field, text === '' ? empty : Number(text))
  return (
    <>
      <Input
        label="Rank"
        description="A higher one is an upgrade."
        type="number"
        min={0}
        value={String(now.rank ?? 0)}
        onChange={({ target }) => number('rank', target.value, 0)}
      />
      <Input
        label="Trial, in days"
        type="number"
        min={0}
        value={String(now.trialDays ?? 0)}
        onChange={({ target }) => number('trialDays', target.value, 0)}
      />
      <Input
        label="Grace, in days"
        description="Empty: as the deployment has it."
        type="number"
        min={0}
        value={now.graceDays === null || now.graceDays === undefined ? '' : String(now.graceDays)}
        onChange={({ target }) => number('graceDays', target.value, null)}
      />
    </>
  )
}
