import { describe, expect, it } from 'vitest'
import type { Override } from '../../entitlements/allowance.ts'
import type { Catalogue } from '../../entitlements/catalogue.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { accessTo, evaluate } from '../../entitlements/evaluate.ts'
import { explain, RULES } from '../../entitlements/explain.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
import type { Lot } from '../../entitlements/lot.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { catalogue, customer, meter, METER, phase, plan, subscription } from '../support/world.ts'

const START = Date.parse('2026-03-01T00:00:00Z')
const NOW = Date.parse('2026-03-10T00:00:00Z')

const STARTER = plan('starter', { [METER]: meter(), sso: { enabled: false } }, { free: true })
const PRO = plan('pro', { sso: { enabled: true }, theme: { value: 'dark' } }, { rank: 2 })
const EXTRA = plan(
  'extra',
  { [METER]: meter({ limit: 50, reset: 'never' }) },
  { kind: 'addon', rank: 0 },
)
const CATALOGUE: Catalogue = catalogue([
  STARTER,
  {
    ...PRO,
    allowances: new Map([
      ...PRO.allowances,
      [METER, { allowance: meter({ limit: 1000 }), mark: 'inherited', fromPlanId: 'base' }],
    ]),
    removed: new Map([['export', 'base']]),
  },
  plan('base', { export: { enabled: true } }, { rank: 0 }),
  EXTRA,
])

const override = (fields: Partial<Override> = {}): Override => ({
  featureId: METER,
  allowance: { limit: 5000 },
  standalone: false,
  startAt: START,
  expiresAt: null,
  ...fields,
})

function explained(fields: Partial<Customer>, featureId = METER, lots: readonly Lot[] = []) {
  const state = { customer: customer(fields), lots: new Map([[METER, lots]]), advancedTo: START }
  const told = explain(state, CATALOGUE, featureId, NOW)
  return { ...told, state, text: told.steps.map(({ rule, detail }) => `${rule}: ${detail}`) }
}

const on = (planId: string, fields: Partial<Subscription> = {}) =>
  subscription(`sub_${planId}`, planId, START, fields)

describe('an explanation', () => {
  it('tells what holds, which ancestor states it, the lots in burn order and the decision', () => {
    const { text, lots } = explained({
      subscriptions: [on('pro'), on('extra', { phases: [phase('extra', START, { quantity: 3 })] })],
    })
    expect(text).toEqual([
      "feature: 'api-calls' is a meter: its use is counted.",
      "subscription: Subscription sub_extra (plan 'extra', 3 times) holds: it is active since 2026-03-01T00:00:00.000Z.",
      "subscription: Subscription sub_pro (plan 'pro') holds: it is active since 2026-03-01T00:00:00.000Z.",
      "plan: Plan 'pro' gives 1000 units (hard limit), anew every month. It inherits this from 'base', the nearest ancestor that states it.",
      "plan: Plan 'extra' gives 50 units (hard limit), never reset. It states this itself. Held 3 times, so 3 times the limit.",
      'sources: The limits of 2 sources add up: 1150.',
      "lot: The allowance of plan 'pro': 0 of 1000 used; ends at 2026-04-01T00:00:00.000Z.",
      "lot: The allowance of plan 'extra': 0 of 150 used; never ends.",
      'usage: 0 used, 1150 left. The limit is hard.',
      'decision: Granted, within_limit: at least one more may be used (1150 left).',
    ])
    expect(lots.map(({ source }) => source.planId)).toEqual(['pro', 'extra'])
  })

  it('tells a plan that takes the feature away from one that never had it', () => {
    const taken = explained({ subscriptions: [on('pro')] }, 'export').text
    expect(taken).toContain(
      "plan: Plan 'pro' takes the feature away, which it would inherit from 'base'.",
    )
    const never = explained({ subscriptions: [on('starter')] }, 'export').text
    expect(never).toContain("plan: Plan 'starter' does not have the feature.")
    expect(never.at(-1)).toBe(
      'decision: Refused, not_in_plan: something holds, but nothing of it has the feature.',
    )
  })

  it.each([
    ['scheduled', { startAt: NOW + DAY_MS }, 'does not hold: it begins at 2026-03-11'],
    ['in a trial', { trialEndAt: NOW + DAY_MS }, 'holds: its trial runs until 2026-03-11'],
    ['cancelled for later', { cancelAt: NOW + DAY_MS }, 'and ends at 2026-03-11'],
    [
      'past due',
      { grace: { startedAt: NOW - DAY_MS, endsAt: NOW + DAY_MS } },
      'holds: a payment failed, and its grace keeps access until 2026-03-11',
    ],
    ['paused', { pausedAt: NOW - DAY_MS }, 'does not hold: it is paused since 2026-03-09'],
    [
      'lapsed',
      { grace: { startedAt: START, endsAt: NOW - DAY_MS } },
      'does not hold: a payment failed and the grace after it ended (a payment restores it) at 2026-03-09',
    ],
    [
      'refunded',
      { ended: { at: NOW - DAY_MS, because: 'refunded' } },
      'does not hold: it was refunded in full and ended at 2026-03-09',
    ],
  ] as const)('says of a subscription that is %s whether it holds, and why', (_, fields, words) => {
    const { text } = explained({ subscriptions: [on('pro', fields)] })
    expect(text[1]).toContain(words)
  })

  it.each([
    [
      'that decides',
      override(),
      [on('pro')],
      "It is patched onto plan 'pro', and alone decides: 5000 units",
    ],
    ['that has ended', override({ expiresAt: NOW }), [on('pro')], 'changes nothing any more'],
    [
      'to come',
      override({ startAt: NOW + 1 }),
      [on('pro')],
      'begins only at 2026-03-10T00:00:00.001Z',
    ],
    ['without anything that holds', override(), [], 'It needs a plan that holds, and none does'],
    ['on its own', override({ standalone: true }), [], 'It stands alone, and alone decides'],
    [
      'that says too little',
      override({ allowance: { enforcement: 'soft' } }),
      [on('base')],
      'It says too little to stand alone',
    ],
    ['where no plan has the feature', override(), [on('base')], 'so defaults fill in'],
  ] as const)('says of an override %s what it does', (_, given, subscriptions, words) => {
    const { text } = explained({ subscriptions, overrides: [given] })
    expect(text.find((line) => line.startsWith('override: '))).toContain(words)
  })

  it('says when the default plan holds and when it gives way', () => {
    const withDefault = { ...CATALOGUE, defaultPlanId: 'starter' }
    const told = (subscriptions: readonly Subscription[]) =>
      explain(
        { customer: customer({ subscriptions }), lots: new Map(), advancedTo: START },
        withDefault,
        METER,
        NOW,
      ).steps.map(({ detail }) => detail)
    expect(told([])).toContain("No base plan holds, so the default plan 'starter' does.")
    expect(told([on('pro')])).toContain(
      "A base plan holds, so the default plan 'starter' does not.",
    )
  })

  it('says how several sources of a switch and of a value come together', () => {
    const subscriptions = [on('pro'), on('starter')]
    expect(explained({ subscriptions }, 'sso').text).toContain(
      'sources: 2 sources give the feature; one that is on is enough.',
    )
    const values = catalogue([
      plan('one', { theme: { value: 'dark' } }),
      plan('two', { theme: { value: 'light' } }, { rank: 2 }),
    ])
    const state = {
      customer: customer({ subscriptions: [on('one'), on('two')] }),
      lots: new Map(),
      advancedTo: START,
    }
    const { steps } = explain(state, values, 'theme', NOW)
    expect(steps.find(({ rule }) => rule === 'sources')?.detail).toContain("plan 'two'")
  })

  it('of an unknown feature is that it is unknown', () => {
    expect(explained({}, 'nothing').text).toEqual([
      "feature: The catalogue has no feature 'nothing'.",
      'decision: Refused, unknown_feature: there is no such feature.',
    ])
  })

  it('promise 12: always ends in the answer that a check gives, by rules in their order', () => {
    for (const featureId of [METER, 'sso', 'theme', 'export', 'nothing']) {
      for (const subscriptions of [[], [on('pro')], [on('starter'), on('extra')]]) {
        for (const overrides of [[], [override({ featureId })]]) {
          const { state, entitlement, access, steps } = explained(
            { subscriptions, overrides: featureId === METER ? overrides : [] },
            featureId,
          )
          const checked = evaluate(state, CATALOGUE, featureId, NOW).entitlement
          expect(entitlement).toEqual(checked)
          expect(access).toEqual(accessTo(checked, 1, NOW))
          expect(steps.at(-1)?.detail).toContain(`, ${access.reason}: `)
          const order = steps.map(({ rule }) => RULES.indexOf(rule))
          expect(order).toEqual(order.toSorted((a, b) => a - b))
        }
      }
    }
  })
})
