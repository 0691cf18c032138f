/** Clients that decide by themselves, beside the service: in process from its copies, and in memory without it. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Sluice } from '../../sdk/index.ts'
import { local } from '../../sdk/local.ts'
import { manage } from '../../sdk/manage.ts'
import { inMemorySluice } from '../../sdk/testing.ts'
import { api, KEY, ORIGIN } from '../support/service.ts'
import { bodyOf, customerOn, newCustomer } from './customers.ts'

const DEMO = JSON.parse(readFileSync('scripts/demo.json', 'utf8'))
const PATIENT = { timeoutMs: 20_000, budgetMs: 60_000 }

/** Whether the service can be reached, as the client sees it. */
let isDown = false

/** How far time has gone on for the client alone. */
let aheadMs = 0

const service = new Sluice({
  url: ORIGIN,
  key: KEY,
  ...PATIENT,
  fetch: (url, init) => (isDown ? Promise.reject(new TypeError('fetch failed')) : fetch(url, init)),
})
const sluice = local(service, {
  loadMs: 20_000,
  confirmMs: 20_000,
  ports: { now: () => Date.now() + aheadMs },
})

afterAll(() => {
  sluice.close()
})

describe('everything that the demo’s customers may do', () => {
  const ids: readonly string[] = DEMO.customers.map(({ id }: { readonly id: string }) => id)
  const lists = new Map<string, readonly object[]>()

  beforeAll(async () => {
    for (const id of ids) {
      const { data } = await bodyOf(api.get(`/customers/${id}/entitlements`))
      lists.set(id, data)
    }
  })

  it('is said in this process in the service’s very words', async () => {
    await sluice.hold(ids)
    expect(ids.length).toBeGreaterThan(15)
    for (const customerId of ids) {
      const { data, decidedBy } = await sluice.entitlements({ customerId })
      expect(decidedBy).toBe('local')
      expect(data).toEqual(lists.get(customerId))
    }
  })

  it('is said one by one as GET /v1/access says it, without asking wherever that may be', async () => {
    let decidedHere = 0
    for (const customerId of ids) {
      for (const { id: featureId } of DEMO.features) {
        const question = { customerId, featureId }
        const { hasAccess, reason, used, decidedBy } = await sluice.check(question)
        const path = `/access?customerId=${customerId}&featureId=${featureId}`
        const body = await bodyOf(api.get(path))
        expect({ question, hasAccess, reason, used }).toEqual({
          question,
          hasAccess: body.hasAccess,
          reason: body.reason,
          used: body.used,
        })
        if (decidedBy === 'local') decidedHere += 1
      }
    }
    expect(decidedHere).toBeGreaterThan(100)
  })

  it('is said in memory from the same words, but for when each of them began', async () => {
    const { metadata } = await bodyOf(api.get('/customers/starter-co'))
    const memory = inMemorySluice(
      { catalogue: DEMO, customers: DEMO.customers },
      { now: metadata.seededAt },
    )
    memory.setNow(new Date())
    for (const customerId of ids) {
      const { data } = await memory.entitlements({ customerId })
      expect(data.map(dateless)).toEqual(lists.get(customerId)?.filter(isOfDemo).map(dateless))
    }
  })
})

describe('a client that decides by itself', () => {
  it('never contradicts what it has been told: a use, a change, the last unit', async () => {
    const { customerId } = await customerOn('starter')
    const calls = { customerId, featureId: 'team-members' }
    const { decidedBy, used } = await sluice.check(calls)
    expect([decidedBy, used]).toEqual(['local', 0])
    expect((await sluice.consume({ ...calls, quantity: 1 })).consumed).toBe(true)
    expect(sluice.checkNow(calls)).toBeNull()
    expect((await sluice.check(calls)).used).toBe(1)
    expect((await sluice.consume({ ...calls, quantity: 2 })).consumed).toBe(true)
    expect((await sluice.consume({ ...calls, quantity: 1 })).consumed).toBe(false)
    expect(await sluice.hasAccess(calls)).toBe(false)
    const { overrides } = manage(sluice)
    await overrides.put(customerId, 'sso', { allowance: { enabled: true } })
    expect(await sluice.hasAccess({ customerId, featureId: 'sso' })).toBe(true)
  })

  it('asks before it denies, and so sees within a second what somebody else has bought', async () => {
    const customerId = await newCustomer()
    const question = { customerId, featureId: 'advanced-analytics' }
    expect(await sluice.hasAccess(question)).toBe(false)
    const body = { planId: 'pro', chargePeriod: 'monthly' }
    await bodyOf(api.post(`/customers/${customerId}/subscriptions`, body))
    aheadMs += 1_000
    const bought = await sluice.check(question)
    expect([bought.hasAccess, bought.decidedBy]).toEqual([true, 'service'])
  })

  it('says what the service says of nobody, and of nothing', async () => {
    const nobody = await sluice.check({ customerId: 'nobody-at-all', featureId: 'sso' })
    expect([nobody.reason, nobody.decidedBy]).toEqual(['unknown_customer', 'service'])
    const nothing = await sluice.check({ customerId: 'pro-co', featureId: 'ssso' })
    expect(nothing.reason).toBe('unknown_feature')
    expect(nothing.hint).toBe("Did you mean 'sso'?")
  })

  it('goes on without the service, and says so where it would have asked', async () => {
    const { customerId } = await customerOn('starter')
    await sluice.hold([customerId])
    isDown = true
    const brief = local(service, { confirmMs: 100, loadMs: 100 })
    try {
      const granted = await sluice.check({ customerId, featureId: 'basic-dashboard' })
      expect([granted.hasAccess, granted.decidedBy]).toEqual([true, 'local'])
      const stranger = await brief.check({ customerId, featureId: 'basic-dashboard' }, SOON)
      expect([stranger.hasAccess, stranger.decidedBy]).toEqual([false, 'fallback'])
    } finally {
      isDown = false
      brief.close()
    }
  })
})

/** Nobody waits for that long. */
const SOON = { signal: AbortSignal.timeout(60_000) }

/** Other files make features and plans of their own, which hints name too. */
function isOfDemo(told: object): boolean {
  return (
    'featureId' in told && DEMO.features.some(({ id }: { id: string }) => id === told.featureId)
  )
}

/** When a subscription began differs by as long as it took to make it. */
function dateless(told: object): object {
  const kept = Object.entries(told).filter(
    ([name]) => !['period', 'resetAt', 'grace', 'hint'].includes(name),
  )
  return JSON.parse(
    JSON.stringify(Object.fromEntries(kept), (name, value) =>
      name === 'subscriptionId' || name === 'expiresAt' ? typeof value : value,
    ),
  )
}
