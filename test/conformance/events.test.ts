import { describe, expect, it } from 'vitest'
import { api, tick, unique } from '../support/service.ts'
import { act, bodyOf, consume, customerOn, newCustomer } from './customers.ts'

interface Told {
  readonly id: string
  readonly type: string
  readonly at: string
  readonly data: Readonly<Record<string, unknown>>
}

/** All events of a customer, in the order in which they were told. */
async function toldOf(customerId: string): Promise<readonly Told[]> {
  const { data } = await bodyOf(api.get(`/events?customerId=${customerId}&order=asc&pageSize=100`))
  return data
}

const typesOf = async (customerId: string) =>
  (await toldOf(customerId)).map(({ type }: Told) => type)

describe('what happens', () => {
  it('is in the list with the answer of what brought it about', async () => {
    const held = await customerOn('pro')
    await act(held, 'pause')
    expect(await typesOf(held.customerId)).toEqual([
      'customer.created',
      'subscription.created',
      'subscription.started',
      'entitlement.granted',
      'subscription.paused',
      'entitlement.revoked',
    ])
  })

  it('is followed from any event on, and nothing is left out', async () => {
    const held = await customerOn('pro')
    const seen = await toldOf(held.customerId)
    const wanted: string[] = seen.map(({ id }: Told) => id)
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        bodyOf(api.patch(`/customers/${held.customerId}`, { name: `Name ${n}` })),
      ),
    )
    let last = seen[0]?.id ?? ''
    const followed = [last]
    for (let pages = 0; pages < 50; pages++) {
      const path = `/events?customerId=${held.customerId}&after=${last}&pageSize=7`
      const { data } = await bodyOf(api.get(path))
      followed.push(...data.map(({ id }: Told) => id))
      if (data.length === 0) break
      last = followed.at(-1) ?? ''
    }
    expect(followed).toHaveLength(wanted.length + 20)
    expect(new Set(followed).size).toBe(followed.length)
    expect(followed.slice(0, wanted.length)).toEqual(wanted)
  })

  it('while nobody looks is told by the tick, at its own instant', async () => {
    const startAt = new Date(Date.now() + 1_500).toISOString()
    const held = await customerOn('pro', { startAt })
    expect(await typesOf(held.customerId)).toEqual(['customer.created', 'subscription.created'])
    await expect
      .poll(
        async () => {
          await tick()
          return (await toldOf(held.customerId)).slice(2).map(({ type, at }: Told) => [type, at])
        },
        { timeout: 10_000, interval: 500 },
      )
      .toEqual([
        ['subscription.started', startAt],
        ['entitlement.granted', startAt],
      ])
  })
})

describe('use', () => {
  it('that reaches a limit is told within seconds, with all that one needs to act on it', async () => {
    const feature = unique('meter')
    await bodyOf(api.put(`/features/${feature}`, { type: 'meter' }))
    const planId = unique('plan')
    const allowance = { limit: 10, reset: 'monthly', alertsAt: [80] }
    await bodyOf(api.put(`/plans/${planId}`, { allowances: { [feature]: allowance } }))
    const { customerId } = await customerOn(planId)
    await consume(customerId, feature, 8)
    await consume(customerId, feature, 2)
    const usage = async () =>
      (await toldOf(customerId)).filter(({ type }: Told) => type.startsWith('usage.'))
    await expect.poll(usage, { timeout: 10_000 }).toHaveLength(2)
    expect(await usage()).toMatchObject([
      {
        type: 'usage.threshold_reached',
        version: expect.any(Number),
        data: { featureId: feature, percent: 80, used: 8, limit: 10, period: expect.any(Object) },
      },
      { type: 'usage.limit_reached', data: { featureId: feature, used: 10, limit: 10 } },
    ])
  })
})

describe('an edit of the catalogue', () => {
  it('is told once, however many customers it reaches', async () => {
    const planId = unique('plan')
    await bodyOf(api.put(`/plans/${planId}`, { allowances: { sso: { enabled: true } } }))
    const held = await Promise.all([customerOn(planId), customerOn(planId), newCustomer()])
    const [former] = (await bodyOf(api.get('/events?pageSize=1'))).data
    const { revision } = await bodyOf(
      api.patch(`/plans/${planId}`, { allowances: { sso: { enabled: false } } }),
    )
    const { data } = await bodyOf(api.get(`/events?after=${former.id}&type=catalogue.published`))
    const told = data.filter((event: Told) => event.data['revision'] === revision)
    expect(told).toMatchObject([{ customerId: null, data: { planIds: [planId], planCount: 1 } }])
    for (const each of held.slice(0, 2)) {
      const { customerId } = each as Awaited<ReturnType<typeof customerOn>>
      expect((await typesOf(customerId)).filter((type) => type === 'entitlement.revoked')).toEqual(
        [],
      )
    }
  })
})
