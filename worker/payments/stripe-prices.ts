/**
 * Which price of Stripe's stands for a plan and a charge period: the one with the lookup key `{plan}:{charge period}`,
 * made together with its product where there is none.
 */
import type Stripe from 'stripe'
import type { ChargePeriod } from '../../entitlements/subscription.ts'
import type { Price } from '../../schema/tables/catalogue.ts'
import { NOTES, RHYTHMS } from './stripe-facts.ts'

/** What is sold. */
export interface Sold {
  readonly plan: { readonly id: string; readonly name: string }
  readonly price: Price
}

/**
 * The price to charge. One that somebody has made in Stripe is taken as it is; one that we have made is replaced once the
 * plan costs something else, and whoever pays the former goes on paying it.
 */
export async function priceFor(stripe: Stripe, sold: Sold): Promise<string> {
  const { plan, price } = sold
  const currency = price.currency.toLowerCase()
  const key = lookupKey(plan.id, price.chargePeriod)
  const ofCurrency = `${key}:${currency}`
  const { data } = await stripe.prices.list({
    lookup_keys: [key, ofCurrency],
    active: true,
    limit: 2,
  })
  const standing = data.find((each) => each.currency === currency)
  if (standing !== undefined && !isOutdated(standing, price)) return standing.id
  const isTaken = data.some((each) => each.lookup_key === key && each.currency !== currency)
  return makePrice(stripe, sold, isTaken ? ofCurrency : key)
}

/** How a price of a plan is called at Stripe. */
export function lookupKey(planId: string, chargePeriod: ChargePeriod): string {
  return `${planId}:${chargePeriod}`
}

/** What Stripe calls the product that a plan is there. */
export function productId(planId: string): string {
  return `sluice_${planId}`
}

function isOutdated({ metadata, unit_amount }: Stripe.Price, { amount }: Price): boolean {
  return metadata[NOTES.plan] !== undefined && unit_amount !== amount
}

async function makePrice(stripe: Stripe, { plan, price }: Sold, key: string): Promise<string> {
  const product = await ensureProduct(stripe, plan)
  const { chargePeriod, amount } = price
  const currency = price.currency.toLowerCase()
  const made = await stripe.prices.create(
    {
      product,
      currency,
      unit_amount: amount,
      lookup_key: key,
      transfer_lookup_key: true,
      metadata: { [NOTES.plan]: plan.id, [NOTES.chargePeriod]: chargePeriod },
      ...(chargePeriod !== 'one_time' && { recurring: RHYTHMS[chargePeriod] }),
    },
    { idempotencyKey: `sluice-price-${key}-${currency}-${amount}` },
  )
  return made.id
}

/** The product of a plan, which is named after it and so is never made twice. */
async function ensureProduct(stripe: Stripe, { id, name }: Sold['plan']): Promise<string> {
  const product = { id: productId(id), name, metadata: { [NOTES.plan]: id } }
  try {
    return (await stripe.products.create(product)).id
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === EXISTS) return product.id
    throw thrown
  }
}

const EXISTS = 'resource_already_exists'
