import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { encodeToken } from '../../schema/token.ts'
import { getPricing } from '../../schema/wire/pricing.ts'
import { clearIsolate } from '../../worker/isolate.ts'
import { counting, down } from '../support/bindings.ts'
import { edge } from '../support/edge.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, type Manager, manager } from '../support/manager.ts'

const PATH = '/v1/pricing'
const NOW = Date.parse('2026-02-10T12:00:00Z')

const CATALOGUE = {
  features: [
    { id: 'sso', type: 'boolean', name: 'Single sign-on', description: 'With your own provider' },
    {
      id: 'storage',
      type: 'meter',
      name: 'Storage',
      unit: { singular: 'GB', plural: 'GBs' },
      metadata: { cost: 7 },
    },
    { id: 'support', type: 'customizable', name: 'Support' },
  ],
  plans: [
    {
      id: 'secret-base',
      rank: 9,
      visibility: 'private',
      allowances: { sso: { enabled: true }, support: { value: 'e-mail' } },
    },
    {
      id: 'pro',
      name: 'Pro',
      rank: 2,
      parentId: 'secret-base',
      trialDays: 14,
      prices: [{ chargePeriod: 'monthly', amount: 9900, currency: 'USD' }],
      allowances: { storage: { limit: 100, reset: 'monthly' }, support: { removed: true } },
      metadata: { margin: 80 },
    },
    { id: 'more-storage', name: 'More storage', rank: 1, kind: 'addon' },
    { id: 'free', name: 'Free', description: 'For ever', rank: 1 },
    { id: 'old', rank: 0 },
  ],
}

const anybody = edge(null)
let api: Manager

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  await fresh()
  api = await manager()
  await expectOk(api.put('/v1/catalogue', CATALOGUE))
  await expectOk(api.remove('/v1/plans/old'))
})

afterEach(() => {
  vi.useRealTimers()
})

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms)
const rename = () => expectOk(api.patch('/v1/plans/free', { name: 'Gratis' }))

async function namesOf(reply = anybody.get(PATH)): Promise<readonly unknown[]> {
  const { data } = (await reply).body as { data: readonly { name: string }[] }
  return data.map(({ name }) => name)
}

describe('prices', () => {
  test('are the public plans that can be taken, lowest rank first, with everything that each gives', async () => {
    const { status, body } = await anybody.get(PATH)
    expect(status).toBe(200)
    expect(getPricing.answer.safeParse(body).error).toBeUndefined()
    const plan = { description: undefined, trialDays: 0, prices: [], allowances: [] }
    expect(body['data']).toEqual([
      { ...plan, id: 'free', name: 'Free', description: 'For ever', kind: 'base', rank: 1 },
      { ...plan, id: 'more-storage', name: 'More storage', kind: 'addon', rank: 1 },
      {
        id: 'pro',
        name: 'Pro',
        kind: 'base',
        rank: 2,
        trialDays: 14,
        prices: [{ chargePeriod: 'monthly', amount: 9900, currency: 'USD' }],
        allowances: [
          {
            featureId: 'sso',
            name: 'Single sign-on',
            description: 'With your own provider',
            type: 'boolean',
            allowance: { enabled: true },
          },
          {
            featureId: 'storage',
            name: 'Storage',
            type: 'meter',
            unit: { singular: 'GB', plural: 'GBs' },
            allowance: expect.objectContaining({ limit: 100, reset: 'monthly' }),
          },
        ],
      },
    ])
  })

  test('say nothing of what is private', async () => {
    const { body } = await anybody.get(PATH)
    expect(JSON.stringify(body)).not.toMatch(/secret-base|margin|cost|metadata|old/)
  })

  test('are none where there is no catalogue', async () => {
    await fresh()
    expect((await anybody.get(PATH)).body).toEqual({ data: [] })
  })

  test('may be kept for a minute by anybody, and be read by any page', async () => {
    const { headers } = await anybody.get(PATH, { Origin: 'https://shop.example' })
    expect(headers.get('Cache-Control')).toBe('public, max-age=60')
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(headers.get('Access-Control-Expose-Headers')).toContain('ETag')
  })

  test('are not sent again to whoever has them', async () => {
    const tag = String((await anybody.get(PATH)).headers.get('ETag'))
    const again = await anybody.get(PATH, { 'If-None-Match': tag })
    expect([again.status, again.headers.get('ETag')]).toEqual([304, tag])
    expect(again.headers.get('Cache-Control')).toBe('public, max-age=60')
    expect(again.headers.get('Access-Control-Allow-Origin')).toBe('*')
    await rename()
    expect((await anybody.get(PATH, { 'If-None-Match': tag })).status).toBe(200)
  })

  test('are asked for by a browser before a page sends headers of its own', async () => {
    const { status, headers } = await anybody.send('OPTIONS', PATH, {
      headers: { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'GET' },
    })
    expect(status).toBe(204)
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(headers.get('Access-Control-Allow-Methods')).toBe('GET')
    expect(headers.get('Access-Control-Allow-Headers')).toBe('*')
  })

  test('cannot be changed there, and take no parameters', async () => {
    expect((await anybody.send('POST', PATH, { body: {} })).body['code']).toBe('method_not_allowed')
    const refused = await anybody.get(`${PATH}?planId=pro`)
    expect([refused.status, refused.body['code']]).toEqual([400, 'invalid_request'])
    expect(refused.headers.get('Cache-Control')).toBe('private, no-store')
  })
})

test('no other route lets pages of other origins in', async () => {
  const { headers } = await api.get('/v1/plans', { Origin: 'https://shop.example' })
  expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
  expect((await anybody.send('OPTIONS', '/v1/plans')).status).toBe(405)
})

describe('an edit', () => {
  test('shows at once in the isolate that made it, and in ten seconds in any other', async () => {
    expect(await namesOf()).toContain('Free')
    await rename()
    expect(await namesOf()).toContain('Gratis')
    await expectOk(api.patch('/v1/plans/free', { name: 'Nothing' }))
    clearIsolate()
    expect(await namesOf()).toContain('Nothing')
  })

  test('of elsewhere shows with its token at once, without it after ten seconds', async () => {
    expect(await namesOf()).toContain('Free')
    const catalogueRevision = await renameElsewhere()
    expect(await namesOf()).toContain('Free')
    wait(9_999)
    expect(await namesOf()).toContain('Free')
    const token = encodeToken({ customerId: null, revision: 0, version: 0, catalogueRevision })
    const early = await anybody.get(PATH, { 'Consistency-Token': token })
    expect(await namesOf(Promise.resolve(early))).toContain('Gratis')
    clearIsolate()
    expect(await namesOf()).toContain('Gratis')
  })

  test('of elsewhere shows by itself after ten seconds', async () => {
    expect(await namesOf()).toContain('Free')
    await renameElsewhere()
    wait(10_000)
    expect(await namesOf()).toContain('Gratis')
  })

  test('that D1 does not have yet is not shown, whatever the token says', async () => {
    const catalogueRevision = NOW + 1_000_000
    const token = encodeToken({ customerId: null, revision: 0, version: 0, catalogueRevision })
    const { body } = await anybody.get(PATH, { 'Consistency-Token': token })
    expect(body['code']).toBe('consistency_unavailable')
  })

  test('leaves D1 alone while nothing changes: one small question in ten seconds', async () => {
    const { bindings, counts } = counting()
    const there = edge(null, bindings)
    await there.get(PATH)
    const first = counts.d1
    for (let n = 0; n < 20; n++) await there.get(PATH)
    expect(counts.d1).toBe(first)
    wait(10_000)
    await there.get(PATH)
    expect(counts.d1).toBe(first + 1)
  })
})

test('with D1 down, what was last known is shown, and an isolate that knows nothing says so', async () => {
  await anybody.get(PATH)
  wait(60_000)
  expect(await namesOf(edge(null, { DB: down.DB }).get(PATH))).toContain('Free')
  clearIsolate()
  const { status, headers } = await edge(null, { DB: down.DB }).get(PATH)
  expect([status, headers.get('Cache-Control')]).toEqual([503, 'private, no-store'])
})

/** Another isolate's edit, of which this one hears nothing; returns its revision. */
async function renameElsewhere(): Promise<number> {
  await env.DB.batch([
    env.DB.prepare("UPDATE plans SET name = 'Gratis' WHERE id = 'free'"),
    env.DB.prepare('UPDATE catalogue SET revision = revision + 1'),
  ])
  return Number(await env.DB.prepare('SELECT revision FROM catalogue').first('revision'))
}
