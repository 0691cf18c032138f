import { describe, expect, it } from 'vitest'
import { api } from '../support/service.ts'
import { access, act, bodyOf, consume, customerOn, DAY_MS, type Held } from './customers.ts'

/** Has a payment happen, as the sandbox lets it. */
const pay = ({ subscriptionId }: Held, outcome: string, amount?: number) =>
  bodyOf(
    api.post(`/sandbox/subscriptions/${subscriptionId}/payments`, {
      outcome,
      ...(amount !== undefined && { amount }),
    }),
  )

/** Puts the customer's own clock to an instant. */
const clockTo = ({ customerId }: Held, now: number | string) =>
  bodyOf(api.put(`/sandbox/customers/${customerId}/clock`, { now: new Date(now).toISOString() }))

describe('a year of payments, at the customer’s own time', () => {
  it('renews with what is carried over, goes into grace once, is revoked at its end and restored by a payment', async () => {
    const held = await customerOn('us-pro')
    const { currentPeriod: first, anchorAt } = await bodyOf(
      api.get(`/subscriptions/${held.subscriptionId}`),
    )
    await consume(held.customerId, 'messages', 300)
    await clockTo(held, first.endAt)
    const { currentPeriod: second } = await pay(held, 'paid')
    expect(second.startAt).toBe(first.endAt)
    expect(await access(held.customerId, 'messages')).toMatchObject({ used: 0, balance: 1350 })
    await consume(held.customerId, 'messages', 100)

    await clockTo(held, second.endAt)
    const { status, grace } = await pay(held, 'failed')
    expect([status, grace.startedAt]).toEqual(['past_due', second.endAt])
    await clockTo(held, Date.parse(grace.startedAt) + DAY_MS)
    expect((await pay(held, 'failed')).grace).toEqual(grace)
    await clockTo(held, Date.parse(grace.endsAt) - 1)
    expect(await access(held.customerId, 'messages')).toMatchObject({
      hasAccess: true,
      grace: { endsAt: grace.endsAt },
    })
    await clockTo(held, grace.endsAt)
    expect(await access(held.customerId, 'messages')).toMatchObject({
      hasAccess: false,
      reason: 'grace_ended',
    })

    await clockTo(held, Date.parse(grace.endsAt) + DAY_MS)
    expect(await pay(held, 'paid')).toMatchObject({ status: 'active', anchorAt, grace: null })
    expect(await access(held.customerId, 'messages')).toMatchObject({
      hasAccess: true,
      used: 0,
      balance: 1400,
    })
  })

  it('goes down at the period’s end, paid or in grace', async () => {
    const held = await customerOn('pro')
    const { pendingChange } = await act(held, 'change', { planId: 'starter' })
    await clockTo(held, Date.parse(pendingChange.at) - DAY_MS)
    const { grace } = await pay(held, 'failed')
    expect(await access(held.customerId, 'advanced-analytics')).toMatchObject({ hasAccess: true })
    await clockTo(held, pendingChange.at)
    expect(await access(held.customerId, 'advanced-analytics')).toMatchObject({
      reason: 'not_in_plan',
    })
    expect(await access(held.customerId, 'api-calls')).toMatchObject({
      limit: 1000,
      grace: { endsAt: grace.endsAt },
    })
  })
})

describe('money that is given back', () => {
  it('in full revokes at once; in part, or disputed, it takes nothing', async () => {
    const held = await customerOn('pro')
    expect(await pay(held, 'disputed')).toMatchObject({ outcome: 'no_effect', status: 'active' })
    expect(await pay(held, 'refunded', 9899)).toMatchObject({
      outcome: 'no_effect',
      status: 'active',
    })
    expect(await access(held.customerId, 'advanced-analytics')).toMatchObject({ hasAccess: true })
    expect(await pay(held, 'refunded')).toMatchObject({
      outcome: 'applied',
      endedBecause: 'refunded',
    })
    expect(await access(held.customerId, 'advanced-analytics')).toMatchObject({
      reason: 'subscription_ended',
    })
    expect(await pay(held, 'paid')).toMatchObject({ outcome: 'refused', status: 'ended' })
  })

  it('for an add-on leaves the plan', async () => {
    const held = await customerOn('pro')
    const kit = { planId: 'white-label-kit', chargePeriod: 'monthly' }
    const { id } = await bodyOf(api.post(`/customers/${held.customerId}/subscriptions`, kit))
    expect(await access(held.customerId, 'white-label')).toMatchObject({ hasAccess: true })
    await pay({ ...held, subscriptionId: id }, 'refunded')
    expect(await access(held.customerId, 'white-label')).toMatchObject({ reason: 'not_in_plan' })
    expect(await access(held.customerId, 'advanced-analytics')).toMatchObject({ hasAccess: true })
  })
})
