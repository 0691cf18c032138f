import { beforeAll, describe, expect, it } from 'vitest'
import { api, type Reply, unique } from '../support/service.ts'
import {
  access,
  act,
  bodyOf,
  consume,
  customerOn,
  daysFromNow,
  newCustomer,
  subscribe,
} from './customers.ts'

describe('a purchase', () => {
  it('gives access at once, without a token, to who was denied a moment ago', async () => {
    const customerId = await newCustomer()
    expect(await access(customerId, 'advanced-analytics')).toMatchObject({
      hasAccess: false,
      reason: 'no_subscription',
    })
    await subscribe(customerId, 'pro')
    expect(await access(customerId, 'advanced-analytics')).toMatchObject({ hasAccess: true })
  })

  it('of a second base plan is refused and names the first', async () => {
    const { customerId, subscriptionId } = await customerOn('starter')
    const body = { planId: 'pro', chargePeriod: 'monthly' }
    const reply = await api.post(`/customers/${customerId}/subscriptions`, body)
    expect([reply.status, reply.body.code]).toEqual([409, 'base_subscription_exists'])
    expect(reply.body.detail).toContain(subscriptionId)
  })

  it('of an add-on comes on top, as often as it is held', async () => {
    const { customerId } = await customerOn('starter')
    await subscribe(customerId, 'extra-calls', { quantity: 3 })
    expect(await access(customerId, 'api-calls')).toMatchObject({
      limit: 31_000,
      sources: [{ planId: 'starter' }, { planId: 'extra-calls' }],
    })
  })

  it('in the future waits for its date', async () => {
    const { customerId, subscriptionId } = await customerOn('pro', { startAt: daysFromNow(2) })
    expect(await access(customerId, 'sso')).toMatchObject({ reason: 'no_subscription' })
    const { status } = await bodyOf(api.get(`/subscriptions/${subscriptionId}`))
    expect(status).toBe('scheduled')
  })

  it.each([
    ['of an unknown plan', { planId: 'prro' }, 422, 'unknown_reference'],
    [
      'at a price that the plan lacks',
      { planId: 'pro', chargePeriod: 'weekly' },
      422,
      'price_missing',
    ],
    ['without saying which price', { planId: 'pro' }, 422, 'price_missing'],
    [
      'of a base plan twice over',
      { planId: 'pro', chargePeriod: 'monthly', quantity: 2 },
      422,
      'quantity_not_allowed',
    ],
  ])('%s is refused', async (_, body, status, code) => {
    const customerId = await newCustomer()
    const reply = await api.post(`/customers/${customerId}/subscriptions`, body)
    expect([reply.status, reply.body.code]).toEqual([status, code])
    expect(await access(customerId, 'sso')).toMatchObject({ reason: 'no_subscription' })
  })
})

describe('an upgrade', () => {
  it('replaces the entitlements at once and carries what was used', async () => {
    const held = await customerOn('starter')
    await consume(held.customerId, 'api-calls', 300)
    await act(held, 'change', { planId: 'pro' })
    expect(await access(held.customerId, 'advanced-analytics')).toMatchObject({ hasAccess: true })
    expect(await access(held.customerId, 'api-calls')).toMatchObject({
      limit: 100_000,
      used: 300,
      sources: [{ planId: 'pro', subscriptionId: held.subscriptionId }],
    })
  })

  it('begins anew where the plan being entered says so', async () => {
    const planId = unique('fresh')
    await bodyOf(
      api.put(`/plans/${planId}`, {
        parentId: 'starter',
        rank: 50,
        allowances: { 'api-calls': { limit: 2000, reset: 'monthly', onPlanChange: 'reset' } },
      }),
    )
    const held = await customerOn('starter')
    await consume(held.customerId, 'api-calls', 300)
    await act(held, 'change', { planId, when: 'now' })
    expect(await access(held.customerId, 'api-calls')).toMatchObject({ limit: 2000, used: 0 })
  })
})

describe('a downgrade', () => {
  it('waits for the end of the period: until then nothing is lost', async () => {
    const held = await customerOn('pro')
    const { pendingChange, currentPeriod, planId } = await act(held, 'change', {
      planId: 'starter',
    })
    expect(planId).toBe('pro')
    expect(pendingChange).toMatchObject({ planId: 'starter', at: currentPeriod.endAt })
    expect(await access(held.customerId, 'advanced-analytics')).toMatchObject({ hasAccess: true })
  })

  it('is undone', async () => {
    const held = await customerOn('pro')
    await act(held, 'change', { planId: 'starter' })
    expect(await act(held, 'undo')).toMatchObject({ planId: 'pro', pendingChange: null })
  })

  it('is replaced by a later one, and can be forced to happen now', async () => {
    const held = await customerOn('enterprise')
    await act(held, 'change', { planId: 'starter' })
    expect(await act(held, 'change', { planId: 'pro' })).toMatchObject({
      pendingChange: { planId: 'pro' },
    })
    expect(await act(held, 'change', { planId: 'starter', when: 'now' })).toMatchObject({
      planId: 'starter',
      pendingChange: null,
    })
    expect(await access(held.customerId, 'sso')).toMatchObject({ reason: 'not_in_plan' })
  })
})

describe('a cancellation', () => {
  it('keeps everything until the period ends, and is undone before', async () => {
    const held = await customerOn('pro')
    const { status, cancelAt, currentPeriod } = await act(held, 'cancel')
    expect({ status, cancelAt }).toEqual({ status: 'active', cancelAt: currentPeriod.endAt })
    expect(await access(held.customerId, 'advanced-analytics')).toMatchObject({ hasAccess: true })
    expect(await act(held, 'undo')).toMatchObject({ cancelAt: null })
  })

  it('at once takes access at once', async () => {
    const held = await customerOn('pro')
    expect(await access(held.customerId, 'advanced-analytics')).toMatchObject({ hasAccess: true })
    expect(await act(held, 'cancel', { when: 'now' })).toMatchObject({
      status: 'ended',
      endedBecause: 'canceled',
    })
    expect(await access(held.customerId, 'advanced-analytics')).toMatchObject({
      hasAccess: false,
      reason: 'subscription_ended',
    })
  })

  it('on a date waits for it', async () => {
    const at = daysFromNow(5)
    const held = await customerOn('pro')
    expect(await act(held, 'cancel', { at })).toMatchObject({ status: 'active', cancelAt: at })
  })
})

describe('a failed payment', () => {
  it('begins a grace that everybody sees and that takes nothing away', async () => {
    const held = await customerOn('pro')
    const { status, grace } = await act(held, 'payment-failed')
    expect(status).toBe('past_due')
    expect(Date.parse(grace.endsAt) - Date.parse(grace.startedAt)).toBe(7 * 86_400_000)
    const answer = await access(held.customerId, 'advanced-analytics')
    expect(answer).toMatchObject({ hasAccess: true, grace: { endsAt: grace.endsAt } })
    expect(answer.warnings).toMatchObject([{ code: 'in_grace' }])
  })

  it('that fails again does not begin it anew', async () => {
    const held = await customerOn('pro', { startAt: daysFromNow(-10) })
    const { grace } = await act(held, 'payment-failed', { occurredAt: daysFromNow(-2) })
    expect(await act(held, 'payment-failed')).toMatchObject({ grace })
  })

  it('is forgotten once the payment succeeds', async () => {
    const held = await customerOn('pro')
    const { anchorAt } = await act(held, 'payment-failed')
    expect(await act(held, 'payment-succeeded')).toMatchObject({
      status: 'active',
      grace: null,
      anchorAt,
    })
    expect(await access(held.customerId, 'sso')).toMatchObject({ grace: null, warnings: [] })
  })

  it('revokes access when grace is over; a payment restores it with what was used', async () => {
    const held = await customerOn('pro', { startAt: daysFromNow(-20) })
    await consume(held.customerId, 'api-calls', 70)
    const { anchorAt } = await act(held, 'payment-failed', { occurredAt: daysFromNow(-8) })
    expect(await access(held.customerId, 'api-calls')).toMatchObject({
      hasAccess: false,
      reason: 'grace_ended',
    })
    expect(await act(held, 'payment-succeeded')).toMatchObject({ status: 'active', anchorAt })
    expect(await access(held.customerId, 'api-calls')).toMatchObject({ hasAccess: true, used: 70 })
  })

  it('has the grace of the customer before that of the plan', async () => {
    const customerId = await newCustomer({ graceDays: 2 })
    const body = { planId: 'globex-deal' }
    const { id } = await bodyOf(
      api.post(`/customers/${customerId}/subscriptions`, { ...body, chargePeriod: 'yearly' }),
    )
    const own = await act({ customerId, subscriptionId: id }, 'payment-failed')
    expect(daysOf(own.grace)).toBe(2)
    const other = await customerOn('globex-deal', { chargePeriod: 'yearly' })
    expect(daysOf((await act(other, 'payment-failed')).grace)).toBe(30)
  })

  it('told late never undoes what is newer', async () => {
    const held = await customerOn('pro', { startAt: daysFromNow(-10) })
    await act(held, 'payment-succeeded', { occurredAt: daysFromNow(-1) })
    expect(await act(held, 'payment-failed', { occurredAt: daysFromNow(-2) })).toMatchObject({
      ignored: true,
      status: 'active',
    })
  })
})

describe('a refund', () => {
  it('revokes at once', async () => {
    const held = await customerOn('pro')
    expect(await act(held, 'refund', { full: true })).toMatchObject({
      status: 'ended',
      endedBecause: 'refunded',
    })
    expect(await access(held.customerId, 'basic-dashboard')).toMatchObject({
      hasAccess: false,
      reason: 'subscription_ended',
    })
  })

  it('in part changes nothing, whatever has become of the subscription', async () => {
    const held = await customerOn('pro')
    expect(await act(held, 'refund', { full: false })).toMatchObject({ status: 'active' })
    expect(await access(held.customerId, 'basic-dashboard')).toMatchObject({ hasAccess: true })
    const ended = await act(held, 'cancel', { when: 'now' })
    const { endedAt, revision } = await act(held, 'refund', { full: false })
    expect([endedAt, revision]).toEqual([ended.endedAt, ended.revision])
  })

  it('says whether it is a full one', async () => {
    const held = await customerOn('pro')
    const reply = await api.post(`/subscriptions/${held.subscriptionId}/refund`, {})
    expect([reply.status, reply.body.code]).toEqual([400, 'invalid_request'])
  })
})

describe('a trial', () => {
  it('gives everything until it ends, and is over without a payment', async () => {
    const trying = await customerOn('pro', { trialDays: 14 })
    const { status } = await bodyOf(api.get(`/subscriptions/${trying.subscriptionId}`))
    expect(status).toBe('trialing')
    expect(await access(trying.customerId, 'advanced-analytics')).toMatchObject({ hasAccess: true })
    const tried = await customerOn('pro', { trialDays: 14, startAt: daysFromNow(-15) })
    expect(await access(tried.customerId, 'advanced-analytics')).toMatchObject({
      hasAccess: false,
      reason: 'subscription_ended',
    })
  })

  it('is had once for each plan: the second time the plan begins at once, and asking for more is refused', async () => {
    const planId = unique('tried')
    await bodyOf(api.put(`/plans/${planId}`, { parentId: 'pro', trialDays: 14 }))
    const held = await customerOn(planId)
    expect(await act(held, 'cancel', { when: 'now' })).toMatchObject({ endedBecause: 'canceled' })
    const path = `/customers/${held.customerId}/subscriptions`
    const asked = await api.post(path, { planId, trialDays: 14 })
    expect([asked.status, asked.body.errors[0].pointer]).toEqual([400, '/trialDays'])
    expect(await bodyOf(api.post(path, { planId }))).toMatchObject({
      status: 'active',
      trialEndAt: null,
    })
  })

  it('that is paid for goes on, anchored where it ends', async () => {
    const held = await customerOn('pro', { trialDays: 14 })
    const { trialEndAt } = await act(held, 'payment-succeeded')
    expect(await act(held, 'end-trial')).toMatchObject({ status: 'active' })
    const { anchorAt } = await bodyOf(api.get(`/subscriptions/${held.subscriptionId}`))
    expect(Date.parse(anchorAt)).toBeLessThan(Date.parse(trialEndAt))
  })
})

describe('a pause', () => {
  it('stops access and ends by resuming, with the same anchor', async () => {
    const held = await customerOn('pro')
    const { status, anchorAt } = await act(held, 'pause')
    expect(status).toBe('paused')
    expect(await access(held.customerId, 'basic-dashboard')).toMatchObject({ reason: 'paused' })
    expect(await act(held, 'resume')).toMatchObject({ status: 'active', anchorAt })
    expect(await access(held.customerId, 'basic-dashboard')).toMatchObject({ hasAccess: true })
  })
})

describe('a transition that the table refuses', () => {
  it.each([
    ['undo', undefined],
    ['resume', undefined],
    ['end-trial', undefined],
  ])('%s of an active subscription names what is allowed', async (action, body) => {
    const { subscriptionId } = await customerOn('pro')
    const reply = await api.post(`/subscriptions/${subscriptionId}/${action}`, body)
    expectRefusal(reply, 'active', action)
    expect(reply.body.allowedActions).toContain('cancel')
  })

  it.each(['change', 'cancel', 'pause', 'payment-failed', 'renew'])(
    '%s of a refunded subscription changes nothing',
    async (action) => {
      const held = await customerOn('pro')
      await act(held, 'refund', { full: true })
      const before = await bodyOf(api.get(`/subscriptions/${held.subscriptionId}`))
      const body = action === 'change' ? { planId: 'enterprise' } : undefined
      const reply = await api.post(`/subscriptions/${held.subscriptionId}/${action}`, body)
      expectRefusal(reply, 'ended', action)
      expect(await bodyOf(api.get(`/subscriptions/${held.subscriptionId}`))).toEqual(before)
    },
  )
})

describe('the default plan', () => {
  let free: string

  beforeAll(async () => {
    free = unique('free')
    const plans = [{ id: free, allowances: { searches: { limit: 3, reset: 'monthly' } } }]
    await bodyOf(api.put('/catalogue', { features: [], plans, defaultPlanId: free }))
    return async () => {
      await bodyOf(api.put('/catalogue', { features: [], plans: [], defaultPlanId: null }))
    }
  })

  it('holds for whoever has no base plan, and says that it does', async () => {
    const customerId = await newCustomer()
    expect(await access(customerId, 'searches')).toMatchObject({
      hasAccess: true,
      limit: 3,
      sources: [{ kind: 'default_plan', planId: free }],
    })
    expect(await access(customerId, 'sso')).toMatchObject({ reason: 'not_in_plan' })
  })

  it('gives way to a base plan and is back when that ends', async () => {
    const held = await customerOn('starter')
    expect(await access(held.customerId, 'searches')).toMatchObject({ reason: 'not_in_plan' })
    await act(held, 'cancel', { when: 'now' })
    expect(await access(held.customerId, 'searches')).toMatchObject({ hasAccess: true })
  })
})

function daysOf({ startedAt, endsAt }: { startedAt: string; endsAt: string }): number {
  return (Date.parse(endsAt) - Date.parse(startedAt)) / 86_400_000
}

function expectRefusal({ status, body }: Reply, subscriptionStatus: string, action: string): void {
  expect(status).toBe(409)
  expect(body).toMatchObject({
    code: 'transition_refused',
    subscriptionStatus,
    action: action.replaceAll('-', '_'),
    allowedActions: expect.any(Array),
  })
}
