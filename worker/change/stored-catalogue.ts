/** The catalogue as D1 holds it, read at one moment. */
import { and, eq } from 'drizzle-orm'
import type { CompiledPlan } from '../../entitlements/catalogue.ts'
import { decodeDocument } from '../../schema/document.ts'
import { EMPTY_HEAD } from '../../schema/head.ts'
import { catalogue, documents, features, plans } from '../../schema/tables/catalogue.ts'
import type { Ports } from '../ports.ts'
import { database } from './database.ts'

export type FeatureRow = typeof features.$inferSelect
export type PlanRow = typeof plans.$inferSelect

/** What was decided about features and plans, and what it compiles to. */
export interface StoredCatalogue {
  readonly revision: number
  readonly defaultPlanId: string | null
  /** By id, in the order of ids; so are `plans`. */
  readonly features: ReadonlyMap<string, FeatureRow>
  readonly plans: ReadonlyMap<string, PlanRow>
  /** By plan. One whose document cannot be read is absent, and so is written anew by the next edit. */
  readonly compiled: ReadonlyMap<string, CompiledPlan>
}

/** What is stated of a feature; the rest of its row is bookkeeping. */
export type FeatureContent = Omit<FeatureRow, 'createdAt' | 'updatedAt' | 'revision'>
export type PlanContent = Omit<PlanRow, 'createdAt' | 'updatedAt' | 'revision' | 'documentRevision'>

/** The whole catalogue as somebody wants it. */
export interface Draft {
  readonly features: ReadonlyMap<string, FeatureContent>
  readonly plans: ReadonlyMap<string, PlanContent>
  readonly defaultPlanId: string | null
}

/** Where a request names each plan, as a JSON pointer: empty for the one that it is about. */
export type PlanPointer = (planId: string) => string

/** Reads the whole catalogue in one transaction. */
export async function readCatalogue(ports: Pick<Ports, 'db'>): Promise<StoredCatalogue> {
  const db = database(ports.db)
  const inForce = and(
    eq(documents.planId, plans.id),
    eq(documents.revision, plans.documentRevision),
  )
  const [heads, featureRows, planRows, documentRows] = await db.batch([
    db
      .select({ revision: catalogue.revision, defaultPlanId: catalogue.defaultPlanId })
      .from(catalogue),
    db.select().from(features).orderBy(features.id),
    db.select().from(plans).orderBy(plans.id),
    db.select({ document: documents.document }).from(documents).innerJoin(plans, inForce),
  ])
  const { revision, defaultPlanId } = heads[0] ?? EMPTY_HEAD
  const compiled = documentRows.map(({ document }) => decodeDocument(document))
  return {
    revision,
    defaultPlanId,
    features: byId(featureRows),
    plans: byId(planRows),
    compiled: byId(compiled.filter((plan) => plan !== null)),
  }
}

function byId<T extends { readonly id: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.id, item]))
}
