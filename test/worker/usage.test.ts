import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { encodeToken } from '../../schema/token.ts'
import { raiseCatalogueFloor, raiseFloor } from '../../worker/isolate.ts'
import { counting, flaky } from '../support/bindings.ts'
import { edge, type Reply } from '../support/edge.ts'
import { putCatalogue, putCustomer } from '../support/intent.ts'
import { surround, withoutD1 } from '../support/object.ts'
import { accessPath, CUSTOMER, holder, openShop, plans } from '../support/shop.ts'
import { catalogue, meter, plan } from '../support/world.ts'

const NOW = Date.parse('2026-02-10T12:00:00Z')
const METER = { customerId: CUSTOMER, featureId: 'api-calls' }
const RESET = `/v1/customers/${CUSTOMER}/entitlements/api-calls/reset`

let key: string

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  key = await openShop()
})

afterEach(() => {
  vi.useRealTimers()
})

const consume = (quantity: number, idempotencyKey?: string): Promise<Reply> =>
  edge(key).post(
    '/v1/consume',
    { ...METER, quantity },
    idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey },
  )

const report = (fields: object): Promise<Reply> =>
  edge(key).post('/v1/usage', { ...METER, ...fields })

describe('consume', () => {
  it('counts, and answers what is left', async () => {
    const { status, body } = await consume(3)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      consumed: true,
      quantity: 3,
      consistencyToken: expect.any(String),
      entitlement: {
        ...METER,
        type: 'meter',
        hasAccess: true,
        reason: 'within_limit',
        limit: 100,
        used: 3,
        balance: 97,
        overage: 0,
        carried: 0,
        enforcement: 'hard',
        period: { startAt: '2026-01-31T00:00:00.000Z', endAt: '2026-02-28T00:00:00.000Z' },
        resetAt: '2026-02-28T00:00:00.000Z',
        sources: [{ kind: 'plan', planId: 'starter', subscriptionId: `sub_starter_${CUSTOMER}` }],
      },
    })
  })

  it('takes one unit where the quantity is left out', async () => {
    const { body } = await edge(key).post('/v1/consume', METER)
    expect(body).toMatchObject({ quantity: 1, entitlement: { used: 1 } })
  })

  it('takes nothing where not all is left, and says how far that was checked', async () => {
    await consume(98)
    const { status, body } = await consume(3)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      consumed: false,
      confirmed: 'source',
      entitlement: { hasAccess: false, reason: 'limit_reached', used: 98, balance: 2 },
    })
  })

  it('of a feature that the customer does not have is a refusal with its reason', async () => {
    await putCustomer(holder(['enterprise'], { id: 'other-co' }))
    const { status, body } = await edge(key).post('/v1/consume', {
      ...METER,
      customerId: 'other-co',
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({ consumed: false, entitlement: { reason: 'not_in_plan' } })
  })

  it('grants exactly the balance to a thousand callers at once', async () => {
    const plenty = plan('plenty', { 'api-calls': meter({ limit: 400 }) }, { revision: 2 })
    await putCatalogue({ ...catalogue([plenty]), revision: 2 })
    await putCustomer(holder(['plenty'], { id: 'busy-co' }))
    // Warm: else each of the thousand looks the key up for itself.
    await edge(key).get(accessPath('api-calls', '', 'busy-co'))
    const bodies = await Promise.all(
      Array.from({ length: 1_000 }, async (_, n) => {
        const sent = { ...METER, customerId: 'busy-co' }
        return (await edge(key).post('/v1/consume', sent, { 'Idempotency-Key': `call-${n}` })).body
      }),
    )
    expect(bodies.filter(({ consumed }) => consumed === true)).toHaveLength(400)
    const { body } = await edge(key).get(accessPath('api-calls', '', 'busy-co'))
    expect(body).toMatchObject({ used: 400, balance: 0 })
  })
})

describe('an idempotency key', () => {
  it('has one effect and one answer, and says so', async () => {
    const first = await consume(3, 'order-42')
    const again = await consume(3, 'order-42')
    expect(first.headers.get('Idempotent-Replayed')).toBeNull()
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    expect(again.body['entitlement']).toEqual(first.body['entitlement'])
    expect((await consume(1)).body).toMatchObject({ entitlement: { used: 4 } })
  })

  it('keeps a refusal', async () => {
    await consume(100)
    const refused = await consume(1, 'late')
    await report({ behaviour: 'set', value: 0 })
    expect((await consume(1, 'late')).body).toMatchObject({ consumed: refused.body['consumed'] })
  })

  it('belongs to one request', async () => {
    await consume(3, 'order-42')
    const { status, body } = await consume(4, 'order-42')
    expect([status, body['code']]).toEqual([409, 'idempotency_key_reused'])
  })

  it('makes a failed call safe to repeat: it is', async () => {
    let failures = 1
    const CUSTOMERS = flaky(() => failures-- > 0)
    const { bindings, counts } = counting({ CUSTOMERS })
    const kept = await edge(key, bindings).post('/v1/consume', METER, { 'Idempotency-Key': 'a' })
    expect(kept.body['consumed']).toBe(true)
    failures = 1
    const lost = await edge(key, bindings).post('/v1/consume', METER)
    expect([lost.status, lost.body['code']]).toEqual([503, 'unavailable'])
    expect(counts.objects).toBe(3)
  })
})

describe('usage', () => {
  it.each(['delta', 'DELTA', 'Delta'])('%s adds to the reading', async (behaviour) => {
    await report({ behaviour, value: 5 })
    const { body } = await report({ behaviour, value: 2 })
    expect(body).toMatchObject({
      recorded: true,
      applied: 2,
      clamped: false,
      late: false,
      entitlement: { used: 7 },
    })
  })

  it.each(['set', 'SET'])('%s replaces the reading', async (behaviour) => {
    await consume(50)
    const { body } = await report({ behaviour, value: 8 })
    expect(body).toMatchObject({
      recorded: true,
      applied: -42,
      entitlement: { used: 8, balance: 92 },
    })
  })

  it('is recorded past a hard limit, and access stops', async () => {
    const { body } = await report({ behaviour: 'delta', value: 130 })
    expect(body).toMatchObject({
      recorded: true,
      entitlement: { used: 130, overage: 30, hasAccess: false },
    })
    expect((await edge(key).get(accessPath('api-calls'))).body['hasAccess']).toBe(false)
  })

  it('with enforce is refused past a hard limit', async () => {
    const { body } = await report({ behaviour: 'delta', value: 130, enforce: true })
    expect(body).toMatchObject({ recorded: false, applied: 0, entitlement: { used: 0 } })
  })

  it('that is given back never falls below zero', async () => {
    await consume(5)
    const { body } = await report({ behaviour: 'delta', value: -9 })
    expect(body).toMatchObject({ applied: -5, clamped: true, entitlement: { used: 0 } })
  })

  it('of an earlier period is history alone', async () => {
    const { body } = await report({
      behaviour: 'delta',
      value: 5,
      occurredAt: '2026-01-20T00:00:00Z',
    })
    expect(body).toMatchObject({ recorded: true, applied: 0, late: true, entitlement: { used: 0 } })
  })

  it('of an unknown customer is refused: writes never pretend', async () => {
    const sent = { ...METER, customerId: 'nobody', behaviour: 'delta', value: 1 }
    const { status, body } = await edge(key).post('/v1/usage', sent)
    expect([status, body['code']]).toEqual([404, 'customer_not_found'])
  })
})

describe('a reset', () => {
  it('gives the whole quota back and keeps the period', async () => {
    await consume(60)
    const { status, body } = await edge(key).post(RESET, { reason: 'goodwill' })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      consistencyToken: expect.any(String),
      entitlement: { used: 0, balance: 100, resetAt: '2026-02-28T00:00:00.000Z' },
    })
  })

  it('needs no body', async () => {
    expect((await edge(key).send('POST', RESET)).status).toBe(200)
  })
})

describe('an isolate that has shown a change', () => {
  it('does not decide a use by anything older, though the poke was lost', async () => {
    await consume(1)
    await putCustomer(holder(['starter', 'pro'], { revision: 2 }))
    raiseFloor(CUSTOMER, { revision: 2, version: 0, catalogueRevision: 0 })
    expect((await consume(1)).body).toMatchObject({ entitlement: { limit: 1_100, used: 2 } })
  })

  it('reads a plan edit that it has seen before it counts', async () => {
    await consume(100)
    const before = plans()
    const starter = before.plans.get('starter')
    if (starter === undefined) throw new Error('no such plan')
    const allowances = new Map(starter.allowances)
    allowances.set('api-calls', {
      allowance: meter({ limit: 200 }),
      mark: 'own',
      fromPlanId: 'starter',
    })
    const edited = new Map(before.plans).set('starter', { ...starter, revision: 2, allowances })
    await putCatalogue({ ...before, revision: 2, plans: edited })
    vi.setSystemTime(NOW + 1_000)
    expect((await consume(1)).body).toMatchObject({ consumed: true, entitlement: { limit: 200 } })
  })

  it('counts on while D1 is down, also for customers whose object has not seen a plan edit yet', async () => {
    await consume(1)
    await putCatalogue(plans(2))
    raiseCatalogueFloor(2)
    surround(withoutD1)
    expect((await consume(1)).body).toMatchObject({ consumed: true, entitlement: { used: 2 } })
  })

  it('asks D1 for the plan edit that a token names before it counts, and says when it cannot', async () => {
    await consume(1)
    surround(withoutD1)
    const consistencyToken = encodeToken({
      customerId: null,
      revision: 0,
      version: 0,
      catalogueRevision: 2,
    })
    const headers = { 'Consistency-Token': consistencyToken }
    const { body } = await edge(key).post('/v1/consume', METER, headers)
    expect(body).toMatchObject({ code: 'consistency_unavailable' })
  })
})
