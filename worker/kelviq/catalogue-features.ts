/** Features in Kelviq's words. */
import { ok, type Result } from '../../entitlements/result.ts'
import type { FeatureAnswer } from '../../schema/wire/feature.ts'
import type { Failure } from '../failures.ts'
import { NOTHING_YET } from '../tag.ts'
import { CATALOGUE_PAGE, featureIn, listed, readCatalogue } from './catalogue.ts'
import { featureObject, slugOf, statedFeature } from './feature-object.ts'
import { pageOfWhole } from './page.ts'
import { invalid, read, refusing } from './read.ts'
import { replacing } from './replacing.ts'
import { ask, param, type Reply, type Row, type Said } from './row.ts'

const wire = () => import('../../schema/wire/kelviq-catalogue.ts')

const NAMES = new Map([
  ['featureId', 'identifier'],
  ['type', 'featureType'],
  ['unit', 'featureDetails'],
])

const ONE = '/catalog/features/:featureId'

export const CATALOGUE_FEATURE_ROWS: readonly Row[] = [
  { method: 'GET', path: '/catalog/features', scope: 'read', handle: list },
  { method: 'POST', path: '/catalog/features', scope: 'manage', names: NAMES, handle: create },
  { method: 'GET', path: ONE, scope: 'read', handle: retrieve },
  { method: 'PATCH', path: ONE, scope: 'manage', names: NAMES, handle: update },
  { method: 'DELETE', path: ONE, scope: 'manage', handle: archive },
]

async function list(said: Said): Promise<Result<Reply, Failure>> {
  const catalogue = await readCatalogue(said)
  if (!catalogue.ok) return catalogue
  const features = listed(said, catalogue.value.features)
  return ok(pageOfWhole(said, features, featureObject, CATALOGUE_PAGE))
}

/** An identifier that was ever taken is never free again. */
async function create(said: Said): Promise<Result<Reply, Failure>> {
  const input = read((await wire()).featureInput, said)
  if (!input.ok) return input
  const featureId = input.value.identifier ?? slugOf(input.value.name)
  const body = statedFeature(featureId, input.value)
  if (!body.ok) return invalid(body.error)
  const made = await ask<FeatureAnswer>(said, {
    operationId: 'putFeature',
    params: { featureId },
    body: body.value,
    ifMatch: NOTHING_YET,
  })
  if (made.ok) return ok({ status: 201, body: featureObject(made.value) })
  if (made.error.code !== 'revision_mismatch') return made
  return refusing('/identifier', 'an identifier that no feature has, or has had')
}

/** The feature that the path names, archived or not. */
async function named(said: Said): Promise<Result<FeatureAnswer, Failure>> {
  const catalogue = await readCatalogue(said)
  return catalogue.ok ? featureIn(catalogue.value, param(said, 'featureId')) : catalogue
}

async function retrieve(said: Said): Promise<Result<Reply, Failure>> {
  const feature = await named(said)
  return feature.ok ? ok({ body: featureObject(feature.value) }) : feature
}

async function update(said: Said): Promise<Result<Reply, Failure>> {
  const patch = read((await wire()).featurePatch, said)
  if (!patch.ok) return patch
  const feature = await named(said)
  if (!feature.ok) return feature
  const { name, description, metadata } = patch.value
  const changed = await ask<FeatureAnswer>(said, {
    operationId: 'patchFeature',
    params: { featureId: feature.value.id },
    body: {
      ...(name && { name }),
      ...(description !== undefined && { description: description || null }),
      ...(metadata && { metadata: replacing(feature.value.metadata, metadata) }),
    },
  })
  return changed.ok ? ok({ body: featureObject(changed.value) }) : changed
}

async function archive(said: Said): Promise<Result<Reply, Failure>> {
  const feature = await named(said)
  if (!feature.ok) return feature
  const { id, archivedAt } = feature.value
  if (archivedAt !== null) return ok({ status: 400, body: { detail: 'Already archived.' } })
  const params = { featureId: id }
  const gone = await ask(said, { operationId: 'deleteFeature', params })
  return gone.ok ? ok({ status: 204, body: null }) : gone
}
