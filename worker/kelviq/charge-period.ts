/** Kelviq's words for how often a price is charged. */
import type { ChargePeriod } from '../../entitlements/subscription.ts'
import type { ChargePeriodWord } from '../../schema/kelviq-words.ts'

/** How a subscription recurs, in the three forms in which Kelviq says it. */
export interface Recurrence {
  readonly billingType: 'SUBSCRIPTION' | 'ONE_TIME'
  readonly recurrence: string
  readonly recurrenceUnit: number | null
  readonly recurrenceType: string | null
}

/** The charge period that a word means. */
export function chargePeriodOf(word: ChargePeriodWord): ChargePeriod {
  switch (word) {
    case 'ONE_TIME':
      return 'one_time'
    case 'DAILY':
      return 'daily'
    case 'WEEKLY':
      return 'weekly'
    case 'TWENTY_EIGHT_DAYS':
      return 'every_28_days'
    case 'MONTHLY':
      return 'monthly'
    case 'THREE_MONTHS':
    case 'QUARTERLY':
      return 'quarterly'
    case 'SIX_MONTHS':
      return 'half_yearly'
    case 'YEARLY':
      return 'yearly'
  }
}

/** The word for a charge period. */
export function chargePeriodWord(period: ChargePeriod): ChargePeriodWord {
  return WORDS[period]
}

/** How what is charged so recurs; null, what costs nothing, is charged once as there. */
export function recurrenceOf(period: ChargePeriod | null): Recurrence {
  const every = EVERY[period ?? 'one_time']
  if (every === null) return ONCE
  const [recurrenceUnit, recurrenceType] = every
  const recurrence = recurrenceType.toLowerCase()
  return { billingType: 'SUBSCRIPTION', recurrence, recurrenceUnit, recurrenceType }
}

const ONCE: Recurrence = {
  billingType: 'ONE_TIME',
  recurrence: '',
  recurrenceUnit: null,
  recurrenceType: null,
}

const WORDS: Readonly<Record<ChargePeriod, ChargePeriodWord>> = {
  one_time: 'ONE_TIME',
  daily: 'DAILY',
  weekly: 'WEEKLY',
  every_28_days: 'TWENTY_EIGHT_DAYS',
  monthly: 'MONTHLY',
  quarterly: 'THREE_MONTHS',
  half_yearly: 'SIX_MONTHS',
  yearly: 'YEARLY',
}

const EVERY: Readonly<Record<ChargePeriod, readonly [unit: number, type: string] | null>> = {
  one_time: null,
  daily: [1, 'DAY'],
  weekly: [1, 'WEEK'],
  every_28_days: [28, 'DAY'],
  monthly: [1, 'MONTH'],
  quarterly: [3, 'MONTH'],
  half_yearly: [6, 'MONTH'],
  yearly: [1, 'YEAR'],
}
