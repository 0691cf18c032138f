/** Features and plans: few enough to be read whole. */
import { queryOptions } from '@tanstack/react-query'
import type * as z from 'zod/mini'
import type { CatalogueInput, getCatalogue } from '../../schema/wire/catalogue.ts'
import type { FeatureAnswer, FeatureInput, FeaturePatch } from '../../schema/wire/feature.ts'
import type { PlanAnswer, PlanInput, PlanPatch } from '../../schema/wire/plan.ts'
import type { CataloguePreview } from '../../schema/wire/preview.ts'
import { path, request } from './request.ts'

export type Catalogue = z.infer<typeof getCatalogue.answer>
export type Feature = FeatureAnswer
export type Plan = PlanAnswer
/** What a plan states of a feature. */
export type Statement = Plan['allowances'][string]
export type { CatalogueInput, CataloguePreview, FeatureInput, FeaturePatch, PlanInput, PlanPatch }

/** The id of a feature or plan, as the service takes it. */
export const CATALOGUE_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/

export const catalogueQuery = queryOptions({
  queryKey: ['catalogue'],
  queryFn: ({ signal }) => request<Catalogue>('GET', path(['catalogue']), { signal }),
})

/** What an edit of a plan would do, while nothing changes. */
export function tryPlanPatch(planId: string, patch: PlanPatch): Promise<CataloguePreview> {
  return request('PATCH', path(['plans', planId], { dryRun: true }), { body: patch })
}

/** Edits a plan, if it still is as it was read. */
export function patchPlan(plan: Plan, patch: PlanPatch): Promise<Plan> {
  return request('PATCH', path(['plans', plan.id]), {
    body: patch,
    ifMatch: `"${plan.revision}"`,
  })
}

/** Makes a plan; one that has the id already is left as it is. */
export function createPlan(planId: string, plan: PlanInput): Promise<Plan> {
  return request('PUT', path(['plans', planId]), { body: plan, isNew: true })
}

/** Stating what is archived brings it back. */
export function restorePlan(plan: Plan): Promise<Plan> {
  const { id, revision, archivedAt: _, createdAt: __, updatedAt: ___, ...body } = plan
  return request('PUT', path(['plans', id]), { body, ifMatch: `"${revision}"` })
}

/** A plan that is archived is sold no more; whoever holds it keeps it. */
export function archivePlan(planId: string): Promise<Plan> {
  return request('DELETE', path(['plans', planId]))
}

/** Makes a feature; one that has the id already is left as it is. */
export function createFeature(featureId: string, feature: FeatureInput): Promise<Feature> {
  return request('PUT', path(['features', featureId]), { body: feature, isNew: true })
}

/** Stating what is archived brings it back. */
export function restoreFeature(feature: Feature): Promise<Feature> {
  const { id, revision, archivedAt: _, createdAt: __, updatedAt: ___, ...body } = feature
  return request('PUT', path(['features', id]), { body, ifMatch: `"${revision}"` })
}

export function patchFeature(feature: Feature, patch: FeaturePatch): Promise<Feature> {
  return request('PATCH', path(['features', feature.id]), {
    body: patch,
    ifMatch: `"${feature.revision}"`,
  })
}

export function archiveFeature(featureId: string): Promise<Feature> {
  return request('DELETE', path(['features', featureId]))
}

/** A document to be applied whole, and what becomes of what it leaves out. */
export interface Applying {
  readonly document: CatalogueInput
  /** Archives what the document leaves out. */
  readonly prune: boolean
}

/** What applying a document would do, while nothing changes. */
export function tryCatalogue({ document, prune }: Applying): Promise<CataloguePreview> {
  return request('PUT', path(['catalogue'], { prune, dryRun: true }), { body: document })
}

/** Applies a document, if the catalogue still is as it was at this revision. */
export function applyCatalogue({ document, prune }: Applying, revision: number) {
  return request<Catalogue>('PUT', path(['catalogue'], { prune }), {
    body: document,
    ifMatch: `"${revision}"`,
  })
}
