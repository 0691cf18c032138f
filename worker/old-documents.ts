import { documentKey } from '../schema/document.ts'
import type { Ports } from './ports.ts'

/** A head that says so may still be a copy somewhere, far beyond any staleness that we promise. */
const KEPT_MS = 86_400_000
/** The most documents of one tick. */
const DOCUMENTS_MAX = 100

interface OldDocument {
  readonly plan_id: string
  readonly revision: number
}

/**
 * Drops compiled plans that no head of the last day has named. KV goes first: what fails there is found in D1 by
 * the next tick.
 */
export async function dropOldDocuments({
  db,
  kv,
  clock,
}: Pick<Ports, 'db' | 'kv' | 'clock'>): Promise<void> {
  const { results } = await db
    .prepare(OLD)
    .bind(clock.now() - KEPT_MS)
    .all<OldDocument>()
  if (results.length === 0) return
  await Promise.all(results.map((each) => kv.delete(documentKey(each.plan_id, each.revision))))
  const dropped = results.map((each) => [each.plan_id, each.revision])
  await db.prepare(DROP).bind(JSON.stringify(dropped)).run()
}

/** Of each plan all but what was in force a day ago and what has come since; its revisions are times. */
const OLD = `SELECT documents.plan_id, documents.revision FROM plans JOIN documents
  ON documents.plan_id = plans.id AND documents.revision <
    (SELECT max(before.revision) FROM documents AS before WHERE before.plan_id = plans.id AND before.revision <= ?1)
  LIMIT ${DOCUMENTS_MAX}`

const DROP = `DELETE FROM documents WHERE (plan_id, revision) IN
  (SELECT value ->> 0, value ->> 1 FROM json_each(?1))`
