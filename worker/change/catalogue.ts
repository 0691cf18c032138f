/** Any change of the catalogue: read it whole, decide, compile, commit, publish, answer. */
import { ok, type Result } from '../../entitlements/result.ts'
import { encodeDocument } from '../../schema/document.ts'
import { catalogue, documents, features, plans } from '../../schema/tables/catalogue.ts'
import { encodeToken } from '../../schema/token.ts'
import type { DryRunQuery } from '../../schema/wire/preview.ts'
import type { Asking } from '../attempt.ts'
import { eventsOfCatalogue } from '../events/of-catalogue.ts'
import type { Failure } from '../failures.ts'
import type { Ports } from '../ports.ts'
import type { Answer, Outcome } from '../route.ts'
import { type CatalogueChange, changeFor } from './catalogue-draft.ts'
import { commit, type Committed, type Committing, revisionAfter, untilCommitted } from './commit.ts'
import type { Statement } from './database.ts'
import { previewCatalogue } from '../preview/catalogue.ts'
import { propagateCatalogue, type Propagation } from './propagate.ts'
import {
  type Draft,
  type PlanPointer,
  readCatalogue,
  type StoredCatalogue,
} from './stored-catalogue.ts'
import { upserts } from './upsert.ts'

/** One change of the catalogue. */
export interface CatalogueEdit {
  /** What is done, as `{resource}.{verb}`. */
  readonly action: string
  /** What it is done to, as its path below `/v1/`. */
  readonly resource: string
  /** The catalogue as it should be; runs anew, on what is then in force, each time another change comes first. */
  readonly decide: (stored: StoredCatalogue) => Result<Draft, Failure>
  /** Where the request names a plan; the plan that the whole request is about where absent. */
  readonly pointer?: PlanPointer
  /** The resource as it is answered; what every mutation adds comes on top. */
  readonly answer: (after: StoredCatalogue, before: StoredCatalogue) => Omit<Answer, 'replayed'>
}

/** What changing the catalogue needs of a call. */
export type Cataloguing = Committing & Asking & { readonly query: DryRunQuery }

/**
 * Changes the catalogue, or says what the change would do. A draft that changes nothing makes no revision.
 *
 * A dry run takes the same way up to the last step, and so fails where the change would.
 */
export function editCatalogue(call: Cataloguing, edit: CatalogueEdit): Promise<Outcome> {
  return untilCommitted(call, () => tryToEdit(call, edit))
}

async function tryToEdit(call: Cataloguing, edit: CatalogueEdit): Promise<Outcome | 'lost'> {
  const stored = await readCatalogue(call.ports)
  const draft = edit.decide(stored)
  if (!draft.ok) return draft
  const stamp = { revision: revisionAfter(stored.revision, call.now), now: call.now }
  const change = changeFor(stored, draft.value, stamp, edit.pointer ?? (() => ''))
  if (!change.ok) return change
  if (call.query.dryRun) {
    return ok({ body: await previewCatalogue(call, stored, change.value?.after ?? stored) })
  }
  if (change.value === null) return ok(answerOf(edit, stored, stored, 'done'))
  const outcome = await commitChange(call, edit, stored, change.value)
  if (outcome === 'lost') return outcome
  const { after, documents: published } = change.value
  const propagation = await propagateCatalogue(call, after.revision, published)
  return ok(answerOf(edit, after, stored, propagation))
}

function commitChange(
  call: Committing,
  { action, resource }: CatalogueEdit,
  stored: StoredCatalogue,
  change: CatalogueChange,
): Promise<Committed | 'lost'> {
  return commit(call, {
    subject: 'catalogue',
    previous: stored.revision,
    revision: change.after.revision,
    action,
    resource,
    before: {
      features: change.features.flatMap(({ id }) => stored.features.get(id) ?? []),
      plans: change.plans.flatMap(({ id }) => stored.plans.get(id) ?? []),
      defaultPlanId: stored.defaultPlanId,
    },
    after: {
      features: change.features,
      plans: change.plans,
      defaultPlanId: change.after.defaultPlanId,
    },
    statements: statementsFor(call.ports.db, change),
    events: eventsOfCatalogue(change, call.now),
  })
}

function statementsFor(db: Ports['db'], change: CatalogueChange): readonly Statement[] {
  const { after, head } = change
  const { revision, defaultPlanId } = after
  const compiled = change.documents.map((plan) => ({
    planId: plan.id,
    revision: plan.revision,
    document: encodeDocument(plan),
  }))
  return [
    ...upserts(db, features, features.id, change.features),
    ...upserts(db, plans, plans.id, change.plans),
    ...upserts(db, documents, [documents.planId, documents.revision], compiled),
    ...upserts(db, catalogue, catalogue.id, [{ id: 1, revision, defaultPlanId, head }]),
  ]
}

function answerOf(
  { answer }: CatalogueEdit,
  after: StoredCatalogue,
  before: StoredCatalogue,
  propagation: Propagation,
): Answer {
  const { body, ...rest } = answer(after, before)
  const consistencyToken = encodeToken({
    customerId: null,
    revision: 0,
    version: 0,
    catalogueRevision: after.revision,
  })
  return { ...rest, body: { ...body, propagation }, consistencyToken }
}
