import { describe, expect, it } from 'vitest'
import { stripeOf } from '../../worker/payments/stripe-client.ts'
import { openStory, service } from './stripe-story.ts'

const { double } = service

/** The next tick finds it due. */
async function tickNow(customerId: string): Promise<void> {
  await service.rows(
    'UPDATE subscriptions SET provider_due_at = 0 WHERE customer_id = ?',
    customerId,
  )
  await service.tick()
}

describe('while Stripe is silent', () => {
  it('access stays as it was, and the next look finds what was not told', async () => {
    const story = await openStory('out-silent')
    await story.buys('starter')
    await double.command('deliver', { mode: 'silent' })
    await double.command('cancel', { subscription: await story.reference() })
    expect(await story.access()).toBe('within_limit')
    expect(await story.view()).toMatchObject({ status: 'active' })
    await tickNow('out-silent')
    expect(await story.view()).toMatchObject({ status: 'ended', endedBecause: 'canceled' })
  })

  it('a payment that nobody told of is found', async () => {
    const story = await openStory('out-silent-paid')
    await story.buys('starter')
    await story.isDeclined()
    await story.passes(31)
    expect(await story.view()).toMatchObject({ status: 'past_due' })
    await double.command('deliver', { mode: 'silent' })
    const subscription = await story.reference()
    const { customer } = await story.billed()
    await double.command('card', { customer, works: 'yes' })
    await double.command('retry', { subscription })
    await tickNow('out-silent-paid')
    expect(await story.view()).toMatchObject({ status: 'active', grace: null })
  })

  it('who has no news is looked at once a day', async () => {
    const story = await openStory('out-daily')
    await story.buys('starter')
    const { calls } = await double.state()
    await service.tick()
    expect((await double.state()).calls).toBe(calls)
    const [row] = await service.rows(
      `SELECT provider_due_at - unixepoch() * 1000 AS later FROM subscriptions WHERE customer_id = 'out-daily'`,
    )
    expect(row.later / 3_600_000).toBeGreaterThan(23)
  })
})

describe('while Stripe is down', () => {
  it('its events are asked for again, and access stays as it was', async () => {
    const story = await openStory('out-down', { copies: 1, seed: 0, together: 1 })
    await story.buys('starter')
    await double.command('cancel', { subscription: await story.reference() })
    await double.command('api', { mood: 'down' })
    await double.command('release')
    const { made } = await double.state()
    expect(made.at(-1)).toMatchObject({ type: 'customer.subscription.deleted', status: 503 })
    expect(await story.access()).toBe('within_limit')
    await double.command('api', { mood: 'up' })
    await story.hears()
    expect(await story.view()).toMatchObject({ status: 'ended' })
  })

  it('that never answers is given up in time', async () => {
    const story = await openStory('out-hanging', { copies: 1, seed: 0, together: 1 })
    await story.buys('starter')
    await double.command('cancel', { subscription: await story.reference() })
    await double.command('api', { mood: 'hanging' })
    const startedAt = Date.now()
    await double.command('release')
    expect(Date.now() - startedAt).toBeLessThan(16_000)
    expect((await double.state()).made.at(-1)).toMatchObject({ status: 503 })
    expect(await story.access()).toBe('within_limit')
    await double.command('api', { mood: 'up' })
    await story.hears()
  })

  it('what is decided here stands, and is told by the next tick', async () => {
    const story = await openStory('out-untold')
    await story.buys('starter')
    await double.command('api', { mood: 'down' })
    const { body } = await service.send(
      'POST',
      `/subscriptions/${(await story.view()).id}/change`,
      {
        planId: 'pro',
      },
    )
    expect(body).toMatchObject({ planId: 'pro', status: 'active' })
    await double.command('api', { mood: 'up' })
    expect(await story.billed()).toMatchObject({ price: 'starter:monthly' })
    await tickNow('out-untold')
    expect(await story.billed()).toMatchObject({ price: 'pro:monthly' })
    expect(await story.view()).toMatchObject({ planId: 'pro' })
  })

  it('what is decided here is not undone by an event of before', async () => {
    const story = await openStory('out-not-undone')
    await story.buys('starter')
    await double.command('api', { mood: 'down' })
    const { id } = await story.view()
    await service.send('POST', `/subscriptions/${id}/change`, { planId: 'pro' })
    await double.command('api', { mood: 'up' })
    await double.command('collection', { subscription: await story.reference(), paused: 'no' })
    await story.hears()
    expect(await story.view()).toMatchObject({ planId: 'pro' })
    expect(await story.billed()).toMatchObject({ price: 'pro:monthly' })
  })

  it('nobody can be sent to pay: the request may be repeated', async () => {
    await double.command('reset')
    await double.command('api', { mood: 'down' })
    const ask = () =>
      service.send('POST', '/checkout/sessions', {
        planId: 'starter',
        chargePeriod: 'monthly',
        successUrl: 'https://app.example/thanks',
      })
    const { status, body } = await ask()
    expect([status, body.code]).toEqual([503, 'unavailable'])
    await double.command('api', { mood: 'up' })
    expect((await ask()).status).toBe(201)
  })
})

describe('what Stripe refuses', () => {
  it('stays decided here, and what it says of money is still heard', async () => {
    const story = await openStory('out-refused')
    await story.buys('starter')
    await double.command('api', { mood: 'stubborn' })
    const { id } = await story.view()
    await service.send('POST', `/subscriptions/${id}/change`, { planId: 'pro' })
    const { customer } = await story.billed()
    await double.command('card', { customer, works: 'no' })
    await double.command('clock', { to: (await double.state()).now + 32 * 86_400 })
    await double.command('settle')
    expect(await story.view()).toMatchObject({ planId: 'pro', status: 'past_due' })
    await double.command('api', { mood: 'up' })
    await tickNow('out-refused')
    expect(await story.billed()).toMatchObject({ price: 'pro:monthly' })
  })
})

describe('where Stripe is', () => {
  const hostOf = async (environment: 'local' | 'sandbox' | 'production', base: string) => {
    const secrets = { STRIPE_SECRET_KEY: 'sk_test_x', STRIPE_API_BASE: base }
    const seen: string[] = []
    const fetch = async ({ url }: Request) => {
      seen.push(new URL(url).host)
      return Response.json({ id: 'cus_1', object: 'customer' })
    }
    const stripe = await stripeOf({ environment, ports: { fetch, secrets } })
    await stripe.customers.retrieve('cus_1')
    return seen
  }

  it.each([
    ['local', 'http://127.0.0.1:12111', '127.0.0.1:12111'],
    ['local', 'http://localhost:12111', 'localhost:12111'],
    ['local', '', 'api.stripe.com'],
    ['local', 'https://stripe.example', 'api.stripe.com'],
    ['local', 'http://10.0.0.1:12111', 'api.stripe.com'],
    ['sandbox', 'http://127.0.0.1:12111', 'api.stripe.com'],
    ['production', 'http://127.0.0.1:12111', 'api.stripe.com'],
  ] as const)('in %s with %s: %s', async (environment, base, host) => {
    expect(await hostOf(environment, base)).toEqual([host])
  })
})
