/** Prices, dates and allowances in words for customers. */
import type { Allowance, Reset } from '../../entitlements/allowance.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { ChargePeriod } from '../../entitlements/subscription.ts'
import type { Unit } from '../../schema/tables/catalogue.ts'

/** Money as people write it: `$99`, `€9.90`. */
export function moneyText(amount: number, currency: string): string {
  const form = new Intl.NumberFormat('en', { style: 'currency', currency })
  const { maximumFractionDigits: digits = 2 } = form.resolvedOptions()
  const whole = amount % 10 ** digits === 0
  const shown = whole
    ? new Intl.NumberFormat('en', { style: 'currency', currency, maximumFractionDigits: 0 })
    : form
  return shown.format(amount / 10 ** digits)
}

/** A day, in UTC. */
export function dayText(at: Instant): string {
  return new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' }).format(at)
}

/** How often a price is charged; follows the price. */
export const CHARGE_WORDS: Readonly<Record<ChargePeriod, string>> = {
  one_time: 'once',
  daily: 'a day',
  weekly: 'a week',
  every_28_days: 'every 28 days',
  monthly: 'a month',
  quarterly: 'every three months',
  half_yearly: 'every six months',
  yearly: 'a year',
}

/** How often a meter begins again; follows the number of units. */
export const RESET_WORDS: Readonly<Record<Reset, string>> = {
  never: '',
  daily: 'a day',
  weekly: 'a week',
  every_28_days: 'every 28 days',
  monthly: 'a month',
  quarterly: 'a quarter',
  yearly: 'a year',
}

/** A number of units, such as `1,000 calls`. */
export function unitsText(units: number, unit: Unit | null): string {
  const number = new Intl.NumberFormat('en').format(units)
  if (unit === null) return number
  return `${number} ${units === 1 ? unit.singular : unit.plural}`
}

/**
 * What an allowance gives, beside the feature's name; empty where having it says all. Null: it gives nothing.
 *
 * @param quantity How many of the plan: it multiplies limits.
 */
export function givenText(allowance: Allowance, unit: Unit | null, quantity = 1): string | null {
  if ('enabled' in allowance) return allowance.enabled ? '' : null
  if ('value' in allowance) return valueText(allowance.value)
  const { limit, enforcement, reset, rollover } = allowance
  if (limit === 'unlimited') return 'unlimited'
  if (limit === 0 && enforcement === 'hard') return null
  const parts = [
    `${unitsText(limit * quantity, unit)} ${RESET_WORDS[reset]}`.trim(),
    enforcement === 'soft' ? 'more is possible' : '',
    rollover === null ? '' : `${rollover.percent} % of what is left is carried over`,
  ]
  return parts.filter((part) => part !== '').join('; ')
}

const VALUE_LENGTH_MAX = 80

/** Words and numbers as they are; lists of them with commas. What is made for programs says nothing to people. */
function valueText(value: unknown): string {
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value]
  const isPlain = parts.every((part) => typeof part === 'string' || typeof part === 'number')
  const text = isPlain ? parts.join(', ') : ''
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text
}
