/** What plans give, feature by feature, in Kelviq's words. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { CompiledAllowance } from '../../entitlements/catalogue.ts'
import type { EntitlementDetails } from '../../schema/wire/kelviq-catalogue.ts'
import type { FeatureAnswer } from '../../schema/wire/feature.ts'
import type { PlanAnswer } from '../../schema/wire/plan.ts'
import type { Failure } from '../failures.ts'
import { type Catalogue, CATALOGUE_PAGE, featureIn, planIn, readCatalogue } from './catalogue.ts'
import { detailsOf, inDetails, patchFrom } from './details.ts'
import { featureObject } from './feature-object.ts'
import { pageOfWhole } from './page.ts'
import { planObject } from './plan-object.ts'
import { invalid, read } from './read.ts'
import { ask, param, type Reply, type Row, type Said } from './row.ts'

const wire = () => import('../../schema/wire/kelviq-catalogue.ts')

const ALL = '/catalog/plans/:planId/features'
const ONE = `${ALL}/:featureId`

export const CATALOGUE_ENTITLEMENT_ROWS: readonly Row[] = [
  { method: 'GET', path: ALL, scope: 'read', handle: list },
  { method: 'POST', path: ALL, scope: 'manage', handle: add },
  { method: 'PATCH', path: ONE, scope: 'manage', handle: update },
  { method: 'DELETE', path: ONE, scope: 'manage', handle: remove },
]

/** A plan within the catalogue. */
interface Place {
  readonly catalogue: Catalogue
  readonly plan: PlanAnswer
}

async function placeOf(said: Said): Promise<Result<Place, Failure>> {
  const catalogue = await readCatalogue(said)
  if (!catalogue.ok) return catalogue
  const plan = planIn(catalogue.value, param(said, 'planId'))
  return plan.ok ? ok({ catalogue: catalogue.value, plan: plan.value }) : plan
}

async function list(said: Said): Promise<Result<Reply, Failure>> {
  const place = await placeOf(said)
  if (!place.ok) return place
  const { catalogue, plan } = place.value
  const given = [...catalogue.allowancesOf(plan.id)].flatMap(([featureId, compiled]) => {
    const feature = catalogue.features.get(featureId)
    return feature === undefined ? [] : [entitlementObject(feature, compiled)]
  })
  return ok(pageOfWhole(said, given, (each) => each, CATALOGUE_PAGE))
}

function entitlementObject(feature: FeatureAnswer, { allowance, mark }: CompiledAllowance): object {
  return { feature: featureObject(feature), details: detailsOf(allowance, mark) }
}

/** All that is listed, or nothing of it. What the plan gives already takes the form that is stated. */
async function add(said: Said): Promise<Result<Reply, Failure>> {
  const input = read((await wire()).planEntitlements, said)
  if (!input.ok) return input
  const place = await placeOf(said)
  if (!place.ok) return place
  const { planEntitlements: stated } = input.value
  const patches: Record<string, unknown> = {}
  for (const [at, { feature, details }] of stated.entries()) {
    const patch = patchOf(place.value, feature, details, `/planEntitlements/${at}/details`)
    if (!patch.ok) return patch
    patches[feature] = patch.value
  }
  const where = (featureId: string) => {
    const at = stated.findIndex(({ feature }) => feature === featureId)
    return `/planEntitlements/${at}/details`
  }
  const changed = await patched(said, place.value.plan, patches, where)
  return changed.ok ? ok({ status: 201, body: planObject(changed.value) }) : changed
}

async function update(said: Said): Promise<Result<Reply, Failure>> {
  const input = read((await wire()).planEntitlement, said)
  if (!input.ok) return input
  const place = await placeOf(said)
  if (!place.ok) return place
  const featureId = param(said, 'featureId')
  const patch = patchOf(place.value, featureId, input.value.details, '/details')
  if (!patch.ok) return patch
  const { plan } = place.value
  const changed = await patched(said, plan, { [featureId]: patch.value }, () => '/details')
  if (!changed.ok) return changed
  const after = await placeOf(said)
  if (!after.ok) return after
  const { catalogue } = after.value
  const compiled = catalogue.allowancesOf(plan.id).get(featureId)
  const details = compiled === undefined ? null : detailsOf(compiled.allowance, compiled.mark)
  return ok({ body: { details } })
}

/** The plan gives it no more, whoever states it: what is inherited is taken away. */
async function remove(said: Said): Promise<Result<Reply, Failure>> {
  const place = await placeOf(said)
  if (!place.ok) return place
  const { catalogue, plan } = place.value
  const featureId = param(said, 'featureId')
  const compiled = catalogue.allowancesOf(plan.id).get(featureId)
  if (compiled === undefined)
    return err({ code: 'feature_not_found', id: featureId, suggestion: null })
  const statement = compiled.mark === 'own' ? null : { removed: true }
  const changed = await patched(said, plan, { [featureId]: statement }, () => '')
  return changed.ok ? ok({ status: 204, body: null }) : changed
}

/** What details state of one feature of a plan. */
function patchOf(
  { catalogue, plan }: Place,
  featureId: string,
  details: EntitlementDetails,
  at: string,
): Result<object | null, Failure> {
  const feature = featureIn(catalogue, featureId)
  if (!feature.ok) return feature
  const inForce = catalogue.allowancesOf(plan.id).get(featureId)?.allowance ?? null
  const patch = patchFrom(details, feature.value.type, inForce)
  return patch.ok ? patch : invalid(patch.error, at)
}

async function patched(
  said: Said,
  { id }: PlanAnswer,
  allowances: object,
  where: (featureId: string) => string,
): Promise<Result<PlanAnswer, Failure>> {
  const changed = await ask<PlanAnswer>(said, {
    operationId: 'patchPlan',
    params: { planId: id },
    body: { allowances },
  })
  return changed.ok ? changed : err(inDetails(changed.error, where))
}
