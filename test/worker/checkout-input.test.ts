import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { hashKey, makeSecretKey, SECRET_RANDOM_BYTES } from '../../schema/keys.ts'
import { countOf, opened, openShop, sessionOf } from '../support/checkout.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, type Manager, manager } from '../support/manager.ts'

let api: Manager

beforeEach(async () => {
  await fresh()
  api = await manager()
  await openShop(api)
})

/** A key of production, which no other environment takes. */
async function productionKey(): Promise<string> {
  const random = crypto.getRandomValues(new Uint8Array(SECRET_RANDOM_BYTES))
  const key = makeSecretKey('production', random)
  await env.DB.prepare(
    `INSERT INTO keys (id, hash, name, scopes, last_four, created_at) VALUES ('key_p', ?, 'p', '["manage"]', 'last', 0)`,
  )
    .bind(await hashKey(key))
    .run()
  return key
}

describe('what cannot be sold', () => {
  it.each([
    [{ planId: 'prp' }, 422, 'unknown_reference', '/planId'],
    [{ chargePeriod: 'weekly' }, 422, 'price_missing', '/chargePeriod'],
    [{ chargePeriod: undefined }, 422, 'price_missing', '/chargePeriod'],
    [{ currency: 'GBP' }, 400, 'invalid_request', '/currency'],
    [{ quantity: 2 }, 422, 'quantity_not_allowed', '/quantity'],
    [{ quantity: 0 }, 400, 'invalid_request', '/quantity'],
    [{ customerId: ' x' }, 400, 'invalid_request', '/customerId'],
    [{ successUrl: undefined }, 400, 'invalid_request', '/successUrl'],
    [{ successUrl: `https://a.test/${'x'.repeat(2048)}` }, 400, 'invalid_request', '/successUrl'],
    [{ successUrl: 'javascript:alert(1)' }, 422, 'url_not_allowed', '/successUrl'],
    [{ successUrl: '/done' }, 422, 'url_not_allowed', '/successUrl'],
    [{ successUrl: 'ftp://a.test' }, 422, 'url_not_allowed', '/successUrl'],
    [{ successUrl: 'https://me:pw@a.test' }, 422, 'url_not_allowed', '/successUrl'],
    [{ cancelUrl: 'data:text/html,x' }, 422, 'url_not_allowed', '/cancelUrl'],
    [{ when: 'later' }, 400, 'invalid_request', '/when'],
    [{ price: 1 }, 400, 'invalid_request', '/price'],
  ])('is refused by its field: %j', async (input, status, code, pointer) => {
    const reply = await api.post(
      '/v1/checkout/sessions',
      sessionOf({ customerId: 'acme', ...input }),
    )
    expect([reply.status, reply.body['code']]).toEqual([status, code])
    expect(reply.body['errors']).toMatchObject([{ pointer }])
    expect(await countOf('checkout_sessions')).toBe(0)
  })

  it('is a plan or a customer that is archived', async () => {
    await expectOk(api.put('/v1/customers/gone', {}))
    await expectOk(api.remove('/v1/customers/gone'))
    await expectOk(api.remove('/v1/plans/deal'))
    for (const input of [{ customerId: 'gone' }, { planId: 'deal' }]) {
      const { body } = await api.post('/v1/checkout/sessions', sessionOf(input))
      expect(body).toMatchObject({ code: 'unknown_reference' })
      expect(body['detail']).toContain('archived')
    }
  })

  it('is a price to where nobody takes money', async () => {
    const production = (await manager(await productionKey())).over({ ENVIRONMENT: 'production' })
    const { status, body } = await production.post('/v1/checkout/sessions', sessionOf({}))
    expect([status, body['code']]).toEqual([422, 'provider_missing'])
    const free = await opened(production, { planId: 'free', chargePeriod: undefined })
    expect(free).toMatchObject({ status: 'completed' })
    for (const method of ['GET', 'POST'])
      expect((await production.send(method, `/checkout/${free.id}`)).body).toMatchObject({
        code: 'route_not_found',
      })
  })
})

describe('where customers are sent back to', () => {
  it.each([
    'http://localhost:3000/ok',
    'http://127.0.0.1/ok',
    'http://shop.localhost/',
    'http://[::1]:1/',
  ])('in the sandbox it may be a machine of one’s own: %s', async (successUrl) => {
    const sandbox = api.over({ ENVIRONMENT: 'sandbox' })
    expect((await sandbox.post('/v1/checkout/sessions', sessionOf({ successUrl }))).status).toBe(
      201,
    )
  })

  it('in the sandbox it is encrypted otherwise, in local development as one likes', async () => {
    const input = sessionOf({ successUrl: 'http://app.test/' })
    const sandbox = api.over({ ENVIRONMENT: 'sandbox' })
    expect((await sandbox.post('/v1/checkout/sessions', input)).body).toMatchObject({
      code: 'url_not_allowed',
    })
    expect((await api.post('/v1/checkout/sessions', input)).status).toBe(201)
  })
})
