/** Plan documents: one compiled plan at one revision. Immutable, so that any copy of it may be kept for ever. */
import type { CompiledAllowance, CompiledPlan } from '../entitlements/catalogue.ts'
import { readAllowance } from './allowance.ts'
import { decoded, entries, flag, integer, list, string, toFlag, wordAt } from './read.ts'
import { MARKS, PLAN_KINDS } from './words.ts'

/** Where KV holds a plan at a revision. */
export const documentKey = (planId: string, revision: number): string =>
  `plan:${planId}@${revision}`

/** The number of the encoding; a reader that does not know it treats the document as a miss. */
export const DOCUMENT_FORMAT = 1

/** The most that one encoded document may take, in bytes. */
export const MAX_DOCUMENT_BYTES = 256 * 1024

/** Packs a compiled plan for KV and D1. */
export function encodeDocument(plan: CompiledPlan): string {
  const allowances = [...plan.allowances].map(([featureId, { allowance, mark, fromPlanId }]) => [
    featureId,
    MARKS.indexOf(mark),
    fromPlanId,
    allowance,
  ])
  return JSON.stringify([
    DOCUMENT_FORMAT,
    plan.id,
    plan.revision,
    PLAN_KINDS.indexOf(plan.kind),
    plan.rank,
    toFlag(plan.free),
    allowances,
    [...plan.removed],
  ])
}

/** Reads a compiled plan; null when it is unreadable, which is a miss. */
export function decodeDocument(text: string): CompiledPlan | null {
  return decoded(text, (value) => {
    const [format, id, revision, kind, rank, free, allowances, removed] = list(value)
    if (format !== DOCUMENT_FORMAT) return null
    return {
      id: string(id),
      revision: integer(revision),
      kind: wordAt(kind, PLAN_KINDS),
      rank: integer(rank),
      free: flag(free),
      allowances: entries(allowances, readCompiled),
      removed: entries(removed, (entry) => string(entry[1])),
    }
  })
}

function readCompiled([, mark, fromPlanId, allowance]: readonly unknown[]): CompiledAllowance {
  return {
    allowance: readAllowance(allowance),
    mark: wordAt(mark, MARKS),
    fromPlanId: string(fromPlanId),
  }
}
