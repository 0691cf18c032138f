import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { bodyOf, clockAt, openStorefront, type Storefront } from '../support/storefront.ts'
import { tell } from '../support/telling.ts'

const PRO = { planId: 'pro', chargePeriod: 'monthly', reference: 'bill_1' }

let store: Storefront

beforeEach(async () => {
  store = await openStorefront()
})

afterEach(() => {
  vi.useRealTimers()
})

const subscribed = (more: object = {}) =>
  tell('subscribed', { customerId: 'newcomer', ...PRO, ...more })

/** Everything that is written down of payments and decided about customers. */
async function everything() {
  const tables = ['payment_events', 'changes', 'subscriptions', 'customers'].map((table) =>
    env.DB.prepare(`SELECT * FROM ${table}`),
  )
  return (await env.DB.batch(tables)).map(({ results }) => results)
}

const heard = async () =>
  (await env.DB.prepare('SELECT kind, outcome FROM payment_events ORDER BY rowid').raw()).map(
    (row) => row.join(' '),
  )

const accessOf = async (customerId: string, featureId: string) =>
  (await store.api.get(`/access?customerId=${customerId}&featureId=${featureId}`)).body.reason

describe('a biller', () => {
  it('gives a customer whom nobody knew what was taken there', async () => {
    expect(await accessOf('newcomer', 'sso')).toBe('unknown_customer')
    const answer = await subscribed({ name: 'New & Co', email: 'ops@new.example' })
    expect(answer).toMatchObject({
      code: 201,
      outcome: 'applied',
      customerId: 'newcomer',
      planId: 'pro',
      status: 'active',
      provider: { name: 'generic', reference: 'bill_1' },
      propagation: 'done',
    })
    expect(await accessOf('newcomer', 'sso')).toBe('enabled')
    expect(await bodyOf(store.api.get('/customers/newcomer'))).toMatchObject({ name: 'New & Co' })
    const { data } = await bodyOf(store.api.get('/audit?actor=provider:generic'))
    expect(data).toMatchObject([
      { actor: { kind: 'provider', id: 'generic' }, action: 'subscriptions.create', before: null },
    ])
  })

  it('drives a subscription by its own name of it from the purchase to the refund', async () => {
    await subscribed()
    const about = { reference: 'bill_1' }
    clockAt('2026-02-28T10:00:05Z')
    const february = { startAt: '2026-02-28T10:00:00.000Z', endAt: '2026-03-31T10:00:00.000Z' }
    expect(await tell('payment_succeeded', { ...about, period: february })).toMatchObject({
      outcome: 'applied',
      currentPeriod: february,
    })
    clockAt('2026-03-31T10:00:00Z')
    expect(await tell('payment_failed', about)).toMatchObject({
      status: 'past_due',
      grace: { endsAt: '2026-04-03T10:00:00.000Z' },
    })
    clockAt('2026-04-03T10:00:00Z')
    expect(await accessOf('newcomer', 'sso')).toBe('grace_ended')
    expect(await tell('payment_succeeded', about)).toMatchObject({ status: 'active' })
    expect(await tell('changed', { ...about, planId: 'starter' })).toMatchObject({
      planId: 'starter',
    })
    expect(await tell('canceled', { ...about, when: 'period_end' })).toMatchObject({
      cancelAt: '2026-04-30T10:00:00.000Z',
    })
    expect(await tell('uncanceled', about)).toMatchObject({ cancelAt: null })
    expect(await tell('paused', about)).toMatchObject({ status: 'paused' })
    expect(await tell('resumed', about)).toMatchObject({ status: 'active' })
    expect(await tell('refunded', { ...about, full: true })).toMatchObject({
      status: 'ended',
      endedBecause: 'refunded',
    })
    expect((await heard()).every((row) => row.endsWith(' applied'))).toBe(true)
  })

  it('names a subscription by Sluice’s id as well', async () => {
    const { id } = await store.monthlyPro()
    expect(await tell('payment_failed', { subscriptionId: id })).toMatchObject({
      status: 'past_due',
    })
  })

  it('takes over a base subscription that nobody bills, with what was used of it', async () => {
    const { id } = await store.taken({ planId: 'free' })
    const usage = { customerId: 'acme', featureId: 'api-calls', behaviour: 'set', value: 7 }
    await bodyOf(store.api.post('/usage', usage))
    await store.act(id, 'pause')
    const answer = await tell('subscribed', { customerId: 'acme', ...PRO })
    expect(answer).toMatchObject({
      id,
      planId: 'pro',
      status: 'active',
      provider: { name: 'generic' },
    })
    const { body } = await store.api.get('/access?customerId=acme&featureId=api-calls')
    expect(body).toMatchObject({ used: 7, balance: 993 })
  })

  it('sells add-ons beside the plan', async () => {
    await subscribed()
    const seats = { planId: 'seats', quantity: 3, reference: 'bill_2' }
    expect(await subscribed(seats)).toMatchObject({ code: 201, quantity: 3 })
    expect(
      await tell('changed', { reference: 'bill_2', planId: 'seats', quantity: 5 }),
    ).toMatchObject({
      quantity: 5,
    })
    const { data } = await bodyOf(store.api.get('/customers/newcomer/subscriptions'))
    expect(data).toHaveLength(2)
  })

  it('begins with a trial, into grace until it says whether it was paid', async () => {
    const trial = { customerId: 'newcomer', planId: 'trialled', reference: 'bill_1' }
    expect(await tell('subscribed', trial)).toMatchObject({ status: 'trialing' })
    clockAt('2026-02-14T10:00:00Z')
    expect(await bodyOf(store.api.get('/customers/newcomer/subscriptions'))).toMatchObject({
      data: [{ status: 'past_due', grace: { startedAt: '2026-02-14T10:00:00.000Z' } }],
    })
    expect(await tell('payment_succeeded', { reference: 'bill_1' })).toMatchObject({
      status: 'active',
      anchorAt: '2026-02-14T10:00:00.000Z',
    })
  })
})

describe('what a biller tells', () => {
  it('has one effect however often it is told', async () => {
    const told = { customerId: 'newcomer', ...PRO }
    const first = await tell('subscribed', told, { id: 'msg_1' })
    const before = await everything()
    const again = await tell('subscribed', told, { id: 'msg_1' })
    expect(again).toMatchObject({
      code: 200,
      duplicate: true,
      outcome: 'applied',
      customerId: 'newcomer',
      subscriptionId: first.id,
    })
    expect(await everything()).toEqual(before)
  })

  it('has one effect when it is told many times at once', async () => {
    await subscribed()
    const all = await Promise.all(
      Array.from({ length: 8 }, () =>
        tell('payment_failed', { reference: 'bill_1' }, { id: 'msg_1' }),
      ),
    )
    expect(all.map(({ code }) => code)).toEqual(all.map(() => 200))
    expect(all.filter(({ duplicate }) => duplicate !== true)).toHaveLength(1)
    expect(await heard()).toEqual(['subscribed applied', 'payment_failed applied'])
  })

  it('gives one subscription when a purchase is told many times at once, also by other events', async () => {
    const told = { customerId: 'newcomer', ...PRO }
    const ids = ['msg_1', 'msg_1', 'msg_1', 'msg_2', 'msg_3']
    const all = await Promise.all(ids.map((id) => tell('subscribed', told, { id })))
    expect(all.every(({ code }) => code < 300)).toBe(true)
    const { data } = await bodyOf(store.api.get('/customers/newcomer/subscriptions'))
    expect(data).toHaveLength(1)
    expect((await heard()).toSorted()).toEqual([
      'subscribed applied',
      'subscribed no_effect',
      'subscribed no_effect',
    ])
  })

  it('never undoes what happened later', async () => {
    await subscribed()
    clockAt('2026-02-02T00:00:00Z')
    const about = { reference: 'bill_1' }
    const paid = await tell('payment_succeeded', about, { timestamp: '2026-02-01T12:00:00Z' })
    expect(paid).toMatchObject({ outcome: 'applied' })
    const failed = await tell('payment_failed', about, { timestamp: '2026-02-01T11:59:59.999Z' })
    expect(failed).toMatchObject({ code: 200, outcome: 'late', status: 'active' })
    expect(await heard()).toContain('payment_failed late')
  })

  it('is only compared with what the same provider has told', async () => {
    const { id } = await store.taken({
      planId: 'pro',
      chargePeriod: 'monthly',
      provider: { name: 'stripe', reference: 'sub_1' },
    })
    clockAt('2026-02-02T00:00:00Z')
    await store.act(id, 'payment-succeeded', { occurredAt: '2026-02-01T12:00:00Z' })
    const early = { timestamp: '2026-02-01T08:00:00Z' }
    expect(await tell('payment_failed', { subscriptionId: id }, early)).toMatchObject({
      outcome: 'applied',
      status: 'past_due',
    })
    const earlier = { timestamp: '2026-02-01T07:00:00Z' }
    expect(await tell('payment_succeeded', { subscriptionId: id }, earlier)).toMatchObject({
      outcome: 'late',
    })
  })

  it('of a purchase that is still on its way has to be told again', async () => {
    const early = await tell('payment_failed', { reference: 'bill_1' }, { id: 'msg_1' })
    expect(early).toMatchObject({ code: 'unavailable', status: 503 })
    expect(await heard()).toEqual([])
    await subscribed()
    expect(await tell('payment_failed', { reference: 'bill_1' }, { id: 'msg_1' })).toMatchObject({
      outcome: 'applied',
      status: 'past_due',
    })
  })

  it('of a second base plan waits until the first has ended', async () => {
    await subscribed()
    const second = { reference: 'bill_2', planId: 'starter', chargePeriod: 'monthly' }
    expect(await subscribed(second)).toMatchObject({
      code: 'base_subscription_exists',
      status: 409,
    })
    await tell('canceled', { reference: 'bill_1' })
    expect(await subscribed(second)).toMatchObject({ code: 201, planId: 'starter' })
  })

  it('of one that has ended is taken anew by the same name, and never by an older word of it', async () => {
    const first = await subscribed()
    clockAt('2026-02-02T00:00:00Z')
    await tell('canceled', { reference: 'bill_1' })
    const told = { customerId: 'newcomer', ...PRO }
    const old = await tell('subscribed', told, { timestamp: '2026-01-31T11:00:00Z' })
    expect(old).toMatchObject({ outcome: 'no_effect', id: first.id, status: 'ended' })
    clockAt('2026-02-03T00:00:00Z')
    const anew = await subscribed()
    expect(anew).toMatchObject({ code: 201, status: 'active' })
    expect(await tell('payment_failed', { reference: 'bill_1' })).toMatchObject({ id: anew.id })
  })

  it('is of one customer: nobody else takes over what goes by the same name', async () => {
    await subscribed()
    const stranger = await tell('subscribed', { customerId: 'stranger', ...PRO })
    expect(stranger).toMatchObject({ code: 'already_exists', status: 409 })
    expect((await store.api.get('/customers/stranger')).status).toBe(404)
  })

  it('of disputes and refunds in part is told on and has no effect', async () => {
    const { id } = await subscribed()
    const about = { reference: 'bill_1' }
    const disputed = await tell('disputed', { ...about, amount: 1000 })
    expect(disputed).toMatchObject({ code: 200, outcome: 'no_effect', status: 'active' })
    const refunded = await tell('refunded', { ...about, full: false, amount: 400 })
    expect(refunded).toMatchObject({ code: 200, outcome: 'no_effect', status: 'active' })
    const { results } = await env.DB.prepare(
      "SELECT type, data ->> 'amount' AS amount FROM events WHERE type LIKE 'subscription.%ed' ORDER BY n",
    ).all()
    expect(results.slice(-2)).toEqual([
      { type: 'subscription.disputed', amount: 1000 },
      { type: 'subscription.refunded', amount: 400 },
    ])
    const { data } = await bodyOf(store.api.get(`/audit?resource=subscriptions/${id}`))
    expect(data.slice(0, 2).map(({ action }: { action: string }) => action)).toEqual([
      'subscriptions.refund',
      'subscriptions.dispute',
    ])
  })

  it('that the lifecycle refuses is no failure of the biller', async () => {
    await subscribed()
    await tell('canceled', { reference: 'bill_1', when: 'now' })
    expect(await tell('payment_succeeded', { reference: 'bill_1' })).toMatchObject({
      code: 200,
      outcome: 'refused',
      status: 'ended',
    })
    expect(await heard()).toContain('payment_succeeded refused')
  })

  it('that is so already takes back nothing that is pending', async () => {
    await subscribed()
    const { id } = await tell('changed', {
      reference: 'bill_1',
      planId: 'starter',
      when: 'period_end',
    })
    const same = { reference: 'bill_1', planId: 'pro', chargePeriod: 'monthly' }
    expect(await tell('changed', same)).toMatchObject({ outcome: 'applied' })
    expect(await tell('uncanceled', { reference: 'bill_1' })).toMatchObject({
      outcome: 'applied',
    })
    expect(await bodyOf(store.api.get(`/subscriptions/${id}`))).toMatchObject({
      pendingChange: { planId: 'starter' },
    })
  })

  it('of a kind that nobody knows does no harm', async () => {
    const before = await everything()
    const answer = await tell('wallet_topped_up', { reference: 'bill_1', anything: [1] })
    expect(answer).toEqual({ code: 200, outcome: 'ignored' })
    expect(await everything()).toEqual(before)
  })
})
