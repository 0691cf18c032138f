import * as fc from 'fast-check'
import type { Allowance, Statement } from '../../entitlements/allowance.ts'
import type { Catalogue, CompiledPlan, FeatureType } from '../../entitlements/catalogue.ts'
import { compileCatalogue } from '../../entitlements/compile.ts'
import type { Feature, Plan } from '../../entitlements/compile.ts'
import { plainMeter } from './arbitraries.ts'
import { rowsOf } from './table.ts'

/** A plan with everything that a test does not care about. */
export function plan(id: string, stated: Partial<Plan> = {}): Plan {
  return {
    id,
    parentId: null,
    kind: 'base',
    rank: 0,
    visibility: 'public',
    free: false,
    archived: false,
    statements: new Map(),
    ...stated,
  }
}

/** A feature with everything that a test does not care about. */
export function feature(id: string, type: FeatureType, stated: Partial<Feature> = {}): Feature {
  return { id, type, onUnavailable: 'deny', archived: false, ...stated }
}

/** Columns: plan, parent or `-`, statements such as `sso=on api=1000 theme="dark" seats=removed`. Ranks ascend. */
export function plansOf(table: string): Plan[] {
  return rowsOf(table).map(([id = '', parent = '-', stated = ''], rank) => {
    const statements = stated.split(' ').filter((word) => word !== '')
    return plan(id, {
      rank,
      parentId: parent === '-' ? null : parent,
      statements: new Map(
        statements.map((word) => {
          const [featureId = '', says = ''] = word.split('=')
          return [featureId, statementOf(says)]
        }),
      ),
    })
  })
}

function statementOf(says: string): Statement {
  if (says === 'removed') return { removed: true }
  if (says === 'on' || says === 'off') return { enabled: says === 'on' }
  if (says.startsWith('"')) return { value: says.slice(1, -1) }
  return { ...plainMeter, limit: says === 'unlimited' ? says : Number(says) }
}

/** Compiles plans over a catalogue of four features, with nothing compiled before unless given. */
export function compile(
  plans: readonly Plan[],
  {
    revision = 1,
    before = new Map(),
  }: { revision?: number; before?: ReadonlyMap<string, CompiledPlan> } = {},
) {
  return compileCatalogue(FEATURES, plans, null, revision, before)
}

/** Like `compile`, for plans that are known to be valid. */
export function compiled(...args: Parameters<typeof compile>): Catalogue {
  const result = compile(...args)
  if (!result.ok) throw new Error(`Does not compile: ${JSON.stringify(result.error)}`)
  return result.value
}

/** Of different types; `toString` is an id that every object seems to have. */
export const FEATURES: readonly Feature[] = [
  feature('api', 'meter'),
  feature('sso', 'boolean'),
  feature('theme', 'customizable'),
  feature('toString', 'boolean'),
]

/** Columns: plan, feature, what it says, mark, the plan that it is from. */
export function marksOf(catalogue: Catalogue): string[][] {
  return [...catalogue.plans.values()].flatMap(({ id, allowances, removed }) => [
    ...[...allowances].map(([featureId, { allowance, mark, fromPlanId }]) => [
      id,
      featureId,
      print(allowance),
      mark,
      fromPlanId,
    ]),
    ...[...removed].map(([featureId, fromPlanId]) => [id, featureId, '-', 'removed', fromPlanId]),
  ])
}

function print(allowance: Allowance): string {
  if ('enabled' in allowance) return allowance.enabled ? 'on' : 'off'
  return 'value' in allowance ? JSON.stringify(allowance.value) : String(allowance.limit)
}

const removal = fc.constant<Statement>({ removed: true })
const statements: fc.Arbitrary<ReadonlyMap<string, Statement>> = fc
  .record(
    {
      api: fc.oneof(
        fc.nat(9).map((limit): Statement => ({ ...plainMeter, limit })),
        removal,
      ),
      sso: fc.oneof(
        fc.boolean().map((enabled): Statement => ({ enabled })),
        removal,
      ),
      theme: fc.oneof(
        fc.string().map((value): Statement => ({ value })),
        removal,
      ),
    },
    { requiredKeys: [] },
  )
  .map((stated) => new Map(Object.entries(stated)))

/** Up to ten plans, each inheriting from an earlier one or from none; ranks may be equal. */
export const trees: fc.Arbitrary<Plan[]> = fc
  .array(fc.record({ statements, parent: fc.nat(10), rank: fc.nat(3) }), {
    minLength: 1,
    maxLength: 10,
  })
  .map((rows) =>
    rows.map((row, n) =>
      plan(`p${n}`, {
        rank: row.rank,
        statements: row.statements,
        parentId: row.parent < n ? `p${row.parent}` : null,
      }),
    ),
  )
