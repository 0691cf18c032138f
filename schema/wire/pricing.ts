/** What anybody may know of the catalogue: enough for a page of prices. */
import * as z from 'zod/mini'
import { allowance } from './allowance.ts'
import { feature } from './feature.ts'
import { catalogueId } from './field.ts'
import { plan } from './plan.ts'

/** What a plan gives of one feature, its inheritance resolved. */
const priced = z.extend(
  z.pick(feature, { name: true, description: true, type: true, unit: true }),
  { featureId: catalogueId, allowance },
)

/** A public plan, without what is nobody else's business: its parent, its metadata, its revisions. */
const pricedPlan = z.extend(
  z.pick(plan, {
    id: true,
    name: true,
    description: true,
    kind: true,
    rank: true,
    trialDays: true,
    prices: true,
  }),
  { allowances: z.array(priced) },
)

export type PricedPlan = z.infer<typeof pricedPlan>

export const getPricing = { answer: z.object({ data: z.array(pricedPlan) }) }
