import { beforeAll, expect, it } from 'vitest'
import { type Api, apiWith } from '../../support/api.ts'
import { fresh } from '../../support/fresh.ts'
import { kelviqWith, type Send } from '../../support/kelviq.ts'

let api: Api
let kelviq: Send

beforeAll(async () => {
  await fresh()
  api = await apiWith('manage')
  kelviq = await kelviqWith('manage')
  await api.put('/features/api-calls', {
    type: 'meter',
    meter: { event: 'call', aggregate: 'count' },
  })
  await api.put('/plans/free', { allowances: { 'api-calls': { limit: 5 } } })
  await api.put('/customers/acme', { name: 'Acme' })
  await api.post('/customers/acme/subscriptions', { planId: 'free' })
  await api.post('/usage', USE)
})

const USE = { customerId: 'acme', featureId: 'api-calls', behaviour: 'delta', value: 1 }

const WRITES = [
  ['POST', '/report/usage/'],
  ['POST', '/report/event/'],
  ['POST', '/customers/'],
  ['PATCH', '/customers/acme/'],
  ['POST', '/portal/session/'],
] as const

/** Each wrong in every request above. */
const BODIES: readonly unknown[] = [
  [],
  'text',
  '{"name":',
  '{"__proto__": {"name": "x"}}',
  { customerId: '', name: 5, value: '1', eventName: null },
  { customer_id: {}, email: 'x', feature_id: [], behaviour: 'ADD', event_name: '' },
  { customerId: ' acme', name: 'x'.repeat(300), featureId: 'a/b', timestamp: 'now' },
  { customerId: '\u0000', metadata: 'x', value: 1e300, featureId: 'api-calls', behaviour: 'SET' },
  { customerId: 'x'.repeat(129), metadata: [], eventName: 'call', properties: 5, timestamp: 5 },
  { customerId: 'nobody', email: {}, value: 0.5, featureId: 'api-calls', behaviour: 'DELTA' },
]

it.each(WRITES)(
  '%s %s meets whatever it is sent with a detail, and stays as it was',
  async (method, path) => {
    const before = await state()
    for (const body of BODIES) {
      const { status, body: answer } = await kelviq(method, path, body)
      expect([body, status >= 400 && status < 500, typeof answer.detail]).toEqual([
        body,
        true,
        'string',
      ])
    }
    expect(await state()).toEqual(before)
  },
)

async function state(): Promise<unknown> {
  const { body: list } = await api.get('/customers')
  const { body: access } = await api.get('/access?customerId=acme&featureId=api-calls&fresh=true')
  return [list.data, access.used]
}

it('ids that nobody can have are those of nobody', async () => {
  for (const id of ['%00', '%20acme', '..%2f..', '%E0%A4%A', 'x'.repeat(2_000), '__proto__'])
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const { status, body } = await kelviq(method, `/customers/${id}/`, bodyOf(method))
      expect([id, method, status, body.code]).toEqual([id, method, 404, 'customer_not_found'])
    }
})

it('a query that nobody could mean is no fault', async () => {
  for (const [path, status] of [
    ['/customers/?search=%00', 400],
    [`/customers/?search=${'x'.repeat(200)}`, 400],
    ['/customers/?search=%25_', 200],
    ['/customers/?search=%E0%A4%A', 200],
    ['/customers/?page=999999999999', 404],
    ['/customers/?page=1&page=2', 200],
    ['/entitlements?customer_id=acme&customer_id=other', 200],
    ['/entitlements?customer_id=%E0%A4%A', 200],
    ['/entitlements?customer_id=acme&feature_id=', 200],
    ['/entitlements?customer_id=acme&feature_id=__proto__', 200],
    [`/entitlements?customer_id=acme&feature_id=${'x'.repeat(200)}`, 400],
  ] as const)
    expect([path, (await kelviq('GET', path)).status]).toEqual([path, status])
})

it('what is not sent with a patch stays, and null takes away', async () => {
  const made = { customer_id: 'patched', name: 'Ada', email: 'ada@example.com', metadata: { a: 1 } }
  await kelviq('POST', '/customers/', made)
  const patch = async (body: object) => (await kelviq('PATCH', '/customers/patched', body)).body
  expect(await patch({})).toMatchObject({ name: 'Ada', email: made.email, metadata: { a: 1 } })
  expect(await patch({ email: null })).toMatchObject({ name: 'Ada', email: null })
  expect(await patch({ metadata: null })).toMatchObject({ name: 'Ada', metadata: {} })
  expect(
    await patch({ customer_id: 'other', details: { x: 1 }, billing_address: {} }),
  ).toMatchObject({ customerId: 'patched', details: {}, name: 'Ada' })
})

function bodyOf(method: string): object | undefined {
  return method === 'PATCH' ? { name: 'x' } : undefined
}
