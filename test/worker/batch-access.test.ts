/** Many questions in one request: the answers of as many single ones, from few reads. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { documentKey, encodeDocument } from '../../schema/document.ts'
import { encodeHead, HEAD_KEY } from '../../schema/head.ts'
import { customerKey, encodeSnapshot } from '../../schema/snapshot.ts'
import { encodeToken } from '../../schema/token.ts'
import { clearIsolate } from '../../worker/isolate.ts'
import { counting, down } from '../support/bindings.ts'
import { edge, type Reply } from '../support/edge.ts'
import { putCatalogue, putCustomer } from '../support/intent.ts'
import { accessPath, CUSTOMER, holder, openShop, plans } from '../support/shop.ts'

const NOW = Date.parse('2026-02-10T12:00:00Z')
const FEATURES = ['dashboard', 'api-calls', 'sso', 'theme', 'dashbord']

let key: string

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  key = await openShop()
})

afterEach(() => {
  vi.useRealTimers()
})

interface Item {
  readonly customerId: string
  readonly featureId: string
  readonly quantity?: number
}

const ask = (items: readonly Item[], query = '', bindings = {}): Promise<Reply> =>
  edge(key, bindings).post(`/v1/access/batch${query}`, { items })

const resultsOf = ({ body }: Reply) => body['results'] as Readonly<Record<string, unknown>>[]

const crowd = (count: number) => Array.from({ length: count }, (_, n) => `customer-${n}`)

const pairs = (customerIds: readonly string[], featureIds: readonly string[] = FEATURES) =>
  customerIds.flatMap((customerId) => featureIds.map((featureId) => ({ customerId, featureId })))

/** Everything in KV, as objects and edits leave it there. */
async function publish(customerIds: readonly string[]): Promise<void> {
  const { revision, features, defaultPlanId, plans: compiled } = plans()
  const revisions = new Map([...compiled].map(([id, plan]) => [id, plan.revision]))
  await env.KV.put(HEAD_KEY, encodeHead({ revision, features, defaultPlanId, plans: revisions }))
  for (const plan of compiled.values()) {
    await env.KV.put(documentKey(plan.id, plan.revision), encodeDocument(plan))
  }
  for (const id of customerIds) {
    const snapshot = {
      customer: holder(['starter'], { id }),
      lots: new Map(),
      advancedTo: 0,
      version: 5,
      catalogueRevision: 1,
      publishedAt: NOW,
    }
    await env.KV.put(customerKey(id), encodeSnapshot(snapshot))
  }
}

describe('a batch of checks', () => {
  it('answers what single checks answer, in the order of its items', async () => {
    await putCustomer(holder(['pro'], { id: 'pro-co' }))
    const items = pairs(['pro-co', CUSTOMER, 'nobody'])
    const single = await Promise.all(
      items.map(async ({ customerId, featureId }) => {
        const { body } = await edge(key).get(accessPath(featureId, '', customerId))
        return body
      }),
    )
    const results = resultsOf(await ask(items))
    expect(results.map(timeless)).toEqual(single.map(timeless))
  })

  it('asks of a meter whether so much is left, item by item', async () => {
    const quantities = [1, 100, 101, 100, 1]
    const results = resultsOf(
      await ask(
        quantities.map((quantity) => ({ customerId: CUSTOMER, featureId: 'api-calls', quantity })),
      ),
    )
    expect(results.map(({ quantity, reason }) => [quantity, reason])).toEqual(
      quantities.map((quantity) => [quantity, quantity > 100 ? 'limit_reached' : 'within_limit']),
    )
  })

  it('of nothing is answered with nothing', async () => {
    expect((await ask([])).body).toEqual({ results: [] })
  })

  it('says what it does not say again only while it holds', async () => {
    const question = [{ customerId: CUSTOMER, featureId: 'api-calls' }]
    expect(resultsOf(await ask(question))[0]).toMatchObject({ used: 0, balance: 100 })
    await edge(key).post('/v1/consume', { ...question[0], quantity: 7 })
    expect(resultsOf(await ask(question))[0]).toMatchObject({ used: 7, balance: 93 })
    vi.setSystemTime(Date.parse('2026-03-01T00:00:00Z'))
    expect(resultsOf(await ask(question))[0]).toMatchObject({ used: 0, balance: 100 })
  })

  it('warns that an override ends from the seventh day before on, also from the same copy', async () => {
    const override = {
      featureId: 'dashboard',
      allowance: { enabled: true },
      standalone: false,
      startAt: 0,
      expiresAt: NOW + 7 * 86_400_000 + 1_000,
    }
    await putCustomer(holder(['starter'], { id: 'vip-co', overrides: [override] }))
    const question = [{ customerId: 'vip-co', featureId: 'dashboard' }]
    expect(resultsOf(await ask(question))[0]).toMatchObject({ warnings: [] })
    vi.setSystemTime(NOW + 1_500)
    expect(resultsOf(await ask(question))[0]).toMatchObject({
      servedFrom: 'memory',
      warnings: [{ code: 'override_expires' }],
    })
  })
})

describe('what a batch costs', () => {
  it('is two reads of KV for 99 customers whom the isolate has not seen, and none afterwards', async () => {
    const customerIds = crowd(99)
    await publish(customerIds)
    await ask([])
    const { bindings, counts } = counting({ CUSTOMERS: down.CUSTOMERS })
    const results = resultsOf(await ask(pairs(customerIds), '', bindings))
    expect(results.length).toBe(495)
    expect(new Set(results.map(({ servedFrom }) => servedFrom))).toEqual(new Set(['kv']))
    expect(counts).toMatchObject({ kvGets: 2, d1: 0, objects: 0 })
    await ask(pairs(customerIds), '', bindings)
    expect(counts).toMatchObject({ kvGets: 2, d1: 0, objects: 0 })
  })

  it('is never more than two, with the head and a hundred customers', async () => {
    const customerIds = crowd(100)
    await publish(customerIds)
    for (const id of customerIds.slice(99)) await putCustomer(holder(['starter'], { id }))
    await ask([])
    const { bindings, counts } = counting()
    const results = resultsOf(await ask(pairs(customerIds, ['dashboard']), '', bindings))
    expect(new Set(results.map(({ reason }) => reason))).toEqual(new Set(['enabled']))
    expect(counts).toMatchObject({ kvGets: 2, d1: 1, objects: 1 })
  })

  it('is one question to D1 for all whom nobody knows, and no object is made', async () => {
    const { bindings, counts } = counting()
    await ask(pairs([CUSTOMER]))
    const results = resultsOf(await ask(pairs(crowd(50), ['dashboard']), '', bindings))
    expect(new Set(results.map(({ reason }) => reason))).toEqual(new Set(['unknown_customer']))
    expect(counts).toMatchObject({ kvGets: 1, d1: 1, objects: 0 })
  })

  it('is one read behind the answer for all that are due', async () => {
    const customerIds = crowd(20)
    await publish(customerIds)
    await ask(pairs(customerIds))
    vi.setSystemTime(NOW + 2_500)
    const { bindings, counts } = counting({ CUSTOMERS: down.CUSTOMERS })
    const there = edge(key, bindings)
    const reply = await there.post('/v1/access/batch', { items: pairs(customerIds) })
    expect(resultsOf(reply)[0]).toMatchObject({ servedFrom: 'memory', ageMs: 2_500 })
    await there.settle()
    expect(counts).toMatchObject({ kvGets: 1, objects: 0 })
    expect(resultsOf(await ask(pairs(customerIds)))[0]).toMatchObject({ ageMs: 0 })
  })
})

describe('a batch with fresh=true', () => {
  it('asks the object of each customer once, and sees what nobody has been told', async () => {
    await ask(pairs([CUSTOMER]))
    await putCatalogue(plans(2))
    await putCustomer(holder(['pro'], { revision: 2 }))
    vi.setSystemTime(NOW + 1_100)
    const { bindings, counts } = counting()
    const results = resultsOf(await ask(pairs([CUSTOMER]), '?fresh=true', bindings))
    expect(results[1]).toMatchObject({ limit: 1000, servedFrom: 'object', confirmed: 'source' })
    expect(counts.called).toEqual([`read ${CUSTOMER}`])
  })

  it('takes fifty customers, and a batch without it a hundred', async () => {
    const statuses = async (count: number, query: string) => {
      const { status, body } = await ask(pairs(crowd(count), ['sso']), query)
      return [status, body['code']]
    }
    expect(await statuses(50, '?fresh=true')).toEqual([200, undefined])
    expect(await statuses(51, '?fresh=true')).toEqual([400, 'invalid_request'])
    expect(await statuses(51, '?confirm=true')).toEqual([400, 'invalid_request'])
    expect(await statuses(101, '')).toEqual([400, 'invalid_request'])
  })
})

describe('a batch with confirm=true', () => {
  it('confirms its denials at the source, and leaves alone who was granted everything', async () => {
    await putCustomer(holder(['pro'], { id: 'pro-co' }))
    const items = [...pairs([CUSTOMER], ['sso', 'dashboard']), ...pairs(['pro-co'], ['api-calls'])]
    await ask(items)
    vi.setSystemTime(NOW + 1_100)
    const { bindings, counts } = counting()
    const results = resultsOf(await ask(items, '?confirm=true', bindings))
    expect(results.map(({ hasAccess, confirmed }) => [hasAccess, confirmed])).toEqual([
      [false, 'source'],
      [true, 'source'],
      [true, false],
    ])
    expect(counts.called).toEqual([`read ${CUSTOMER}`])
  })

  it('turns nobody away who has just paid', async () => {
    const items = pairs([CUSTOMER], ['api-calls'])
    await ask(items)
    await putCatalogue(plans(2))
    await putCustomer(holder(['pro'], { revision: 2 }))
    vi.setSystemTime(NOW + 1_100)
    const many = [{ ...items[0]!, quantity: 101 }, ...items]
    expect(resultsOf(await ask(many))[0]).toMatchObject({ hasAccess: false })
    expect(resultsOf(await ask(many, '?confirm=true'))[0]).toMatchObject({ hasAccess: true })
  })

  it('lets the object decide near a hard limit', async () => {
    const items = pairs([CUSTOMER], ['api-calls', 'dashboard'])
    await edge(key).post('/v1/consume', { ...items[0], quantity: 95 })
    await ask(items)
    vi.setSystemTime(NOW + 1_100)
    const { bindings, counts } = counting()
    expect(resultsOf(await ask(items, '', bindings))[0]).toMatchObject({ balance: 5 })
    expect(counts.called).toEqual([])
    await ask(items, '?confirm=true', bindings)
    expect(counts.called).toEqual([`read ${CUSTOMER}`])
  })

  it('says so where the source cannot be asked', async () => {
    const items = pairs([CUSTOMER], ['sso'])
    await ask(items)
    vi.setSystemTime(NOW + 1_100)
    const [answer] = resultsOf(await ask(items, '?confirm=true', down))
    expect(answer).toMatchObject({ hasAccess: false, confirmed: false, degraded: true })
    clearIsolate()
  })
})

describe('a batch that carries a token', () => {
  it('sees that state or fails whole (promise 4)', async () => {
    const token = (revision: number) => ({
      'Consistency-Token': encodeToken({
        customerId: CUSTOMER,
        revision,
        version: 0,
        catalogueRevision: 0,
      }),
    })
    await putCustomer(holder(['pro'], { id: 'pro-co' }))
    const items = pairs(['pro-co', CUSTOMER], ['dashboard'])
    const there = edge(key)
    expect((await there.post('/v1/access/batch', { items }, token(1))).status).toBe(200)
    const { status, body } = await there.post('/v1/access/batch', { items }, token(9))
    expect([status, body['code']]).toEqual([503, 'consistency_unavailable'])
  })
})

describe('with every store down', () => {
  it('a cold isolate lets each policy speak', async () => {
    await ask(pairs([CUSTOMER]))
    const warm = resultsOf(await ask(pairs([CUSTOMER]), '', down))
    expect(warm.map(({ degraded }) => degraded)).toEqual(warm.map(() => false))
    const stranger = resultsOf(await ask(pairs(['nobody']), '', down))
    expect(stranger[0]).toMatchObject({ reason: 'unavailable', degraded: true })
    clearIsolate()
  })
})

const PASSING = ['servedFrom', 'asOf', 'ageMs', 'confirmed', 'publishedAt']

/** An answer without how old its copy is, how it came here and how far it was checked. */
function timeless(answer: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(answer).filter(([name]) => !PASSING.includes(name)))
}
