/** What a plan gives, put together from its own statements and its parents’, as the service does (DESIGN §3). */
import type { Feature, Plan, Statement } from '../api/catalogue.ts'
import { worded } from '../parts/words.ts'

/** Where a plan's word about a feature comes from. */
export type Mark = 'own' | 'inherited' | 'overridden' | 'removed'

export interface Given {
  readonly statement: Statement
  readonly mark: Mark
  /** The plan that states it. */
  readonly from: Plan
}

/** By feature, what a plan says, itself or by inheritance. */
export function givenBy(plan: Plan, plans: ReadonlyMap<string, Plan>): ReadonlyMap<string, Given> {
  const found = new Map<string, Given>()
  for (const each of lineOf(plan, plans)) {
    for (const [featureId, statement] of Object.entries(each.allowances)) {
      const nearer = found.get(featureId)
      if (nearer === undefined) {
        found.set(featureId, { statement, mark: markOf(each === plan, statement), from: each })
      } else if (nearer.mark === 'own') {
        found.set(featureId, { ...nearer, mark: 'overridden' })
      }
    }
  }
  return found
}

/** The plan, its parent, the parent's parent and so on. */
export function lineOf(plan: Plan, plans: ReadonlyMap<string, Plan>): readonly Plan[] {
  const line: Plan[] = []
  let next: Plan | undefined = plan
  while (next !== undefined && !line.includes(next)) {
    line.push(next)
    next = next.parentId === null ? undefined : plans.get(next.parentId)
  }
  return line
}

export function byId<T extends { readonly id: string }>(all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(all.map((each) => [each.id, each]))
}

/** A statement in a few words, as on a pricing page. */
export function statementText(statement: Statement, feature: Feature | undefined): string {
  if ('removed' in statement) return 'removed'
  if ('enabled' in statement) return statement.enabled ? 'yes' : 'no'
  if ('value' in statement) return JSON.stringify(statement.value)
  const { limit, reset, enforcement } = statement
  const amount = limit === 'unlimited' ? 'unlimited' : limit.toLocaleString('en')
  const unit =
    limit === 'unlimited' ? undefined : feature?.unit?.[limit === 1 ? 'singular' : 'plural']
  const often = reset === 'never' ? '' : ` ${worded(reset)}`
  const soft = enforcement === 'soft' && limit !== 'unlimited' ? ', soft' : ''
  return `${amount}${unit === undefined ? '' : ` ${unit}`}${often}${soft}`
}

function markOf(isOwn: boolean, statement: Statement): Mark {
  if (!isOwn) return 'removed' in statement ? 'removed' : 'inherited'
  return 'removed' in statement ? 'removed' : 'own'
}
