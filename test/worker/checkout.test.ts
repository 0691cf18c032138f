import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  asked,
  countOf,
  given,
  opened,
  openShop,
  paid,
  press,
  sessionNow,
  sessionOf,
  subscriptionsOf,
} from '../support/checkout.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, idsOf, type Manager, manager } from '../support/manager.ts'

let api: Manager

beforeEach(async () => {
  await fresh()
  api = await manager()
  await openShop(api)
})

describe('a session that nobody pays', () => {
  it('says where to send the customer and leaves nothing but itself', async () => {
    const session = await opened(api, { customerId: 'acme' })
    expect(session).toMatchObject({
      status: 'open',
      url: `https://sluice.test/checkout/${session.id}`,
      customerId: 'acme',
      subscriptionId: null,
      consistencyToken: null,
      price: { amount: 9900, currency: 'USD' },
      provider: 'sandbox',
    })
    expect(session['hint']).toBeUndefined()
    expect(await press(api, session, 'decline')).toMatchObject({ status: 303 })
    expect(await press(api, session, 'fail')).toMatchObject({ status: 303 })
    expect(await countOf('customers')).toBe(0)
    expect(await countOf('subscriptions')).toBe(0)
  })

  it('expires by its date alone, and then sells nothing', async () => {
    const session = await opened(api, { customerId: 'acme' })
    await env.DB.prepare('UPDATE checkout_sessions SET expires_at = 5').run()
    expect(await sessionNow(api, session)).toMatchObject({ status: 'expired' })
    expect(await press(api, session, 'pay')).toMatchObject({ status: 409 })
    expect(await countOf('customers')).toBe(0)
  })

  it('is closed before its time, once and for all', async () => {
    const session = await opened(api)
    const path = `/v1/checkout/sessions/${session.id}/expire`
    expect((await expectOk(api.post(path, {}))).body).toMatchObject({ status: 'expired' })
    expect((await expectOk(api.post(path, {}))).body).toMatchObject({ status: 'expired' })
    expect(await press(api, session, 'pay')).toMatchObject({ status: 409 })
  })
})

describe('a payment', () => {
  it('makes the customer with everything that the plan gives', async () => {
    expect(await asked(api, 'acme', 'sso')).toMatchObject({ reason: 'unknown_customer' })
    const session = await paid(api, await opened(api, { customerId: 'acme', metadata: { a: 1 } }))
    expect(session).toMatchObject({ status: 'completed', customerId: 'acme' })
    expect(await asked(api, 'acme', 'sso')).toMatchObject({ hasAccess: true })
    expect(await asked(api, 'acme', 'sso', session.consistencyToken ?? '')).toMatchObject({
      hasAccess: true,
    })
    expect(await subscriptionsOf(api, 'acme')).toMatchObject([
      {
        id: session.subscriptionId,
        planId: 'pro',
        status: 'active',
        provider: { name: 'sandbox', reference: session.id },
        metadata: { a: 1 },
      },
    ])
  })

  it('without an id of the caller’s makes one customer, named after the session, and says what would be better', async () => {
    const session = await opened(api)
    expect(session['hint']).toContain('customerId')
    const [one] = await Promise.all([paid(api, session), paid(api, session), paid(api, session)])
    expect(one.customerId).toBe(session.id.replace('cs_', 'cus_'))
    expect(one['hint']).toContain('customerId')
    expect(await countOf('customers')).toBe(1)
    expect(await countOf('subscriptions')).toBe(1)
  })

  it('told again has the same outcome and no other effect', async () => {
    const session = await opened(api, { customerId: 'acme' })
    const first = await press(api, session, 'pay')
    const heard = await env.DB.prepare('SELECT kind, outcome FROM payment_events').all()
    expect(heard.results).toEqual([{ kind: 'checkout_completed', outcome: 'applied' }])
    const revision = await env.DB.prepare('SELECT revision FROM customers').first('revision')
    const again = await press(api, session, 'pay')
    expect(again.headers.get('Location')).toBe(first.headers.get('Location'))
    expect(await env.DB.prepare('SELECT revision FROM customers').first('revision')).toBe(revision)
    expect((await api.post(`/v1/checkout/sessions/${session.id}/expire`, {})).body).toMatchObject({
      code: 'session_closed',
    })
  })

  it('is in the log: who paid, and what came of it', async () => {
    const session = await paid(api, await opened(api, { customerId: 'acme' }))
    const { body } = await expectOk(api.get('/v1/audit?pageSize=3'))
    const entries = body['data'] as { action: string; actor: unknown; resource: string }[]
    const actor = { kind: 'checkout', id: session.id }
    expect(entries).toMatchObject([
      { action: 'checkout.complete', actor, resource: `checkout/sessions/${session.id}` },
      { action: 'subscriptions.create', actor },
      { action: 'checkout.create', actor: { kind: 'key' } },
    ])
  })

  it('is told: whom it made, what they took, and what they may do by it', async () => {
    await paid(api, await opened(api, { customerId: 'acme' }))
    const { results } = await env.DB.prepare('SELECT type FROM events ORDER BY n').all()
    const types = results.map(({ type }) => type)
    expect(types.filter((type) => type !== 'catalogue.published')).toEqual([
      'customer.created',
      'subscription.created',
      'subscription.started',
      'entitlement.granted',
    ])
  })

  it('that needs confirming takes a second step', async () => {
    const session = await opened(api, { customerId: 'acme' })
    const { headers } = await press(api, session, 'authenticate')
    expect(headers.get('Location')).toBe(`/checkout/${session.id}?step=authenticate`)
    expect(await countOf('customers')).toBe(0)
    expect(await press(api, session, 'approve')).toMatchObject({ status: 303 })
    expect(await asked(api, 'acme', 'sso')).toMatchObject({ hasAccess: true })
  })

  it('leads back with the session’s id and a token, keeping query and fragment', async () => {
    const successUrl = 'https://app.test/done?a=1&s={CHECKOUT_SESSION_ID}#top'
    const session = await opened(api, { customerId: 'acme', successUrl })
    const { headers } = await press(api, session, 'pay')
    const { consistencyToken } = await sessionNow(api, session)
    expect(headers.get('Location')).toBe(
      `https://app.test/done?a=1&s=${session.id}&consistencyToken=${consistencyToken}#top`,
    )
  })

  it('leads back in the way that a browser writes an address', async () => {
    const successUrl = ' https://app.test/für\n dich?q=日本#{CHECKOUT_SESSION_ID}'
    const session = await opened(api, { customerId: 'acme', successUrl })
    const { status, headers } = await press(api, session, 'pay')
    expect(status).toBe(303)
    expect(headers.get('Location')).toMatch(
      /^https:\/\/app\.test\/f%C3%BCr%20dich\?q=%E6%97%A5%E6%9C%AC&consistencyToken=[\w-]+#cs_\w+$/,
    )
  })

  it('honours what was offered, though the plan is archived, dearer, and the customer archived meanwhile', async () => {
    await expectOk(api.put('/v1/customers/acme', {}))
    const session = await opened(api, { customerId: 'acme' })
    await expectOk(api.patch('/v1/plans/pro', { prices: [] }))
    await expectOk(api.remove('/v1/customers/acme'))
    await expectOk(api.patch('/v1/plans/tried', { parentId: null }))
    await expectOk(api.patch('/v1/plans/given', { parentId: null }))
    await expectOk(api.patch('/v1/plans/deal', { parentId: null }))
    await expectOk(api.remove('/v1/plans/pro'))
    expect(await paid(api, session)).toMatchObject({ status: 'completed' })
    expect(await asked(api, 'acme', 'sso')).toMatchObject({ hasAccess: true })
    expect((await expectOk(api.get('/v1/customers/acme'))).body).toMatchObject({ archivedAt: null })
  })

  it('brings a customer who was archived meanwhile back into every list', async () => {
    await expectOk(api.put('/v1/customers/acme', {}))
    const allowance = { enabled: true }
    await expectOk(api.put('/v1/customers/acme/overrides/sso', { allowance, standalone: true }))
    const session = await opened(api, { customerId: 'acme' })
    await expectOk(api.remove('/v1/customers/acme'))
    await paid(api, session)
    for (const filter of ['planId=pro', 'status=active', 'overridden=true'])
      expect(idsOf(await expectOk(api.get(`/v1/customers?${filter}`)))).toEqual(['acme'])
  })
})

describe('a customer who has a base plan', () => {
  it('goes up at once, in the same subscription', async () => {
    await expectOk(api.put('/v1/customers/acme', {}))
    const { body } = await given(api, 'acme', { planId: 'starter' })
    const session = await paid(api, await opened(api, { customerId: 'acme' }))
    expect(session.subscriptionId).toBe(body['id'])
    expect(await subscriptionsOf(api, 'acme')).toMatchObject([{ planId: 'pro', status: 'active' }])
  })

  it('goes down at the end of the billing period, and keeps everything until then', async () => {
    await expectOk(api.put('/v1/customers/acme', {}))
    await given(api, 'acme', { planId: 'pro', chargePeriod: 'monthly' })
    await paid(api, await opened(api, { customerId: 'acme', planId: 'starter' }))
    const [one] = await subscriptionsOf(api, 'acme')
    expect(one).toMatchObject({ planId: 'pro', pendingChange: { planId: 'starter' } })
    expect(await asked(api, 'acme', 'sso')).toMatchObject({ hasAccess: true })
  })

  it('never has two, however many sessions are paid at the same instant', async () => {
    const sessions = await Promise.all(
      ['starter', 'pro', 'deal', 'starter'].map((planId) =>
        opened(api, { customerId: 'acme', planId }),
      ),
    )
    const ends = await Promise.all(sessions.map((session) => paid(api, session)))
    expect(await subscriptionsOf(api, 'acme')).toHaveLength(1)
    expect(new Set(ends.map(({ subscriptionId }) => subscriptionId)).size).toBe(1)
    expect(await countOf('customers')).toBe(1)
  })

  it('is not sold what they have', async () => {
    await paid(api, await opened(api, { customerId: 'acme' }))
    const again = await api.post('/v1/checkout/sessions', sessionOf({ customerId: 'acme' }))
    expect([again.status, again.body['code']]).toEqual([409, 'base_subscription_exists'])
  })

  it.each([
    ['that is unpaid: the debt is settled', [['payment-failed', {}]]],
    ['that is paused: the pause is over', [['pause', {}]]],
    ['that was to end: it stays', [['cancel', { at: '2099-01-01T00:00:00Z' }]]],
    [
      'that is unpaid and paused',
      [
        ['payment-failed', {}],
        ['pause', {}],
      ],
    ],
  ] as const)('may pay for the one %s', async (_, acts) => {
    const first = await paid(api, await opened(api, { customerId: 'acme' }))
    for (const [act, body] of acts)
      await expectOk(api.post(`/v1/subscriptions/${first.subscriptionId}/${act}`, body))
    await paid(api, await opened(api, { customerId: 'acme' }))
    expect(await subscriptionsOf(api, 'acme')).toMatchObject([
      { id: first.subscriptionId, status: 'active', grace: null, cancelAt: null },
    ])
  })

  it('who tries it pays from now on', async () => {
    await expectOk(api.put('/v1/customers/acme', {}))
    const { body } = await given(api, 'acme', {
      planId: 'pro',
      chargePeriod: 'monthly',
      trialDays: 14,
    })
    await paid(api, await opened(api, { customerId: 'acme' }))
    const [one] = await subscriptionsOf(api, 'acme')
    expect(one).toMatchObject({ id: body['id'], status: 'active' })
    expect(Date.parse(String(one?.['anchorAt']))).toBeLessThanOrEqual(Date.now())
  })

  it('begins anew after the last one has ended', async () => {
    const first = await paid(api, await opened(api, { customerId: 'acme' }))
    await expectOk(api.post(`/v1/subscriptions/${first.subscriptionId}/cancel`, { when: 'now' }))
    await paid(api, await opened(api, { customerId: 'acme', planId: 'starter' }))
    const statuses = (await subscriptionsOf(api, 'acme')).map(({ status }) => status)
    expect(statuses).toEqual(['active', 'ended'])
  })

  it('that is still to begin keeps it', async () => {
    await expectOk(api.put('/v1/customers/acme', {}))
    const startAt = new Date(Date.now() + 864e5).toISOString()
    await given(api, 'acme', { planId: 'starter', startAt })
    const reply = await api.post('/v1/checkout/sessions', sessionOf({ customerId: 'acme' }))
    expect([reply.status, reply.body['code']]).toEqual([409, 'base_subscription_exists'])
  })

  it('who could not buy any more when they pay hears why, and pays nothing', async () => {
    const session = await opened(api, { customerId: 'acme' })
    await expectOk(api.put('/v1/customers/acme', {}))
    await given(api, 'acme', {
      planId: 'starter',
      startAt: new Date(Date.now() + 864e5).toISOString(),
    })
    const reply = await press(api, session, 'pay')
    expect(reply.status).toBe(409)
    expect(reply.body['text']).toContain('Nothing was charged')
    expect(await sessionNow(api, session)).toMatchObject({ status: 'open' })
  })
})

describe('an add-on', () => {
  it('is a subscription of its own each time, in the quantity that was bought', async () => {
    await paid(api, await opened(api, { customerId: 'acme', planId: 'starter' }))
    for (const quantity of [2, 3])
      await paid(api, await opened(api, { customerId: 'acme', planId: 'pack', quantity }))
    const held = await subscriptionsOf(api, 'acme')
    expect(held.map(({ planId, quantity }) => [planId, quantity])).toEqual([
      ['pack', 3],
      ['pack', 2],
      ['starter', 1],
    ])
    expect(await asked(api, 'acme', 'api-calls')).toMatchObject({ limit: 1500 })
  })

  it('that is paid once is not tried first', async () => {
    const input = { customerId: 'acme', planId: 'pack', chargePeriod: 'one_time' }
    const session = await opened(api, input)
    expect(session['trialDays']).toBe(0)
    await paid(api, session)
    expect(await subscriptionsOf(api, 'acme')).toMatchObject([
      { status: 'active', currentPeriod: null, trialEndAt: null },
    ])
  })
})

describe('a trial', () => {
  it('begins at checkout, goes on into grace without a payment, and is had once', async () => {
    const session = await opened(api, { customerId: 'acme', planId: 'tried' })
    expect(session['trialDays']).toBe(14)
    const done = await paid(api, session)
    expect(await subscriptionsOf(api, 'acme')).toMatchObject([{ status: 'trialing' }])
    await expectOk(api.post(`/v1/subscriptions/${done.subscriptionId}/cancel`, { when: 'now' }))
    const again = await opened(api, { customerId: 'acme', planId: 'tried' })
    expect(again['trialDays']).toBe(0)
    await paid(api, again)
    expect((await subscriptionsOf(api, 'acme'))[0]).toMatchObject({ status: 'active' })
  })
})

describe('a plan with a trial', () => {
  it('is tried by nobody who changes to it from another', async () => {
    await paid(api, await opened(api, { customerId: 'acme', planId: 'starter' }))
    const session = await opened(api, { customerId: 'acme', planId: 'tried' })
    expect(session['trialDays']).toBe(0)
    await paid(api, session)
    expect(await subscriptionsOf(api, 'acme')).toMatchObject([
      { planId: 'tried', status: 'active', trialEndAt: null },
    ])
  })
})

describe('a plan that costs nothing', () => {
  it.each(['free', 'given'])('is had at once, without a page to pay on: %s', async (planId) => {
    const priced = planId === 'given' ? {} : { chargePeriod: undefined }
    const reply = await api.post(
      '/v1/checkout/sessions',
      sessionOf({ planId, customerId: 'acme', ...priced }),
      { 'Idempotency-Key': 'one' },
    )
    expect(reply.status).toBe(201)
    const { body } = reply
    expect(body).toMatchObject({ status: 'completed', provider: null, propagation: 'done' })
    expect(body['url']).toMatch(/^https:\/\/app\.test\/done\?consistencyToken=/)
    expect(await asked(api, 'acme', 'api-calls')).toMatchObject({ hasAccess: true })
    expect(await subscriptionsOf(api, 'acme')).toMatchObject([{ status: 'active', provider: null }])
    const again = await api.post(
      '/v1/checkout/sessions',
      sessionOf({ planId, customerId: 'acme', ...priced }),
      { 'Idempotency-Key': 'one' },
    )
    expect(again.body).toMatchObject({ id: body['id'], url: body['url'] })
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
  })
})

describe('a customer with a clock of its own', () => {
  it('buys at its own time, while the session goes by real time', async () => {
    const now = new Date(Date.now() + 300 * 864e5).toISOString()
    await expectOk(api.put('/v1/customers/acme', {}))
    await expectOk(api.put('/v1/sandbox/customers/acme/clock', { now }))
    const session = await paid(api, await opened(api, { customerId: 'acme' }))
    expect(Date.parse(String(session['completedAt']))).toBeLessThan(Date.now() + 1)
    const [one] = await subscriptionsOf(api, 'acme')
    expect(one).toMatchObject({ status: 'active', startAt: now })
    expect(await asked(api, 'acme', 'sso')).toMatchObject({ hasAccess: true })
    await expectOk(
      api.post(`/v1/sandbox/subscriptions/${session.subscriptionId}/payments`, {
        outcome: 'refunded',
      }),
    )
    expect(await asked(api, 'acme', 'sso')).toMatchObject({ reason: 'subscription_ended' })
  })
})
