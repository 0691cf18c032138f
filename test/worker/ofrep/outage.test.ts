import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { clearIsolate } from '../../../worker/isolate.ts'
import { counting, down } from '../../support/bindings.ts'
import { type Edge, edge, makeKey, type Reply } from '../../support/edge.ts'
import { type Fault, FAULTS, strike, type Struck } from '../../support/faults.ts'
import { CUSTOMER, openShop } from '../../support/shop.ts'

const ALL = '/ofrep/v1/evaluate/flags'

/** What must not get out. */
const INSIDES = /insides|secret|SELECT|INSERT|D1_ERROR|SQLITE|\bat .+:\d+:\d+|TypeError/

let key: string

/** Nothing is changed here but what one customer has used, so the shop stays open; each test has an isolate of its own. */
beforeAll(async () => {
  key = await openShop()
})

afterEach(() => {
  vi.restoreAllMocks()
  clearIsolate()
})

const ask = (by: Edge, path: string, targetingKey = CUSTOMER) =>
  by.post(path, { context: { targetingKey } })

describe('one flag, when nothing can be known of its customer', () => {
  it.each([
    ['sso', { value: false }],
    ['api-calls', { value: false }],
    ['api-calls.balance', {}],
    ['theme', {}],
  ])('%s is what the feature’s policy says', async (flag, value) => {
    await ask(edge(key), ALL)
    const cut = edge(key, { DB: down.DB, CUSTOMERS: down.CUSTOMERS })
    const { status, body } = await ask(cut, `${ALL}/${flag}`, 'other-co')
    expect(status).toBe(200)
    expect(body).toEqual({
      key: flag,
      ...value,
      reason: 'UNKNOWN',
      variant: 'unavailable',
      metadata: expect.objectContaining({ contextId: 'other-co', degraded: true }),
    })
  })

  it('nor of the catalogue, is a failure: nobody knows what it is', async () => {
    await edge(key).get('/v1/me')
    const { status, body } = await ask(edge(key, down), `${ALL}/sso`)
    expect([status, body]).toEqual([500, failed({ key: 'sso' })])
  })
})

describe('all flags, when nothing can be known of their customer', () => {
  it('are a failure, so that whoever has flags from before keeps them', async () => {
    await ask(edge(key), ALL)
    const cut = edge(key, { DB: down.DB, CUSTOMERS: down.CUSTOMERS })
    const { status, headers, body } = await ask(cut, ALL, 'other-co')
    expect([status, headers.get('Content-Type')]).toEqual([500, 'application/json'])
    expect(body).toEqual(failed())
  })
})

it('what a consistency token asks for is a failure while nobody can show it', async () => {
  const used = await edge(key).post('/v1/consume', { customerId: CUSTOMER, featureId: 'api-calls' })
  clearIsolate()
  const token = { 'Consistency-Token': String(used.body['consistencyToken']) }
  const cut = edge(key, { KV: down.KV, CUSTOMERS: down.CUSTOMERS })
  for (const path of [ALL, `${ALL}/api-calls`]) {
    const body = { context: { targetingKey: CUSTOMER } }
    const reply = await cut.post(path, body, token)
    expect([reply.status, reply.body['errorCode']]).toEqual([500, 'GENERAL'])
    expect(reply.body['errorDetails']).toContain('token')
  }
})

it('a flag that is refused was confirmed at the source, one of many was not', async () => {
  await ask(edge(key), ALL)
  const { bindings, counts } = counting()
  const by = edge(key, bindings)
  await ask(by, ALL)
  expect(counts.called).toEqual([])
  await ask(by, `${ALL}/dashboard`)
  expect(counts.called).toEqual([])
  const { body } = await ask(by, `${ALL}/sso`)
  expect(body['value']).toBe(false)
  expect(counts.called).toEqual([`read ${CUSTOMER}`])
})

it('a set of flags is named after the environment', async () => {
  expect((await ask(edge(key), ALL)).body['metadata']).toMatchObject({ flagSetId: 'sandbox' })
  const productionKey = await makeKey(['read'], { environment: 'production' })
  const { body } = await ask(edge(productionKey, { ENVIRONMENT: 'production' }), ALL)
  expect(body['metadata']).toMatchObject({ flagSetId: 'production' })
})

/** Nothing is written here. */
const CASES = Object.entries(FAULTS).flatMap(([struck, faults]) =>
  // `Object.entries` forgets the names of the keys.
  struck === 'what D1 writes'
    ? []
    : faults.map((fault: Fault) => [struck as Struck, fault] as const),
)

describe.each(CASES)('when %s %s', (struck, fault) => {
  it('every answer is one that clients understand, and none lets in who may not', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { bindings, remember, start, stop } = strike(struck, fault)
    const by = edge(key, bindings)
    await ask(by, ALL)
    await remember()
    clearIsolate()
    start()
    const paths = ['dashboard', 'sso', 'api-calls', 'nothing'].map((flag) => `${ALL}/${flag}`)
    const replies = await Promise.all([ALL, ...paths].map((path) => ask(by, path)))
    stop()
    expect(replies.flatMap(wrongIn)).toEqual([])
  })
})

/** What of an answer no client would understand, or nobody may hear. */
function wrongIn({ status, headers, body }: Reply): readonly string[] {
  const text = `${status} ${JSON.stringify(body)}`
  const isPlain = headers.get('Content-Type') === 'application/json'
  const isKnown =
    status === 200
      ? flagsIn(body).every(({ key: name, value }) => name !== 'sso' || value === false)
      : status === 500 || (status === 404 && body['errorCode'] === 'FLAG_NOT_FOUND')
  const isTold = status === 200 || typeof body['errorCode'] === 'string'
  return isPlain && isKnown && isTold && !INSIDES.test(text) ? [] : [text]
}

function flagsIn(
  body: Reply['body'],
): readonly { readonly key?: unknown; readonly value?: unknown }[] {
  return Array.isArray(body['flags']) ? body['flags'] : [body]
}

function failed(more: object = {}): object {
  return { ...more, errorCode: 'GENERAL', errorDetails: expect.any(String) }
}
