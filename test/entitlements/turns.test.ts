import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Allowance, Override } from '../../entitlements/allowance.ts'
import { accessTo, evaluate } from '../../entitlements/evaluate.ts'
import { turnsBetween } from '../../entitlements/turns.ts'
import { catalogue, customer, meter, phase, plan, subscription } from '../support/world.ts'
import { meters } from './arbitraries.ts'

const START = Date.parse('2026-01-15T00:00:00Z')
const LATER = START + 1_000

const F = 'feature'

/** What it means to go from one allowance of a feature to another, null where a plan has none. */
function turnOf(before: Allowance | null, after: Allowance | null): string {
  const plans = [
    plan('old', before === null ? {} : { [F]: before }),
    plan('new', after === null ? {} : { [F]: after }),
  ]
  const phases = [phase('old', START, { until: LATER }), phase('new', LATER)]
  const world = {
    customer: customer({ subscriptions: [subscription('sub', 'old', START, { phases })] }),
    catalogue: catalogue(plans),
  }
  const turns = turnsBetween({ ...world, at: LATER - 1 }, { ...world, at: LATER })
  return Object.entries(turns)
    .flatMap(([turn, ids]) => (ids.includes(F) ? [turn] : []))
    .join()
}

describe('going from one allowance to another', () => {
  const on = { enabled: true } as const
  const off = { enabled: false } as const
  test.each<readonly [Allowance | null, Allowance | null, string]>([
    [null, null, ''],
    [null, on, 'granted'],
    [null, off, ''],
    [off, on, 'granted'],
    [on, on, ''],
    [on, off, 'revoked'],
    [on, null, 'revoked'],
    [{ value: 1 }, { value: 2 }, 'updated'],
    [{ value: { a: 1, b: 2 } }, { value: { b: 2, a: 1 } }, ''],
    [null, meter(), 'granted'],
    [meter(), meter(), ''],
    [meter(), meter({ limit: 101 }), 'updated'],
    [meter(), meter({ limit: 'unlimited' }), 'updated'],
    [meter(), meter({ enforcement: 'soft' }), 'updated'],
    [meter(), meter({ reset: 'daily' }), 'updated'],
    [meter(), meter({ alertsAt: [50] }), ''],
    [meter(), meter({ limit: 0 }), 'revoked'],
    [meter({ limit: 0 }), meter({ limit: 0, enforcement: 'soft' }), 'granted'],
  ])('%o to %o is “%s”', (before, after, turn) => {
    expect(turnOf(before, after)).toBe(turn)
  })
})

describe('an outlook', () => {
  it('is nothing before a customer comes to be', () => {
    const free = catalogue([plan('free', { [F]: meter() })], 'free')
    const now = { customer: customer(), catalogue: free, at: START }
    expect(turnsBetween(null, now)).toEqual({ granted: [F], revoked: [], updated: [] })
  })

  it('grants exactly what the evaluator grants to who has used nothing', () => {
    const enforced = fc.record({ limit: fc.nat({ max: 2 }), enforcement: fc.constant('soft') })
    fc.assert(
      fc.property(meters, fc.option(meters), fc.option(enforced), (base, more, patch) => {
        const plans = [plan('base', { [F]: base })]
        const held = [subscription('sub_1', 'base', START)]
        if (more !== null) {
          plans.push(plan('more', { [F]: more }, { kind: 'addon' }))
          held.push(subscription('sub_2', 'more', START))
        }
        const dated = { featureId: F, standalone: false, startAt: START, expiresAt: null }
        const overrides = patch === null ? [] : [{ ...dated, allowance: patch } as Override]
        const world = {
          customer: customer({ subscriptions: held, overrides }),
          catalogue: catalogue(plans),
        }
        const { granted } = turnsBetween(null, { ...world, at: LATER })
        const unused = { ...world, lots: new Map(), advancedTo: LATER }
        const { entitlement } = evaluate(unused, world.catalogue, F, LATER)
        expect(granted.includes(F)).toBe(accessTo(entitlement, 1, LATER).hasAccess)
      }),
    )
  })
})
