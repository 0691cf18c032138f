import { describe, expect, it } from 'vitest'
import { openStory, service } from './stripe-story.ts'

const { double } = service
const DAY_S = 86_400

const ask = (body: object) =>
  service.send('POST', '/checkout/sessions', {
    planId: 'starter',
    chargePeriod: 'monthly',
    successUrl: 'https://app.example/thanks?session={CHECKOUT_SESSION_ID}',
    ...body,
  })

describe('a checkout page of Stripe’s', () => {
  it('says who buys what, and knows whom Stripe knows already', async () => {
    const story = await openStory('page')
    await service.send('PUT', '/customers/page', { email: 'page@example.com' })
    await ask({ customerId: 'page' })
    const { sessions, customers: none } = await double.state()
    expect(none).toEqual([])
    expect(sessions).toMatchObject([
      {
        mode: 'subscription',
        customer: null,
        customer_email: 'page@example.com',
        amount_total: 1000,
        metadata: { sluice_customer: 'page' },
      },
    ])
    await story.buys('starter')
    const { customers } = await double.state()
    expect(customers).toHaveLength(1)
    await story.buys('more-seats', { quantity: 3 })
    const after = await double.state()
    expect(after.customers).toHaveLength(1)
    expect(await story.billed()).toMatchObject({ quantity: 3, customer: customers[0].id })
  })

  it('makes the customer whom nobody has named, once it is paid', async () => {
    await openStory('nobody')
    const { body: session } = await ask({})
    const { sessions } = await double.state()
    await double.command('pay', { session: sessions[0].id })
    expect(await double.command('settle')).toEqual({ left: 0 })
    const { body } = await service.send('GET', `/checkout/sessions/${session.id}`)
    expect(body).toMatchObject({ status: 'completed', subscriptionId: expect.any(String) })
    const access = `/access?customerId=${body.customerId}&featureId=api-calls`
    expect((await service.send('GET', access)).body).toMatchObject({ hasAccess: true })
  })

  it('opens for whom another account of Stripe’s had known', async () => {
    const story = await openStory('moved-account')
    await story.buys('starter')
    await double.command('reset')
    const { status } = await ask({ customerId: 'moved-account', planId: 'pro' })
    expect(status).toBe(201)
  })

  it('that nobody pays on leaves nothing, on either side', async () => {
    await openStory('abandoned')
    const { body: session } = await ask({ customerId: 'abandoned' })
    const { status } = await service.send('POST', `/checkout/sessions/${session.id}/expire`)
    expect(status).toBe(200)
    const { sessions, customers, subscriptions } = await double.state()
    expect(sessions).toMatchObject([{ status: 'expired' }])
    expect([customers, subscriptions]).toEqual([[], []])
    expect((await service.send('GET', '/customers/abandoned')).status).toBe(404)
  })

  it('is completed by whichever event comes first', async () => {
    const story = await openStory('overtaken', { copies: 2, seed: 3, together: 2 })
    await story.buys('starter')
    expect(await story.view()).toMatchObject({ status: 'active', provider: { name: 'stripe' } })
    const rows = await service.rows(`SELECT id FROM subscriptions WHERE customer_id = 'overtaken'`)
    expect(rows).toHaveLength(1)
  })

  it('sells what is paid once, and takes it back when it is refunded', async () => {
    const story = await openStory('once')
    await story.buys('onboarding')
    expect(await story.access('seats')).toBe('within_limit')
    const intent = await story.reference()
    expect(intent).toMatch(/^pi_/)
    await double.command('refund', { intent, amount: 100 })
    await story.hears()
    expect(await story.access('seats')).toBe('within_limit')
    await double.command('refund', { intent })
    await story.hears()
    expect(await story.view()).toMatchObject({ status: 'ended', endedBecause: 'refunded' })
  })

  it('refunds what was paid once when that is decided here', async () => {
    const story = await openStory('once-ours')
    await story.buys('onboarding')
    await story.acts('refund', { full: true })
    expect((await double.state()).refunds).toMatchObject([{ amount: 9900 }])
  })
})

describe('a checkout of somebody who pays already', () => {
  it('goes up at once: one subscription is billed, the former is made good', async () => {
    const story = await openStory('page-up')
    await story.buys('starter')
    const former = await story.reference()
    const { id } = await story.view()
    await story.buys('pro')
    expect(await story.view()).toMatchObject({ id, planId: 'pro', status: 'active' })
    const { subscriptions } = await double.state()
    const statuses = subscriptions.map((each: { id: string; status: string }) => [
      each.id,
      each.status,
    ])
    expect(statuses).toEqual([
      [former, 'canceled'],
      [await story.reference(), 'active'],
    ])
  })

  it('goes down when the period ends, and pays nothing until then', async () => {
    const story = await openStory('page-down')
    await story.buys('pro')
    await story.buys('starter')
    expect(await story.view()).toMatchObject({
      planId: 'pro',
      status: 'active',
      pendingChange: { planId: 'starter' },
    })
    expect(await story.billed()).toMatchObject({ status: 'trialing', price: 'starter:monthly' })
    const paid = async () =>
      (await double.state()).invoices
        .filter(({ amount_due }: { amount_due: number }) => amount_due > 0)
        .map(({ amount_due }: { amount_due: number }) => amount_due)
    expect(await paid()).toEqual([5000])
    await story.passes(32)
    expect(await story.view()).toMatchObject({ planId: 'starter', status: 'active', grace: null })
    expect(await paid()).toEqual([5000, 1000])
  })

  it('that is taken back here costs what it did', async () => {
    const story = await openStory('page-back')
    await story.buys('pro')
    await story.buys('starter')
    await story.acts('undo')
    expect(await story.view()).toMatchObject({ planId: 'pro', pendingChange: null })
    expect(await story.billed()).toMatchObject({ status: 'trialing', price: 'pro:monthly' })
  })
})

describe('what is sold by hand in Stripe', () => {
  it('to a customer of ours is had at once, and followed from then on', async () => {
    const story = await openStory('by-hand')
    await ask({ planId: 'pro' })
    await double.command('sell', { price: 'pro:monthly', customer: 'by-hand' })
    await story.hears()
    expect(await story.access('sso')).toBe('enabled')
    const { body } = await service.send('GET', '/customers/by-hand/subscriptions')
    expect(body.data).toMatchObject([{ planId: 'pro', provider: { name: 'stripe' } }])
    await double.command('cancel', { subscription: body.data[0].provider.reference })
    await story.hears()
    expect(await story.access('sso')).toBe('subscription_ended')
  })

  it('on trial is on trial for as long', async () => {
    const story = await openStory('by-hand-trial')
    await ask({ planId: 'pro' })
    const { now } = await double.state()
    const trialEnd = now + 10 * DAY_S + 7_777
    await double.command('sell', { price: 'pro:monthly', customer: 'by-hand-trial', trialEnd })
    await story.hears()
    const { body } = await service.send('GET', '/customers/by-hand-trial/subscriptions')
    const trialEndAt = new Date(trialEnd * 1000).toISOString()
    expect(body.data).toMatchObject([{ status: 'trialing', trialEndAt }])
  })
})

describe('a second trial that is sold by hand in Stripe', () => {
  it('gives access at once, without a trial of ours, and is billed when Stripe says', async () => {
    const story = await openStory('tried-twice')
    await story.buys('trialled')
    await story.acts('cancel', { when: 'now' })
    const { now } = await double.state()
    await double.command('sell', {
      price: 'trialled:monthly',
      customer: 'tried-twice',
      trialEnd: now + 10 * DAY_S,
    })
    await story.hears()
    const { body } = await service.send('GET', '/customers/tried-twice/subscriptions')
    expect(body.data[0]).toMatchObject({
      status: 'active',
      trialEndAt: null,
      currentPeriod: expect.anything(),
    })
    expect(await story.access('sso')).toBe('enabled')
    await story.passes(11)
    const { body: later } = await service.send('GET', '/customers/tried-twice/subscriptions')
    expect(later.data[0]).toMatchObject({ status: 'active', grace: null })
  })
})

describe('prices', () => {
  it('are made once, and anew once a plan costs something else; who pays the former goes on', async () => {
    const story = await openStory('prices')
    await story.buys('starter')
    await ask({})
    expect((await double.state()).prices).toHaveLength(1)
    const { body: plan } = await service.send('GET', '/plans/starter')
    const put = (amount: number) =>
      service.send('PATCH', '/plans/starter', {
        prices: [{ chargePeriod: 'monthly', amount, currency: 'USD' }],
      })
    await put(1500)
    await ask({})
    const { prices } = await double.state()
    expect(
      prices.map((each: { unit_amount: number; lookup_key: string | null }) => [
        each.unit_amount,
        each.lookup_key,
      ]),
    ).toEqual([
      [1000, null],
      [1500, 'starter:monthly'],
    ])
    await story.passes(31)
    expect(await story.view()).toMatchObject({ planId: 'starter', status: 'active' })
    await put(plan.prices[0].amount)
  })

  it('that somebody has made at Stripe are charged as they are', async () => {
    await openStory('own-price')
    await double.command('price', { key: 'starter:monthly', amount: 777 })
    await ask({})
    expect((await double.state()).sessions).toMatchObject([{ amount_total: 777 }])
  })
})

it('a page may be paid on for a day', async () => {
  await openStory('a-day')
  await ask({})
  const { sessions, now } = await double.state()
  expect(sessions[0].expires_at - now).toBeGreaterThan(DAY_S - 300)
  expect(sessions[0].expires_at - now).toBeLessThanOrEqual(DAY_S)
})
