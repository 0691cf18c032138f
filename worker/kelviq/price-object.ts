/** Prices as Kelviq tells them: one for each currency, with its charges. Ours are flat, for the plan as a whole. */
import { ok, type Result } from '../../entitlements/result.ts'
import type { PriceInput } from '../../schema/wire/kelviq-catalogue.ts'
import type { PlanAnswer } from '../../schema/wire/plan.ts'
import type { Failure } from '../failures.ts'
import { chargePeriodOf, chargePeriodWord } from './charge-period.ts'
import { decimalText, isCurrency, minorUnits } from './money.ts'
import { refusing } from './read.ts'

type Price = PlanAnswer['prices'][number]

/** What a plan costs, and how long it is tried. */
export interface Terms {
  readonly prices: readonly Price[]
  readonly trialDays: number
}

/** The prices of a plan in Kelviq's form; a plan without any is free. */
export function priceObjects({ id, prices, trialDays }: PlanAnswer): readonly object[] {
  const currencies = [...Map.groupBy(prices, ({ currency }) => currency)]
  const trial = { freeTrial: trialDays > 0, trialPeriod: trialDays }
  const always = { ...trial, enabled: true, taxBehavior: 'UNSPECIFIED' }
  if (currencies.length === 0) {
    return [
      { id: `${id}-free`, priceType: 'FREE', currency: null, ...always, chargeCatalogPrice: [] },
    ]
  }
  return currencies.map(([currency, charged]) => ({
    id: `${id}-${currency.toLowerCase()}`,
    priceType: 'PAID',
    currency,
    ...always,
    chargeCatalogPrice: [{ ...FLAT, charges: charged.map(chargeObject) }],
  }))
}

const FLAT = { feature: null, priceModel: 'FLAT', paymentType: 'ADVANCE_COMMITMENT' } as const

function chargeObject({ chargePeriod, amount, currency }: Price): object {
  return {
    chargePeriod: chargePeriodWord(chargePeriod),
    priceData: { amount: Number(decimalText(amount, currency)) },
    tiers: [],
    advanced: {},
  }
}

/** The terms that a list of prices states. Whatever is no flat price for the plan as a whole is refused, never simplified. */
export function termsFrom(stated: readonly PriceInput[]): Result<Terms, Failure> {
  const prices: Price[] = []
  for (const [at, price] of stated.entries()) {
    const found = pricesOf(price, `/prices/${at}`)
    if (!found.ok) return found
    prices.push(...found.value)
  }
  const trials = new Set(stated.map(trialDaysOf))
  const [trialDays = 0, ...others] = trials
  if (others.length > 0) {
    return refusing('/prices', 'one trial, the same for all prices: a plan has one here')
  }
  return ok({ prices, trialDays })
}

function trialDaysOf({ freeTrial, trialPeriod }: PriceInput): number {
  return freeTrial === true ? (trialPeriod ?? 0) : 0
}

/** What one price of Kelviq's comes to; nothing where it is free or not on offer. */
function pricesOf(price: PriceInput, at: string): Result<readonly Price[], Failure> {
  const { priceType, currency, enabled, chargeCatalogPrice } = price
  if (priceType === 'CUSTOM') {
    return refusing(`${at}/priceType`, '"FREE" or "PAID": a deal is a private plan with its price')
  }
  if (priceType === 'FREE' || enabled === false) return ok([])
  const code = currency?.toUpperCase() ?? ''
  if (!isCurrency(code)) return refusing(`${at}/currency`, 'an ISO 4217 code such as "USD"')
  const prices: Price[] = []
  for (const [index, each] of (chargeCatalogPrice ?? []).entries()) {
    const flat = flatPrices(each, code, `${at}/chargeCatalogPrice/${index}`)
    if (!flat.ok) return flat
    prices.push(...flat.value)
  }
  if (prices.length > 0) return ok(prices)
  return refusing(`${at}/chargeCatalogPrice`, 'a flat price with at least one charge')
}

type Charged = NonNullable<PriceInput['chargeCatalogPrice']>[number]

function flatPrices(
  { feature, priceModel, paymentType, charges }: Charged,
  currency: string,
  at: string,
): Result<readonly Price[], Failure> {
  const isFlat = (priceModel ?? 'FLAT') === 'FLAT' && (feature ?? null) === null
  if (!isFlat || (paymentType ?? 'ADVANCE_COMMITMENT') !== 'ADVANCE_COMMITMENT') {
    return refusing(at, 'a flat price in advance for the plan as a whole: units have no price here')
  }
  const prices = (charges ?? []).map(({ chargePeriod, priceData }) => ({
    chargePeriod: chargePeriodOf(chargePeriod),
    amount: minorUnits(priceData?.amount ?? Number.NaN, currency),
    currency,
  }))
  const wrong = prices.findIndex(({ amount }) => amount === null)
  if (wrong === -1)
    return ok(
      prices.flatMap(({ amount, ...rest }) => (amount === null ? [] : [{ amount, ...rest }])),
    )
  return refusing(
    `${at}/charges/${wrong}/priceData/amount`,
    `an amount in ${currency}, as its coins go`,
  )
}
