/** Two Workers: one calls the other over a service binding, and hears what HTTP would have told it. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { EntitlementAnswer, Freshness } from '../../schema/wire/access.ts'
import type { AccessAnswer, Entitlement } from '../../schema/calls.ts'
import { api, callFromWorker, unique } from '../support/service.ts'
import { bodyOf, customerOn } from './customers.ts'

let customerId: string

beforeAll(async () => {
  customerId = (await customerOn('pro')).customerId
})

describe('hasAccess', () => {
  it.each(['sso', 'api-calls', 'storage', 'no-such-feature', 'theme'])(
    'says of %s what GET /v1/access says',
    async (featureId) => {
      const said = await callFromWorker('hasAccess', { customerId, featureId, quantity: 2 })
      const told = await api.get(
        `/access?customerId=${customerId}&featureId=${featureId}&quantity=2`,
      )
      expect(timeless(said)).toEqual({ ...timeless(told.body), status: 200 })
    },
  )

  it('says of an unknown customer that it is unknown', async () => {
    const said = await callFromWorker('hasAccess', {
      customerId: unique('nobody'),
      featureId: 'sso',
    })
    expect(said).toMatchObject({ status: 200, hasAccess: false, reason: 'unknown_customer' })
  })

  it('sees the state that a token names, or says that it cannot', async () => {
    const put = await bodyOf(api.put(`/customers/${customerId}`, { name: unique('name') }))
    const { consistencyToken } = put
    const question = { customerId, featureId: 'sso' }
    expect(await callFromWorker('hasAccess', { ...question, consistencyToken })).toMatchObject({
      status: 200,
    })
    expect(
      await callFromWorker('hasAccess', { ...question, consistencyToken: 'nonsense' }),
    ).toMatchObject({ status: 400, problem: { code: 'invalid_consistency_token' } })
  })
})

describe('entitlements', () => {
  it('says what GET /v1/customers/{id}/entitlements says', async () => {
    const said = await callFromWorker('entitlements', { customerId })
    const told = await bodyOf(api.get(`/customers/${customerId}/entitlements`))
    expect(timeless(said)).toEqual({ ...timeless(told), status: 200 })
    expect(said.data.length).toBeGreaterThan(5)
    const one = await callFromWorker('entitlements', { customerId, featureId: 'sso' })
    expect(one.data).toEqual([said.data.find(({ featureId }: Entitlement) => featureId === 'sso')])
  })
})

describe('consume and reportUsage', () => {
  it('count as over HTTP, under the same keys (promise 3)', async () => {
    const use = { customerId, featureId: 'storage', quantity: 2 }
    const idempotencyKey = unique('order')
    const said = await callFromWorker('consume', { ...use, idempotencyKey })
    expect(said).toMatchObject({ status: 200, consumed: true, quantity: 2 })
    const again = await api.post('/consume', use, { 'Idempotency-Key': idempotencyKey })
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    expect(again.body).toEqual(withoutStatus(said))
    const replayed = await callFromWorker('consume', { ...use, idempotencyKey })
    expect(replayed).toEqual({ ...said, replayed: true })
    const other = await callFromWorker('consume', { ...use, quantity: 3, idempotencyKey })
    expect(other).toMatchObject({ status: 409, problem: { code: 'idempotency_key_reused' } })
  })

  it('record what has happened, and a check sees it', async () => {
    const report = { customerId, featureId: 'storage', behaviour: 'set', value: 7 }
    const { status, recorded, consistencyToken } = await callFromWorker('reportUsage', report)
    expect([status, recorded]).toEqual([200, true])
    const question = { customerId, featureId: 'storage', consistencyToken }
    expect(await callFromWorker('hasAccess', question)).toMatchObject({ used: 7 })
  })

  it('name the caller that the binding names in the ledger', async () => {
    const use = { customerId, featureId: 'storage' }
    await callFromWorker('consume', use)
    const { data } = await bodyOf(
      api.get(`/customers/${customerId}/usage/entries?featureId=storage`),
    )
    expect(data).toContainEqual(
      expect.objectContaining({ kind: 'consume', lastActor: 'binding:shop' }),
    )
  })

  it('of a customer whom nobody has made are refused as over HTTP', async () => {
    const use = { customerId: unique('nobody'), featureId: 'storage' }
    const said = await callFromWorker('consume', use)
    const told = await api.post('/consume', use)
    expect(said.status).toBe(404)
    expect(bare(said.problem)).toEqual(bare(told.body))
  })
})

describe('a call that cannot be served', () => {
  it.each([
    ['hasAccess', undefined, ''],
    ['hasAccess', { featureId: 'sso' }, '/customerId'],
    ['hasAccess', { customerId: ' a', featureId: 'sso' }, '/customerId'],
    ['hasAccess', { customerId: 'a', featureId: 'sso', quantity: 1.5 }, '/quantity'],
    ['hasAccess', { customerId: 'a', featureId: 'sso', quantity: '1' }, '/quantity'],
    ['hasAccess', { customerId: 'a', featureId: 'sso', surprise: 1 }, '/surprise'],
    ['entitlements', { customerId: 'a', fresh: 'true' }, '/fresh'],
    ['consume', { customerId: 'a', featureId: 'b', idempotencyKey: '' }, '/idempotencyKey'],
    ['reportUsage', { customerId: 'a', featureId: 'b', behaviour: 'set', value: -1 }, '/value'],
  ])('%s(%o) is answered with what is wrong', async (method, said, pointer) => {
    const { status, problem } = await callFromWorker(method, said)
    expect([status, problem.code, problem.errors[0].pointer]).toEqual([
      400,
      'invalid_request',
      pointer,
    ])
  })
})

describe('what a binding may do', () => {
  it.each([
    ['PLAIN', true, true],
    ['READER', true, false],
    ['NOBODY', false, false],
  ])('%s: read %s, use %s', async (binding, reads, uses) => {
    const use = { customerId, featureId: 'storage' }
    const outcomes = await Promise.all(
      ['hasAccess', 'consume'].map((method) => callFromWorker(method, use, binding)),
    )
    expect(outcomes.map(({ problem }) => problem?.code)).toEqual([
      reads ? undefined : 'scope_missing',
      uses ? undefined : 'scope_missing',
    ])
  })
})

/** The file of types says what the wire's schemas say; this compiles or it does not. */
const said = (answer: EntitlementAnswer & Freshness & { quantity: number }): AccessAnswer => answer
const told = (entitlement: Entitlement): Omit<EntitlementAnswer, 'reason' | 'value'> => ({
  ...entitlement,
  sources: [...entitlement.sources],
  warnings: [...entitlement.warnings],
})

it('the types that callers import are those of the wire', () => {
  expect([typeof said, typeof told]).toEqual(['function', 'function'])
})

type Json = Readonly<Record<string, unknown>>

const PASSING = ['servedFrom', 'asOf', 'ageMs', 'confirmed', 'publishedAt']

/** Without how old the copy is and how far it was checked. */
function timeless(answer: Json): Json {
  return Object.fromEntries(Object.entries(answer).filter(([name]) => !PASSING.includes(name)))
}

function withoutStatus({ status, ...answer }: Json & { readonly status: unknown }): Json {
  expect(status).toBe(200)
  return answer
}

/** A problem without where it is documented and which request it was. */
function bare(problem: Json): Json {
  return { ...problem, type: '', requestId: '' }
}
