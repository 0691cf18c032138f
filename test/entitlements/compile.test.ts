import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Statement } from '../../entitlements/allowance.ts'
import { compileCatalogue, FEATURES_MAX, PLANS_MAX } from '../../entitlements/compile.ts'
import type { Feature, Plan } from '../../entitlements/compile.ts'
import { plainMeter } from './arbitraries.ts'
import { compile, compiled, feature, FEATURES, marksOf, plan, plansOf, trees } from './plans.ts'

describe('a hint', () => {
  const hints = (features: readonly Feature[], plans: readonly Plan[]) => {
    const result = compileCatalogue(features, plans, null, 1, new Map())
    return (
      result.ok &&
      [...result.value.features].map(([id, { grantedBy, grantedByMore }]) => [
        id,
        ...grantedBy,
        ...(grantedByMore === undefined ? [] : [`and ${grantedByMore} more`]),
      ])
    )
  }

  test('names the three public base plans of lowest rank that give the feature, and counts the rest', () => {
    const plans = plansOf(`
      free        -           sso=off api=0
      starter     free        api=1
      pro         starter     sso=on
      business    pro
      enterprise  business    theme="any"
    `)
    expect(hints(FEATURES, plans.toReversed())).toEqual([
      ['api', 'starter', 'pro', 'business', 'and 1 more'],
      ['sso', 'pro', 'business', 'enterprise'],
      ['theme', 'enterprise'],
      ['toString'],
    ])
  })

  test('names no plan that cannot be taken by itself', () => {
    const statements = new Map([['sso', { enabled: true }]])
    const plans = [
      plan('deal', { statements, visibility: 'private' }),
      plan('extra', { statements, kind: 'addon' }),
      plan('old', { statements, archived: true }),
      plan('open', { statements }),
    ]
    const sso = feature('sso', 'boolean')
    expect(hints([sso], plans)).toEqual([['sso', 'open']])
    expect(hints([{ ...sso, archived: true }], plans)).toEqual([['sso']])
  })

  test('counts a soft limit of nothing as giving: all of it is overage', () => {
    const soft = { ...plainMeter, limit: 0, enforcement: 'soft' as const }
    const plans = [plan('metered', { statements: new Map([['api', soft]]) })]
    expect(hints([feature('api', 'meter')], plans)).toEqual([['api', 'metered']])
  })
})

describe('a catalogue', () => {
  test('may state an archived feature, and be archived itself', () => {
    const archived = [feature('sso', 'boolean', { archived: true })]
    const plans = plansOf('starter  -  sso=on').map((stated) => ({ ...stated, archived: true }))
    const result = compileCatalogue(archived, plans, 'starter', 1, new Map())
    expect(result).toMatchObject({ ok: true, value: { defaultPlanId: 'starter' } })
  })

  test.each(['mystery=on', 'mystery=removed', 'constructor=on'])('does not know %s', (stated) => {
    expect(refusal(plansOf(`pro  -  ${stated}`))).toEqual({
      code: 'unknown_reference',
      to: 'feature',
      planId: 'pro',
      featureId: stated.split('=')[0],
    })
  })

  test.each(['sso=5', 'api=on', 'theme=on', 'sso="on"'])('has no %s', (stated) => {
    expect(refusal(plansOf(`pro  -  ${stated}`))).toMatchObject({
      code: 'allowance_type_mismatch',
      planId: 'pro',
      featureId: stated.split('=')[0],
    })
  })

  test('has no allowance that is invalid', () => {
    expect(refusal(plansOf('pro  -  api=0.5'))).toMatchObject({
      code: 'invalid_allowance',
      field: 'limit',
      planId: 'pro',
      featureId: 'api',
    })
  })

  test('names a base plan as its default, or none', () => {
    const plans = [plan('free'), plan('extra', { kind: 'addon' })]
    const withDefault = (id: string | null) => compileCatalogue([], plans, id, 1, new Map())
    expect(withDefault(null).ok).toBe(true)
    expect(withDefault('free')).toMatchObject({ ok: true, value: { defaultPlanId: 'free' } })
    for (const planId of ['extra', 'mystery'])
      expect(withDefault(planId)).toEqual({
        ok: false,
        error: { code: 'unknown_reference', to: 'default_plan', planId },
      })
  })

  test('has at most 500 features and 200 plans', () => {
    const features = Array.from({ length: 501 }, (_, n) => feature(`f${n}`, 'boolean'))
    const plans = Array.from({ length: 201 }, (_, n) => plan(`p${n}`))
    const size = (f: number, p: number) =>
      compileCatalogue(features.slice(0, f), plans.slice(0, p), null, 1, new Map())
    expect(size(FEATURES_MAX, PLANS_MAX).ok).toBe(true)
    expect(size(501, 200)).toEqual({
      ok: false,
      error: { code: 'catalogue_too_large', of: 'features', count: 501, max: 500 },
    })
    expect(size(500, 201)).toEqual({
      ok: false,
      error: { code: 'catalogue_too_large', of: 'plans', count: 201, max: 200 },
    })
  })

  test('knows every feature by its type and by what it answers when nothing is known', () => {
    const result = compileCatalogue(
      [feature('seats', 'meter', { onUnavailable: 'allow' })],
      [],
      null,
      7,
      new Map(),
    )
    expect(result).toEqual({
      ok: true,
      value: {
        revision: 7,
        features: new Map([['seats', { type: 'meter', onUnavailable: 'allow', grantedBy: [] }]]),
        plans: new Map(),
        defaultPlanId: null,
      },
    })
  })
})

describe('compiling again', () => {
  const plans = plansOf(`
    starter     -        api=1000 sso=off
    pro         starter  api=5000
    enterprise  pro      sso=on
    regional    -        theme="dark"
  `)
  const last = compiled(plans, { revision: 1 })
  const again = (edited: readonly Plan[]) =>
    compiled(edited, { revision: 2, before: last.plans }).plans
  const changedBy = (edit: (stated: Plan) => Plan) =>
    [...again(plans.map(edit)).values()]
      .filter(({ revision }) => revision === 2)
      .map(({ id }) => id)
  const only = (id: string, change: Partial<Plan>) => (stated: Plan) =>
    stated.id === id ? { ...stated, ...change } : stated

  it('keeps every unchanged plan, the very object', () => {
    const next = again(structuredClone(plans).toReversed())
    for (const [id, unchanged] of last.plans) expect(next.get(id)).toBe(unchanged)
  })

  it('gives the new revision to whatever an edit reaches, and to nothing else', () => {
    const limit = (units: number): ReadonlyMap<string, Statement> =>
      new Map<string, Statement>([
        ['api', { ...plainMeter, limit: units }],
        ['sso', { enabled: false }],
      ])
    expect(changedBy(only('starter', { statements: limit(1000) }))).toEqual([])
    expect(changedBy(only('starter', { statements: limit(2000) }))).toEqual(['starter'])
    expect(changedBy(only('pro', { statements: new Map() }))).toEqual(['enterprise', 'pro'])
    expect(changedBy(only('regional', { parentId: 'starter' }))).toEqual(['regional'])
  })

  it('sees rank, kind and price as content, and what only offers need as none', () => {
    expect(changedBy(only('pro', { rank: 9 }))).toEqual(['pro'])
    expect(changedBy(only('pro', { kind: 'addon' }))).toEqual(['pro'])
    expect(changedBy(only('pro', { free: true }))).toEqual(['pro'])
    expect(changedBy(only('pro', { visibility: 'private', archived: true }))).toEqual([])
  })

  it('sees another mark or origin of the same allowance as a change', () => {
    const nothing = changedBy(only('starter', { statements: new Map() }))
    expect(nothing).toEqual(['enterprise', 'pro', 'starter'])
    const restated = new Map<string, Statement>([['api', { ...plainMeter, limit: 5000 }]])
    expect(changedBy(only('enterprise', { statements: restated }))).toEqual(['enterprise'])
  })

  it('sees what a plan takes away as content', () => {
    const removing = plansOf(`
      starter  -
      pro      starter  sso=removed
    `)
    const giving = plansOf(`
      starter  -        sso=on
      pro      starter  sso=removed
    `)
    const before = compiled(removing).plans
    const after = compiled(giving, { revision: 2, before }).plans
    expect(before.get('pro')).toMatchObject({ revision: 1, removed: new Map() })
    expect(after.get('pro')).toMatchObject({ revision: 2, removed: new Map([['sso', 'starter']]) })
  })
})

describe('any tree of plans', () => {
  it('compiles to the same, whatever the order of its rows', () => {
    fc.assert(
      fc.property(trees, fc.infiniteStream(fc.nat()), (plans, order) => {
        const shuffled = plans
          .map((stated) => ({ ...stated, statements: reversed(stated.statements) }))
          .map((stated) => ({ stated, place: order.next().value }))
          .toSorted((a, b) => a.place - b.place)
          .map(({ stated }) => stated)
        const features = FEATURES.toReversed()
        expect(print(compileCatalogue(features, shuffled, null, 1, new Map()))).toBe(
          print(compileCatalogue(FEATURES, plans, null, 1, new Map())),
        )
      }),
    )
  })

  it('is refused for the same reason, whatever the order of its rows', () => {
    fc.assert(
      fc.property(tangles, (plans) => {
        const reordered = plans
          .toReversed()
          .map((stated) => ({ ...stated, statements: reversed(stated.statements) }))
        expect(refusal(reordered)).toEqual(refusal(plans))
      }),
    )
  })

  it('passes an edit on to each descendant up to the next statement, and never past one', () => {
    fc.assert(
      fc.property(trees, fc.nat(), (plans, pick) => {
        const editedId = `p${pick % plans.length}`
        const stating = (limit: number) =>
          plans.map((stated) => (stated.id === editedId ? withLimit(stated, limit) : stated))
        const before = compiled(stating(10)).plans
        const after = compiled(stating(20), { revision: 2, before }).plans

        const followers = stating(20).filter((stated, _, all) => origin(stated, all) === editedId)
        const changed = [...after.values()].filter(({ id }) => after.get(id) !== before.get(id))
        expect(changed.map(({ id }) => id).toSorted()).toEqual(
          followers.map(({ id }) => id).toSorted(),
        )
        for (const { revision, allowances } of changed) {
          expect(revision).toBe(2)
          expect(allowances.get('api')).toMatchObject({
            allowance: { limit: 20 },
            fromPlanId: editedId,
          })
        }
      }),
    )
  })

  it('compiles each feature alone: nothing that is said of one changes another', () => {
    fc.assert(
      fc.property(trees, (plans) => {
        const alone = plans.map((stated) => ({
          ...stated,
          statements: new Map([...stated.statements].filter(([id]) => id === 'sso')),
        }))
        const ssoOf = (all: readonly Plan[]) =>
          marksOf(compiled(all)).filter(([, featureId]) => featureId === 'sso')
        expect(ssoOf(plans)).toEqual(ssoOf(alone))
      }),
    )
  })
})

/** Why the plans do not compile; null if they do. */
function refusal(plans: readonly Plan[]) {
  const result = compile(plans)
  return result.ok ? null : result.error
}

/** The plan whose statement on `api` a plan follows: its own, or that of the nearest ancestor with one. */
function origin(stated: Plan, plans: readonly Plan[]): string | undefined {
  if (stated.statements.has('api')) return stated.id
  const parent = plans.find(({ id }) => id === stated.parentId)
  return parent && origin(parent, plans)
}

function withLimit(stated: Plan, limit: number): Plan {
  return { ...stated, statements: new Map(stated.statements).set('api', { ...plainMeter, limit }) }
}

function reversed(statements: ReadonlyMap<string, Statement>): ReadonlyMap<string, Statement> {
  return new Map([...statements].toReversed())
}

function print(result: ReturnType<typeof compile>): string {
  return JSON.stringify(result, (_, value: unknown) => (value instanceof Map ? [...value] : value))
}

/** Plans that inherit from any others, known or not, and may state features that do not exist. */
const tangles: fc.Arbitrary<Plan[]> = fc
  .array(
    fc.record({
      parent: fc.nat(6),
      rank: fc.nat(2),
      strays: fc.oneof(fc.constant<string[]>([]), fc.shuffledSubarray(['f1', 'f2'])),
    }),
    { maxLength: 6 },
  )
  .map((rows) =>
    rows.map(({ parent, rank, strays }, n) =>
      plan(`p${n}`, {
        rank,
        parentId: `p${parent}`,
        statements: new Map(strays.map((id) => [id, { enabled: true }])),
      }),
    ),
  )
