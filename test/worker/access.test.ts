import { beforeEach, describe, expect, it } from 'vitest'
import { clearIsolate } from '../../worker/isolate.ts'
import { counting } from '../support/bindings.ts'
import { edge, makeKey } from '../support/edge.ts'
import { fresh } from '../support/fresh.ts'
import { putCatalogue, putCustomer } from '../support/intent.ts'
import { catalogue, customer, meter, plan, subscription } from '../support/world.ts'

let key: string

beforeEach(async () => {
  await fresh()
  await putCatalogue(
    catalogue([
      plan('starter', { dashboard: { enabled: true }, 'api-calls': meter({ limit: 1000 }) }),
      plan('enterprise', { sso: { enabled: true }, theme: { value: 'dark' } }, { rank: 2 }),
    ]),
  )
  await putCustomer(
    customer({ id: 'starter-co', subscriptions: [subscription('sub_1', 'starter', 0)] }),
  )
  key = await makeKey(['read', 'usage'])
})

describe('an answer', () => {
  it('grants what the plan gives, and names its source', async () => {
    const { status, body } = await edge(key).get(
      '/v1/access?customerId=starter-co&featureId=dashboard',
    )
    expect(status).toBe(200)
    expect(body).toMatchObject({
      customerId: 'starter-co',
      featureId: 'dashboard',
      type: 'boolean',
      hasAccess: true,
      reason: 'enabled',
      quantity: 1,
      sources: [{ kind: 'plan', planId: 'starter', subscriptionId: 'sub_1' }],
      servedFrom: 'object',
      degraded: false,
    })
  })

  it('counts nothing while it is warm', async () => {
    const { bindings, counts } = counting()
    const warm = edge(key, bindings)
    await warm.get('/v1/access?customerId=starter-co&featureId=dashboard')
    await warm.settle()
    const { objects, kvGets } = counts
    for (let n = 0; n < 20; n++) {
      await warm.get('/v1/access?customerId=starter-co&featureId=dashboard')
    }
    expect(counts).toMatchObject({ objects, kvGets })
    clearIsolate()
  })
})
