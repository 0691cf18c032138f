/** Events that feed meters: which ones, with how much, once for each key. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { reportEvent } from '../../schema/wire/usage-event.ts'
import { clearIsolate } from '../../worker/isolate.ts'
import { type Api, apiWith } from '../support/api.ts'
import { counting, down } from '../support/bindings.ts'
import { edge, makeKey } from '../support/edge.ts'
import { fresh } from '../support/fresh.ts'
import { bodyOf } from '../support/storefront.ts'

const CATALOGUE = {
  features: [
    { id: 'requests', type: 'meter', meter: { event: 'request', aggregate: 'count' } },
    {
      id: 'traffic',
      type: 'meter',
      meter: { event: 'request', aggregate: 'sum', property: 'bytes' },
    },
    { id: 'builds', type: 'meter', meter: { event: 'build', aggregate: 'count' } },
    { id: 'seats', type: 'meter' },
  ],
  plans: [
    {
      id: 'free',
      name: 'Free',
      allowances: { requests: { limit: 2 }, traffic: { limit: 1_000 }, builds: { limit: 5 } },
    },
  ],
  defaultPlanId: 'free',
}

let api: Api

beforeEach(async () => {
  await fresh()
  api = await apiWith('manage')
  await bodyOf(api.put('/catalogue', CATALOGUE))
  await bodyOf(api.put('/customers/acme', {}))
})

const report = async (body: object, headers: HeadersInit = {}) => {
  const answer = await api.post('/usage/events', { customerId: 'acme', ...body }, headers)
  if (answer.status === 200) {
    expect(reportEvent.answer.safeParse(answer.body).error).toBeUndefined()
  }
  return answer
}

const used = async (featureId: string) => {
  const { data } = await bodyOf(api.get(`/customers/acme/entitlements?featureId=${featureId}`))
  return data[0].used as number
}

describe('an event', () => {
  it('is counted by one meter and added up by another', async () => {
    const { body } = await report({ event: 'request', properties: { bytes: 300, path: '/' } })
    expect(body.results).toMatchObject([
      { featureId: 'requests', status: 200, recorded: true, applied: 1 },
      { featureId: 'traffic', status: 200, recorded: true, applied: 300 },
    ])
    await report({ event: 'request', properties: { bytes: 0 } })
    expect([await used('requests'), await used('traffic'), await used('builds')]).toEqual([
      2, 300, 0,
    ])
  })

  it('has happened, so it counts past a limit', async () => {
    for (let n = 0; n < 3; n++) await report({ event: 'request', properties: { bytes: 1 } })
    const { body } = await api.get('/access?customerId=acme&featureId=requests')
    expect(body).toMatchObject({ hasAccess: false, used: 3, overage: 1 })
  })

  it('counts once for each key, and says so (promise 3)', async () => {
    const event = { event: 'request', properties: { bytes: 7 } }
    await report(event, { 'Idempotency-Key': 'e-1' })
    const again = await report(event, { 'Idempotency-Key': 'e-1' })
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    expect([await used('requests'), await used('traffic')]).toEqual([1, 7])
    const other = { event: 'request', properties: { bytes: 8 } }
    const { status, body } = await report(other, { 'Idempotency-Key': 'e-1' })
    expect([status, body.code]).toEqual([409, 'idempotency_key_reused'])
    expect(body.detail).toContain('e-1')
    expect(body.detail).not.toContain('e-1 requests')
  })

  it('whose key is older than what is kept is refused', async () => {
    const key = '0190a1b2-c3d4-7abc-8def-0123456789ab'
    const { status, body } = await report({ event: 'build' }, { 'Idempotency-Key': key })
    expect([status, body.code]).toEqual([409, 'key_expired'])
    expect(await used('builds')).toBe(0)
  })

  it.each([
    {},
    { properties: {} },
    { properties: { bytes: -1 } },
    { properties: { bytes: 1.5 } },
    { properties: { bytes: '300' } },
    { properties: { bytes: null } },
    { properties: { bytes: 2 ** 53 } },
  ])('that cannot be added up, %o, counts nowhere', async (fields) => {
    const { status, body } = await report({ event: 'request', ...fields })
    expect([status, body.code]).toEqual([400, 'invalid_request'])
    expect(body.errors).toEqual([
      expect.objectContaining({
        pointer: '/properties/bytes',
        expected: expect.stringContaining("'traffic'"),
      }),
    ])
    expect(await used('requests')).toBe(0)
  })

  it('that no meter names is taken, and counts nowhere', async () => {
    expect((await report({ event: 'sign-in' })).body).toEqual({ results: [] })
  })

  it('of a customer whom nobody has made is refused', async () => {
    const { status, body } = await report({ event: 'build', customerId: 'nobody' })
    expect([status, body.code]).toEqual([404, 'customer_not_found'])
  })
})

describe('a meter that has just been given an event', () => {
  it('is fed at once by an event that nobody named before', async () => {
    await report({ event: 'invite' })
    clearIsolate()
    const head = await env.KV.get('head')
    await bodyOf(api.patch('/features/seats', { meter: { event: 'invite', aggregate: 'count' } }))
    // Another location, which still has the head of before.
    clearIsolate()
    await env.KV.put('head', head ?? '')
    expect((await report({ event: 'invite' })).body.results).toMatchObject([{ featureId: 'seats' }])
  })

  it.each([
    { event: 'request', aggregate: 'sum' },
    { event: 'request', aggregate: 'count', property: 'bytes' },
  ])('%o must say what it adds up, if it adds up', async (meter) => {
    const { status, body } = await api.patch('/features/seats', { meter })
    expect([status, body.errors[0].pointer]).toEqual([400, '/meter/property'])
  })
})

describe('with stores down', () => {
  it('no event is taken for one that nobody counts', async () => {
    const key = await makeKey(['usage'])
    const event = { customerId: 'acme', event: 'sign-in' }
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    await edge(key).post('/v1/usage/events', event)
    const { bindings, counts } = counting()
    for (let n = 0; n < 3; n++) await edge(key, bindings).post('/v1/usage/events', event)
    expect(counts.d1).toBe(0)
    vi.useRealTimers()
    clearIsolate()
    await edge(key).get('/v1/me')
    const { status } = await edge(key, { DB: down.DB }).post('/v1/usage/events', event)
    expect(status).toBe(503)
  })
})
