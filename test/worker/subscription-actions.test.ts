import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { bodyOf, clockAt, OPENING, openStorefront, type Storefront } from '../support/storefront.ts'

let store: Storefront

beforeEach(async () => {
  store = await openStorefront()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('what happens to a subscription', () => {
  it('goes up now and down at the end of the period', async () => {
    const { id } = await store.taken({ planId: 'starter' })
    expect(await store.act(id, 'change', { planId: 'pro' })).toMatchObject({
      code: 200,
      planId: 'pro',
    })
    expect(await store.accessTo('sso')).toBe('enabled')
    const down = await store.act(id, 'change', { planId: 'starter' })
    expect(down).toMatchObject({
      planId: 'pro',
      pendingChange: { planId: 'starter', chargePeriod: 'monthly', at: '2026-02-28T10:00:00.000Z' },
    })
    clockAt('2026-02-28T09:59:59.999Z')
    expect(await store.accessTo('sso')).toBe('enabled')
    clockAt('2026-02-28T10:00:00.000Z')
    expect(await store.accessTo('sso')).toBe('not_in_plan')
    expect(await bodyOf(store.api.get(`/subscriptions/${id}`))).toMatchObject({ planId: 'starter' })
  })

  it('keeps access until it is cancelled, which can be undone until then', async () => {
    const { id } = await store.monthlyPro()
    expect(await store.act(id, 'cancel')).toMatchObject({ cancelAt: '2026-02-28T10:00:00.000Z' })
    expect(await store.act(id, 'undo')).toMatchObject({ cancelAt: null, status: 'active' })
    await store.act(id, 'cancel', { when: 'period_end' })
    clockAt('2026-02-28T10:00:00.000Z')
    expect(await store.accessTo('sso')).toBe('subscription_ended')
    expect(await store.act(id, 'undo')).toMatchObject({
      code: 'transition_refused',
      allowedActions: [],
    })
  })

  it('survives a failed payment for the plan’s grace, and comes back when paid', async () => {
    const { id } = await store.monthlyPro()
    expect(await store.act(id, 'payment-failed')).toMatchObject({
      status: 'past_due',
      grace: { startedAt: OPENING, endsAt: '2026-02-03T10:00:00.000Z' },
    })
    clockAt('2026-02-03T09:59:59.999Z')
    expect(await store.accessTo('sso')).toBe('enabled')
    clockAt('2026-02-03T10:00:00.000Z')
    expect(await store.accessTo('sso')).toBe('grace_ended')
    expect(await store.act(id, 'payment-succeeded')).toMatchObject({
      status: 'active',
      anchorAt: OPENING,
    })
    expect(await store.accessTo('sso')).toBe('enabled')
  })

  it('keeps what was used while it had lapsed, though it is cancelled for later', async () => {
    const { id } = await store.monthlyPro()
    const usage = { customerId: 'acme', featureId: 'api-calls', behaviour: 'set', value: 5 }
    await bodyOf(store.api.post('/usage', usage))
    await store.act(id, 'cancel', { at: '2026-02-20T00:00:00Z' })
    await store.act(id, 'payment-failed')
    clockAt('2026-02-05T00:00:00Z')
    const kit = await store.taken({ planId: 'seats' })
    await store.act(kit.id, 'cancel', { when: 'now' })
    await env.DB.prepare("UPDATE subscriptions SET status = 'ended'").run()
    await bodyOf(store.api.put('/customers/acme/overrides/sso', { allowance: { enabled: true } }))
    expect(await store.accessTo('api-calls')).toBe('subscription_ended')
    expect(await store.act(id, 'payment-succeeded')).toMatchObject({ status: 'active' })
    const { body } = await store.api.get('/access?customerId=acme&featureId=api-calls')
    expect(body).toMatchObject({ used: 5, balance: 995 })
  })

  it('has the customer’s grace before the plan’s, and the plan’s before the deployment’s', async () => {
    const { id } = await store.taken({ planId: 'starter' })
    expect((await store.act(id, 'payment-failed')).grace.endsAt).toBe('2026-02-07T10:00:00.000Z')
    await store.act(id, 'payment-succeeded')
    await bodyOf(store.api.put('/customers/acme', { graceDays: 1 }))
    expect((await store.act(id, 'payment-failed')).grace.endsAt).toBe('2026-02-01T10:00:00.000Z')
  })

  it('ends at once when refunded, and for good', async () => {
    const { id } = await store.monthlyPro()
    expect(await store.act(id, 'refund', { full: true })).toMatchObject({
      status: 'ended',
      endedBecause: 'refunded',
      endedAt: OPENING,
      currentPeriod: null,
    })
    expect(await store.accessTo('sso')).toBe('subscription_ended')
    expect(await store.act(id, 'payment-succeeded')).toMatchObject({ code: 'transition_refused' })
  })

  it('pauses and resumes', async () => {
    const { id } = await store.monthlyPro()
    expect(await store.act(id, 'pause')).toMatchObject({ status: 'paused' })
    expect(await store.accessTo('sso')).toBe('paused')
    expect(await store.act(id, 'resume')).toMatchObject({ status: 'active' })
    expect(await store.accessTo('sso')).toBe('enabled')
  })

  it('ends its trial early and is pinned there', async () => {
    const { id } = await store.taken({
      planId: 'trialled',
      provider: { name: 'stripe', reference: 'si_1' },
    })
    clockAt('2026-02-02T00:00:00Z')
    expect(await store.act(id, 'end-trial')).toMatchObject({
      status: 'past_due',
      anchorAt: '2026-02-02T00:00:00.000Z',
    })
    expect(await store.act(id, 'payment-succeeded')).toMatchObject({ status: 'active' })
  })

  it('takes a provider’s dates for its own when it renews', async () => {
    const { id } = await store.monthlyPro()
    await store.act(id, 'cancel')
    const period = { startAt: '2026-01-31T12:00:00.000Z', endAt: '2026-02-28T12:00:00.000Z' }
    expect(await store.act(id, 'renew', { period })).toMatchObject({ cancelAt: period.endAt })
    clockAt('2026-02-28T11:00:00Z')
    expect(await bodyOf(store.api.get(`/subscriptions/${id}`))).toMatchObject({
      status: 'active',
      currentPeriod: period,
    })
    expect(
      await store.act(id, 'renew', { period: { startAt: period.endAt, endAt: period.startAt } }),
    ).toMatchObject({
      code: 'invalid_request',
    })
  })

  it('names what is allowed instead when it refuses', async () => {
    const { id } = await store.monthlyPro()
    const refused = await store.api.post(`/subscriptions/${id}/resume`)
    expect(refused.status).toBe(409)
    expect(refused.body).toMatchObject({
      code: 'transition_refused',
      action: 'resume',
      subscriptionStatus: 'active',
      allowedActions: expect.arrayContaining(['change', 'cancel', 'pause']),
    })
  })

  it('offers now where there is no billing period to wait for', async () => {
    const { id } = await store.taken({ planId: 'free' })
    const refused = await store.api.post(`/subscriptions/${id}/cancel`)
    expect([refused.status, refused.body.code]).toEqual([409, 'transition_refused'])
    expect(refused.body.detail).toContain('{"when": "now"}')
  })

  it('never turns a base plan into an add-on', async () => {
    const { id } = await store.monthlyPro()
    expect(await store.act(id, 'change', { planId: 'seats' })).toMatchObject({
      code: 'invalid_request',
    })
  })

  it('of an unknown id is not found', async () => {
    const { status, body } = await store.api.post('/subscriptions/sub_none/pause')
    expect([status, body.code]).toEqual([404, 'subscription_not_found'])
  })
})

describe('a provider’s events', () => {
  it('never undo a newer one, whatever the order in which they come', async () => {
    const { id } = await store.monthlyPro()
    clockAt('2026-02-02T00:00:00Z')
    await store.act(id, 'payment-succeeded', { occurredAt: '2026-02-01T12:00:00Z' })
    const late = await store.act(id, 'payment-failed', { occurredAt: '2026-02-01T11:00:00Z' })
    expect(late).toMatchObject({ code: 200, ignored: true, status: 'active' })
    const next = await store.act(id, 'payment-failed', { occurredAt: '2026-02-01T12:00:00Z' })
    expect(next).toMatchObject({ status: 'past_due' })
    expect(next.ignored).toBeUndefined()
  })

  it('that were delivered late start grace where the payment failed', async () => {
    const { id } = await store.monthlyPro()
    clockAt('2026-03-01T00:00:00Z')
    const failed = await store.act(id, 'payment-failed', { occurredAt: '2026-02-28T10:00:00Z' })
    expect(failed.grace.startedAt).toBe('2026-02-28T10:00:00.000Z')
  })

  it('that repeat themselves change nothing', async () => {
    const { id } = await store.monthlyPro()
    const first = await store.act(id, 'payment-failed')
    clockAt('2026-02-01T00:00:00Z')
    const second = await store.act(id, 'payment-failed')
    expect([second.revision, second.grace]).toEqual([first.revision, first.grace])
  })

  it('cannot come from the future', async () => {
    const { id } = await store.monthlyPro()
    const ahead = { occurredAt: '2026-01-31T10:05:00.001Z' }
    expect(await store.act(id, 'payment-failed', ahead)).toMatchObject({ code: 'invalid_request' })
  })
})
