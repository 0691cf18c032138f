/** Features over HTTP. */
import { eq, gt } from 'drizzle-orm'
import { features } from '../../schema/tables/catalogue.ts'
import type { FeatureInput, FeaturePatch } from '../../schema/wire/feature.ts'
import type { DryRunQuery } from '../../schema/wire/preview.ts'
import {
  archiveItem,
  changeItem,
  getItem,
  type Items,
  listItems,
  putItem,
} from '../change/catalogue-item.ts'
import { database } from '../change/database.ts'
import { featureView, patchedFeature, statedFeature } from '../change/features.ts'
import type { FeatureContent, FeatureRow } from '../change/stored-catalogue.ts'
import type { PageQuery } from '../paging.ts'
import type { Handler } from '../route.ts'

interface Params {
  readonly featureId: string
}

export const putFeature: Handler<Params, DryRunQuery, FeatureInput> = (call) => {
  const { featureId } = call.params
  return putItem(call, FEATURES, featureId, () => statedFeature(featureId, call.body, ''))
}

export const patchFeature: Handler<Params, DryRunQuery, FeaturePatch> = (call) =>
  changeItem(call, FEATURES, { id: call.params.featureId, verb: 'patch' }, (row) =>
    patchedFeature(row, call.body),
  )

export const deleteFeature: Handler<Params, DryRunQuery> = (call) =>
  archiveItem(call, FEATURES, call.params.featureId)

export const getFeature: Handler<Params> = (call) => getItem(call, FEATURES, call.params.featureId)

export const listFeatures: Handler<unknown, PageQuery> = (call) => listItems(call, FEATURES)

const FEATURES: Items<FeatureRow, FeatureContent> = {
  name: 'features',
  of: (stored) => stored.features,
  withItem: (stored, feature) => ({
    ...stored,
    features: new Map<string, FeatureContent>(stored.features).set(feature.id, feature),
  }),
  notFound: (id, suggestion) => ({ code: 'feature_not_found', id, suggestion }),
  view: featureView,
  find: ({ db }, id) => database(db).select().from(features).where(eq(features.id, id)).get(),
  read: ({ db }, after, count) =>
    database(db)
      .select()
      .from(features)
      .where(gt(features.id, after ?? ''))
      .orderBy(features.id)
      .limit(count),
}
