import { beforeAll, describe, expect, it } from 'vitest'
import { api, unique } from '../support/service.ts'
import { access, bodyOf, consume, report } from './customers.ts'

/** Legal ids of customers that a careless program trips over. */
const ODD = [
  ['a slash', 'org/1'],
  ['slashes that look like a way up', '../../etc'],
  ['blanks inside', 'Acme Corp  Ltd'],
  ['what means something in a URL', 'a?b=c&d#e+f%41'],
  ['quotes and a semicolon', `o'neil"; DROP TABLE customers; --`],
  ['a name that every object has', 'constructor'],
  ['the other name that every object has', '__proto__'],
  ['what separates keys', 'customer:plan@1,2'],
  ['markup', '<script>alert(1)</script>'],
  ['capitals', 'ACME'],
  ['128 characters', 'x'.repeat(64) + '/ '.repeat(31) + '~!'],
] as const

describe.each(ODD)('a customer whose id has %s', (_, customerId) => {
  const path = `/customers/${encodeURIComponent(customerId)}`

  it('is made, buys, uses, is overridden and read back under that very id', async () => {
    expect(await bodyOf(api.put(path, {}))).toMatchObject({ id: customerId })
    expect((await bodyOf(api.get(path))).id).toBe(customerId)
    await bodyOf(api.post(`${path}/subscriptions`, { planId: 'starter', chargePeriod: 'monthly' }))
    expect(await consume(customerId, 'storage', 2)).toMatchObject({ consumed: true })
    expect(await access(customerId, 'storage')).toMatchObject({ customerId, used: 2 })
    await bodyOf(api.put(`${path}/overrides/storage`, { allowance: { limit: 9 } }))
    const { data } = await bodyOf(api.get(`${path}/entitlements?featureId=storage`))
    expect(data).toMatchObject([{ customerId, limit: 9, used: 2 }])
    await bodyOf(api.post(`${path}/entitlements/storage/reset`))
    expect(await access(customerId, 'storage')).toMatchObject({ used: 0 })
  })

  it('sees its own changes with the token of each', async () => {
    const { consistencyToken } = await report(customerId, 'storage', 'set', 9)
    expect(
      await access(customerId, 'storage', `&consistencyToken=${consistencyToken}`),
    ).toMatchObject({ reason: 'limit_reached' })
  })
})

describe('ids', () => {
  it('of customers are told apart by case', async () => {
    const id = unique('case')
    await bodyOf(api.put(`/customers/${id}`, {}))
    expect((await api.get(`/customers/${id.toUpperCase()}`)).body.code).toBe('customer_not_found')
  })

  it('are never confused by being sent unencoded', async () => {
    const { status, body } = await api.get('/customers/org/1')
    expect([status, body.code]).toEqual([404, 'route_not_found'])
  })

  it('misspelt are met with the one that was meant', async () => {
    expect((await api.get('/plans/entreprise')).body).toMatchObject({
      code: 'plan_not_found',
      detail: expect.stringMatching(/Did you mean 'enterprise'\?/),
    })
    expect((await api.get('/features/advanced-analytic')).body).toMatchObject({
      code: 'feature_not_found',
      detail: expect.stringMatching(/Did you mean 'advanced-analytics'\?/),
    })
  })
})

describe('a feature named constructor', () => {
  const plan = unique('objects')

  beforeAll(async () => {
    await bodyOf(api.put('/features/constructor', { type: 'meter' }))
    await bodyOf(api.put('/features/valueof', { type: 'boolean' }))
    await bodyOf(api.put(`/plans/${plan}`, { allowances: { constructor: { limit: 2 } } }))
  })

  it('is granted by the plan that has it, and by no other', async () => {
    const customerId = unique('customer')
    await bodyOf(api.put(`/customers/${customerId}`, {}))
    await bodyOf(api.post(`/customers/${customerId}/subscriptions`, { planId: plan }))
    expect(await consume(customerId, 'constructor', 2)).toMatchObject({ consumed: true })
    expect(await access(customerId, 'constructor')).toMatchObject({ reason: 'limit_reached' })
    expect(await access('pro-co', 'constructor')).toMatchObject({ reason: 'not_in_plan' })
    expect(await access(customerId, 'valueof')).toMatchObject({ reason: 'not_in_plan' })
  })

  it('is overridden and inherited like any other', async () => {
    const child = unique('objects')
    await bodyOf(api.put(`/plans/${child}`, { parentId: plan }))
    const { data } = await bodyOf(api.get(`/plans/${child}/allowances`))
    expect(data).toMatchObject([{ featureId: 'constructor', mark: 'inherited', fromPlanId: plan }])
    await bodyOf(api.patch(`/plans/${child}`, { allowances: { constructor: { limit: 5 } } }))
    const { allowances } = await bodyOf(api.get(`/plans/${child}`))
    expect(Object.keys(allowances)).toEqual(['constructor'])
  })

  it.each(['constructor2', 'tostring', 'hasownproperty'])(
    'does not make %s known',
    async (featureId) => {
      expect(await access('pro-co', featureId)).toMatchObject({ reason: 'unknown_feature' })
    },
  )
})
