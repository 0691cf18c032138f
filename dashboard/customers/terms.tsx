import { Input } from '@cloudflare/kumo/components/input'
import type { Plan } from '../api/catalogue.ts'
import { Choice } from '../parts/choice.tsx'
import { Sought } from '../parts/sought.tsx'
import { fieldError } from '../parts/form-dialog.tsx'
import { worded } from '../parts/words.ts'

/** What is bought: which plan, at which of its prices, how many. */
export interface TermsDraft {
  readonly planId: string | undefined
  readonly chargePeriod: string | undefined
  readonly quantity: string
}

/** The fields of what is bought; only add-ons come in quantities. */
export function TermsFields(props: {
  readonly plans: readonly Plan[]
  readonly draft: TermsDraft
  readonly error: Error | null
  readonly onChange: (part: Partial<TermsDraft>) => void
}) {
  const { plans, draft, error, onChange } = props
  const plan = plans.find(({ id }) => id === draft.planId)
  const periods = periodsOf(plan)
  const choose = (planId: string | undefined) => {
    const chosen = plans.find(({ id }) => id === planId)
    const offered = periodsOf(chosen)
    const kept = offered.find((each) => each === draft.chargePeriod)
    onChange({
      planId,
      chargePeriod: kept ?? offered[0],
      ...(chosen?.kind !== 'addon' && { quantity: '1' }),
    })
  }
  return (
    <>
      <Sought
        label="Plan"
        value={draft.planId}
        none="choose one"
        options={plans.filter(isSold).map((each) => [each.id, optionOf(each)])}
        onChoose={choose}
      />
      {periods.length === 0 ? null : (
        <Choice
          label="Charge period"
          value={draft.chargePeriod}
          options={periods.map((each) => [each, worded(each)])}
          onChoose={(chargePeriod) => onChange({ chargePeriod })}
        />
      )}
      {plan?.kind === 'addon' ? (
        <Input
          label="Quantity"
          type="number"
          min={1}
          value={draft.quantity}
          onChange={({ target }) => onChange({ quantity: target.value })}
          {...fieldError(error, '/quantity')}
        />
      ) : null}
    </>
  )
}

/** As the API takes it; null while it is not complete. */
export function termsIn(draft: TermsDraft) {
  const { planId, chargePeriod } = draft
  const quantity = Number(draft.quantity)
  if (planId === undefined || !Number.isInteger(quantity) || quantity < 1) return null
  return { planId, quantity, ...(chargePeriod !== undefined && { chargePeriod }) }
}

/** Names may be shared; ids are not. */
function optionOf({ id, name, kind }: Pick<Plan, 'id' | 'name' | 'kind'>): string {
  return `${name} (${id}${kind === 'addon' ? ', add-on' : ''})`
}

function isSold({ archivedAt }: { readonly archivedAt?: string | null }): boolean {
  return archivedAt == null
}

function periodsOf(plan: Plan | undefined): readonly string[] {
  return [...new Set(plan?.prices.map(({ chargePeriod }) => chargePeriod))]
}
