import { describe, expect, it, test } from 'vitest'
import type { Allowance } from '../../entitlements/allowance.ts'
import type { CompiledPlan } from '../../entitlements/catalogue.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { REASONS, type Reason } from '../../entitlements/entitlement.ts'
import { absent, accessTo, evaluate, isGranted } from '../../entitlements/evaluate.ts'
import { catalogue, customer, meter, phase, plan, subscription } from '../support/world.ts'

const JAN = Date.parse('2026-01-01T00:00:00Z')
const NOW = Date.parse('2026-01-10T00:00:00Z')
const LATER = Date.parse('2026-01-20T00:00:00Z')

const starter = plan('starter', {
  sso: { enabled: false },
  calls: meter({ limit: 10 }),
  region: { value: 'eu' },
})
const pro = plan(
  'pro',
  {
    sso: { enabled: true },
    calls: meter({ limit: 100, alertsAt: [50, 80] }),
    region: { value: 'us' },
    audit: { enabled: true },
  },
  { rank: 2 },
)
const PLANS = [starter, pro]

function ask(
  who: Partial<Customer>,
  featureId: string,
  plans: readonly CompiledPlan[] = PLANS,
  quantity = 1,
) {
  const state = { customer: customer(who), lots: new Map(), advancedTo: 0 }
  const { entitlement } = evaluate(state, catalogue(plans), featureId, NOW)
  return { entitlement, access: accessTo(entitlement, quantity, NOW) }
}

const on = (planId: string, fields = {}) => subscription('s1', planId, JAN, fields)
const also = (planId: string, fields = {}) => subscription('s2', planId, JAN + 1, fields)
const over = (because: 'canceled' | 'refunded', at: number) => ({ ended: { at, because } })

describe('a reason', () => {
  // Each row adds what takes the answer from the reason above it to its own: the order is contract.
  test.each<[Reason, Partial<Customer>, string]>([
    ['unknown_feature', { subscriptions: [on('pro')] }, 'nonsense'],
    ['no_subscription', { subscriptions: [] }, 'sso'],
    ['no_subscription', { subscriptions: [subscription('s1', 'pro', LATER)] }, 'sso'],
    [
      'no_subscription',
      { subscriptions: [subscription('s1', 'pro', LATER, over('canceled', JAN))] },
      'sso',
    ],
    ['subscription_ended', { subscriptions: [on('pro', over('refunded', JAN + 5))] }, 'sso'],
    ['subscription_ended', { subscriptions: [on('pro', { cancelAt: NOW })] }, 'sso'],
    [
      'subscription_ended',
      { subscriptions: [on('pro', { trialEndAt: NOW, endsWithTrial: true })] },
      'sso',
    ],
    [
      'grace_ended',
      {
        subscriptions: [
          on('pro', { grace: { startedAt: JAN + 1, endsAt: NOW } }),
          also('starter', over('canceled', JAN + 5)),
        ],
      },
      'sso',
    ],
    [
      'paused',
      { subscriptions: [on('pro', { pausedAt: JAN + 2 }), also('pro', over('canceled', NOW))] },
      'sso',
    ],
    [
      'not_in_plan',
      { subscriptions: [on('starter'), also('pro', { pausedAt: JAN + 2 })] },
      'audit',
    ],
    ['disabled', { subscriptions: [on('starter')] }, 'sso'],
    ['enabled', { subscriptions: [on('starter'), also('pro')] }, 'sso'],
    ['value', { subscriptions: [on('starter')] }, 'region'],
    ['within_limit', { subscriptions: [on('starter')] }, 'calls'],
  ])('is %s for %j asking about %s', (reason, who, featureId) => {
    expect(ask(who, featureId).access.reason).toBe(reason)
  })

  it('of a meter follows the quantity asked for', () => {
    const who = { subscriptions: [on('starter')] }
    const soft = [plan('starter', { calls: meter({ limit: 10, enforcement: 'soft' }) })]
    const unlimited = [plan('starter', { calls: meter({ limit: 'unlimited' }) })]
    expect(ask(who, 'calls', PLANS, 10).access.reason).toBe('within_limit')
    expect(ask(who, 'calls', PLANS, 11).access.reason).toBe('limit_reached')
    expect(ask(who, 'calls', soft, 11).access.reason).toBe('over_soft_limit')
    expect(ask(who, 'calls', unlimited, Number.MAX_SAFE_INTEGER).access.reason).toBe('unlimited')
  })

  it('speaks for access or against it, whatever it is', () => {
    const granting = REASONS.filter(isGranted)
    expect(granting).toEqual(['unlimited', 'within_limit', 'over_soft_limit', 'enabled', 'value'])
  })

  it('of somebody unknown is the one it was given', () => {
    expect(accessTo(absent('sso', 'boolean', 'unknown_customer'), 1, NOW)).toEqual({
      hasAccess: false,
      reason: 'unknown_customer',
      warnings: [],
    })
  })
})

describe('sources', () => {
  it('name the plan, the ancestor that states it, and the subscription', () => {
    const child: CompiledPlan = {
      ...plan('enterprise', {}),
      allowances: new Map([
        ['sso', { allowance: { enabled: true }, mark: 'inherited', fromPlanId: 'pro' }],
      ]),
    }
    const { entitlement } = ask({ subscriptions: [on('enterprise')] }, 'sso', [child])
    expect(entitlement).toMatchObject({ inherited: true, overridden: false })
    expect(entitlement.sources).toEqual([
      { kind: 'plan', planId: 'enterprise', inheritedFrom: 'pro', subscriptionId: 's1' },
    ])
  })

  it('of a value: the highest rank wins, of equals the latest start', () => {
    const twin = plan('twin', { region: { value: 'asia' } }, { rank: 2 })
    const who = { subscriptions: [on('starter'), also('pro'), subscription('s3', 'twin', JAN + 2)] }
    expect(ask(who, 'region', [...PLANS, twin]).entitlement.value).toBe('asia')
  })

  it('of an override: it alone, marked, with its end', () => {
    const override = {
      featureId: 'sso',
      allowance: { enabled: false },
      standalone: false,
      startAt: JAN,
      expiresAt: LATER,
    }
    const who = { subscriptions: [on('starter'), also('pro')], overrides: [override] }
    const { entitlement, access } = ask(who, 'sso')
    expect(access.reason).toBe('disabled')
    expect(entitlement.overridden).toBe(true)
    expect(entitlement.sources).toEqual([
      { kind: 'override', planId: 'pro', subscriptionId: 's2', expiresAt: LATER },
    ])
  })

  it('an override that only changes a field grants nothing once no plan gives the rest', () => {
    const override = {
      featureId: 'calls',
      allowance: { enforcement: 'soft' as const },
      standalone: true,
      startAt: JAN,
      expiresAt: null,
    }
    expect(ask({ overrides: [override] }, 'calls').access.reason).toBe('no_subscription')
  })
})

describe('an add-on', () => {
  it('multiplies its limits by its quantity and saturates at what a meter can count', () => {
    const addon = plan('addon', { calls: meter({ limit: 5 }) }, { kind: 'addon' })
    const huge = plan(
      'addon',
      { calls: meter({ limit: Number.MAX_SAFE_INTEGER }) },
      { kind: 'addon' },
    )
    const phases = [phase('addon', JAN, { quantity: 3 })]
    const who = { subscriptions: [on('addon', { phases })] }
    expect(ask(who, 'calls', [addon]).entitlement.meter?.limit).toBe(15)
    expect(ask(who, 'calls', [huge]).entitlement.meter?.limit).toBe(Number.MAX_SAFE_INTEGER)
  })
})

describe('warnings', () => {
  const codes = (
    who: Partial<Customer>,
    used: number,
    allowance: Allowance = meter({ alertsAt: [50, 80] }),
  ) => {
    const plans = [plan('pro', { calls: allowance })]
    const lot = {
      id: 'l',
      featureId: 'calls',
      holdingId: 's1',
      kind: 'allowance' as const,
      planId: 'pro',
      startAt: JAN,
      endsAt: Date.parse('2026-02-01T00:00:00Z'),
      used,
      granted: 0,
      zeroed: false,
      alerted: 0,
    }
    const state = {
      customer: customer({ subscriptions: [on('pro')], ...who }),
      lots: new Map([['calls', [lot]]]),
      advancedTo: JAN,
    }
    const { entitlement } = evaluate(state, catalogue(plans), 'calls', NOW)
    return accessTo(entitlement, 1, NOW).warnings.map(({ code, percent }) =>
      percent === undefined ? code : `${code} ${percent}`,
    )
  }

  it('name the highest threshold passed, the soft limit exceeded, the grace and the end of an override', () => {
    const override = {
      featureId: 'calls',
      allowance: { limit: 100 },
      standalone: false,
      startAt: JAN,
      expiresAt: LATER,
    }
    const soon = { ...override, expiresAt: NOW + 1 }
    const soft = meter({ enforcement: 'soft', alertsAt: [50] })
    const inGrace = { subscriptions: [on('pro', { grace: { startedAt: JAN, endsAt: LATER } })] }
    expect(codes({}, 49)).toEqual([])
    expect(codes({}, 0, meter({ limit: 0, alertsAt: [50] }))).toEqual([])
    expect(codes({}, 50)).toEqual(['threshold 50'])
    expect(codes({}, 100)).toEqual(['threshold 80'])
    expect(codes({}, 101, soft)).toEqual(['threshold 50', 'over_soft_limit'])
    expect(codes(inGrace, 0)).toEqual(['in_grace'])
    expect(codes({ overrides: [override] }, 0)).toEqual([])
    expect(codes({ overrides: [soon] }, 0)).toEqual(['override_expires'])
  })
})
