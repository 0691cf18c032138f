import type { Plan } from '../api/catalogue.ts'
import { moneyText } from '../parts/money.ts'
import { worded } from '../parts/words.ts'

export type Price = Plan['prices'][number]

/** `$99.00 monthly`. */
export function priceText({ amount, currency, chargePeriod }: Price): string {
  return `${moneyText(amount, currency)} ${worded(chargePeriod)}`
}
