/** Plans in Kelviq's words. Edits are live at once: there are no drafts, so nothing waits to be published. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { PlanAnswer } from '../../schema/wire/plan.ts'
import type { Failure } from '../failures.ts'
import { NOTHING_YET } from '../tag.ts'
import { CATALOGUE_PAGE, listed, planIn, readCatalogue } from './catalogue.ts'
import { slugOf } from './feature-object.ts'
import { pageOfWhole } from './page.ts'
import { patchedPlan, planObject, statedPlan, VERSION } from './plan-object.ts'
import { read, refusing } from './read.ts'
import { ask, param, type Reply, type Row, type Said } from './row.ts'

const wire = () => import('../../schema/wire/kelviq-catalogue.ts')

const NAMES = new Map([
  ['planId', 'identifier'],
  ['parentId', 'basePlan'],
  ['rank', 'ordering'],
])

const ONE = '/catalog/plans/:planId'

export const CATALOGUE_PLAN_ROWS: readonly Row[] = [
  { method: 'GET', path: '/catalog/plans', scope: 'read', handle: list },
  { method: 'POST', path: '/catalog/plans', scope: 'manage', names: NAMES, handle: create },
  { method: 'GET', path: ONE, scope: 'read', handle: retrieve },
  { method: 'PATCH', path: ONE, scope: 'manage', names: NAMES, handle: update },
  { method: 'DELETE', path: ONE, scope: 'manage', handle: archive },
  { method: 'POST', path: `${ONE}/publish`, scope: 'manage', handle: publish },
  { method: 'DELETE', path: `${ONE}/discard`, scope: 'manage', handle: discard },
]

async function list(said: Said): Promise<Result<Reply, Failure>> {
  const catalogue = await readCatalogue(said)
  if (!catalogue.ok) return catalogue
  const plans = listed(said, catalogue.value.plans)
  return ok(pageOfWhole(said, plans, planObject, CATALOGUE_PAGE))
}

async function create(said: Said): Promise<Result<Reply, Failure>> {
  const input = read((await wire()).planInput, said)
  if (!input.ok) return input
  const body = statedPlan(input.value)
  if (!body.ok) return body
  const made = await ask<PlanAnswer>(said, {
    operationId: 'putPlan',
    params: { planId: input.value.identifier ?? slugOf(input.value.name) },
    body: body.value,
    ifMatch: NOTHING_YET,
  })
  if (made.ok) return ok({ status: 201, body: planObject(made.value) })
  if (made.error.code !== 'revision_mismatch') return made
  return refusing('/identifier', 'an identifier that no plan has, or has had')
}

/** The plan that a path names, archived or not. */
export async function namedPlan(said: Said): Promise<Result<PlanAnswer, Failure>> {
  const catalogue = await readCatalogue(said)
  return catalogue.ok ? planIn(catalogue.value, param(said, 'planId')) : catalogue
}

/** Versions that Kelviq might have had are not there. */
async function retrieve(said: Said): Promise<Result<Reply, Failure>> {
  const plan = await namedPlan(said)
  if (!plan.ok) return plan
  const version = said.query.get('version')
  if (version === null || version === String(VERSION)) return ok({ body: planObject(plan.value) })
  return err({
    code: 'plan_not_found',
    id: `${plan.value.id}?version=${version}`,
    suggestion: null,
  })
}

async function update(said: Said): Promise<Result<Reply, Failure>> {
  const patch = read((await wire()).planPatch, said)
  if (!patch.ok) return patch
  const plan = await namedPlan(said)
  if (!plan.ok) return plan
  const body = patchedPlan(plan.value, patch.value)
  if (!body.ok) return body
  const params = { planId: plan.value.id }
  const changed = await ask<PlanAnswer>(said, {
    operationId: 'patchPlan',
    params,
    body: body.value,
  })
  return changed.ok ? ok({ body: planObject(changed.value) }) : changed
}

async function archive(said: Said): Promise<Result<Reply, Failure>> {
  const plan = await namedPlan(said)
  if (!plan.ok) return plan
  const { id, archivedAt } = plan.value
  if (archivedAt !== null) return ok({ status: 400, body: { detail: 'Already archived.' } })
  const gone = await ask(said, { operationId: 'deletePlan', params: { planId: id } })
  return gone.ok ? ok({ status: 204, body: null }) : gone
}

async function publish(said: Said): Promise<Result<Reply, Failure>> {
  const plan = await namedPlan(said)
  if (!plan.ok) return plan
  if (plan.value.archivedAt === null) return ok({ body: { status: 'published' } })
  return ok({ status: 400, body: { detail: `Plan '${plan.value.id}' is archived.` } })
}

async function discard(said: Said): Promise<Result<Reply, Failure>> {
  const plan = await namedPlan(said)
  if (!plan.ok) return plan
  const detail = 'Plans are edited live, so there is no draft to discard. Edit the plan again.'
  return ok({ status: 400, body: { detail } })
}
