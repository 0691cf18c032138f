import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { counting, down } from '../support/bindings.ts'
import { edge } from '../support/edge.ts'
import { putCustomer } from '../support/intent.ts'
import { accessPath, CUSTOMER, holder, openShop } from '../support/shop.ts'

const NOW = Date.parse('2026-02-10T12:00:00Z')
const ALL = `/v1/customers/${CUSTOMER}/entitlements`

let key: string

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  key = await openShop()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('GET /v1/access', () => {
  it('answers with the reason, the source, and what it rests on', async () => {
    const { status, body } = await edge(key).get(accessPath('dashboard'))
    expect(status).toBe(200)
    expect(body).toEqual({
      customerId: CUSTOMER,
      featureId: 'dashboard',
      type: 'boolean',
      hasAccess: true,
      reason: 'enabled',
      quantity: 1,
      sources: [{ kind: 'plan', planId: 'starter', subscriptionId: `sub_starter_${CUSTOMER}` }],
      inherited: false,
      overridden: false,
      grace: null,
      warnings: [],
      servedFrom: 'object',
      version: expect.any(Number),
      revision: 1,
      asOf: '2026-02-10T12:00:00.000Z',
      ageMs: 0,
      publishedAt: '2026-02-10T12:00:00.000Z',
      confirmed: expect.anything(),
      degraded: false,
    })
  })

  it('gives a customizable feature with its value', async () => {
    await putCustomer(holder(['enterprise'], { id: 'big-co' }))
    const { body } = await edge(key).get(accessPath('theme', '', 'big-co'))
    expect(body).toMatchObject({
      type: 'customizable',
      hasAccess: true,
      reason: 'value',
      value: 'dark',
    })
  })

  it.each([
    [100, true, 'within_limit'],
    [101, false, 'limit_reached'],
  ])(
    'of a meter asks for a balance of at least the quantity: %d of 100',
    async (quantity, hasAccess, reason) => {
      const { body } = await edge(key).get(accessPath('api-calls', `&quantity=${quantity}`))
      expect(body).toMatchObject({ hasAccess, reason, quantity, balance: 100 })
    },
  )

  it.each([
    ['sso', CUSTOMER, 'not_in_plan', 'Plan enterprise has it.'],
    ['sso', 'nobody', 'unknown_customer', 'PUT /v1/customers/{id} makes a customer.'],
    ['dashbord', 'nobody', 'unknown_feature', "Did you mean 'dashboard'?"],
    ['constructor', CUSTOMER, 'unknown_feature', undefined],
  ])('refuses %s to %s with a reason and a hint', async (featureId, customerId, reason, hint) => {
    const { status, body } = await edge(key).get(accessPath(featureId, '', customerId))
    expect(status).toBe(200)
    expect(body).toMatchObject({ hasAccess: false, reason, confirmed: 'source' })
    expect(body['hint']).toBe(hint)
  })

  it('evaluates by the customer’s own clock where it has one', async () => {
    const clockAt = Date.parse('2026-06-01T00:00:00Z')
    await putCustomer(holder(['starter'], { id: 'clocked-co', clockAt }))
    const { body } = await edge(key).get(accessPath('api-calls', '', 'clocked-co'))
    expect(body).toMatchObject({
      resetAt: '2026-06-30T00:00:00.000Z',
      asOf: '2026-02-10T12:00:00.000Z',
    })
  })
})

describe('GET /v1/customers/{id}/entitlements', () => {
  const dataOf = (body: Readonly<Record<string, unknown>>) =>
    (body['data'] as { featureId: string; reason: string }[]).map(
      ({ featureId, reason }) => [featureId, reason] as const,
    )

  it('tells everything of a customer, denials with their reasons', async () => {
    const { status, body } = await edge(key).get(ALL)
    expect(status).toBe(200)
    expect(body).toMatchObject({ customerId: CUSTOMER, revision: 1, degraded: false })
    expect(Object.fromEntries(dataOf(body))).toEqual({
      analytics: 'not_in_plan',
      'api-calls': 'within_limit',
      dashboard: 'enabled',
      sso: 'not_in_plan',
      theme: 'not_in_plan',
    })
  })

  it('tells of one feature', async () => {
    const { body } = await edge(key).get(`${ALL}?featureId=sso`)
    expect(dataOf(body)).toEqual([['sso', 'not_in_plan']])
  })

  it('asks nobody about what it denies, unless it is to be fresh', async () => {
    await edge(key).get(ALL)
    vi.setSystemTime(NOW + 1_500)
    const { bindings, counts } = counting()
    await edge(key, bindings).get(ALL)
    expect(counts.objects).toBe(0)
    const { body } = await edge(key, bindings).get(`${ALL}?fresh=true`)
    expect(counts.called).toEqual([`read ${CUSTOMER}`])
    expect(body['confirmed']).toBe('source')
  })

  it('tells of an unknown customer that it is unknown', async () => {
    const { status, body } = await edge(key).get('/v1/customers/nobody/entitlements?featureId=sso')
    expect(status).toBe(200)
    expect(dataOf(body)).toEqual([['sso', 'unknown_customer']])
  })

  it('keeps its tag while what it tells is the same, however old the copy', async () => {
    const first = await edge(key).get(ALL)
    const tag = String(first.headers.get('ETag'))
    vi.setSystemTime(NOW + 1_000)
    const same = await edge(key).get(ALL, { 'If-None-Match': tag })
    expect([same.status, same.headers.get('ETag')]).toEqual([304, tag])
    await edge(key).post('/v1/consume', { customerId: CUSTOMER, featureId: 'api-calls' })
    expect((await edge(key).get(ALL, { 'If-None-Match': tag })).status).toBe(200)
  })
})

describe('GET /ready', () => {
  it('tells every store’s round trip and what the next tick has to do', async () => {
    const { status, body } = await edge(key).get('/ready')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ready: true,
      stores: { kv: { ok: true }, object: { ok: true }, d1: { ok: true } },
      unsynced: { count: 0, oldestAgeMs: 0 },
      overdue: { count: 0 },
    })
  })

  it('is 503 while a store does not answer, and names it', async () => {
    await edge(key).get('/v1/me')
    const { status, body } = await edge(key, { KV: down.KV }).get('/ready')
    expect(status).toBe(503)
    expect(body).toMatchObject({ ready: false, stores: { kv: { ok: false }, d1: { ok: true } } })
  })

  it('needs a key', async () => {
    expect((await edge(null).get('/ready')).status).toBe(401)
  })
})

describe('GET /health', () => {
  it('answers with every store down', async () => {
    expect((await edge(null, down).get('/health')).body).toEqual({ status: 'ok' })
  })
})
