import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SluiceError } from '../../sdk/index.ts'
import { local } from '../../sdk/local.ts'
import { inMemorySluice } from '../../sdk/testing.ts'

const NOW = '2026-01-31T00:00:00.000Z'
const CALLS = { customerId: 'acme', featureId: 'calls' }

const CATALOGUE = {
  features: [
    { id: 'sso', type: 'boolean' },
    { id: 'calls', type: 'meter' },
    { id: 'theme', type: 'customizable' },
  ],
  plans: [
    { id: 'free', allowances: { theme: { value: 'plain' } } },
    {
      id: 'starter',
      rank: 1,
      prices: [{ chargePeriod: 'monthly', amount: 1900, currency: 'USD' }],
      allowances: {
        calls: { limit: 10, reset: 'monthly', rollover: { percent: 50, max: null } },
        theme: { value: 'light' },
      },
    },
    {
      id: 'pro',
      parentId: 'starter',
      rank: 2,
      prices: [{ chargePeriod: 'monthly' }, { chargePeriod: 'yearly' }],
      allowances: { sso: { enabled: true }, theme: { removed: true } },
    },
    { id: 'extra', kind: 'addon', allowances: { calls: { limit: 5, reset: 'monthly' } } },
  ],
}

function starterCo(more: object = {}) {
  const customers = [{ id: 'acme', subscriptions: [{ planId: 'starter' }], ...more }]
  return inMemorySluice({ catalogue: CATALOGUE, customers }, { now: NOW })
}

describe('what customers have, in a few words', () => {
  const sluice = inMemorySluice<'sso' | 'calls' | 'storage' | 'theme' | 'soft'>({
    acme: ['sso', { calls: 100, storage: 'unlimited' }],
    other: [{ sso: false, theme: { value: 'dark' }, soft: { limit: 1, enforcement: 'soft' } }],
  })

  it('is allowed, and nothing else is', async () => {
    expect(await sluice.hasAccess({ customerId: 'acme', featureId: 'sso' })).toBe(true)
    expect(await sluice.hasAccess({ customerId: 'other', featureId: 'sso' })).toBe(false)
    expect(await sluice.check({ customerId: 'acme', featureId: 'theme' })).toMatchObject({
      hasAccess: false,
      reason: 'not_in_plan',
    })
    expect(await sluice.check({ customerId: 'other', featureId: 'theme' })).toMatchObject({
      hasAccess: true,
      value: 'dark',
    })
    expect(await sluice.check({ customerId: 'nobody', featureId: 'sso' })).toMatchObject({
      reason: 'unknown_customer',
      version: 0,
    })
  })

  it('is counted, up to its limit', async () => {
    const use = { customerId: 'acme', featureId: 'calls' } as const
    expect(await sluice.consume({ ...use, quantity: 100 })).toMatchObject({
      consumed: true,
      entitlement: { used: 100, balance: 0, hasAccess: false },
    })
    expect(await sluice.consume(use)).toMatchObject({
      consumed: false,
      entitlement: { reason: 'limit_reached' },
    })
    expect(await sluice.consume({ customerId: 'acme', featureId: 'storage' })).toMatchObject({
      consumed: true,
      entitlement: { reason: 'unlimited' },
    })
    expect(
      await sluice.consume({ customerId: 'other', featureId: 'soft', quantity: 3 }),
    ).toMatchObject({ consumed: true, entitlement: { reason: 'over_soft_limit', overage: 2 } })
  })

  it('may be asked about at once, as of a client that decides by itself', () => {
    expect(sluice.hasAccessNow({ customerId: 'acme', featureId: 'sso' })).toBe(true)
  })
})

describe('a world in the words of the API', () => {
  it('lets time go on, and does what it brings: reset, rollover, expiry', async () => {
    const sluice = starterCo({
      overrides: [{ featureId: 'sso', allowance: { enabled: true }, expiresAt: '+10d' }],
    })
    await sluice.consume({ ...CALLS, quantity: 4 })
    expect((await sluice.check(CALLS)).resetAt).toBe('2026-02-28T00:00:00.000Z')
    expect(await sluice.hasAccess({ ...CALLS, featureId: 'sso' })).toBe(true)
    sluice.advance({ days: 10 })
    expect(await sluice.hasAccess({ ...CALLS, featureId: 'sso' })).toBe(false)
    sluice.setNow('2026-02-27T23:59:59.999Z')
    expect(await sluice.check(CALLS)).toMatchObject({ used: 4, balance: 6 })
    sluice.advance(1)
    expect(await sluice.check(CALLS)).toMatchObject({ used: 0, carried: 3, balance: 13 })
    sluice.setNow('2020-01-01T00:00:00.000Z')
    expect(sluice.now.toISOString()).toBe('2026-02-28T00:00:00.000Z')
  })

  it('does to subscriptions what is done to them, and refuses what the lifecycle refuses', async () => {
    const sluice = starterCo()
    await sluice.consume({ ...CALLS, quantity: 4 })
    sluice.act('acme', { action: 'change', planId: 'pro', chargePeriod: 'yearly' })
    expect(await sluice.check({ ...CALLS, featureId: 'sso' })).toMatchObject({ reason: 'enabled' })
    expect(await sluice.check({ ...CALLS, featureId: 'theme' })).toMatchObject({
      reason: 'not_in_plan',
      hint: 'Plans free, starter have it.',
    })
    expect((await sluice.check(CALLS)).used).toBe(4)
    sluice.act('acme', { action: 'payment-failed' })
    expect((await sluice.check(CALLS)).grace).toEqual({ endsAt: '2026-02-07T00:00:00.000Z' })
    sluice.advance({ days: 7 })
    expect((await sluice.check(CALLS)).reason).toBe('grace_ended')
    sluice.act('acme', { action: 'payment-succeeded' })
    const added = sluice.subscribe('acme', { planId: 'extra', quantity: 2 })
    expect((await sluice.check(CALLS)).limit).toBe(20)
    expect(() => sluice.act('acme', { action: 'pause' })).toThrow("no subscription ''")
    sluice.act('acme', { action: 'cancel', when: 'now' }, added)
    expect((await sluice.check(CALLS)).limit).toBe(10)
    expect(() => sluice.act('acme', { action: 'pause' }, added)).toThrow('transition_refused')
    expect(() => sluice.subscribe('acme', { planId: 'starter' })).toThrow('base subscription')
  })

  it('has its catalogue edited under those who hold it', async () => {
    const sluice = starterCo()
    const before = await sluice.check(CALLS)
    const [, starter] = CATALOGUE.plans
    const plans = [{ id: 'starter', ...starter, allowances: { calls: { limit: 99 } } }]
    sluice.putCatalogue({ ...CATALOGUE, plans })
    const after = await sluice.check(CALLS)
    expect([before.limit, after.limit]).toEqual([10, 99])
    expect(after.revision).toBeGreaterThan(before.revision)
  })

  it('names the place of what is no such word', () => {
    const customers = (more: object) => () => starterCo(more)
    expect(customers({ subscriptions: [{ planId: 'stater' }] })).toThrow("no plan 'stater'")
    expect(customers({ subscriptions: [{ planId: 'pro' }] })).toThrow('chargePeriod')
    expect(customers({ usage: [{ featureId: 'sso', value: 1 }] })).toThrow('feature_not_metered')
    const features = [{ id: 'sso', type: 'bool' }]
    expect(() => inMemorySluice({ catalogue: { features, plans: [] } })).toThrow(
      'features.sso.type: expected boolean, meter, customizable; received "bool".',
    )
    const plans = [{ id: 'a', parentId: 'b' }]
    expect(() => inMemorySluice({ catalogue: { features: [], plans } })).toThrow('parent_not_found')
  })
})

describe('counting', () => {
  it('has one effect for each key, and the same answer again', async () => {
    const sluice = starterCo()
    const use = { ...CALLS, quantity: 2, idempotencyKey: 'order-42' }
    const first = await sluice.consume(use)
    expect(await sluice.consume(use)).toEqual({ ...first, replayed: true })
    expect((await sluice.check(CALLS)).used).toBe(2)
    await expect(sluice.consume({ ...use, quantity: 3 })).rejects.toThrow('idempotency_key_reused')
    expect((await sluice.consume({ ...use, idempotencyKey: 'order-43' })).consumed).toBe(true)
  })

  it('records what has happened as the service does: beyond the limit, given back, set, late', async () => {
    const sluice = starterCo()
    const report = (value: number, more: object = {}) =>
      sluice.reportUsage({ ...CALLS, value, ...more })
    expect(await report(12)).toMatchObject({ recorded: true, applied: 12, late: false })
    expect(await sluice.hasAccess(CALLS)).toBe(false)
    expect(await report(-20)).toMatchObject({ applied: -12, clamped: true })
    expect(await report(7, { behaviour: 'set' })).toMatchObject({ applied: 7 })
    expect(await report(4, { enforce: true })).toMatchObject({ recorded: false })
    const occurredAt = new Date('2026-01-30T00:00:00Z')
    expect(await report(4, { occurredAt })).toMatchObject({ late: true, applied: 0 })
    await expect(report(1, { occurredAt: '2025-01-01T00:00:00Z' })).rejects.toThrow('out_of_range')
    expect((await sluice.check(CALLS)).used).toBe(7)
  })

  it('refuses with the codes of the service', async () => {
    const sluice = starterCo()
    const codeOf = (use: object) =>
      sluice.consume({ ...CALLS, ...use }).then(
        () => null,
        (problem: unknown) => (problem instanceof SluiceError ? problem.code : problem),
      )
    expect(await codeOf({ customerId: 'nobody' })).toBe('customer_not_found')
    expect(await codeOf({ featureId: 'nothing' })).toBe('feature_not_found')
    expect(await codeOf({ featureId: 'sso' })).toBe('feature_not_metered')
    expect(await codeOf({ quantity: 0 })).toBe('invalid_request')
    expect(await codeOf({ customerId: undefined })).toBe('invalid_request')
  })
})

describe('an outage', () => {
  it('is what the application’s fallback is for, and throws for what must not be made up', async () => {
    const customers = [{ id: 'acme', subscriptions: [{ planId: 'starter' }] }]
    const options = {
      now: NOW,
      customerId: 'acme',
      fallback: { calls: 'last_known', '*': true },
    } as const
    const sluice = inMemorySluice({ catalogue: CATALOGUE, customers }, options)
    await sluice.check({ featureId: 'calls' })
    sluice.outage(true)
    expect(await sluice.check({ featureId: 'calls' })).toMatchObject({
      hasAccess: true,
      limit: 10,
      decidedBy: 'fallback',
    })
    expect(await sluice.hasAccess({ featureId: 'sso' })).toBe(true)
    await expect(sluice.consume({ featureId: 'calls' })).rejects.toThrow('outage')
    await expect(sluice.entitlements()).rejects.toThrow('outage')
    sluice.outage(false)
    expect(await sluice.hasAccess({ featureId: 'sso' })).toBe(false)
  })
})

describe('beside the other clients', () => {
  it('says of the demo what a client says that evaluates its copies', async () => {
    const demo = JSON.parse(readFileSync('scripts/demo.json', 'utf8'))
    const memory = inMemorySluice({ catalogue: demo, customers: demo.customers }, { now: NOW })
    const ports = { now: () => memory.now.getTime(), after: () => () => undefined }
    const inProcess = local(memory, { denials: 'local', ports })
    for (const { id: customerId } of demo.customers) {
      const [mine, theirs] = [
        await memory.entitlements({ customerId }),
        await inProcess.entitlements({ customerId }),
      ]
      expect(theirs.decidedBy).toBe('local')
      expect(theirs.data).toEqual(mine.data)
      expect(mine.data.length).toBeGreaterThan(10)
    }
    inProcess.close()
  })
})
