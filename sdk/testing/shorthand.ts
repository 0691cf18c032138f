/** For tests that only allow and deny: `{ acme: ['sso', { 'api-calls': 100 }] }`. */
import type { CatalogueWords, CustomerWords, FeatureWords, PlanWords } from './words.ts'

/** What one customer has: a boolean feature by its id; meters by their limits, anything else by its allowance. */
export type Given<F extends string = string> =
  | F
  | { readonly [featureId in F]?: number | 'unlimited' | boolean | object }

/** By customer. */
export type Shorthand<F extends string = string> = {
  readonly [customerId: string]: readonly Given<F>[]
}

/** The same as a catalogue with one plan a customer, which is named after it. */
export function spelledOut(shorthand: Shorthand): {
  readonly catalogue: CatalogueWords
  readonly customers: readonly CustomerWords[]
} {
  const features = new Map<string, FeatureWords>()
  const plans: PlanWords[] = []
  const customers: CustomerWords[] = []
  for (const [id, given] of Object.entries(shorthand)) {
    const allowances = new Map(given.flatMap(allowancesOf))
    for (const [featureId, allowance] of allowances) {
      features.set(featureId, { id: featureId, type: typeOf(allowance) })
    }
    plans.push({ id, visibility: 'private', allowances: Object.fromEntries(allowances) })
    customers.push({ id, subscriptions: [{ planId: id }] })
  }
  return { catalogue: { features: [...features.values()], plans }, customers }
}

function allowancesOf(given: Given): readonly (readonly [string, object])[] {
  if (typeof given === 'string') return [[given, { enabled: true }]]
  return Object.entries(given).flatMap(([featureId, said]) =>
    said === undefined ? [] : [[featureId, allowanceOf(said)] as const],
  )
}

function allowanceOf(said: number | 'unlimited' | boolean | object): object {
  if (typeof said === 'boolean') return { enabled: said }
  return typeof said === 'object' ? said : { limit: said }
}

function typeOf(allowance: object): string {
  if ('enabled' in allowance) return 'boolean'
  return 'value' in allowance ? 'customizable' : 'meter'
}
