import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { getEntitlement } from '../../schema/wire/access.ts'
import { bodyOf, openStorefront, type Storefront } from '../support/storefront.ts'

let store: Storefront

beforeEach(async () => {
  store = await openStorefront()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('one entitlement', () => {
  it('is what a check answers, without reasons unless they are asked for', async () => {
    await store.monthlyPro()
    const one = await bodyOf(store.api.get('/customers/acme/entitlements/api-calls'))
    const { body } = await store.api.get('/access?customerId=acme&featureId=api-calls')
    const { quantity: _, servedFrom: __, ...checked } = body
    expect(one).toMatchObject(checked)
    expect(Object.keys(one)).not.toContain('steps')
    expect(Object.keys(one)).not.toContain('lots')
  })

  it('explained shows lots, rules, and the plans that would give it, as documented', async () => {
    const { id } = await store.monthlyPro()
    await bodyOf(store.api.post('/consume', { customerId: 'acme', featureId: 'api-calls' }))
    const told = await explained('acme', 'api-calls')
    expect(getEntitlement.answer.parse(told)).toBeDefined()
    expect(told).toMatchObject({
      hasAccess: true,
      servedFrom: 'object',
      lots: [
        {
          kind: 'allowance',
          grantedUnits: 1000,
          usedUnits: 1,
          startAt: '2026-01-31T10:00:00.000Z',
          endsAt: '2026-02-28T10:00:00.000Z',
          source: { kind: 'plan', planId: 'pro', subscriptionId: id },
        },
      ],
      grantedBy: { planIds: ['free', 'starter', 'pro'], more: 0 },
    })
    expect(told.steps.map(({ rule }: { rule: string }) => rule)).toEqual([
      'feature',
      'subscription',
      'plan',
      'lot',
      'usage',
      'decision',
    ])
  })

  it('refused names the public plans that would give it', async () => {
    await store.taken({ planId: 'starter' })
    const told = await explained('acme', 'sso')
    expect(told).toMatchObject({ hasAccess: false, reason: 'not_in_plan', lots: [] })
    expect(told.grantedBy).toEqual({ planIds: ['pro'], more: 0 })
    expect(told.steps.at(-1).detail).toContain('not_in_plan')
  })

  it('of nobody and of nothing is an answer', async () => {
    const nobody = await explained('nobody', 'sso')
    expect(nobody).toMatchObject({
      reason: 'unknown_customer',
      lots: [],
      steps: [{ rule: 'customer' }, { rule: 'decision' }],
      grantedBy: { planIds: ['pro'], more: 0 },
    })
    const nothing = await explained('acme', 'ssso')
    expect(nothing).toMatchObject({
      type: null,
      reason: 'unknown_feature',
      hint: "Did you mean 'sso'?",
      grantedBy: { planIds: [], more: 0 },
    })
    for (const answer of [nobody, nothing])
      expect(getEntitlement.answer.parse(answer)).toBeDefined()
  })

  it('asks the source: what was just bought is in the explanation', async () => {
    expect(await explained('acme', 'sso')).toMatchObject({ reason: 'no_subscription' })
    await store.monthlyPro()
    expect(await explained('acme', 'sso')).toMatchObject({ reason: 'enabled' })
  })

  it('takes no parameter that it does not know', async () => {
    const { status, body } = await store.api.get('/customers/acme/entitlements/sso?explain=yes')
    expect([status, body.code]).toEqual([400, 'invalid_request'])
  })
})

function explained(customerId: string, featureId: string) {
  return bodyOf(store.api.get(`/customers/${customerId}/entitlements/${featureId}?explain=true`))
}
