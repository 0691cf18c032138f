/** Features on the wire, one export a route. */
import * as z from 'zod/mini'
import { FEATURE_TYPES } from '../words.ts'
import { body, catalogueId, CHANGED, instantText, metadata, oneOf, PAGE_QUERY } from './field.ts'
import { pageOf, prose, removable, words } from './field.ts'
import { cataloguePreview, dryRunQuery } from './preview.ts'

const unit = body({ singular: words(64), plural: words(64) })

const meter = body({
  event: words(128),
  aggregate: oneOf(['count', 'sum']),
  property: z.exactOptional(words(128)),
})

/** What a caller may say of a feature; the type is said once and never changes. */
const FIELDS = {
  type: oneOf(FEATURE_TYPES),
  name: z.exactOptional(words(128)),
  description: z.exactOptional(prose(1024)),
  unit: z.exactOptional(unit),
  meter: z.exactOptional(meter),
  onUnavailable: z.exactOptional(oneOf(['deny', 'allow'])),
  metadata: z.exactOptional(metadata),
} as const

const params = body({ featureId: catalogueId })

/** A feature as it is stated whole: what is left out has its default. */
export const featureInput = body(FIELDS)

/** A merge patch: what is left out stays, `null` removes. */
export const featurePatch = body({
  type: z.exactOptional(FIELDS.type),
  name: removable(words(128)),
  description: removable(prose(1024)),
  unit: removable(unit),
  meter: removable(meter),
  onUnavailable: removable(oneOf(['deny', 'allow'])),
  metadata: removable(metadata),
})

/** A feature in an answer. */
export const feature = z.object({
  id: catalogueId,
  type: z.enum(FEATURE_TYPES),
  name: z.string(),
  description: z.optional(z.string()),
  unit: z.optional(z.object({ singular: z.string(), plural: z.string() })),
  meter: z.optional(
    z.object({
      event: z.string(),
      aggregate: z.enum(['count', 'sum']),
      property: z.optional(z.string()),
    }),
  ),
  onUnavailable: z.enum(['deny', 'allow']),
  metadata,
  archivedAt: z.nullable(instantText),
  createdAt: instantText,
  updatedAt: instantText,
  revision: z.int(),
})

export type FeatureInput = z.infer<typeof featureInput>
export type FeaturePatch = z.infer<typeof featurePatch>
export type FeatureAnswer = z.infer<typeof feature>

const query = dryRunQuery
const changed = z.union([z.extend(feature, CHANGED), cataloguePreview])

export const putFeature = { params, query, body: featureInput, answer: changed }
export const patchFeature = { params, query, body: featurePatch, answer: changed }
export const getFeature = { params, answer: feature }
export const deleteFeature = { params, query, answer: changed }
export const listFeatures = { query: body(PAGE_QUERY), answer: pageOf(feature) }
