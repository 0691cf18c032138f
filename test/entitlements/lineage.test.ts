import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { lineages } from '../../entitlements/lineage.ts'
import type { Heir } from '../../entitlements/lineage.ts'
import { plan, plansOf, trees } from './plans.ts'

describe('a circle', () => {
  test('is refused with its path, from the lowest rank along each parent', () => {
    const plans = plansOf(`
      starter     enterprise
      pro         starter
      enterprise  pro
    `)
    expect(refusal(plans)).toEqual({
      code: 'plan_cycle',
      path: ['starter', 'enterprise', 'pro', 'starter'],
    })
  })

  test('of one plan is refused', () => {
    expect(refusal(plansOf('pro  pro'))).toEqual({ code: 'plan_cycle', path: ['pro', 'pro'] })
  })

  test('is printed without the plans that lead into it', () => {
    const plans = plansOf(`
      outside     pro
      pro         enterprise
      enterprise  pro
    `)
    expect(refusal(plans)).toEqual({ code: 'plan_cycle', path: ['pro', 'enterprise', 'pro'] })
  })

  test('of more plans than a chain may have is still a circle', () => {
    const circle = chainOfPlans(30).map((stated) =>
      stated.parentId === null ? { ...stated, parentId: 'p29' } : stated,
    )
    expect(refusal(circle)).toMatchObject({ code: 'plan_cycle' })
  })
})

describe('a chain', () => {
  test('has at most ten plans', () => {
    expect(lineages(chainOfPlans(10)).ok).toBe(true)
    expect(refusal(chainOfPlans(11))).toEqual({
      code: 'plan_too_deep',
      path: ['p10', 'p9', 'p8', 'p7', 'p6', 'p5', 'p4', 'p3', 'p2', 'p1', 'p0'],
      max: 10,
    })
  })

  test('has no unknown parent', () => {
    expect(refusal(plansOf('pro  starter'))).toEqual({
      code: 'parent_not_found',
      planId: 'pro',
      parentId: 'starter',
    })
  })

  it("leads from a plan to its root, each after its parent's", () => {
    fc.assert(
      fc.property(trees, (plans) => {
        const found = lineages(plans.toReversed())
        const chains = found.ok ? found.value : []
        const seen = new Set<string | null>([null])
        for (const [first, ...ancestors] of chains) {
          expect(seen.has(first.parentId)).toBe(true)
          expect([first, ...ancestors].map(({ parentId }) => parentId)).toEqual([
            ...ancestors.map(({ id }) => id),
            null,
          ])
          seen.add(first.id)
        }
        expect(seen.size).toBe(plans.length + 1)
      }),
    )
  })
})

/** Why the plans cannot inherit as they say; null if they can. */
function refusal(plans: readonly Heir[]) {
  const found = lineages(plans)
  return found.ok ? null : found.error
}

function chainOfPlans(length: number): Heir[] {
  return Array.from({ length }, (_, n) =>
    plan(`p${n}`, { rank: n, parentId: n === 0 ? null : `p${n - 1}` }),
  )
}
