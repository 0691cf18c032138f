/** A meter's allowance on its way: what the fields of its dialog hold, and what that states. */
import type { Statement } from '../api/catalogue.ts'
import { wholeNumberIn, wholeNumbersIn } from '../parts/written.ts'

export type Meter = Extract<Statement, { readonly limit: unknown }>

/** Numbers as they were written. */
export interface MeterDraft extends Pick<
  Meter,
  'enforcement' | 'reset' | 'anchor' | 'onPlanChange'
> {
  readonly isUnlimited: boolean
  readonly limit: string
  /** Of what is left at a reset; empty: nothing is carried. */
  readonly percent: string
  /** In units; empty: no cap. */
  readonly max: string
  readonly alertsAt: string
}

/** Fields that do not say what they should, by name. */
export type Wrong = Readonly<Partial<Record<keyof MeterDraft, string>>>

/** Begins with what holds, else with what most plans begin with. */
export function meterDraftOf(meter: Meter | undefined): MeterDraft {
  const { enforcement = 'hard', reset = 'monthly', anchor = 'subscription' } = meter ?? {}
  const { limit, rollover, alertsAt = [], onPlanChange = 'carry' } = meter ?? {}
  return {
    isUnlimited: limit === 'unlimited',
    limit: typeof limit === 'number' ? String(limit) : '',
    enforcement,
    reset,
    anchor,
    percent: textOf(rollover?.percent),
    max: textOf(rollover?.max),
    alertsAt: alertsAt.join(', '),
    onPlanChange,
  }
}

/** What is wrong with the draft, as the service would find; what cannot be said at all is not looked at. */
export function wrongIn(draft: MeterDraft): Wrong {
  const { isUnlimited, limit, percent, max, alertsAt, reset, anchor } = draft
  const isCarrying = carries(draft)
  return {
    ...(!isUnlimited && wholeNumberIn(limit) === null && { limit: 'A whole number from 0.' }),
    ...(isCarrying && !isWithin(percent, 100) && { percent: 'A whole number from 1 to 100.' }),
    ...(isCarrying &&
      max !== '' &&
      wholeNumberIn(max) === null && { max: 'A whole number from 0.' }),
    ...(!isUnlimited &&
      alertsIn(alertsAt) === null && { alertsAt: 'Whole numbers from 1 to 1000, by commas.' }),
    ...(reset === 'every_28_days' &&
      anchor === 'calendar' && { anchor: 'The calendar has no periods of 28 days.' }),
  }
}

/** What the draft states; null where something is wrong with it. */
export function meterIn(draft: MeterDraft): Meter | null {
  if (Object.keys(wrongIn(draft)).length > 0) return null
  const { isUnlimited, enforcement, reset, anchor, percent, max, onPlanChange } = draft
  return {
    limit: isUnlimited ? 'unlimited' : Number(wholeNumberIn(draft.limit)),
    enforcement,
    reset,
    anchor,
    rollover: carries(draft)
      ? { percent: Number(wholeNumberIn(percent)), max: max === '' ? null : wholeNumberIn(max) }
      : null,
    // Of nothing there is no percentage.
    alertsAt: isUnlimited ? [] : [...(alertsIn(draft.alertsAt) ?? [])],
    onPlanChange,
  }
}

/** What never starts anew carries nothing over, whatever was written before that was chosen. */
function carries({ reset, percent }: MeterDraft): boolean {
  return reset !== 'never' && percent !== ''
}

function alertsIn(text: string): readonly number[] | null {
  const numbers = wholeNumbersIn(text)
  return numbers?.every((each) => each >= 1 && each <= 1000) === true ? numbers : null
}

function isWithin(text: string, most: number): boolean {
  const number = wholeNumberIn(text)
  return number !== null && number >= 1 && number <= most
}

function textOf(number: number | null | undefined): string {
  return number === null || number === undefined ? '' : String(number)
}
