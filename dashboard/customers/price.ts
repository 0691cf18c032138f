/** What a subscription costs: its plan says it, and whoever holds the plan pays what it says now. */
import type { Plan } from '../api/catalogue.ts'
import { moneyText } from '../parts/money.ts'
import { worded } from '../parts/words.ts'

interface Terms {
  readonly chargePeriod: string | null
  readonly quantity: number
}

/** In a few words: `$20.00 monthly`, `3 × $5.00 = $15.00 monthly`; once in each currency that the plan has. */
export function priceText(plan: Plan | undefined, { chargePeriod, quantity }: Terms): string {
  if (chargePeriod === null) return 'free of charge'
  const prices = (plan?.prices ?? []).filter((each) => each.chargePeriod === chargePeriod)
  const period = worded(chargePeriod)
  if (prices.length === 0) return `${period}; its plan states no such price`
  const sums = prices.map(({ amount, currency }) => {
    const one = moneyText(amount, currency)
    return quantity === 1
      ? one
      : `${quantity.toLocaleString('en')} × ${one} = ${moneyText(amount * quantity, currency)}`
  })
  return `${sums.join(' or ')} ${period}`
}
