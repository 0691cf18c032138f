/** The whole catalogue as one document, as a seed file holds it. */
import * as z from 'zod'
import { FEATURES_MAX, PLANS_MAX } from '../../entitlements/compile.ts'
import { feature, featureInput } from './feature.ts'
import { body, catalogueId, CHANGED, flagParameter } from './field.ts'
import { plan, planInput } from './plan.ts'

const FEATURES = { error: `a list of at most ${FEATURES_MAX} features, each id once` }
const PLANS = { error: `a list of at most ${PLANS_MAX} plans, each id once` }

const listed = { id: catalogueId } as const

/** Features, plans and the default plan; what it leaves out is archived only on request. */
export const catalogueInput = body({
  features: z
    .array(featureInput.extend(listed), FEATURES)
    .max(FEATURES_MAX, FEATURES)
    .refine(eachIdOnce, FEATURES),
  plans: z.array(planInput.extend(listed), PLANS).max(PLANS_MAX, PLANS).refine(eachIdOnce, PLANS),
  defaultPlanId: catalogueId.nullable().exactOptional(),
})

export type CatalogueInput = z.infer<typeof catalogueInput>

const catalogue = z.object({
  features: z.array(feature),
  plans: z.array(plan),
  defaultPlanId: catalogueId.nullable(),
  revision: z.int(),
})

export const getCatalogue = { answer: catalogue }
export const putCatalogue = {
  query: body({ prune: flagParameter.default(false) }),
  body: catalogueInput,
  answer: catalogue.extend(CHANGED),
}

function eachIdOnce(items: readonly { readonly id: string }[]): boolean {
  return new Set(items.map((item) => item.id)).size === items.length
}
