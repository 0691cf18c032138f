/** A plan as Kelviq's clients know it. Plans are live: there is one version of each, and it is published. */
import { ok, type Result } from '../../entitlements/result.ts'
import type { PlanInput, PlanPatch } from '../../schema/wire/kelviq-catalogue.ts'
import type { PlanAnswer } from '../../schema/wire/plan.ts'
import type { Failure } from '../failures.ts'
import { PRODUCT } from './product.ts'
import { refusing } from './read.ts'
import { replacing } from './replacing.ts'

/** The one version that a plan has. */
export const VERSION = 1

/** A plan in Kelviq's form. `ordering` is our rank; `basePlan` and `kind` are told beside what is known there. */
export function planObject(plan: PlanAnswer): Readonly<Record<string, unknown>> {
  const { id, name, description = '', metadata, visibility, rank, parentId, kind } = plan
  return {
    identifier: id,
    name,
    description,
    product: PRODUCT.id,
    metadata,
    version: VERSION,
    isLatest: plan.archivedAt === null,
    createdOn: plan.createdAt,
    modifiedOn: plan.updatedAt,
    details: {},
    isVisible: visibility === 'public',
    isImported: false,
    countries: [],
    license: { enabled: false },
    links: [],
    files: [],
    ordering: rank,
    basePlan: parentId,
    kind,
    isArchived: plan.archivedAt !== null,
  }
}

/** The plan that a request asks for, as our own operation takes it. */
export function statedPlan(input: PlanInput): Result<Stated, Failure> {
  const { name, description, metadata } = input
  const fields = sharedFields(input)
  if (!fields.ok) return fields
  return ok({
    name,
    ...(description && { description }),
    ...(metadata && { metadata }),
    ...fields.value,
  })
}

/** A request's changes to a plan, as our own operation takes them: `metadata` is replaced as a whole. */
export function patchedPlan(plan: PlanAnswer, patch: PlanPatch): Result<Stated, Failure> {
  const { name, description, metadata } = patch
  const fields = sharedFields(patch)
  if (!fields.ok) return fields
  return ok({
    ...(name && { name }),
    ...(description !== undefined && { description: description || null }),
    ...(metadata && { metadata: replacing(plan.metadata, metadata) }),
    ...fields.value,
  })
}

type Stated = Readonly<Record<string, unknown>>

/** What is said alike of a new plan and of one that is there; what would sell something else is refused. */
function sharedFields(input: PlanPatch): Result<Stated, Failure> {
  const { isVisible, ordering, basePlan, license, links, fileKeys } = input
  if (license?.enabled === true) {
    return refusing('/license', '{"enabled": false}: licence keys are not issued here')
  }
  if (links?.length) return refusing('/links', 'an empty list: plans have no links here')
  if (fileKeys?.length) return refusing('/fileKeys', 'an empty list: plans have no files here')
  return ok({
    ...(typeof isVisible === 'boolean' && { visibility: isVisible ? 'public' : 'private' }),
    ...(typeof ordering === 'number' && { rank: ordering }),
    ...(basePlan !== undefined && { parentId: basePlan }),
  })
}
