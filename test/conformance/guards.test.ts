/** Routes of an application that are guarded by Sluice, as its own callers meet them. */
import { type Context, Hono } from 'hono'
import { describe, expect, it, vi } from 'vitest'
import { meter as honoMeter, requireFeature as honoRequireFeature } from '../../sdk/hono.ts'
import { Sluice } from '../../sdk/index.ts'
import { meter, requireFeature } from '../../sdk/middleware.ts'
import { KEY, ORIGIN } from '../support/service.ts'
import { access, customerOn, newCustomer } from './customers.ts'

type FeatureId = 'sso' | 'white-label' | 'api-calls'

const sluice = new Sluice<FeatureId>({ url: ORIGIN, key: KEY })
/** Reaches nobody: the port of no service. */
const cutOff = new Sluice<FeatureId>({ url: 'http://127.0.0.1:1', key: KEY, retries: 0 })

const whose = ({ headers }: { readonly headers: Headers }) => headers.get('X-Customer')
const by = (customerId: string, headers: Record<string, string> = {}) =>
  new Request('https://app.test/', { headers: { 'X-Customer': customerId, ...headers } })
const used = async (customerId: string) => (await access(customerId, 'api-calls')).used

describe('a feature that is required', () => {
  const guard = requireFeature(sluice, 'sso', { customer: whose })

  it('lets through who has it, and tells the handler what it has', async () => {
    const { customerId } = await customerOn('enterprise')
    const response = await guard(by(customerId), (has) => Response.json(has))
    expect(await response.json()).toMatchObject({ customerId, featureId: 'sso', reason: 'enabled' })
    expect(response.headers.has('Sluice-Outage')).toBe(false)
  })

  it('is 402 with the reason for who has it not, and calls no handler', async () => {
    const { customerId } = await customerOn('starter')
    const response = await guard(by(customerId), neverCalled)
    expect(response.status).toBe(402)
    expect(response.headers.get('Content-Type')).toBe('application/problem+json')
    expect(response.headers.has('Retry-After')).toBe(false)
    const problem: unknown = await response.json()
    expect(problem).toMatchObject({ status: 402, code: 'not_in_plan', featureId: 'sso' })
    expect(problem).not.toHaveProperty('limit')
  })

  it('is 402 for a customer whom nobody knows', async () => {
    const response = await guard(by('nobody-there'), neverCalled)
    expect(response.status).toBe(402)
    expect(await response.json()).toMatchObject({ reason: 'unknown_customer' })
  })

  it.each([undefined, ''])('is 401 without a customer (%j), and asks nobody', async (nobody) => {
    const guarded = requireFeature(cutOff, 'sso', { customer: () => nobody })
    const response = await guarded(by('acme'), neverCalled)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'customer_missing' })
  })

  it('asks for as many units as it says', async () => {
    const { customerId } = await customerOn('starter')
    const asking = (quantity: number) =>
      requireFeature(sluice, 'api-calls', { customer: whose, quantity: () => quantity })
    const { balance } = await access(customerId, 'api-calls')
    expect((await asking(balance)(by(customerId), fine)).status).toBe(200)
    expect((await asking(balance + 1)(by(customerId), neverCalled)).status).toBe(402)
    expect(await used(customerId)).toBe(0)
  })
})

describe('a meter', () => {
  it('counts before the handler, and is 402 with what is to be known once nothing is left', async () => {
    const { customerId } = await customerOn('starter')
    const { balance, resetAt } = await access(customerId, 'api-calls')
    const guard = meter(sluice, 'api-calls', { customer: whose, quantity: balance })
    const response = await guard(by(customerId), (has) => Response.json(has))
    expect(await response.json()).toMatchObject({ used: balance, balance: 0 })
    const refused = await guard(by(customerId), neverCalled)
    expect(refused.status).toBe(402)
    expect(await refused.json()).toMatchObject({
      code: 'limit_reached',
      reason: 'limit_reached',
      quantity: balance,
      limit: balance,
      used: balance,
      balance: 0,
      resetAt,
    })
    const again = Date.parse(String(refused.headers.get('Retry-After')))
    expect(again - Date.parse(resetAt)).toBeGreaterThanOrEqual(0)
    expect(again - Date.parse(resetAt)).toBeLessThan(1_000)
    expect(await used(customerId)).toBe(balance)
  })

  it('counts once what comes again under its key', async () => {
    const { customerId } = await customerOn('starter')
    const guard = meter(sluice, 'api-calls', {
      customer: whose,
      quantity: 7,
      idempotencyKey: ({ headers }) => `order-${headers.get('X-Order')}`,
    })
    for (const order of ['1', '1', '2'])
      expect((await guard(by(customerId, { 'X-Order': order }), fine)).status).toBe(200)
    expect(await used(customerId)).toBe(14)
  })

  it('is 409 for another use under a key that is taken, 400 for what is no key; without one each counts', async () => {
    const { customerId } = await customerOn('starter')
    const guard = meter(sluice, 'api-calls', {
      customer: whose,
      quantity: ({ headers }) => Number(headers.get('X-Units')),
      idempotencyKey: ({ headers }) => headers.get('Idempotency-Key'),
    })
    const asking = (key: string, units: string) =>
      guard(by(customerId, { 'Idempotency-Key': key, 'X-Units': units }), fine)
    expect((await asking('order', '1')).status).toBe(200)
    const taken = await asking('order', '2')
    expect([taken.status, await taken.json()]).toMatchObject([
      409,
      { code: 'idempotency_key_reused' },
    ])
    const none = await asking('k'.repeat(256), '1')
    expect([none.status, await none.json()]).toMatchObject([
      400,
      { code: 'invalid_idempotency_key' },
    ])
    expect(await used(customerId)).toBe(1)
    for (let at = 0; at < 2; at++) await guard(by(customerId, { 'X-Units': '1' }), fine)
    expect(await used(customerId)).toBe(3)
  })

  it('gives back what a handler took that failed, and nothing else', async () => {
    const { customerId } = await customerOn('starter')
    const guard = meter(sluice, 'api-calls', {
      customer: whose,
      quantity: 5,
      giveBackOnError: true,
    })
    const handlers = [
      () => new Response(null, { status: 503 }),
      () => new Response(null, { status: 404 }),
      fine,
    ]
    for (const handler of handlers) await guard(by(customerId), handler)
    const failing = guard(by(customerId), () => Promise.reject(new Error('broken')))
    await expect(failing).rejects.toThrow('broken')
    expect(await used(customerId)).toBe(10)
  })

  it('keeps what a handler took that failed, where it is not told to give back', async () => {
    const { customerId } = await customerOn('starter')
    const guard = meter(sluice, 'api-calls', { customer: whose })
    await guard(by(customerId), () => new Response(null, { status: 500 }))
    expect(await used(customerId)).toBe(1)
  })

  it('will not give back under a key: the next time would be free', () => {
    const options = { customer: whose, giveBackOnError: true, idempotencyKey: () => 'k' }
    expect(() => meter(sluice, 'api-calls', options)).toThrow(TypeError)
  })

  it('counts nothing for 0 units', async () => {
    const guard = meter(cutOff, 'api-calls', { customer: whose, quantity: async () => 0 })
    expect((await guard(by('acme'), fine)).status).toBe(200)
  })

  it('is 402 for a customer whom nobody knows', async () => {
    const response = await meter(sluice, 'api-calls', { customer: whose })(
      by('no-one'),
      neverCalled,
    )
    expect(response.status).toBe(402)
    expect(await response.json()).toMatchObject({ reason: 'unknown_customer' })
  })

  it('throws what is the application’s own mistake: it is no outage, and lets nobody through', async () => {
    const { customerId } = await customerOn('enterprise')
    const guard = meter(sluice, 'sso', { customer: whose, onOutage: 'allow' })
    await expect(guard(by(customerId), neverCalled)).rejects.toMatchObject({
      code: 'feature_not_metered',
    })
  })
})

describe('in an outage', () => {
  const guards = {
    'a feature': (onOutage?: 'allow' | 'deny') =>
      requireFeature(cutOff, 'sso', { customer: whose, ...(onOutage && { onOutage }) }),
    'a meter': (onOutage?: 'allow' | 'deny') =>
      meter(cutOff, 'api-calls', { customer: whose, ...(onOutage && { onOutage }) }),
  }

  it.each(Object.entries(guards))(
    '%s lets through only where it is told to: promise 9',
    async (_, guard) => {
      for (const onOutage of [undefined, 'deny'] as const) {
        const response = await guard(onOutage)(by('acme'), neverCalled)
        expect(response.status).toBe(503)
        expect(response.headers.get('Sluice-Outage')).toBe('denied')
        expect(await response.json()).toMatchObject({ code: 'unavailable' })
      }
      const response = await guard('allow')(by('acme'), (has) => Response.json({ has }))
      expect(response.headers.get('Sluice-Outage')).toBe('allowed')
      expect(await response.json()).toEqual({ has: null })
    },
  )

  it('does not take a customer who asks for too much at once for one', async () => {
    const overloaded = new Sluice({
      url: ORIGIN,
      key: KEY,
      retries: 0,
      fetch: async () =>
        Response.json(
          { code: 'customer_overloaded', detail: 'Slower.', status: 429 },
          { status: 429, headers: { 'Retry-After': '2' } },
        ),
    })
    const guard = meter(overloaded, 'api-calls', { customer: whose, onOutage: 'allow' })
    const response = await guard(by('acme'), neverCalled)
    expect([response.status, response.headers.get('Retry-After')]).toEqual([429, '2'])
  })

  it('a feature goes by the client’s fallback where it is told nothing', async () => {
    const allowing = new Sluice({
      url: 'http://127.0.0.1:1',
      key: KEY,
      retries: 0,
      fallback: { sso: true },
    })
    const response = await requireFeature(allowing, 'sso', { customer: whose })(by('acme'), fine)
    expect(response.status).toBe(200)
    expect(response.headers.get('Sluice-Outage')).toBe('allowed')
  })

  it('marks an answer whose headers nobody may change', async () => {
    const response = await guards['a meter']('allow')(by('acme'), () => fetch(`${ORIGIN}/health`))
    expect(response.headers.get('Sluice-Outage')).toBe('allowed')
    expect(await response.json()).toMatchObject({ status: 'ok' })
  })
})

describe('in Hono', () => {
  interface App {
    readonly Bindings: { readonly sluice: Sluice<FeatureId> }
  }
  const app = new Hono<App>()
    .get(
      '/sso',
      honoRequireFeature(sluice, 'sso', { customer: (c) => c.req.header('X-Customer') }),
      (c) => c.json(c.var.entitlement),
    )
    .get(
      '/calls',
      honoMeter(sluice, 'api-calls', {
        customer: (c) => c.req.header('X-Customer'),
        quantity: (c) => Number(c.req.query('n')),
        giveBackOnError: true,
      }),
      async (c) => {
        if (c.req.query('fail') === 'throw') throw new Error('broken')
        if (c.req.query('fail') === 'answer') return c.text('', 502)
        const customerId = String(c.req.header('X-Customer'))
        return c.json(await c.var.sluice.check({ customerId, featureId: 'api-calls' }))
      },
    )
    .get(
      '/outage',
      honoMeter((c: Context<App>) => c.env.sluice, 'api-calls', {
        customer: () => 'acme',
        onOutage: 'allow',
      }),
      (c) => c.json({ has: c.var.entitlement }),
    )
    .get(
      '/passed-on',
      honoMeter(cutOff, 'api-calls', { customer: () => 'acme', onOutage: 'allow' }),
      () => fetch(`${ORIGIN}/health`),
    )
    .onError((_, c) => c.text('', 500))
  const get = (path: string, customerId = '') =>
    app.request(path, { headers: { 'X-Customer': customerId } }, { sluice: cutOff })

  it('a route requires a feature', async () => {
    const { customerId } = await customerOn('enterprise')
    expect(await (await get('/sso', customerId)).json()).toMatchObject({ hasAccess: true })
    expect((await get('/sso', await newCustomer())).status).toBe(402)
    expect((await get('/sso')).status).toBe(401)
  })

  it('a route counts, gives back what fails, and refuses what is beyond', async () => {
    const { customerId } = await customerOn('starter')
    expect(await (await get('/calls?n=3', customerId)).json()).toMatchObject({ used: 3 })
    expect((await get('/calls?n=4&fail=throw', customerId)).status).toBe(500)
    expect((await get('/calls?n=5&fail=answer', customerId)).status).toBe(502)
    expect(await used(customerId)).toBe(3)
    const refused = await get('/calls?n=9007199254740991', customerId)
    expect(refused.status).toBe(402)
    expect(await refused.json()).toMatchObject({ reason: 'limit_reached', used: 3 })
  })

  it('an outage is marked, also on an answer whose headers nobody may change', async () => {
    const passedOn = await get('/passed-on')
    expect(passedOn.headers.get('Sluice-Outage')).toBe('allowed')
    expect(await passedOn.json()).toMatchObject({ status: 'ok' })
    const response = await get('/outage')
    expect(response.headers.get('Sluice-Outage')).toBe('allowed')
    expect(await response.json()).toEqual({ has: null })
  })
})

const neverCalled = vi.fn<() => Response>(() => {
  throw new Error('nobody is to come here')
})

function fine(): Response {
  return new Response('fine')
}
