import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeSecretKey } from '../../schema/keys.ts'
import { clearIsolate } from '../../worker/isolate.ts'
import { counting, down } from '../support/bindings.ts'
import { edge, makeKey } from '../support/edge.ts'
import { openShop } from '../support/shop.ts'

const NOW = Date.parse('2026-02-10T12:00:00Z')
const ME = '/v1/me'
const RESET = '/v1/customers/starter-co/entitlements/api-calls/reset'

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  await openShop()
})

afterEach(() => {
  vi.useRealTimers()
})

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms)
const random = () => crypto.getRandomValues(new Uint8Array(64))

describe('401', () => {
  it('a request without a key is told where keys come from', async () => {
    const { status, body, headers } = await edge(null).get(ME)
    expect([status, body['code']]).toEqual([401, 'credential_missing'])
    expect(body['detail']).toContain('`npm run dev` printed a key')
    expect(headers.get('WWW-Authenticate')).toBe('Bearer')
  })

  it.each([
    ['nonsense', 'secret'],
    ['a key with a typing error', 'sluice_sk_sandbox_0000000000000000000000000000000000000A'],
    ['another scheme', ''],
  ])('%s is refused without asking a store', async (_, key) => {
    const { bindings, counts } = counting()
    const { status } = await edge(key, bindings).get(ME)
    expect(status).toBe(401)
    expect(counts).toMatchObject({ kvGets: 0, d1: 0 })
  })

  it('a key that nobody made is refused, and asked about once in five seconds', async () => {
    const { bindings, counts } = counting()
    const stranger = edge(makeSecretKey('sandbox', random()), bindings)
    for (let n = 0; n < 10; n++) expect((await stranger.get(ME)).status).toBe(401)
    expect(counts).toMatchObject({ kvGets: 1, d1: 1 })
  })

  it('an expired and a revoked key are refused in the same words', async () => {
    const expired = await edge(await makeKey(['read'], { expiresAt: NOW })).get(ME)
    const revoked = await edge(await makeKey(['read'], { revokedAt: NOW - 1 })).get(ME)
    expect([expired.status, revoked.status]).toEqual([401, 401])
    expect(expired.body['detail']).toBe(revoked.body['detail'])
  })

  it('a key expires at its millisecond, also in memory', async () => {
    const there = edge(await makeKey(['read'], { expiresAt: NOW + 1_000 }))
    expect((await there.get(ME)).status).toBe(200)
    wait(999)
    expect((await there.get(ME)).status).toBe(200)
    wait(1)
    expect((await there.get(ME)).status).toBe(401)
  })
})

describe('403', () => {
  it('a key of another environment is told which is which (promise 11)', async () => {
    const { status, body } = await edge(makeSecretKey('production', random())).get(ME)
    expect([status, body['code']]).toEqual([403, 'wrong_environment'])
    expect(body['detail']).toContain('The key is for production; this is local development')
  })

  it('a sandbox key is refused in production', async () => {
    const { body } = await edge(await makeKey(), { ENVIRONMENT: 'production' }).get(ME)
    expect(body['detail']).toContain('The key is for sandbox; this is production')
  })

  it.each([
    ['read', 'usage', 'POST', '/v1/consume'],
    ['usage', 'read', 'GET', '/v1/access?customerId=a&featureId=b'],
    ['read', 'manage', 'POST', RESET],
  ] as const)('a key with %s may not do what needs %s', async (held, needed, method, path) => {
    const { status, body } = await edge(await makeKey([held])).send(method, path)
    expect([status, body['code']]).toEqual([403, 'scope_missing'])
    expect(body['detail']).toBe(`This route needs the scope '${needed}'; the key has '${held}'.`)
  })
})

describe('200', () => {
  it('the caller learns who it is', async () => {
    const { body } = await edge(await makeKey(['read', 'usage'], { expiresAt: NOW + 1 })).get(ME)
    expect(body).toMatchObject({
      kind: 'key',
      environment: 'sandbox',
      scopes: ['read', 'usage'],
      expiresAt: '2026-02-10T12:00:00.001Z',
    })
  })

  it('a key is remembered for five seconds, and put back into KV where it was lost', async () => {
    const { bindings, counts } = counting()
    const there = edge(await makeKey(['read']), bindings)
    for (let n = 0; n < 10; n++) await there.get(ME)
    await there.settle()
    // D1 is asked for it, and told that it was used.
    expect(counts).toMatchObject({ kvGets: 1, d1: 2, kvPuts: 1 })
    wait(5_000)
    await there.get(ME)
    expect(counts).toMatchObject({ kvGets: 2, d1: 2 })
  })

  it('a cold isolate knows a published key while D1 is down, and an unpublished one while KV is', async () => {
    const key = await makeKey(['read'])
    const there = edge(key)
    await there.get(ME)
    await there.settle()
    clearIsolate()
    expect((await edge(key, { DB: down.DB }).get(ME)).status).toBe(200)
    clearIsolate()
    expect((await edge(key, { KV: down.KV }).get(ME)).status).toBe(200)
    clearIsolate()
    expect((await edge(key, { KV: down.KV, DB: down.DB }).get(ME)).status).toBe(503)
  })

  it('a revoked key manages nothing any more, whatever the copies say', async () => {
    const key = await makeKey(['manage'])
    const there = edge(key)
    expect((await there.post(RESET, {})).status).toBe(200)
    await env.DB.prepare('UPDATE keys SET revoked_at = 1 WHERE last_four = ?')
      .bind(key.slice(-4))
      .run()
    expect((await there.post(RESET, {})).status).toBe(401)
    wait(5_000)
    await there.settle()
    expect((await there.get(ME)).status).toBe(401)
  })
})
