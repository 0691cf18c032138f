import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { accessTo, evaluate } from '../../entitlements/evaluate.ts'
import { invariant } from '../../entitlements/invariant.ts'
import { decodeDocument } from '../../schema/document.ts'
import { catalogueFrom, decodeHead } from '../../schema/head.ts'
import { decodeSnapshot } from '../../schema/snapshot.ts'
import { encodeToken } from '../../schema/token.ts'
import { getSnapshot } from '../../schema/wire/snapshot.ts'
import { clearIsolate } from '../../worker/isolate.ts'
import { counting, down } from '../support/bindings.ts'
import { edge, makeKey, type Reply } from '../support/edge.ts'
import { putCatalogue, putCustomer } from '../support/intent.ts'
import { accessPath, CUSTOMER, holder, openShop, plans } from '../support/shop.ts'

const NOW = Date.parse('2026-02-10T12:00:00Z')
const MONTH_MS = 31 * 86_400_000
const PATH = `/v1/customers/${CUSTOMER}/snapshot`
const USE = { customerId: CUSTOMER, featureId: 'api-calls', quantity: 40 }

let key: string

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  key = await openShop()
})

afterEach(() => {
  vi.useRealTimers()
})

/** What an answer brings, read as a client reads it. */
function read({ body }: Reply) {
  const { snapshot: text, head, documents } = getSnapshot.answer.parse(body)
  const snapshot = decodeSnapshot(text)
  const known = decodeHead(head)
  invariant(snapshot !== null && known !== null, 'snapshot and head are readable')
  const each = documents.map(decodeDocument).filter((plan) => plan !== null)
  const catalogue = catalogueFrom(known, new Map(each.map((plan) => [plan.id, plan])))
  return { snapshot, catalogue, planIds: each.map(({ id }) => id) }
}

describe('GET /v1/customers/{id}/snapshot', () => {
  it('brings all that evaluating the customer needs, and says what it rests on', async () => {
    await edge(key).post('/v1/consume', USE)
    const reply = await edge(key).get(PATH)
    expect(reply.status).toBe(200)
    expect(reply.body).toMatchObject({ format: 1, revision: 1, ageMs: 0, degraded: false })
    const { snapshot, catalogue } = read(reply)
    expect(reply.body['version']).toBe(snapshot.version)
    for (const featureId of ['dashboard', 'api-calls', 'sso', 'theme', 'nothing']) {
      const { body } = await edge(key).get(accessPath(featureId))
      const { entitlement } = evaluate(snapshot, catalogue, featureId, NOW)
      const { hasAccess, reason } = accessTo(entitlement, 1, NOW)
      const { limit, used } = entitlement.meter ?? {}
      expect({ hasAccess, reason, limit, used }).toEqual({
        hasAccess: body['hasAccess'],
        reason: body['reason'],
        limit: body['limit'],
        used: body['used'],
      })
    }
  })

  it('brings the plans of phases to come and the default plan, each once, and no other', async () => {
    const base = plans()
    await putCatalogue({ ...base, defaultPlanId: 'enterprise', revision: 2 })
    const [subscription] = holder(['starter']).subscriptions
    invariant(subscription !== undefined, 'the holder holds it')
    const [first] = subscription.phases
    invariant(first !== undefined, 'it has a phase')
    const next = { ...first, planId: 'pro', from: NOW + MONTH_MS, until: null }
    const later = { ...next, planId: 'starter', from: NOW + 2 * MONTH_MS }
    const phases = [{ ...first, until: next.from }, { ...next, until: later.from }, later]
    await putCustomer(
      holder([], { id: 'walker', subscriptions: [{ ...subscription, id: 'sub_walker', phases }] }),
    )
    const { planIds } = read(await edge(key).get('/v1/customers/walker/snapshot'))
    expect(planIds).toEqual(['starter', 'pro', 'enterprise'])
  })

  it('keeps its tag while nothing is decided, however old the copy and whoever is asked', async () => {
    const first = await edge(key).get(PATH)
    const tag = String(first.headers.get('ETag'))
    vi.setSystemTime(NOW + 1_500)
    const same = await edge(key).get(PATH, { 'If-None-Match': tag })
    expect([same.status, same.headers.get('ETag')]).toEqual([304, tag])
    clearIsolate()
    vi.setSystemTime(NOW + 60_000)
    const elsewhere = await edge(key).get(`${PATH}?fresh=true`, { 'If-None-Match': tag })
    expect([elsewhere.status, elsewhere.headers.get('ETag')]).toEqual([304, tag])
  })

  it('has none where nothing newer could be read: whoever has the same is told so', async () => {
    const tag = String((await edge(key).get(PATH)).headers.get('ETag'))
    vi.setSystemTime(NOW + 60_000)
    await edge(key).get('/v1/me')
    const { status, headers, body } = await edge(key, down).get(PATH, { 'If-None-Match': tag })
    expect([status, headers.get('ETag')]).toEqual([200, null])
    expect(body).toMatchObject({ degraded: true, ageMs: 60_000 })
  })

  it('has another tag once something is used', async () => {
    const tag = String((await edge(key).get(PATH)).headers.get('ETag'))
    await edge(key).post('/v1/consume', USE)
    expect((await edge(key).get(PATH, { 'If-None-Match': tag })).status).toBe(200)
  })

  it('has another tag once the catalogue is another', async () => {
    const tag = String((await edge(key).get(PATH)).headers.get('ETag'))
    await putCatalogue(plans(2))
    const headers = { 'If-None-Match': tag, 'Consistency-Token': edited(2) }
    const reply = await edge(key).get(PATH, headers)
    expect(reply.status).toBe(200)
    expect(read(reply).catalogue.plans.get('starter')?.revision).toBe(2)
  })

  it('is answered from the copy at hand, and from the source where it is to be fresh', async () => {
    await edge(key).get(PATH)
    vi.setSystemTime(NOW + 1_500)
    const { bindings, counts } = counting()
    expect((await edge(key, bindings).get(PATH)).body['servedFrom']).toBe('memory')
    expect([counts.objects, counts.kvGets, counts.d1]).toEqual([0, 0, 0])
    const { body } = await edge(key, bindings).get(`${PATH}?fresh=true`)
    expect(counts.called).toEqual([`read ${CUSTOMER}`])
    expect(body).toMatchObject({ servedFrom: 'object', confirmed: 'source' })
  })

  it('shows what a token asks for, or says that it cannot', async () => {
    const before = read(await edge(key).get(PATH)).snapshot
    const { body } = await edge(key).post('/v1/consume', USE)
    const headers = { 'Consistency-Token': String(body['consistencyToken']) }
    clearIsolate()
    const { snapshot } = read(await edge(key).get(PATH, headers))
    expect(snapshot.version).toBeGreaterThan(before.version)
    const reply = await edge(key).get(PATH, { 'Consistency-Token': edited(99) })
    expect([reply.status, reply.body['code']]).toEqual([503, 'consistency_unavailable'])
  })

  it('is not there for a customer who is not', async () => {
    const { status, body } = await edge(key).get('/v1/customers/nobody/snapshot')
    expect([status, body['code']]).toEqual([404, 'customer_not_found'])
  })

  it('is unavailable while nothing can be known, and not that there is no customer', async () => {
    await edge(key).get('/v1/me')
    const { status, body } = await edge(key, down).get(PATH)
    expect([status, body['code']]).toEqual([503, 'unavailable'])
  })

  it('goes on from KV while objects and D1 are down', async () => {
    const before = edge(key)
    const { version } = (await before.get(PATH)).body
    await before.settle()
    clearIsolate()
    const { DB, CUSTOMERS } = down
    const { status, body } = await edge(key, { DB, CUSTOMERS }).get(PATH)
    expect([status, body['servedFrom'], body['version']]).toEqual([200, 'kv', version])
  })

  it('needs a key that reads', async () => {
    const writer = await makeKey(['usage'])
    expect((await edge(writer).get(PATH)).status).toBe(403)
    expect((await edge(null).get(PATH)).status).toBe(401)
  })

  it('has no clock of a customer where there are no test clocks', async () => {
    await putCustomer(holder(['starter'], { id: 'early', clockAt: NOW + MONTH_MS }))
    const path = '/v1/customers/early/snapshot'
    expect(read(await edge(key).get(path)).snapshot.customer.clockAt).toBe(NOW + MONTH_MS)
    clearIsolate()
    const live = await makeKey(['read'], { environment: 'production' })
    const production = edge(live, { ...env, ENVIRONMENT: 'production' })
    expect(read(await production.get(path)).snapshot.customer.clockAt).toBeNull()
  })
})

function edited(catalogueRevision: number): string {
  return encodeToken({ customerId: null, revision: 0, version: 0, catalogueRevision })
}
