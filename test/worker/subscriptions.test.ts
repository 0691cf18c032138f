import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import type { Api } from '../support/api.ts'
import { clockAt, bodyOf, OPENING, openStorefront } from '../support/storefront.ts'

let api: Api

beforeEach(async () => {
  api = await openStorefront()
})

afterEach(() => {
  vi.useRealTimers()
})

const take = (body: object, customerId = 'acme') =>
  api.post(`/customers/${customerId}/subscriptions`, body)

const taken = (body: object): Promise<{ readonly id: string }> => bodyOf(take(body))

const monthlyPro = () => taken({ planId: 'pro', chargePeriod: 'monthly' })

/** Does something to a subscription, and answers its body with the status code. */
async function act(id: string, action: string, body?: object) {
  const answer = await api.post(`/subscriptions/${id}/${action}`, body)
  return { code: answer.status, ...answer.body }
}

async function accessTo(featureId: string): Promise<string> {
  const { body } = await api.get(`/access?customerId=acme&featureId=${featureId}`)
  return body.reason
}

describe('taking a plan', () => {
  it('answers the subscription as it is from then on', async () => {
    const { status, body, headers } = await take({
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
    expect(await bodyOf(api.get(`/subscriptions/${body.id}`))).toEqual(
      expect.objectContaining({ id: body.id, status: 'active' }),
    )
  })

  it('gives access at once, also to a customer who was refused a moment ago', async () => {
    expect(await accessTo('sso')).toBe('no_subscription')
    await monthlyPro()
    expect(await accessTo('sso')).toBe('enabled')
  })

  it('that has a trial begins with it, once for each customer', async () => {
    const first = await bodyOf(take({ planId: 'trialled' }))
    expect(first).toMatchObject({ status: 'trialing', trialEndAt: '2026-02-14T10:00:00.000Z' })
    expect(first.anchorAt).toBe(first.trialEndAt)
    await act(first.id, 'cancel', { when: 'now' })
    const second = await bodyOf(take({ planId: 'trialled' }))
    expect(second).toMatchObject({ status: 'active', trialEndAt: null })
    await act(second.id, 'cancel', { when: 'now' })
    const third = await take({ planId: 'trialled', trialDays: 7 })
    expect(third.body).toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/trialDays' }],
    })
  })

  it('may begin in the past or in the future', async () => {
    const scheduled = await bodyOf(take({ planId: 'starter', startAt: '2026-03-01T00:00:00Z' }))
    expect(scheduled).toMatchObject({ status: 'scheduled', currentPeriod: null })
    await act(scheduled.id, 'cancel', { when: 'now' })
    const running = await bodyOf(take({ planId: 'starter', startAt: '2025-12-15T00:00:00Z' }))
    expect(running.currentPeriod.startAt).toBe('2026-01-15T00:00:00.000Z')
  })

  it('a second time under the same idempotency key is the first', async () => {
    const body = { planId: 'starter' }
    const key = { 'Idempotency-Key': 'order-1' }
    const first = await api.post('/customers/acme/subscriptions', body, key)
    const again = await api.post('/customers/acme/subscriptions', body, key)
    expect(again.status).toBe(201)
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    expect(again.body.id).toBe(first.body.id)
    const other = await api.post('/customers/acme/subscriptions', { planId: 'pro' }, key)
    expect(other.body.code).toBe('idempotency_key_reused')
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
      'no yearly price',
    ],
    [
      'a charge period of a free plan',
      { planId: 'free', chargePeriod: 'monthly' },
      422,
      'price_missing',
      'no monthly price',
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
    const answer = await take(body)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(JSON.stringify(answer.body)).toContain(hint)
    expect((await api.get('/customers/acme/subscriptions')).body.data).toEqual([])
  })

  it('that is archived is refused, though it stays valid where it is held', async () => {
    const { id } = await taken({ planId: 'trialled' })
    const archived = await api.delete('/plans/trialled')
    expect(archived.status).toBe(200)
    expect((await act(id, 'change', { planId: 'trialled' })).code).toBe(200)
    await bodyOf(api.put('/customers/other', {}))
    const { body } = await take({ planId: 'trialled' }, 'other')
    expect(body).toMatchObject({
      code: 'unknown_reference',
      detail: expect.stringContaining('archived'),
    })
  })

  it('of an unknown customer is refused', async () => {
    const { status, body } = await take({ planId: 'starter' }, 'nobody')
    expect([status, body.code]).toEqual([404, 'customer_not_found'])
  })

  it('of an archived customer is refused until it is put again', async () => {
    await bodyOf(api.delete('/customers/acme'))
    expect((await take({ planId: 'starter' })).body.code).toBe('unknown_reference')
    await bodyOf(api.put('/customers/acme', {}))
    expect((await take({ planId: 'starter' })).status).toBe(201)
  })

  it('is bounded to twenty running subscriptions', async () => {
    for (let count = 0; count < 20; count++) await taken({ planId: 'seats' })
    const { status, body } = await take({ planId: 'seats' })
    expect([status, body.code]).toEqual([400, 'invalid_request'])
  })
})

describe('one base plan at a time', () => {
  it('refuses a second one, names the first, and takes add-ons', async () => {
    const { id } = await monthlyPro()
    const { status, body } = await take({ planId: 'starter' })
    expect([status, body.code]).toEqual([409, 'base_subscription_exists'])
    expect(body.detail).toContain(id)
    expect(await taken({ planId: 'seats', quantity: 3 })).toMatchObject({ quantity: 3 })
  })

  it('holds however many ask for one at once', async () => {
    const answers = await Promise.all(Array.from({ length: 3 }, () => take({ planId: 'starter' })))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409])
  })

  it('lets the next begin where the last ends, and not before', async () => {
    const { id } = await monthlyPro()
    await act(id, 'cancel', { at: '2026-02-20T00:00:00Z' })
    const early = await take({ planId: 'starter', startAt: '2026-02-19T23:59:59.999Z' })
    expect(early.body.code).toBe('base_subscription_exists')
    await taken({ planId: 'starter', startAt: '2026-02-20T00:00:00Z' })
    expect(await act(id, 'undo')).toMatchObject({ code: 'base_subscription_exists' })
  })

  it('keeps a late payment from bringing back what has been replaced', async () => {
    const { id } = await monthlyPro()
    await act(id, 'payment-failed')
    clockAt('2026-02-10T00:00:00Z')
    await taken({ planId: 'starter' })
    expect(await act(id, 'payment-succeeded')).toMatchObject({ code: 'base_subscription_exists' })
  })
})

describe('what happens to a subscription', () => {
  it('goes up now and down at the end of the period', async () => {
    const { id } = await taken({ planId: 'starter' })
    expect(await act(id, 'change', { planId: 'pro' })).toMatchObject({ code: 200, planId: 'pro' })
    expect(await accessTo('sso')).toBe('enabled')
    const down = await act(id, 'change', { planId: 'starter' })
    expect(down).toMatchObject({
      planId: 'pro',
      pendingChange: { planId: 'starter', chargePeriod: 'monthly', at: '2026-02-28T10:00:00.000Z' },
    })
    clockAt('2026-02-28T09:59:59.999Z')
    expect(await accessTo('sso')).toBe('enabled')
    clockAt('2026-02-28T10:00:00.000Z')
    expect(await accessTo('sso')).toBe('not_in_plan')
    expect(await bodyOf(api.get(`/subscriptions/${id}`))).toMatchObject({ planId: 'starter' })
  })

  it('keeps access until it is cancelled, which can be undone until then', async () => {
    const { id } = await monthlyPro()
    expect(await act(id, 'cancel')).toMatchObject({ cancelAt: '2026-02-28T10:00:00.000Z' })
    expect(await act(id, 'undo')).toMatchObject({ cancelAt: null, status: 'active' })
    await act(id, 'cancel', { when: 'period_end' })
    clockAt('2026-02-28T10:00:00.000Z')
    expect(await accessTo('sso')).toBe('subscription_ended')
    expect(await act(id, 'undo')).toMatchObject({ code: 'transition_refused', allowedActions: [] })
  })

  it('survives a failed payment for the plan’s grace, and comes back when paid', async () => {
    const { id } = await monthlyPro()
    expect(await act(id, 'payment-failed')).toMatchObject({
      status: 'past_due',
      grace: { startedAt: OPENING, endsAt: '2026-02-03T10:00:00.000Z' },
    })
    clockAt('2026-02-03T09:59:59.999Z')
    expect(await accessTo('sso')).toBe('enabled')
    clockAt('2026-02-03T10:00:00.000Z')
    expect(await accessTo('sso')).toBe('grace_ended')
    expect(await act(id, 'payment-succeeded')).toMatchObject({
      status: 'active',
      anchorAt: OPENING,
    })
    expect(await accessTo('sso')).toBe('enabled')
  })

  it('keeps what was used while it had lapsed, though it is cancelled for later', async () => {
    const { id } = await monthlyPro()
    const usage = { customerId: 'acme', featureId: 'api-calls', behaviour: 'set', value: 5 }
    await bodyOf(api.post('/usage', usage))
    await act(id, 'cancel', { at: '2026-02-20T00:00:00Z' })
    await act(id, 'payment-failed')
    clockAt('2026-02-05T00:00:00Z')
    const kit = await taken({ planId: 'seats' })
    await act(kit.id, 'cancel', { when: 'now' })
    await env.DB.prepare("UPDATE subscriptions SET status = 'ended'").run()
    await bodyOf(api.put('/customers/acme/overrides/sso', { allowance: { enabled: true } }))
    expect(await accessTo('api-calls')).toBe('subscription_ended')
    expect(await act(id, 'payment-succeeded')).toMatchObject({ status: 'active' })
    const { body } = await api.get('/access?customerId=acme&featureId=api-calls')
    expect(body).toMatchObject({ used: 5, balance: 995 })
  })

  it('has the customer’s grace before the plan’s, and the plan’s before the deployment’s', async () => {
    const { id } = await taken({ planId: 'starter' })
    expect((await act(id, 'payment-failed')).grace.endsAt).toBe('2026-02-07T10:00:00.000Z')
    await act(id, 'payment-succeeded')
    await bodyOf(api.put('/customers/acme', { graceDays: 1 }))
    expect((await act(id, 'payment-failed')).grace.endsAt).toBe('2026-02-01T10:00:00.000Z')
  })

  it('ends at once when refunded, and for good', async () => {
    const { id } = await monthlyPro()
    expect(await act(id, 'refund', { full: true })).toMatchObject({
      status: 'ended',
      endedBecause: 'refunded',
      endedAt: OPENING,
      currentPeriod: null,
    })
    expect(await accessTo('sso')).toBe('subscription_ended')
    expect(await act(id, 'payment-succeeded')).toMatchObject({ code: 'transition_refused' })
  })

  it('pauses and resumes', async () => {
    const { id } = await monthlyPro()
    expect(await act(id, 'pause')).toMatchObject({ status: 'paused' })
    expect(await accessTo('sso')).toBe('paused')
    expect(await act(id, 'resume')).toMatchObject({ status: 'active' })
    expect(await accessTo('sso')).toBe('enabled')
  })

  it('ends its trial early and is pinned there', async () => {
    const { id } = await taken({
      planId: 'trialled',
      provider: { name: 'stripe', reference: 'si_1' },
    })
    clockAt('2026-02-02T00:00:00Z')
    expect(await act(id, 'end-trial')).toMatchObject({
      status: 'past_due',
      anchorAt: '2026-02-02T00:00:00.000Z',
    })
    expect(await act(id, 'payment-succeeded')).toMatchObject({ status: 'active' })
  })

  it('takes a provider’s dates for its own when it renews', async () => {
    const { id } = await monthlyPro()
    await act(id, 'cancel')
    const period = { startAt: '2026-01-31T12:00:00.000Z', endAt: '2026-02-28T12:00:00.000Z' }
    expect(await act(id, 'renew', { period })).toMatchObject({ cancelAt: period.endAt })
    clockAt('2026-02-28T11:00:00Z')
    expect(await bodyOf(api.get(`/subscriptions/${id}`))).toMatchObject({
      status: 'active',
      currentPeriod: period,
    })
    expect(
      await act(id, 'renew', { period: { startAt: period.endAt, endAt: period.startAt } }),
    ).toMatchObject({
      code: 'invalid_request',
    })
  })

  it('names what is allowed instead when it refuses', async () => {
    const { id } = await monthlyPro()
    const refused = await api.post(`/subscriptions/${id}/resume`)
    expect(refused.status).toBe(409)
    expect(refused.body).toMatchObject({
      code: 'transition_refused',
      action: 'resume',
      subscriptionStatus: 'active',
      allowedActions: expect.arrayContaining(['change', 'cancel', 'pause']),
    })
  })

  it('offers now where there is no billing period to wait for', async () => {
    const { id } = await taken({ planId: 'free' })
    const refused = await api.post(`/subscriptions/${id}/cancel`)
    expect([refused.status, refused.body.code]).toEqual([409, 'transition_refused'])
    expect(refused.body.detail).toContain('{"when": "now"}')
  })

  it('never turns a base plan into an add-on', async () => {
    const { id } = await monthlyPro()
    expect(await act(id, 'change', { planId: 'seats' })).toMatchObject({ code: 'invalid_request' })
  })

  it('of an unknown id is not found', async () => {
    const { status, body } = await api.post('/subscriptions/sub_none/pause')
    expect([status, body.code]).toEqual([404, 'subscription_not_found'])
  })
})

describe('a provider’s events', () => {
  it('never undo a newer one, whatever the order in which they come', async () => {
    const { id } = await monthlyPro()
    clockAt('2026-02-02T00:00:00Z')
    await act(id, 'payment-succeeded', { occurredAt: '2026-02-01T12:00:00Z' })
    const late = await act(id, 'payment-failed', { occurredAt: '2026-02-01T11:00:00Z' })
    expect(late).toMatchObject({ code: 200, ignored: true, status: 'active' })
    const next = await act(id, 'payment-failed', { occurredAt: '2026-02-01T12:00:00Z' })
    expect(next).toMatchObject({ status: 'past_due' })
    expect(next.ignored).toBeUndefined()
  })

  it('that were delivered late start grace where the payment failed', async () => {
    const { id } = await monthlyPro()
    clockAt('2026-03-01T00:00:00Z')
    const failed = await act(id, 'payment-failed', { occurredAt: '2026-02-28T10:00:00Z' })
    expect(failed.grace.startedAt).toBe('2026-02-28T10:00:00.000Z')
  })

  it('that repeat themselves change nothing', async () => {
    const { id } = await monthlyPro()
    const first = await act(id, 'payment-failed')
    clockAt('2026-02-01T00:00:00Z')
    const second = await act(id, 'payment-failed')
    expect([second.revision, second.grace]).toEqual([first.revision, first.grace])
  })

  it('cannot come from the future', async () => {
    const { id } = await monthlyPro()
    const ahead = { occurredAt: '2026-01-31T10:05:00.001Z' }
    expect(await act(id, 'payment-failed', ahead)).toMatchObject({ code: 'invalid_request' })
  })
})

describe('lists', () => {
  it('show the newest first, page by page', async () => {
    const ids: string[] = []
    for (let count = 0; count < 3; count++) {
      clockAt(`2026-02-0${count + 1}T00:00:00Z`)
      ids.unshift((await taken({ planId: 'seats' })).id)
    }
    const first = await bodyOf(api.get('/customers/acme/subscriptions?pageSize=2'))
    const rest = await bodyOf(
      api.get(`/customers/acme/subscriptions?pageSize=2&cursor=${first.nextCursor}`),
    )
    const all = [...first.data, ...rest.data].map(({ id }: { readonly id: string }) => id)
    expect([all, rest.nextCursor]).toEqual([ids, null])
  })

  it('filter by plan and status', async () => {
    const pro = await monthlyPro()
    const seats = await taken({ planId: 'seats' })
    await act(seats.id, 'pause')
    const idsOf = async (query: string) =>
      (await bodyOf(api.get(`/subscriptions?${query}`))).data.map(
        ({ id }: { readonly id: string }) => id,
      )
    expect(await idsOf('planId=pro')).toEqual([pro.id])
    expect(await idsOf('status=paused')).toEqual([seats.id])
    expect(await idsOf('status=paused&planId=pro')).toEqual([])
  })

  it('of an unknown customer are not found', async () => {
    expect((await api.get('/customers/nobody/subscriptions')).status).toBe(404)
  })
})

it('answers 304 until time or a change makes it another', async () => {
  const { id } = await monthlyPro()
  const { headers } = await api.get(`/subscriptions/${id}`)
  const known = { 'If-None-Match': headers.get('ETag')! }
  expect((await api.get(`/subscriptions/${id}`, known)).status).toBe(304)
  clockAt('2026-02-28T10:00:00Z')
  expect((await api.get(`/subscriptions/${id}`, known)).status).toBe(200)
})
