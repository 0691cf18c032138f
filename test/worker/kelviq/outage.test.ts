import { beforeEach, describe, expect, it, vi } from 'vitest'
import { clearIsolate } from '../../../worker/isolate.ts'
import { counting, down } from '../../support/bindings.ts'
import { fresh } from '../../support/fresh.ts'
import { hostile } from '../../support/hostile.ts'
import { expectOk, type Manager, manager, openTiers } from '../../support/manager.ts'

const ENTITLEMENTS = '/api/v1/entitlements?customer_id=acme'
const USE = { customer_id: 'acme', feature_id: 'api-calls', value: 1, behaviour: 'DELTA' }
const INSIDES = /D1_ERROR|connection lost|SELECT|node_modules|Service Unavailable/i

const SOLD = { plan_identifier: 'pro', charge_period: 'MONTHLY' }

const NEEDING_D1 = [
  ['GET', '/api/v1/customers/', undefined],
  ['GET', '/api/v1/customers/acme/', undefined],
  ['POST', '/api/v1/customers/', { customer_id: 'new-co' }],
  ['PATCH', '/api/v1/customers/acme/', { name: 'Acme' }],
  ['DELETE', '/api/v1/customers/acme/', undefined],
  ['POST', '/api/v1/portal/session/', { customer_id: 'acme' }],
  ['GET', '/api/v1/subscriptions/', undefined],
  ['GET', '/api/v1/subscriptions/?customer_id=acme', undefined],
  ['POST', '/api/v1/subscriptions/create/', { ...SOLD, customer_id: 'acme' }],
  ['POST', '/api/v1/subscriptions/sub_0/update/', SOLD],
  ['POST', '/api/v1/subscriptions/sub_0/cancel/', { cancellation_type: 'IMMEDIATE' }],
  ['POST', '/api/v1/checkout/', { ...SOLD, success_url: 'https://app.test/done' }],
  ['GET', '/api/v1/catalog/features/', undefined],
  ['POST', '/api/v1/catalog/features/', { name: 'New', feature_type: 'BOOLEAN' }],
  ['GET', '/api/v1/catalog/plans/pro/features/', undefined],
  ['PATCH', '/api/v1/catalog/plans/pro/features/api-calls/', { details: { value: 1 } }],
  ['POST', '/api/v1/catalog/plans/pro/prices/bulk/', { prices: [] }],
] as const

let api: Manager

beforeEach(async () => {
  await fresh()
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  api = await manager()
  await openTiers(api)
  await expectOk(api.put('/v1/customers/acme', {}))
  await expectOk(api.send('POST', '/v1/customers/acme/subscriptions', { body: { planId: 'pro' } }))
  await expectOk(api.send('POST', '/api/v1/report/usage/', { body: USE }))
  await api.settle()
  // An isolate that has nothing in memory puts the key back where others find it.
  clearIsolate()
  await expectOk(api.get(ENTITLEMENTS))
  await api.settle()
  clearIsolate()
})

describe('Kelviq’s API', () => {
  it('answers entitlements and records usage while D1 fails on every call', async () => {
    hostile.object = (ports) => ({ ...ports, intent: down.DB })
    const cut = api.over({ DB: down.DB })
    const { body } = await expectOk(cut.get(ENTITLEMENTS))
    expect(body['entitlements']).toContainEqual(
      expect.objectContaining({ featureId: 'api-calls', hasAccess: true }),
    )
    const reported = await expectOk(cut.send('POST', '/api/v1/report/usage/', { body: USE }))
    expect(reported.body['entitlement']).toMatchObject({ currentUsage: 2 })
    const denied = await expectOk(cut.get(`${ENTITLEMENTS}&feature_id=retries`))
    expect(denied.body).toMatchObject({ entitlements: [] })
  })

  it('says of what needs D1 that it is to be tried again, and nothing of what is inside', async () => {
    const cut = api.over({ DB: down.DB })
    for (const [method, path, body] of NEEDING_D1) {
      const { status, body: said, headers } = await cut.send(method, path, { body })
      expect([path, status, said['code']]).toEqual([path, 503, 'unavailable'])
      expect([headers.get('Retry-After'), typeof said['detail']]).toEqual(['1', 'string'])
      expect(JSON.stringify(said)).not.toMatch(INSIDES)
    }
  })

  it('never pretends to have counted: without its object a report is a server error', async () => {
    const cut = api.over({ CUSTOMERS: down.CUSTOMERS })
    const { status, body } = await cut.send('POST', '/api/v1/report/usage/', { body: USE })
    expect([status, body['code']]).toEqual([503, 'unavailable'])
    expect(await used()).toBe(1)
  })

  it('answers from copies while objects are down, and marks what nobody can know', async () => {
    const cut = api.over({ CUSTOMERS: down.CUSTOMERS })
    const { body } = await expectOk(cut.get(`${ENTITLEMENTS}&feature_id=api-calls`))
    expect(body['entitlements']).toEqual([expect.objectContaining({ hasAccess: true })])
    clearIsolate()
    const dark = api.over({ CUSTOMERS: down.CUSTOMERS, KV: down.KV })
    const { body: unknown } = await expectOk(dark.get(`${ENTITLEMENTS}&feature_id=api-calls`))
    expect(unknown).toMatchObject({
      degraded: true,
      entitlements: [{ hasAccess: false, reason: 'unavailable', usageLimit: 0, remaining: 0 }],
    })
  })

  it('counts a report once whose first attempt got lost on the way to the object', async () => {
    let lost = 0
    const { bindings } = counting()
    const CUSTOMERS = new Proxy(bindings.CUSTOMERS, {
      get: (target, name) =>
        name === 'getByName'
          ? (customerId: string) => losing(target.getByName(customerId), () => (lost += 1) === 1)
          : Reflect.get(target, name),
    })
    await expectOk(api.over({ CUSTOMERS }).send('POST', '/api/v1/report/usage/', { body: USE }))
    expect(lost).toBe(2)
    expect(await used()).toBe(2)
  })
})

/** What the customer's object has counted. */
async function used(): Promise<unknown> {
  const asked = '/v1/access?customerId=acme&featureId=api-calls&fresh=true'
  return (await expectOk(api.get(asked))).body['used']
}

/** An object whose answer to a report gets lost after its effect, where `isLost` says so. */
function losing<T extends object>(object: T, isLost: () => boolean): T {
  return new Proxy(object, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      if (name !== 'report' || typeof member !== 'function') return member
      return async (...values: unknown[]) => {
        const answer: unknown = await Reflect.apply(member, undefined, values)
        if (isLost()) throw new Error('Network connection lost.')
        return answer
      }
    },
  })
}
