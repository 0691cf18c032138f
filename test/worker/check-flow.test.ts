import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clearIsolate } from '../../worker/isolate.ts'
import { counting, down, flaky, laggingKv } from '../support/bindings.ts'
import { edge, type Edge } from '../support/edge.ts'
import { hostile } from '../support/hostile.ts'
import { putCatalogue, putCustomer } from '../support/intent.ts'
import { accessPath, CUSTOMER, holder, openShop, plans } from '../support/shop.ts'

const NOW = Date.parse('2026-02-10T12:00:00Z')
const GRANTED = accessPath('dashboard')
const DENIED = accessPath('sso')

let key: string

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  key = await openShop()
})

afterEach(() => {
  vi.useRealTimers()
})

/** Has everything in KV, and nothing but that in memory: one check was answered, and what it set off is done. */
async function publish(there: Edge = edge(key)): Promise<void> {
  await edge(key).get(GRANTED)
  await published(`customer:${CUSTOMER}`)
  // What KV did not have is remembered for a while, and so is the object's word.
  wait(31_000)
  await runDurableObjectAlarm(env.CUSTOMERS.getByName(CUSTOMER))
  clearIsolate()
  await there.get(GRANTED)
  await there.settle()
}

async function published(name: string): Promise<void> {
  for (let tries = 0; (await env.KV.get(name)) === null; tries++) {
    expect(tries).toBeLessThan(1_000)
    await scheduler.wait(5)
  }
}

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms)

describe('memory', () => {
  it('answers a thousand checks without a store, and reads again once after two seconds', async () => {
    await publish()
    const { bindings, counts } = counting()
    const warm = edge(key, bindings)
    for (let n = 0; n < 1_000; n++) expect((await warm.get(GRANTED)).body['hasAccess']).toBe(true)
    expect(counts).toMatchObject({ kvGets: 0, objects: 0, d1: 0 })
    wait(2_000)
    for (let n = 0; n < 100; n++) expect((await warm.get(GRANTED)).status).toBe(200)
    await warm.settle()
    for (let n = 0; n < 100; n++) await warm.get(GRANTED)
    expect(counts).toMatchObject({ kvGets: 1, objects: 0, d1: 0 })
  })

  it('is waited for after five seconds', async () => {
    await publish()
    wait(5_000)
    const { body } = await edge(key).get(GRANTED)
    expect(body).toMatchObject({ hasAccess: true, servedFrom: 'kv', ageMs: 0 })
  })

  it('says how old it is (promise 6)', async () => {
    await publish()
    wait(1_500)
    const { body, headers } = await edge(key).get(GRANTED)
    expect(body).toMatchObject({ servedFrom: 'memory', ageMs: 1_500, degraded: false })
    expect(headers.get('Server-Timing')).toBe('src;desc="memory"')
  })
})

describe('KV', () => {
  it('answers a fresh isolate while every object call fails', async () => {
    await publish()
    clearIsolate()
    const { body } = await edge(key, { CUSTOMERS: down.CUSTOMERS }).get(GRANTED)
    expect(body).toMatchObject({ hasAccess: true, servedFrom: 'kv', degraded: false })
  })

  it('gets back what it has lost from one check (promise 13)', async () => {
    await publish()
    wait(2_000)
    for (const { name } of (await env.KV.list()).keys) await env.KV.delete(name)
    clearIsolate()
    const again = edge(key)
    expect((await again.get(GRANTED)).body).toMatchObject({ hasAccess: true, servedFrom: 'object' })
    await again.settle()
    await published(`customer:${CUSTOMER}`)
    const names = (await env.KV.list()).keys.map(({ name }) => name.replace(/^key:.*/, 'key'))
    expect(names.toSorted()).toEqual([`customer:${CUSTOMER}`, 'head', 'key', 'plan:starter@1'])
  })

  it('may be down: the object and D1 answer', async () => {
    await publish()
    clearIsolate()
    const { body } = await edge(key, { KV: down.KV }).get(GRANTED)
    expect(body).toMatchObject({ hasAccess: true, servedFrom: 'object', degraded: false })
  })

  it('that is older than what was shown is not served: the object answers (promise 5)', async () => {
    const KV = laggingKv(Date.now)
    const there = edge(key, { KV })
    await publish(there)
    const used = await there.post('/v1/consume', {
      customerId: CUSTOMER,
      featureId: 'api-calls',
      quantity: 7,
    })
    expect(used.body['consumed']).toBe(true)
    wait(6_000)
    const { body } = await there.get(accessPath('api-calls'))
    expect(body).toMatchObject({ used: 7, servedFrom: 'object' })
  })
})

describe('D1', () => {
  it('may fail on every call: a cold isolate authenticates, checks and consumes', async () => {
    await publish()
    await edge(key).post('/v1/consume', { customerId: CUSTOMER, featureId: 'api-calls' })
    clearIsolate()
    hostile.object = (ports) => ({ ...ports, intent: down.DB })
    const cut = edge(key, { DB: down.DB })
    expect((await cut.get(GRANTED)).body).toMatchObject({ hasAccess: true, servedFrom: 'kv' })
    const consumed = await cut.post('/v1/consume', { customerId: CUSTOMER, featureId: 'api-calls' })
    expect(consumed.body).toMatchObject({ consumed: true, entitlement: { used: 2 } })
    const denied = await cut.get(DENIED)
    expect(denied.body).toMatchObject({
      hasAccess: false,
      reason: 'not_in_plan',
      confirmed: 'object',
    })
  })

  it('is asked whether a customer exists before an object is made', async () => {
    const { bindings, counts } = counting()
    const { status, body } = await edge(key, bindings).get(accessPath('dashboard', '', 'nobody'))
    expect(status).toBe(200)
    expect(body).toMatchObject({
      hasAccess: false,
      reason: 'unknown_customer',
      confirmed: 'source',
    })
    expect(counts.objects).toBe(0)
  })

  it('is asked anew about an unknown customer: nothing remembers that there was none', async () => {
    await edge(key).get(accessPath('dashboard', '', 'new-co'))
    await putCustomer(holder(['starter'], { id: 'new-co' }))
    const { body } = await edge(key).get(accessPath('dashboard', '', 'new-co'))
    expect(body['hasAccess']).toBe(true)
  })
})

describe('a denial', () => {
  it('is confirmed at the source, and then stands for a second', async () => {
    await publish()
    const { bindings, counts } = counting()
    const there = edge(key, bindings)
    expect((await there.get(DENIED)).body).toMatchObject({
      hasAccess: false,
      reason: 'not_in_plan',
      confirmed: 'source',
      servedFrom: 'object',
      hint: 'Plan enterprise has it.',
    })
    wait(999)
    expect((await there.get(DENIED)).body).toMatchObject({
      confirmed: 'source',
      servedFrom: 'memory',
    })
    expect(counts.objects).toBe(1)
    wait(1)
    await there.get(DENIED)
    expect(counts.objects).toBe(2)
  })

  it('does not outlive a purchase that reached D1 alone by more than two seconds', async () => {
    await publish()
    expect((await edge(key).get(DENIED)).body['hasAccess']).toBe(false)
    await putCustomer(holder(['starter', 'enterprise'], { revision: 2 }))
    wait(2_000)
    expect((await edge(key).get(DENIED)).body['hasAccess']).toBe(true)
  })

  it('does not outlive a plan edit that KV has not shown yet', async () => {
    const KV = laggingKv(Date.now)
    const there = edge(key, { KV })
    await publish(there)
    const before = plans()
    const starter = before.plans.get('starter')
    const sso = before.plans.get('enterprise')?.allowances.get('sso')
    if (starter === undefined || sso === undefined) throw new Error('no such plan')
    const edited = {
      ...starter,
      revision: 2,
      allowances: new Map([...starter.allowances, ['sso', sso] as const]),
    }
    await putCatalogue({
      ...before,
      revision: 2,
      plans: new Map([...before.plans, ['starter', edited] as const]),
    })
    wait(1_000)
    expect((await there.get(DENIED)).body).toMatchObject({ hasAccess: true, revision: 2 })
  })

  it('goes out unconfirmed while the object does not answer, and says so', async () => {
    await publish()
    const { body } = await edge(key, { CUSTOMERS: down.CUSTOMERS }).get(DENIED)
    expect(body).toMatchObject({ hasAccess: false, confirmed: false, servedFrom: 'memory' })
  })

  it('stops asking an object that has failed five times in a row', async () => {
    await publish()
    const { bindings, counts } = counting({ CUSTOMERS: flaky(() => true) })
    const there = edge(key, bindings)
    for (let n = 0; n < 20; n++) await there.get(DENIED)
    expect(counts.objects).toBe(5)
  })
})

describe('a metered grant', () => {
  const consume = (quantity: number) =>
    edge(key).post('/v1/consume', { customerId: CUSTOMER, featureId: 'api-calls', quantity })

  it('far from its limit leaves from the edge', async () => {
    await consume(89)
    await publish()
    const { bindings, counts } = counting()
    const { body } = await edge(key, bindings).get(accessPath('api-calls', '&quantity=6'))
    expect(body).toMatchObject({ hasAccess: true, balance: 11 })
    expect(counts.objects).toBe(0)
  })

  it.each([
    ['within five percent of its limit', 91, 1],
    ['for nearly all that is left', 50, 46],
  ])('%s is decided by the object', async (_, used, quantity) => {
    await consume(used)
    await publish()
    wait(1_000)
    const { bindings, counts } = counting()
    const there = edge(key, bindings)
    const { body } = await there.get(accessPath('api-calls', `&quantity=${quantity}`))
    expect(body).toMatchObject({ hasAccess: true, servedFrom: 'object' })
    expect(counts.called).toEqual([`read ${CUSTOMER}`])
  })

  it('is refused right after the last unit was consumed, without a token', async () => {
    await publish()
    const last = await consume(100)
    expect(last.body).toMatchObject({ consumed: true, entitlement: { balance: 0 } })
    const { body } = await edge(key).get(accessPath('api-calls'))
    expect(body).toMatchObject({ hasAccess: false, reason: 'limit_reached', balance: 0 })
  })

  it('is back right after the reading was set below the limit', async () => {
    await consume(100)
    await edge(key).post('/v1/usage', {
      customerId: CUSTOMER,
      featureId: 'api-calls',
      behaviour: 'SET',
      value: 40,
    })
    const { body } = await edge(key).get(accessPath('api-calls'))
    expect(body).toMatchObject({ hasAccess: true, reason: 'within_limit', balance: 60 })
  })
})

describe('promise 4: a consistency token', () => {
  it('shows its change in an isolate whose copies are older', async () => {
    const KV = laggingKv(Date.now)
    await publish(edge(key, { KV }))
    const used = await edge(key).post('/v1/consume', {
      customerId: CUSTOMER,
      featureId: 'api-calls',
      quantity: 3,
    })
    clearIsolate()
    const there = edge(key, { KV })
    const token = String(used.body['consistencyToken'])
    expect(used.headers.get('Consistency-Token')).toBe(token)
    expect((await there.get(accessPath('api-calls'))).body['used']).toBe(0)
    const seen = await there.get(accessPath('api-calls'), { 'Consistency-Token': token })
    expect(seen.body['used']).toBe(3)
    clearIsolate()
    const inQuery = await there.get(accessPath('api-calls', `&consistencyToken=${token}`))
    expect(inQuery.body['used']).toBe(3)
  })

  it('that cannot be honoured is 503, never an older answer', async () => {
    const KV = laggingKv(Date.now)
    await publish(edge(key, { KV }))
    const used = await edge(key).post('/v1/consume', {
      customerId: CUSTOMER,
      featureId: 'api-calls',
    })
    clearIsolate()
    const cut = edge(key, { KV, CUSTOMERS: down.CUSTOMERS })
    const { status, body } = await cut.get(GRANTED, {
      'Consistency-Token': String(used.body['consistencyToken']),
    })
    expect(status).toBe(503)
    expect(body['code']).toBe('consistency_unavailable')
  })

  it('that is none of ours is refused', async () => {
    const { status, body } = await edge(key).get(GRANTED, { 'Consistency-Token': 'bm9uc2Vuc2U' })
    expect([status, body['code']]).toEqual([400, 'invalid_consistency_token'])
  })
})

describe('promise 9: when nothing can be known', () => {
  it('the feature’s policy answers, and says that it does', async () => {
    await edge(key).get(GRANTED)
    const cut = edge(key, { DB: down.DB, CUSTOMERS: down.CUSTOMERS })
    const denied = await cut.get(accessPath('sso', '', 'other-co'))
    expect(denied.body).toMatchObject({
      hasAccess: false,
      reason: 'unavailable',
      servedFrom: 'policy',
      degraded: true,
    })
    const allowed = await cut.get(accessPath('theme', '', 'other-co'))
    expect(allowed.body).toMatchObject({
      hasAccess: true,
      reason: 'unavailable',
      servedFrom: 'policy',
      degraded: true,
    })
  })

  it('the last known state answers before the policy, marked as degraded', async () => {
    await publish()
    wait(60_000)
    await edge(key).get('/v1/me')
    const cut = edge(key, down)
    const { body } = await cut.get(GRANTED)
    expect(body).toMatchObject({
      hasAccess: true,
      servedFrom: 'memory',
      degraded: true,
      ageMs: 60_000,
    })
  })

  it('nothing is written', async () => {
    await edge(key).get(GRANTED)
    const cut = edge(key, { CUSTOMERS: down.CUSTOMERS })
    const { status, body, headers } = await cut.post('/v1/consume', {
      customerId: CUSTOMER,
      featureId: 'api-calls',
    })
    expect([status, body['code'], headers.get('Retry-After')]).toEqual([503, 'unavailable', '1'])
  })
})

describe('fresh=true', () => {
  it('asks the object, whatever the copies say', async () => {
    await publish()
    const { bindings, counts } = counting()
    const { body } = await edge(key, bindings).get(`${GRANTED}&fresh=true`)
    expect(body).toMatchObject({ servedFrom: 'object', confirmed: 'source' })
    expect(counts.called).toEqual([`read ${CUSTOMER}`])
  })
})
