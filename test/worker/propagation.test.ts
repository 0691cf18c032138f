import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clearIsolate } from '../../worker/isolate.ts'
import { portsFrom } from '../../worker/ports.ts'
import { tick } from '../../worker/tick.ts'
import { counting, flaky, laggingKv } from '../support/bindings.ts'
import { edge, makeKey } from '../support/edge.ts'
import { fresh } from '../support/fresh.ts'
import { hostile } from '../support/hostile.ts'

const NOW = Date.parse('2026-02-10T12:00:00Z')
/** The documented staleness of a grant, without Cloudflare's own propagation. */
const BOUND_MS = 36_000
const ASK = '/v1/access?customerId=pro-co&featureId=sso'
const BUY = '/v1/customers/pro-co/subscriptions'

const CATALOGUE = {
  features: [
    { id: 'dashboard', type: 'boolean', name: 'Dashboard' },
    { id: 'sso', type: 'boolean', name: 'Single sign-on' },
  ],
  plans: [
    { id: 'pro', name: 'Pro', rank: 1, allowances: { dashboard: { enabled: true } } },
    {
      id: 'enterprise',
      name: 'Enterprise',
      rank: 2,
      parentId: 'pro',
      allowances: { sso: { enabled: true } },
    },
  ],
}

let key: string

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  await fresh()
  key = await makeKey()
  await edge(key).send('PUT', '/v1/catalogue', { body: CATALOGUE })
  await edge(key).send('PUT', '/v1/customers/pro-co', { body: {} })
})

afterEach(() => {
  vi.useRealTimers()
})

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms)
const moveSsoToPro = () =>
  edge(key).send('PATCH', '/v1/plans/pro', { body: { allowances: { sso: { enabled: true } } } })

async function subscribed(planId: string): Promise<void> {
  const { status } = await edge(key).post(BUY, { planId })
  expect(status).toBe(201)
}

describe('a plan edit', () => {
  it('is seen with its token at once, where the copies still deny', async () => {
    await subscribed('pro')
    const there = edge(key, { KV: laggingKv(Date.now) })
    expect((await there.get(ASK)).body).toMatchObject({ hasAccess: false, reason: 'not_in_plan' })
    const edited = await moveSsoToPro()
    expect(edited.body['propagation']).toBe('done')
    clearIsolate()
    const token = { 'Consistency-Token': String(edited.body['consistencyToken']) }
    expect((await there.get(ASK, token)).body).toMatchObject({ hasAccess: true, reason: 'enabled' })
  })

  it('that takes a feature away is seen everywhere within the bound', async () => {
    await subscribed('enterprise')
    const there = edge(key, { KV: laggingKv(Date.now) })
    expect((await there.get(ASK)).body['hasAccess']).toBe(true)
    wait(31_000)
    await there.get(ASK)
    await there.settle()
    await edge(key).send('PATCH', '/v1/plans/enterprise', {
      body: { allowances: { sso: { removed: true } } },
    })
    clearIsolate()
    expect((await there.get(ASK)).body['hasAccess']).toBe(true)
    wait(BOUND_MS)
    expect((await there.get(ASK)).body['hasAccess']).toBe(false)
  })

  it('rewrites no customer’s snapshot, however many hold the plan', async () => {
    await subscribed('pro')
    await edge(key).get(ASK)
    const names = Array.from({ length: 1_000 }, (_, n) => `customer:co-${n}`)
    await Promise.all(names.map((name) => env.KV.put(name, '[]')))
    const { bindings, counts } = counting()
    const editor = edge(key, bindings)
    await editor.send('PATCH', '/v1/plans/pro', {
      body: { allowances: { sso: { enabled: true } } },
    })
    await editor.settle()
    expect(counts.put.map((name) => name.replace(/@.*/, '')).toSorted()).toEqual([
      'head',
      'plan:enterprise',
      'plan:pro',
    ])
    expect(counts.objects).toBe(0)
  })
})

describe('a change while a customer’s object comes to be', () => {
  /** D1, which between a customer being read and its change being committed hears of the object from elsewhere. */
  function heardMeanwhile(): Partial<Env> {
    let isFirst = true
    const batch = async (statements: D1PreparedStatement[]) => {
      if (isFirst && statements.length > 1) {
        isFirst = false
        await edge(key).get(ASK)
        await untilSynced()
      }
      return env.DB.batch(statements)
    }
    const DB = new Proxy(env.DB, {
      get: (target, name) => (name === 'batch' ? batch : Reflect.get(target, name).bind(target)),
    })
    return { DB }
  }

  it.each([
    ['a purchase', 'POST', BUY, { planId: 'enterprise' }],
    ['a statement', 'PUT', '/v1/customers/pro-co', { name: 'Pro' }],
  ])('%s reaches it before it is answered', async (_, method, path, body) => {
    const { bindings, counts } = counting(heardMeanwhile())
    const { body: answer } = await edge(key, bindings).send(method, path, { body })
    expect(answer['propagation']).toBe('done')
    expect(counts.called).toContain('apply pro-co')
    expect(await unsynced()).toBe(0)
  })

  it('reaches it also where it has read and not yet told of itself', async () => {
    hostile.object = (ports) => ({ ...ports, intent: withoutWord })
    expect((await edge(key).get(ASK)).body['reason']).toBe('no_subscription')
    const { bindings, counts } = counting()
    const bought = await edge(key, bindings).post(BUY, { planId: 'enterprise' })
    expect(bought.body['propagation']).toBe('done')
    expect(counts.called).toContain('apply pro-co')
  })

  it('that cannot reach it where it has not yet told of itself says so', async () => {
    hostile.object = (ports) => ({ ...ports, intent: withoutWord })
    await edge(key).get(ASK)
    const cut = edge(key, { CUSTOMERS: flaky((method) => method === 'apply') })
    expect((await cut.post(BUY, { planId: 'enterprise' })).body['propagation']).toBe('pending')
    expect(await unsynced()).toBe(1)
  })

  /** D1 as an object has it whose word on how far it is never arrives. */
  const withoutWord: Pick<D1Database, 'prepare' | 'batch'> = {
    prepare: (query) => {
      if (query.includes('synced_revision = ?1')) throw new Error('Network connection lost.')
      return env.DB.prepare(query)
    },
    batch: (statements) => env.DB.batch(statements),
  }
})

describe('a purchase', () => {
  it('grants at the very next check, without a token', async () => {
    expect((await edge(key).get(ASK)).body).toMatchObject({
      hasAccess: false,
      reason: 'no_subscription',
    })
    await subscribed('enterprise')
    expect((await edge(key).get(ASK)).body).toMatchObject({ hasAccess: true, reason: 'enabled' })
  })

  it('whose poke is lost stands, and is seen with its token at once', async () => {
    await edge(key).get(ASK)
    await untilSynced()
    const cut = edge(key, { CUSTOMERS: flaky((method) => method === 'apply') })
    const bought = await cut.post(BUY, { planId: 'enterprise' })
    expect(bought.body['propagation']).toBe('pending')
    clearIsolate()
    const token = { 'Consistency-Token': String(bought.body['consistencyToken']) }
    expect((await edge(key).get(ASK, token)).body['hasAccess']).toBe(true)
  })

  it('whose poke is lost is seen without a token: here at once, elsewhere within two seconds', async () => {
    await edge(key).get(ASK)
    await untilSynced()
    const cut = edge(key, { CUSTOMERS: flaky((method) => method === 'apply') })
    await cut.post(BUY, { planId: 'enterprise' })
    expect((await cut.get(ASK)).body['hasAccess']).toBe(true)
    clearIsolate()
    wait(2_000)
    expect((await edge(key).get(ASK)).body['hasAccess']).toBe(true)
  })

  it('whose poke is lost is finished by the next tick', async () => {
    await edge(key).get(ASK)
    await untilSynced()
    await edge(key, { CUSTOMERS: flaky((method) => method === 'apply') }).post(BUY, {
      planId: 'enterprise',
    })
    expect(await unsynced()).toBe(1)
    await tick(portsFrom(env), 'local')
    expect(await unsynced()).toBe(0)
  })
})

const unsynced = () =>
  env.DB.prepare(
    'SELECT count(*) AS n FROM customers WHERE revision > synced_revision',
  ).first<number>('n')

/** Waits until D1 has heard from the customer's object. */
async function untilSynced(): Promise<void> {
  const heard = () =>
    env.DB.prepare("SELECT synced_revision FROM customers WHERE id = 'pro-co'").first(
      'synced_revision',
    )
  for (let tries = 0; (await heard()) === null; tries++) {
    expect(tries).toBeLessThan(1_000)
    await scheduler.wait(5)
  }
}
