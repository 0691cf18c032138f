import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { portsFrom } from '../../worker/ports.ts'
import { tick } from '../../worker/tick.ts'
import { edge } from '../support/edge.ts'
import { bodyOf, clockAt, OPENING, openStorefront, type Storefront } from '../support/storefront.ts'
import { tell } from '../support/telling.ts'

let store: Storefront

beforeEach(async () => {
  store = await openStorefront()
})

afterEach(() => {
  vi.useRealTimers()
})

const pay = async (id: string, body: object, headers: HeadersInit = {}) => {
  const path = `/sandbox/subscriptions/${id}/payments`
  const answer = await store.api.post(path, body, headers)
  return { code: answer.status, ...answer.body }
}

describe('a payment of the sandbox', () => {
  it('is heard like one of a provider, of a subscription that nobody sold through a page', async () => {
    const { id } = await store.monthlyPro()
    const failed = await pay(id, { outcome: 'failed' })
    expect(failed).toMatchObject({ code: 200, outcome: 'applied', id, status: 'past_due' })
    expect(failed.consistencyToken).toEqual(expect.any(String))
    const { results } = await env.DB.prepare(
      'SELECT provider, kind, outcome, customer_id, subscription_id FROM payment_events',
    ).all()
    expect(results).toEqual([
      {
        provider: 'sandbox',
        kind: 'payment_failed',
        outcome: 'applied',
        customer_id: 'acme',
        subscription_id: id,
      },
    ])
    expect(await pay(id, { outcome: 'paid' })).toMatchObject({ status: 'active', grace: null })
  })

  it('renews into the next billing period, with what waited for it', async () => {
    const { id } = await store.monthlyPro()
    await store.act(id, 'change', { planId: 'starter' })
    clockAt('2026-02-28T10:00:00Z')
    expect(await pay(id, { outcome: 'paid' })).toMatchObject({
      planId: 'starter',
      currentPeriod: { startAt: '2026-02-28T10:00:00.000Z', endAt: '2026-03-31T10:00:00.000Z' },
    })
    const types = await env.DB.prepare('SELECT type FROM events ORDER BY n DESC LIMIT 20').raw()
    expect(types.flat()).toContain('subscription.renewed')
  })

  it('is given back in part where the amount is less than what the quantity costs', async () => {
    const { id } = await store.taken({ planId: 'seats', quantity: 3 })
    expect(await pay(id, { outcome: 'refunded', amount: 2999 })).toMatchObject({
      outcome: 'no_effect',
      status: 'active',
    })
    expect(await pay(id, { outcome: 'refunded', amount: 3000 })).toMatchObject({ status: 'ended' })
  })

  it('has one effect however often its request is sent', async () => {
    const { id } = await store.monthlyPro()
    const headers = { 'Idempotency-Key': 'once' }
    const first = await pay(id, { outcome: 'failed' }, headers)
    clockAt('2026-02-01T00:00:00Z')
    const again = await pay(id, { outcome: 'failed' }, headers)
    expect(again).toEqual(first)
    expect(await env.DB.prepare('SELECT count(*) AS n FROM payment_events').first('n')).toBe(1)
  })

  it('happens at the customer’s own time', async () => {
    const { id } = await store.monthlyPro()
    await bodyOf(store.api.put('/sandbox/customers/acme/clock', { now: '2027-01-31T10:00:00Z' }))
    expect(await pay(id, { outcome: 'failed' })).toMatchObject({
      status: 'past_due',
      grace: { startedAt: '2027-01-31T10:00:00.000Z', endsAt: '2027-02-03T10:00:00.000Z' },
    })
    await bodyOf(store.api.put('/sandbox/customers/acme/clock', { now: '2027-02-03T10:00:00Z' }))
    expect(await store.accessTo('sso')).toBe('grace_ended')
    expect(await pay(id, { outcome: 'paid' })).toMatchObject({
      status: 'active',
      currentPeriod: { startAt: '2027-01-31T10:00:00.000Z', endAt: '2027-02-28T10:00:00.000Z' },
    })
  })

  it('is not known of a subscription that is not there', async () => {
    expect(await pay('sub_none', { outcome: 'paid' })).toMatchObject({
      code: 'subscription_not_found',
      status: 404,
    })
  })

  it('is one of four things', async () => {
    const { id } = await store.monthlyPro()
    for (const body of [
      {},
      { outcome: 'stolen' },
      { outcome: 'refunded', amount: 0 },
      { outcome: 'paid', at: 1 },
    ]) {
      expect(await pay(id, body)).toMatchObject({ code: 'invalid_request', status: 400 })
    }
  })

  it('cannot be made in production', async () => {
    const production = edge(null, { ENVIRONMENT: 'production' })
    const path = '/v1/sandbox/subscriptions/sub_1/payments'
    const { status, body } = await production.post(path, { outcome: 'paid' })
    expect([status, body['code']]).toEqual([404, 'route_not_found'])
  })
})

describe('a provider’s word', () => {
  it('counts at the time of a customer who has a clock of its own', async () => {
    const { id } = await store.monthlyPro()
    await bodyOf(store.api.put('/sandbox/customers/acme/clock', { now: '2027-01-31T10:00:00Z' }))
    expect(
      await tell('payment_failed', { subscriptionId: id }, { timestamp: OPENING }),
    ).toMatchObject({
      grace: { startedAt: '2027-01-31T10:00:00.000Z' },
    })
  })

  it('is remembered for ninety days', async () => {
    const { id } = await store.monthlyPro()
    await pay(id, { outcome: 'failed' })
    const count = () => env.DB.prepare('SELECT count(*) AS n FROM payment_events').first('n')
    clockAt('2026-05-01T10:00:00.000Z')
    await tick(portsFrom(env), 'local')
    expect(await count()).toBe(1)
    clockAt('2026-05-01T10:00:00.001Z')
    await tick(portsFrom(env), 'local')
    expect(await count()).toBe(0)
  })
})
