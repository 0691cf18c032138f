/** Features on the wire, one export a route. */
import * as z from 'zod'
import { FEATURE_TYPES } from '../words.ts'
import { body, catalogueId, CHANGED, instantText, metadata, oneOf, PAGE_QUERY } from './field.ts'
import { pageOf, prose, words } from './field.ts'
import { cataloguePreview, dryRunQuery } from './preview.ts'

const unit = body({ singular: words(64), plural: words(64) })

const meter = body({
  event: words(128),
  aggregate: oneOf(['count', 'sum']),
  property: words(128).exactOptional(),
})

/** What a caller may say of a feature; the type is said once and never changes. */
const FIELDS = {
  type: oneOf(FEATURE_TYPES),
  name: words(128).exactOptional(),
  description: prose(1024).exactOptional(),
  unit: unit.exactOptional(),
  meter: meter.exactOptional(),
  onUnavailable: oneOf(['deny', 'allow']).exactOptional(),
  metadata: metadata.exactOptional(),
} as const

const params = body({ featureId: catalogueId })

/** A feature as it is stated whole: what is left out has its default. */
export const featureInput = body(FIELDS)

/** A merge patch: what is left out stays, `null` removes. */
export const featurePatch = body({
  type: FIELDS.type.exactOptional(),
  name: words(128).nullable().exactOptional(),
  description: prose(1024).nullable().exactOptional(),
  unit: unit.nullable().exactOptional(),
  meter: meter.nullable().exactOptional(),
  onUnavailable: oneOf(['deny', 'allow']).nullable().exactOptional(),
  metadata: metadata.nullable().exactOptional(),
})

/** A feature in an answer. */
export const feature = z.object({
  id: catalogueId,
  type: z.enum(FEATURE_TYPES),
  name: z.string(),
  description: z.string().optional(),
  unit: z.object({ singular: z.string(), plural: z.string() }).optional(),
  meter: z
    .object({
      event: z.string(),
      aggregate: z.enum(['count', 'sum']),
      property: z.string().optional(),
    })
    .optional(),
  onUnavailable: z.enum(['deny', 'allow']),
  metadata,
  archivedAt: instantText.nullable(),
  createdAt: instantText,
  updatedAt: instantText,
  revision: z.int(),
})

export type FeatureInput = z.infer<typeof featureInput>
export type FeaturePatch = z.infer<typeof featurePatch>
export type FeatureAnswer = z.infer<typeof feature>

const query = dryRunQuery
const changed = z.union([feature.extend(CHANGED), cataloguePreview])

export const putFeature = { params, query, body: featureInput, answer: changed }
export const patchFeature = { params, query, body: featurePatch, answer: changed }
export const getFeature = { params, answer: feature }
export const deleteFeature = { params, query, answer: changed }
export const listFeatures = { query: body(PAGE_QUERY), answer: pageOf(feature) }
