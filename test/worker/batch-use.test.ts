/** Consumptions and reports, many in one request: each its own effect, one call of each customer's object. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { counting, flaky } from '../support/bindings.ts'
import { edge, type Reply } from '../support/edge.ts'
import { putCustomer } from '../support/intent.ts'
import { accessPath, CUSTOMER, holder, openShop } from '../support/shop.ts'

const NOW = Date.parse('2026-02-10T12:00:00Z')
const PRO = 'pro-co'

let key: string

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  key = await openShop()
  await putCustomer(holder(['pro'], { id: PRO }))
})

afterEach(() => {
  vi.useRealTimers()
})

type Item = Readonly<Record<string, unknown>>

const send = (verb: 'consume' | 'usage', items: readonly Item[], bindings = {}): Promise<Reply> =>
  edge(key, bindings).post(`/v1/${verb}/batch`, { items })

const resultsOf = ({ body }: Reply) => body['results'] as Readonly<Record<string, unknown>>[]

const calls = (customerId: string, fields: object = {}) => ({
  customerId,
  featureId: 'api-calls',
  ...fields,
})

describe('a batch of consumptions', () => {
  it('counts each for itself, in their order, with one call of each object', async () => {
    const { bindings, counts } = counting()
    const items = [
      calls(CUSTOMER, { quantity: 60 }),
      calls(PRO, { quantity: 900 }),
      calls(CUSTOMER, { quantity: 60 }),
      calls(CUSTOMER, { quantity: 40 }),
      calls(PRO),
    ]
    const results = resultsOf(await send('consume', items, bindings))
    expect(
      results.map(({ status, consumed, quantity, entitlement }) => [
        status,
        consumed,
        quantity,
        (entitlement as Item)['used'],
      ]),
    ).toEqual([
      [200, true, 60, 60],
      [200, true, 900, 900],
      [200, false, 60, 60],
      [200, true, 40, 100],
      [200, true, 1, 901],
    ])
    expect(counts.called.toSorted()).toEqual([`consumeMany ${PRO}`, `consumeMany ${CUSTOMER}`])
  })

  it('answers each as its own request would have been answered', async () => {
    const one = await edge(key).post('/v1/consume', calls(PRO, { quantity: 3 }))
    const [many] = resultsOf(await send('consume', [calls(PRO, { quantity: 3 })]))
    expect(Object.keys(many ?? {}).toSorted()).toEqual(
      [...Object.keys(one.body), 'status'].toSorted(),
    )
    const { body } = await edge(key).get(accessPath('api-calls', '', PRO))
    expect(many).toMatchObject({ status: 200, consumed: true, entitlement: { used: body['used'] } })
  })

  it('tells of each item what kept it from counting; the others count', async () => {
    const { status, body } = await send('consume', [
      calls('nobody'),
      calls(CUSTOMER),
      { customerId: CUSTOMER, featureId: 'sso' },
      { customerId: CUSTOMER, featureId: 'api-cals' },
      calls(CUSTOMER),
    ])
    expect(status).toBe(200)
    expect(body['results']).toMatchObject([
      { status: 404, problem: { code: 'customer_not_found', status: 404 } },
      { status: 200, consumed: true, entitlement: { used: 1 } },
      { status: 422, problem: { code: 'feature_not_metered' } },
      { status: 404, problem: { code: 'feature_not_found' } },
      { status: 200, consumed: true, entitlement: { used: 2 } },
    ])
  })

  it('counts once for each key, in another batch and alone (promise 3)', async () => {
    const item = (idempotencyKey: string, quantity = 1) =>
      calls(CUSTOMER, { quantity, idempotencyKey })
    await send('consume', [item('a'), item('b')])
    const again = resultsOf(await send('consume', [item('b'), item('c'), item('a', 2), item('c')]))
    expect(again).toMatchObject([
      { status: 200, replayed: true, entitlement: { used: 2 } },
      { status: 200, entitlement: { used: 3 } },
      { status: 409, problem: { code: 'idempotency_key_reused' } },
      { status: 200, replayed: true, entitlement: { used: 3 } },
    ])
    const alone = await edge(key).post('/v1/consume', calls(CUSTOMER), { 'Idempotency-Key': 'a' })
    expect(alone.headers.get('Idempotent-Replayed')).toBe('true')
    expect((await edge(key).get(accessPath('api-calls'))).body['used']).toBe(3)
  })

  it('takes no key for the whole of it', async () => {
    const { status, body } = await edge(key).post(
      '/v1/consume/batch',
      { items: [calls(CUSTOMER)] },
      { 'Idempotency-Key': 'all' },
    )
    expect([status, body['code']]).toEqual([400, 'invalid_request'])
    expect((await edge(key).get(accessPath('api-calls'))).body['used']).toBe(0)
  })

  it('has an object that fails fail for its own items alone', async () => {
    const CUSTOMERS = flaky((_, customerId) => customerId === PRO)
    const results = resultsOf(
      await send('consume', [calls(PRO), calls(CUSTOMER), calls(PRO)], { CUSTOMERS }),
    )
    expect(results.map(({ status }) => status)).toEqual([503, 200, 503])
  })

  it('is sent again to an object that failed where every item has a key', async () => {
    let failures = 1
    const CUSTOMERS = flaky((method) => method === 'consumeMany' && failures-- > 0)
    const items = ['a', 'b'].map((idempotencyKey) => calls(CUSTOMER, { idempotencyKey }))
    const results = resultsOf(await send('consume', items, { CUSTOMERS }))
    expect(results.map(({ status }) => status)).toEqual([200, 200])
    failures = 1
    const unkeyed = resultsOf(await send('consume', [...items, calls(CUSTOMER)], { CUSTOMERS }))
    expect(unkeyed.map(({ status }) => status)).toEqual([503, 503, 503])
  })

  it('takes items of a hundred customers and no more', async () => {
    const items = Array.from({ length: 101 }, (_, n) => calls(`customer-${n}`))
    expect((await send('consume', items)).status).toBe(400)
    expect(resultsOf(await send('consume', items.slice(1))).length).toBe(100)
  })
})

describe('a batch of reports', () => {
  it('records each for itself, in their order', async () => {
    const results = resultsOf(
      await send('usage', [
        calls(CUSTOMER, { behaviour: 'SET', value: 40 }),
        calls(CUSTOMER, { behaviour: 'delta', value: -50 }),
        calls(CUSTOMER, { behaviour: 'delta', value: 130, enforce: true }),
        calls(CUSTOMER, { behaviour: 'delta', value: 130 }),
      ]),
    )
    expect(results).toMatchObject([
      { status: 200, recorded: true, applied: 40, entitlement: { used: 40 } },
      { status: 200, recorded: true, applied: -40, clamped: true, entitlement: { used: 0 } },
      { status: 200, recorded: false, entitlement: { used: 0 } },
      { status: 200, recorded: true, entitlement: { used: 130, overage: 30 } },
    ])
  })
})
