/** A catalogue as somebody wants it: whether it may stand, and which rows and documents it changes. */
import type { CompiledPlan } from '../../entitlements/catalogue.ts'
import { compileCatalogue, type Feature, type Plan } from '../../entitlements/compile.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { sameJson } from '../../entitlements/json.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { encodeDocument, MAX_DOCUMENT_BYTES } from '../../schema/document.ts'
import { encodeHead, type EventMeter } from '../../schema/head.ts'
import type { Failure } from '../failures.ts'
import { compileFailure, documentFailure } from './catalogue-failure.ts'
import { ruleFailure } from './catalogue-rules.ts'
import type {
  Draft,
  FeatureContent,
  FeatureRow,
  PlanContent,
  PlanPointer,
  PlanRow,
  StoredCatalogue,
} from './stored-catalogue.ts'

/** What a draft changes. */
export interface CatalogueChange {
  readonly after: StoredCatalogue
  /** As D1 and KV hold it. */
  readonly head: string
  readonly features: readonly FeatureRow[]
  readonly plans: readonly PlanRow[]
  /** Compiled plans whose content is new; the others keep their documents. */
  readonly documents: readonly CompiledPlan[]
}

/** When the draft takes effect. */
export interface Stamp {
  readonly revision: number
  readonly now: Instant
}

/** What the draft changes, null where it changes nothing, or why it cannot stand. */
export function changeFor(
  stored: StoredCatalogue,
  draft: Draft,
  stamp: Stamp,
  pointer: PlanPointer,
): Result<CatalogueChange | null, Failure> {
  const broken = ruleFailure(stored, draft, pointer)
  if (broken !== null) return err(broken)
  const compiled = compileCatalogue(
    Array.from(draft.features.values(), featureOf),
    Array.from(draft.plans.values(), planOf),
    draft.defaultPlanId,
    stamp.revision,
    stored.compiled,
  )
  if (!compiled.ok) return err(compileFailure(compiled.error, draft, pointer))
  const { plans } = compiled.value
  const tooLarge = [...plans.values()].find(isTooLarge)
  if (tooLarge !== undefined) return err(documentFailure(tooLarge.id, pointer))
  const revisions = new Map([...plans].map(([id, plan]) => [id, plan.revision]))
  const meters = metersOf(draft.features.values())
  const head = encodeHead({ ...compiled.value, plans: revisions, meters })
  return ok(differences(stored, afterOf(stored, draft, stamp, plans), head))
}

/** By event, the meters that name it. An archived one goes on counting where it is held. */
function metersOf(features: Iterable<FeatureContent>): ReadonlyMap<string, readonly EventMeter[]> {
  const meters = new Map<string, EventMeter[]>()
  for (const { id, meter } of features) {
    if (meter === null) continue
    const fed = { featureId: id, property: meter.property ?? null }
    meters.set(meter.event, [...(meters.get(meter.event) ?? []), fed])
  }
  return meters
}

function afterOf(
  stored: StoredCatalogue,
  draft: Draft,
  stamp: Stamp,
  compiled: StoredCatalogue['compiled'],
): StoredCatalogue {
  const features = Array.from(draft.features.values(), (content) =>
    stampedFeature(content, stored.features.get(content.id), stamp),
  )
  const plans = Array.from(draft.plans.values(), (content) => {
    const documentRevision = compiled.get(content.id)?.revision ?? stamp.revision
    return stampedPlan(content, stored.plans.get(content.id), documentRevision, stamp)
  })
  return {
    revision: stamp.revision,
    defaultPlanId: draft.defaultPlanId,
    features: sortedById(features),
    plans: sortedById(plans),
    compiled,
  }
}

function differences(
  stored: StoredCatalogue,
  after: StoredCatalogue,
  head: string,
): CatalogueChange | null {
  const features = changed(stored.features, after.features)
  const plans = changed(stored.plans, after.plans)
  const isSame =
    features.length + plans.length === 0 && after.defaultPlanId === stored.defaultPlanId
  if (isSame) return null
  return { after, head, features, plans, documents: changed(stored.compiled, after.compiled) }
}

function changed<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): readonly T[] {
  return [...after].filter(([id, item]) => item !== before.get(id)).map(([, item]) => item)
}

/** The row as it was where nothing else is stated: its revision and its time stay. */
function stampedFeature(
  content: FeatureContent,
  row: FeatureRow | undefined,
  stamp: Stamp,
): FeatureRow {
  if (row !== undefined && sameJson({ ...row, ...content }, row)) return row
  return { ...content, ...bookkeeping(row, stamp) }
}

function stampedPlan(
  content: PlanContent,
  row: PlanRow | undefined,
  documentRevision: number,
  stamp: Stamp,
): PlanRow {
  if (row === undefined || !sameJson({ ...row, ...content }, row)) {
    return { ...content, ...bookkeeping(row, stamp), documentRevision }
  }
  // What an ancestor says has changed, which is no change of this plan itself.
  return row.documentRevision === documentRevision ? row : { ...row, documentRevision }
}

function bookkeeping(row: FeatureRow | PlanRow | undefined, { revision, now }: Stamp) {
  return { createdAt: row?.createdAt ?? now, updatedAt: now, revision }
}

function featureOf({ id, type, onUnavailable, archivedAt }: FeatureContent): Feature {
  return { id, type, onUnavailable, archived: archivedAt !== null }
}

function planOf(content: PlanContent): Plan {
  const { id, parentId, kind, rank, visibility, prices, allowances, archivedAt } = content
  return {
    id,
    parentId,
    kind,
    rank,
    visibility,
    free: prices.length === 0,
    archived: archivedAt !== null,
    statements: new Map(Object.entries(allowances)),
  }
}

function isTooLarge(plan: CompiledPlan): boolean {
  return new TextEncoder().encode(encodeDocument(plan)).length > MAX_DOCUMENT_BYTES
}

function sortedById<T extends { readonly id: string }>(items: readonly T[]): Map<string, T> {
  const sorted = items.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return new Map(sorted.map((item) => [item.id, item]))
}
