/** Edits of a plan's statements that have not been saved yet. */
import type { Plan, PlanPatch, Statement } from '../api/catalogue.ts'
import type { Given } from './resolve.ts'

/** What is to be stated; null: nothing, so that the plan inherits again. */
export type Edit = Statement | null

/** By feature. */
export type Edits = ReadonlyMap<string, Edit>

export const NO_EDITS: Edits = new Map()

/** What the plan would give with these edits. */
export function edited(
  given: ReadonlyMap<string, Given>,
  parent: ReadonlyMap<string, Given>,
  edits: Edits,
  plan: Plan,
): ReadonlyMap<string, Given> {
  const found = new Map(given)
  for (const [featureId, edit] of edits) {
    const above = plan.parentId === null ? undefined : parent.get(featureId)
    const said = edit === null ? inheriting(above) : stated(edit, above, plan)
    if (said === undefined) found.delete(featureId)
    else found.set(featureId, said)
  }
  return found
}

/** The edits as the API takes them. */
export function patchFrom(edits: Edits): PlanPatch {
  return edits.size === 0 ? {} : { allowances: Object.fromEntries(edits) }
}

function inheriting(above: Given | undefined): Given | undefined {
  if (above === undefined) return undefined
  return { ...above, mark: 'removed' in above.statement ? 'removed' : 'inherited' }
}

function stated(statement: Statement, above: Given | undefined, from: Plan): Given {
  if ('removed' in statement) return { statement, mark: 'removed', from }
  return { statement, mark: above === undefined ? 'own' : 'overridden', from }
}
