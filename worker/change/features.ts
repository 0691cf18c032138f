/** What a request makes of a feature. */
import { ok, type Result } from '../../entitlements/result.ts'
import { featureInput, type FeatureInput, type FeaturePatch } from '../../schema/wire/feature.ts'
import type { FeatureAnswer } from '../../schema/wire/feature.ts'
import type { Failure } from '../failures.ts'
import { invalid } from './invalid.ts'
import { patched } from './merge-patch.ts'
import type { FeatureContent, FeatureRow } from './stored-catalogue.ts'

/** A feature as it is stated whole; stating it brings an archived one back. `at` points to it in the request. */
export function statedFeature(
  id: string,
  input: FeatureInput,
  at: string,
): Result<FeatureContent, Failure> {
  const { type, unit = null, meter = null } = input
  const misplaced = unit === null ? 'meter' : 'unit'
  if (type !== 'meter' && (unit !== null || meter !== null)) {
    return invalid(`${at}/${misplaced}`, 'to be left out, since the feature is no meter')
  }
  if (meter !== null && (meter.aggregate === 'sum') !== (meter.property !== undefined)) {
    const sums = 'the name of the property that is added up'
    const counts = 'to be left out, since the events are counted'
    return invalid(`${at}/meter/property`, meter.aggregate === 'sum' ? sums : counts)
  }
  return ok({
    id,
    type,
    name: input.name ?? id,
    description: input.description ?? null,
    unit,
    meter,
    onUnavailable: input.onUnavailable ?? 'deny',
    metadata: input.metadata ?? {},
    archivedAt: null,
  })
}

/** The feature after a merge patch; an archived one stays archived. */
export function patchedFeature(
  row: FeatureRow,
  patch: FeaturePatch,
): Result<FeatureContent, Failure> {
  const { type, name, description, unit, meter, onUnavailable, metadata } = row
  const stated = {
    type,
    name,
    ...(description === null ? {} : { description }),
    ...(unit === null ? {} : { unit: { ...unit } }),
    ...(meter === null ? {} : { meter: { ...meter } }),
    onUnavailable,
    metadata,
  }
  const input = patched(featureInput, stated, patch)
  if (!input.ok) return input
  const content = statedFeature(row.id, input.value, '')
  return content.ok ? ok({ ...content.value, archivedAt: row.archivedAt }) : content
}

/** A feature as it is answered. */
export function featureView(row: FeatureRow): FeatureAnswer {
  const { id, type, name, description, unit, meter, onUnavailable, metadata, archivedAt } = row
  return {
    id,
    type,
    name,
    ...(description === null ? {} : { description }),
    ...(unit === null ? {} : { unit }),
    ...(meter === null ? {} : { meter }),
    onUnavailable,
    metadata,
    archivedAt: archivedAt === null ? null : new Date(archivedAt).toISOString(),
    createdAt: new Date(row.createdAt).toISOString(),
    updatedAt: new Date(row.updatedAt).toISOString(),
    revision: row.revision,
  }
}
