/** Previews: what a change would do, in numbers and by name, while nothing changes. */
import * as z from 'zod/mini'
import { entitlement } from './access.ts'
import { body, catalogueId, flagParameter, instantText } from './field.ts'

/** Asks what a change would do instead of doing it. */
export const DRY_RUN = { dryRun: z._default(flagParameter, false) } as const

/** The query of a route that can be tried. */
export const dryRunQuery = body(DRY_RUN)

export interface DryRunQuery {
  readonly dryRun: boolean
}

/** Each counts pairs of a customer and a feature. */
const COUNTS = { gains: z.int(), losses: z.int(), overLimit: z.int() } as const

/** How many fields of one item a preview names. */
export const FIELDS_MAX = 50

/** What an edit of the catalogue would do to the customers whom it reaches. */
export const cataloguePreview = z.object({
  /** Of the catalogue that the edit was compared with. */
  revision: z.int(),
  /** What the edit itself states otherwise: features, then plans, then the default plan. Heirs are in `plans` alone. */
  changes: z.array(
    z.object({
      /** Its path below `/v1/`. */
      resource: z.string(),
      change: z.enum(['created', 'changed', 'archived', 'restored']),
      /** JSON pointers into it, at most fifty; none where it is new. */
      fields: z.array(z.string()),
      /** Of all fields that differ. */
      fieldCount: z.int(),
    }),
  ),
  /** Whose content would be another, inheritance resolved, or which begin or cease to be the default plan. */
  plans: z.array(catalogueId),
  /** Who hold one of them now. */
  customers: z.int(),
  ...COUNTS,
  /** Features with anything to count, in the order of ids. */
  features: z.array(z.object({ featureId: catalogueId, ...COUNTS })),
  /** Customers by name, at most ten: who would be over a limit first, then who loses, then who gains. */
  examples: z.array(
    z.object({
      customerId: z.string(),
      gains: z.array(catalogueId),
      losses: z.array(catalogueId),
      overLimit: z.array(catalogueId),
    }),
  ),
  /** The age of the oldest usage figure that counted; null where usage did not matter. */
  asOf: z.nullable(instantText),
  /** False where so many customers stand apart that some were counted by summaries alone. */
  exact: z.boolean(),
})

/** What a change of a subscription would do to its customer. */
export const subscriptionPreview = z.object({
  /** When it would take effect; everything below is as of then. */
  at: instantText,
  gains: z.array(catalogueId),
  losses: z.array(catalogueId),
  /** Every feature whose answer would be another in any respect. */
  changes: z.array(z.object({ featureId: catalogueId, before: entitlement, after: entitlement })),
  overLimit: z.array(catalogueId),
})

export type CataloguePreview = z.infer<typeof cataloguePreview>
export type SubscriptionPreview = z.infer<typeof subscriptionPreview>
