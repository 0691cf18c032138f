/** The whole catalogue as one document, as a seed file holds it. */
import * as z from 'zod/mini'
import { FEATURES_MAX, PLANS_MAX } from '../../entitlements/compile.ts'
import { feature, featureInput } from './feature.ts'
import { body, catalogueId, CHANGED, flagParameter, instant, natural } from './field.ts'
import { plan, planInput } from './plan.ts'
import { cataloguePreview, DRY_RUN } from './preview.ts'

const FEATURES = { error: `a list of at most ${FEATURES_MAX} features, each id once` }
const PLANS = { error: `a list of at most ${PLANS_MAX} plans, each id once` }

/** What an item of the document says beside itself. What is read-only may come back as it was read. */
const LISTED = {
  id: catalogueId,
  /** Null or left out: on offer. */
  archivedAt: z.exactOptional(z.nullable(instant)),
  createdAt: z.exactOptional(instant),
  updatedAt: z.exactOptional(instant),
  revision: z.exactOptional(natural),
} as const

/** Features, plans and the default plan; what it leaves out is archived only on request. */
export const catalogueInput = body({
  features: z
    .array(z.extend(featureInput, LISTED), FEATURES)
    .check(z.maxLength(FEATURES_MAX, FEATURES), z.refine(eachIdOnce, FEATURES)),
  plans: z
    .array(z.extend(planInput, LISTED), PLANS)
    .check(z.maxLength(PLANS_MAX, PLANS), z.refine(eachIdOnce, PLANS)),
  defaultPlanId: z.exactOptional(z.nullable(catalogueId)),
  revision: z.exactOptional(natural),
})

export type CatalogueInput = z.infer<typeof catalogueInput>

const catalogue = z.object({
  features: z.array(feature),
  plans: z.array(plan),
  defaultPlanId: z.nullable(catalogueId),
  revision: z.int(),
})

export const getCatalogue = { answer: catalogue }
export const putCatalogue = {
  query: body({ prune: z._default(flagParameter, false), ...DRY_RUN }),
  body: catalogueInput,
  answer: z.union([z.extend(catalogue, CHANGED), cataloguePreview]),
}

function eachIdOnce(items: readonly { readonly id: string }[]): boolean {
  return new Set(items.map((item) => item.id)).size === items.length
}
