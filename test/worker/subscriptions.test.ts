import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { bodyOf, clockAt, OPENING, openStorefront, type Storefront } from '../support/storefront.ts'

let store: Storefront

beforeEach(async () => {
  store = await openStorefront()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('taking a plan', () => {
  it('answers the subscription as it is from then on', async () => {
    const { status, body, headers } = await store.take({
      planId: 'pro',
      chargePeriod: 'monthly',
      metadata: { crm: 7 },
    })
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.stringMatching(/^sub_/),
      customerId: 'acme',
      planId: 'pro',
      chargePeriod: 'monthly',
      quantity: 1,
      status: 'active',
      startAt: OPENING,
      anchorAt: OPENING,
      currentPeriod: { startAt: OPENING, endAt: '2026-02-28T10:00:00.000Z' },
      trialEndAt: null,
      grace: null,
      pendingChange: null,
      cancelAt: null,
      endedAt: null,
      endedBecause: null,
      provider: null,
      metadata: { crm: 7 },
      createdAt: OPENING,
      revision: expect.any(Number),
      propagation: 'done',
      consistencyToken: expect.any(String),
    })
    expect(headers.get('Consistency-Token')).toBe(body.consistencyToken)
    expect(await bodyOf(store.api.get(`/subscriptions/${body.id}`))).toEqual(
      expect.objectContaining({ id: body.id, status: 'active' }),
    )
  })

  it('gives access at once, also to a customer who was refused a moment ago', async () => {
    expect(await store.accessTo('sso')).toBe('no_subscription')
    await store.monthlyPro()
    expect(await store.accessTo('sso')).toBe('enabled')
  })

  it('that has a trial begins with it, once for each customer', async () => {
    const first = await bodyOf(store.take({ planId: 'trialled' }))
    expect(first).toMatchObject({ status: 'trialing', trialEndAt: '2026-02-14T10:00:00.000Z' })
    expect(first.anchorAt).toBe(first.trialEndAt)
    await store.act(first.id, 'cancel', { when: 'now' })
    const second = await bodyOf(store.take({ planId: 'trialled' }))
    expect(second).toMatchObject({ status: 'active', trialEndAt: null })
    await store.act(second.id, 'cancel', { when: 'now' })
    const third = await store.take({ planId: 'trialled', trialDays: 7 })
    expect(third.body).toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/trialDays' }],
    })
  })

  it('may begin in the past or in the future', async () => {
    const scheduled = await bodyOf(
      store.take({ planId: 'starter', startAt: '2026-03-01T00:00:00Z' }),
    )
    expect(scheduled).toMatchObject({ status: 'scheduled', currentPeriod: null })
    await store.act(scheduled.id, 'cancel', { when: 'now' })
    const running = await bodyOf(store.take({ planId: 'starter', startAt: '2025-12-15T00:00:00Z' }))
    expect(running.currentPeriod.startAt).toBe('2026-01-15T00:00:00.000Z')
  })

  it('a second time under the same idempotency key is the first', async () => {
    const body = { planId: 'starter' }
    const key = { 'Idempotency-Key': 'order-1' }
    const first = await store.api.post('/customers/acme/subscriptions', body, key)
    const again = await store.api.post('/customers/acme/subscriptions', body, key)
    expect(again.status).toBe(201)
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    expect(again.body.id).toBe(first.body.id)
    const other = await store.api.post('/customers/acme/subscriptions', { planId: 'pro' }, key)
    expect(other.body.code).toBe('idempotency_key_reused')
  })

  it('sent three times at once under the same idempotency key is one, and each hears of it', async () => {
    const take = () =>
      store.api.post(
        '/customers/acme/subscriptions',
        { planId: 'starter' },
        { 'Idempotency-Key': 'order-2' },
      )
    const replies = await Promise.all([take(), take(), take()])
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 201])
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1)
  })

  test.each([
    ['an unknown plan', { planId: 'startr' }, 422, 'unknown_reference', "Did you mean 'starter'?"],
    [
      'no charge period where the plan has several',
      { planId: 'pro' },
      422,
      'price_missing',
      'say which',
    ],
    [
      'a charge period that the plan has not',
      { planId: 'starter', chargePeriod: 'yearly' },
      422,
      'price_missing',
      'no yearly price. It has: monthly.',
    ],
    [
      'a charge period of a free plan',
      { planId: 'free', chargePeriod: 'monthly' },
      422,
      'price_missing',
      'It is free of charge: leave chargePeriod out.',
    ],
    [
      'several of a base plan',
      { planId: 'starter', quantity: 2 },
      422,
      'quantity_not_allowed',
      'leave quantity out',
    ],
    [
      'a start too far away',
      { planId: 'starter', startAt: '2036-03-01T00:00:00Z' },
      400,
      'invalid_request',
      'ten years',
    ],
    [
      'a field that nobody knows',
      { planId: 'starter', plan: 1 },
      400,
      'invalid_request',
      'no such field',
    ],
  ])('with %s is refused', async (_, body, status, code, hint) => {
    const answer = await store.take(body)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(JSON.stringify(answer.body)).toContain(hint)
    expect((await store.api.get('/customers/acme/subscriptions')).body.data).toEqual([])
  })

  it('that is archived is refused, though it stays valid where it is held', async () => {
    const { id } = await store.taken({ planId: 'trialled' })
    const archived = await store.api.delete('/plans/trialled')
    expect(archived.status).toBe(200)
    expect((await store.act(id, 'change', { planId: 'trialled' })).code).toBe(200)
    await bodyOf(store.api.put('/customers/other', {}))
    const { body } = await store.take({ planId: 'trialled' }, 'other')
    expect(body).toMatchObject({
      code: 'unknown_reference',
      detail: expect.stringContaining('archived'),
    })
  })

  it('of an unknown customer is refused', async () => {
    const { status, body } = await store.take({ planId: 'starter' }, 'nobody')
    expect([status, body.code]).toEqual([404, 'customer_not_found'])
  })

  it('of an archived customer is refused until it is put again', async () => {
    await bodyOf(store.api.delete('/customers/acme'))
    expect((await store.take({ planId: 'starter' })).body.code).toBe('unknown_reference')
    await bodyOf(store.api.put('/customers/acme', {}))
    expect((await store.take({ planId: 'starter' })).status).toBe(201)
  })

  it('is bounded to twenty running subscriptions', async () => {
    for (let count = 0; count < 20; count++) await store.taken({ planId: 'seats' })
    const { status, body } = await store.take({ planId: 'seats' })
    expect([status, body.code]).toEqual([400, 'invalid_request'])
  })
})

describe('one base plan at a time', () => {
  it('refuses a second one, names the first, and takes add-ons', async () => {
    const { id } = await store.monthlyPro()
    const { status, body } = await store.take({ planId: 'starter' })
    expect([status, body.code]).toEqual([409, 'base_subscription_exists'])
    expect(body.detail).toContain(id)
    expect(await store.taken({ planId: 'seats', quantity: 3 })).toMatchObject({ quantity: 3 })
  })

  it('holds however many ask for one at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 3 }, () => store.take({ planId: 'starter' })),
    )
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409])
  })

  it('lets the next begin where the last ends, and not before', async () => {
    const { id } = await store.monthlyPro()
    await store.act(id, 'cancel', { at: '2026-02-20T00:00:00Z' })
    const early = await store.take({ planId: 'starter', startAt: '2026-02-19T23:59:59.999Z' })
    expect(early.body.code).toBe('base_subscription_exists')
    await store.taken({ planId: 'starter', startAt: '2026-02-20T00:00:00Z' })
    expect(await store.act(id, 'undo')).toMatchObject({ code: 'base_subscription_exists' })
  })

  it('keeps a late payment from bringing back what has been replaced', async () => {
    const { id } = await store.monthlyPro()
    await store.act(id, 'payment-failed')
    clockAt('2026-02-10T00:00:00Z')
    await store.taken({ planId: 'starter' })
    expect(await store.act(id, 'payment-succeeded')).toMatchObject({
      code: 'base_subscription_exists',
    })
  })
})

describe('lists', () => {
  it('show the newest first, page by page', async () => {
    const ids: string[] = []
    for (let count = 0; count < 3; count++) {
      clockAt(`2026-02-0${count + 1}T00:00:00Z`)
      ids.unshift((await store.taken({ planId: 'seats' })).id)
    }
    const first = await bodyOf(store.api.get('/customers/acme/subscriptions?pageSize=2'))
    const rest = await bodyOf(
      store.api.get(`/customers/acme/subscriptions?pageSize=2&cursor=${first.nextCursor}`),
    )
    const all = [...first.data, ...rest.data].map(({ id }: { readonly id: string }) => id)
    expect([all, rest.nextCursor]).toEqual([ids, null])
  })

  it('filter by plan and status', async () => {
    const pro = await store.monthlyPro()
    const seats = await store.taken({ planId: 'seats' })
    await store.act(seats.id, 'pause')
    const idsOf = async (query: string) =>
      (await bodyOf(store.api.get(`/subscriptions?${query}`))).data.map(
        ({ id }: { readonly id: string }) => id,
      )
    expect(await idsOf('planId=pro')).toEqual([pro.id])
    expect(await idsOf('status=paused')).toEqual([seats.id])
    expect(await idsOf('status=paused&planId=pro')).toEqual([])
  })

  it('of an unknown customer are not found', async () => {
    expect((await store.api.get('/customers/nobody/subscriptions')).status).toBe(404)
  })
})

it('answers 304 until time or a change makes it another', async () => {
  const { id } = await store.monthlyPro()
  const { headers } = await store.api.get(`/subscriptions/${id}`)
  const known = { 'If-None-Match': headers.get('ETag')! }
  expect((await store.api.get(`/subscriptions/${id}`, known)).status).toBe(304)
  clockAt('2026-02-28T10:00:00Z')
  expect((await store.api.get(`/subscriptions/${id}`, known)).status).toBe(200)
})
