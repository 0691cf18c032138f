import { beforeAll, describe, expect, it } from 'vitest'
import { DAY_MS } from '../../../entitlements/instant.ts'
import { type Api, apiWith } from '../../support/api.ts'
import { fresh } from '../../support/fresh.ts'
import { kelviqWith, type Send } from '../../support/kelviq.ts'

let api: Api
let kelviq: Send

const monthly = (amount: number) => [{ chargePeriod: 'monthly', amount, currency: 'USD' }]

beforeAll(async () => {
  await fresh()
  api = await apiWith('manage')
  kelviq = await kelviqWith('manage')
  await api.put('/features/calls', { type: 'meter', name: 'Calls' })
  await api.put('/features/sso', { type: 'boolean', name: 'SSO' })
  const calls = (limit: number) => ({ calls: { limit, reset: 'monthly' } })
  await api.put('/plans/free', { name: 'Free', rank: 1, allowances: calls(10) })
  await api.put('/plans/starter', {
    name: 'Starter',
    rank: 10,
    prices: monthly(1900),
    allowances: calls(100),
  })
  await api.put('/plans/pro', {
    name: 'Pro',
    rank: 20,
    prices: [...monthly(9900), { chargePeriod: 'half_yearly', amount: 50000, currency: 'USD' }],
    allowances: { ...calls(1000), sso: { enabled: true } },
  })
  await api.put('/plans/tried', {
    name: 'Tried',
    rank: 10,
    trialDays: 14,
    prices: monthly(500),
    allowances: calls(50),
  })
  await api.put('/plans/pack', {
    name: 'Pack',
    kind: 'addon',
    prices: monthly(100),
    allowances: calls(5),
  })
})

const create = (customerId: string, planIdentifier: string, fields: object = {}) =>
  kelviq('POST', '/subscriptions/create/', {
    customerId,
    planIdentifier,
    chargePeriod: 'MONTHLY',
    ...fields,
  })

/** A new customer on this plan; the subscription's id. */
async function holder(customerId: string, plan: string, fields: object = {}): Promise<string> {
  await api.put(`/customers/${customerId}`, {})
  const { status, body } = await create(customerId, plan, fields)
  expect([status, body.detail]).toEqual([201, undefined])
  return body.id
}

const access = async (customerId: string, featureId: string) =>
  (await api.get(`/access?customerId=${customerId}&featureId=${featureId}`)).body

const found = async (id: string) => (await kelviq('GET', `/subscriptions/${id}/`)).body

const day = (ahead: number) => new Date(Date.now() + ahead * DAY_MS).toISOString().slice(0, 10)

describe('a subscription', () => {
  it('is made for a customer, who has access at once, and is shown as Kelviq shows one', async () => {
    const id = await holder('made', 'pro', { charge_period: 'SIX_MONTHS', chargePeriod: undefined })
    expect(await access('made', 'sso')).toMatchObject({ hasAccess: true })
    const shown = await found(id)
    expect(shown).toMatchObject({
      id,
      externalSubscriptionId: null,
      startDate: day(0),
      endDate: null,
      amount: '500.00',
      currency: 'USD',
      status: 'active',
      product: 'Sluice',
      plan: { name: 'Pro', identifier: 'pro' },
      customerId: 'made',
      billingType: 'SUBSCRIPTION',
      recurrence: 'month',
      recurrenceUnit: 6,
      recurrenceType: 'MONTH',
      trialDaysRemaining: 0,
      files: [],
      links: [],
      license: [],
      canceledAt: null,
      cancellationReason: null,
    })
    expect(Date.parse(shown.billingPeriodEndTime)).toBeGreaterThan(
      Date.parse(shown.billingPeriodStartTime),
    )
    expect(shown.features).toMatchObject([
      {
        identifier: 'calls',
        featureType: 'METER',
        value: 1000,
        reset: 'EVERY_MONTH',
        hardLimit: true,
      },
      { identifier: 'sso', featureType: 'BOOLEAN', value: true },
    ])
  })

  it('of a plan without a price has no charge period, whatever is said', async () => {
    const id = await holder('freed', 'free', { chargePeriod: 'ONE_TIME' })
    expect(await found(id)).toMatchObject({
      amount: '0.00',
      currency: null,
      billingType: 'ONE_TIME',
      recurrence: '',
      recurrenceUnit: null,
      billingPeriodEndTime: null,
    })
    expect(await access('freed', 'calls')).toMatchObject({ limit: 10 })
  })

  it('of an add-on is bought by the units that it gives', async () => {
    const id = await holder('packed', 'pack', { features: [{ identifier: 'calls', quantity: 20 }] })
    expect(await access('packed', 'calls')).toMatchObject({ limit: 20 })
    expect(await found(id)).toMatchObject({ amount: '4.00', features: [{ value: 20 }] })
    const change = {
      plan_identifier: 'pack',
      charge_period: 'MONTHLY',
      features: [{ identifier: 'calls', quantity: 35 }],
    }
    expect((await kelviq('POST', `/subscriptions/${id}/update/`, change)).status).toBe(200)
    expect(await access('packed', 'calls')).toMatchObject({ limit: 35 })
    const uneven = { ...change, features: [{ identifier: 'calls', quantity: 36 }] }
    expect(await kelviq('POST', `/subscriptions/${id}/update/`, uneven)).toMatchObject({
      status: 400,
      body: { features: [expect.stringContaining('multiple of 5')] },
    })
    expect(await access('packed', 'calls')).toMatchObject({ limit: 35 })
  })

  it('is not made of what is not there', async () => {
    await api.put('/customers/nobody-yet', {})
    for (const [customerId, plan, fields, field] of [
      ['who', 'pro', {}, 'customerId'],
      ['nobody-yet', 'nothing', {}, 'planIdentifier'],
      ['nobody-yet', 'pro', { chargePeriod: 'YEARLY' }, 'chargePeriod'],
      ['nobody-yet', 'pro', { chargePeriod: 'SOMETIMES' }, 'chargePeriod'],
      ['nobody-yet', 'pro', { features: [{ identifier: 'calls', quantity: 5 }] }, 'features'],
    ] as const)
      expect(await create(customerId, plan, fields)).toMatchObject({
        status: 400,
        body: { [field]: [expect.any(String)], detail: expect.any(String) },
      })
    expect((await create('made', 'starter')).status).toBe(409)
    const { data } = (await api.get('/customers/nobody-yet/subscriptions')).body
    expect(data).toEqual([])
  })

  it('is made once for one idempotency key', async () => {
    await api.put('/customers/twice', {})
    const body = { customerId: 'twice', planIdentifier: 'pack', chargePeriod: 'MONTHLY' }
    const send = () => kelviq('POST', '/subscriptions/create/', body, { 'Idempotency-Key': 'one' })
    const [first, second] = [await send(), await send()]
    expect([first.status, second.status, second.body.id]).toEqual([201, 201, first.body.id])
    expect((await kelviq('GET', '/subscriptions/?customer_id=twice')).body.count).toBe(1)
  })

  it('that nobody knows is 404 with a detail', async () => {
    const update = { planIdentifier: 'pro', chargePeriod: 'MONTHLY' }
    for (const id of ['sub_0', '09d706ca-58f3-4fb2-818f-5b8623d67e6e'])
      for (const [method, path, body] of [
        ['GET', `/subscriptions/${id}/`, undefined],
        ['POST', `/subscriptions/${id}/update/`, update],
        ['POST', `/subscriptions/${id}/cancel/`, { cancellationType: 'IMMEDIATE' }],
      ] as const)
        expect(await kelviq(method, path, body)).toMatchObject({
          status: 404,
          body: { code: 'subscription_not_found', detail: expect.stringContaining(id) },
        })
  })
})

describe('a change', () => {
  const update = (id: string, planIdentifier: string, fields: object = {}) =>
    kelviq('POST', `/subscriptions/${id}/update/`, {
      planIdentifier,
      chargePeriod: 'MONTHLY',
      ...fields,
    })

  it('keeps the subscription; up it works at once, down at the end of the period', async () => {
    const id = await holder('mover', 'starter')
    expect(await update(id, 'pro')).toMatchObject({ status: 200, body: { subscriptionId: id } })
    expect(await access('mover', 'sso')).toMatchObject({ hasAccess: true })
    expect(await update(id, 'starter')).toMatchObject({ status: 200, body: { subscriptionId: id } })
    expect(await access('mover', 'sso')).toMatchObject({ hasAccess: true })
    expect(await found(id)).toMatchObject({ plan: { identifier: 'pro' }, status: 'active' })
    expect((await api.get(`/subscriptions/${id}`)).body.pendingChange).toMatchObject({
      planId: 'starter',
    })
  })

  it('ends a trial where it says so, and only where there is one', async () => {
    const id = await holder('trier', 'tried')
    expect(await found(id)).toMatchObject({ status: 'trialing', trialDaysRemaining: 14 })
    expect((await update(id, 'tried')).status).toBe(200)
    expect(await found(id)).toMatchObject({ status: 'trialing' })
    await api.post(`/subscriptions/${id}/payment-succeeded`, {})
    expect((await update(id, 'tried', { trial_end: 'now' })).status).toBe(200)
    expect(await found(id)).toMatchObject({ status: 'active', trialDaysRemaining: 0 })
    expect((await update(id, 'tried', { trialEnd: 'now' })).status).toBe(200)
    expect(await found(id)).toMatchObject({ status: 'active' })
  })

  it('that cannot be had as it is asked for changes nothing', async () => {
    const id = await holder('stayer', 'starter')
    for (const [fields, field] of [
      [{ trialEnd: '2027-12-31 23:59:59' }, 'trialEnd'],
      [{ payment_behavior: 'activate_on_payment' }, 'paymentBehavior'],
      [{ planIdentifier: 'pack' }, 'planIdentifier'],
      [{ planIdentifier: undefined }, 'planIdentifier'],
    ] as const)
      expect(await update(id, 'pro', fields)).toMatchObject({
        status: 400,
        body: { [field]: [expect.any(String)], detail: expect.any(String) },
      })
    expect(await found(id)).toMatchObject({ plan: { identifier: 'starter' } })
  })

  it('passes over what only Kelviq’s prices know', async () => {
    const id = await holder('passer', 'starter')
    const answer = await update(id, 'pro', {
      probation_behaviour: 'PRO_RATA',
      offering_id: 'o',
      pricing_table_id: 'p',
      rule_id: 'r',
      ip_address: '1.2.3.4',
      trial_end: null,
      features: null,
    })
    expect(answer).toMatchObject({ status: 200, body: { subscriptionId: id } })
  })
})

describe('a cancellation', () => {
  const cancel = (id: string, body: object) => kelviq('POST', `/subscriptions/${id}/cancel/`, body)

  it('at once takes access away', async () => {
    const id = await holder('quitter', 'pro')
    const feedback = { cancellation_feedback: 'TOO_EXPENSIVE', cancellation_comment: 'Bye.' }
    expect(await cancel(id, { cancellation_type: 'IMMEDIATE', ...feedback })).toMatchObject({
      status: 200,
      body: { message: expect.any(String) },
    })
    expect(await access('quitter', 'sso')).toMatchObject({ hasAccess: false })
    expect(await found(id)).toMatchObject({
      status: 'canceled',
      endDate: day(0),
      canceledAt: expect.any(String),
    })
    expect(await cancel(id, { cancellationType: 'IMMEDIATE' })).toMatchObject({
      status: 409,
      body: { code: 'transition_refused', detail: expect.any(String) },
    })
  })

  it('at the end of the period, or on a day, keeps it until then', async () => {
    const id = await holder('leaver', 'pro')
    await cancel(id, { cancellationType: 'CURRENT_PERIOD_ENDS' })
    const { endDate, billingPeriodEndTime, status } = await found(id)
    expect([status, endDate]).toEqual(['active', billingPeriodEndTime.slice(0, 10)])
    await cancel(id, { cancellationType: 'SPECIFIC_DATE', cancellation_date: day(3) })
    expect(await found(id)).toMatchObject({ status: 'active', endDate: day(3) })
    expect(await access('leaver', 'sso')).toMatchObject({ hasAccess: true })
  })

  it('says what is wrong with it', async () => {
    const id = await holder('confused', 'pro')
    for (const [body, field] of [
      [{ cancellationType: 'SPECIFIC_DATE' }, 'cancellationDate'],
      [{ cancellationType: 'SPECIFIC_DATE', cancellationDate: 'tomorrow' }, 'cancellationDate'],
      [{ cancellationType: 'SPECIFIC_DATE', cancellationDate: '2027-02-31' }, 'cancellationDate'],
      [{ cancellationType: 'LATER' }, 'cancellationType'],
      [{}, 'cancellationType'],
    ] as const)
      expect(await cancel(id, body)).toMatchObject({
        status: 400,
        body: { [field]: [expect.any(String)], detail: expect.any(String) },
      })
    const past = { cancellationType: 'SPECIFIC_DATE', cancellationDate: day(-2) }
    expect((await cancel(id, past)).status).toBe(409)
    const free = await holder('confused-too', 'free')
    expect(await cancel(free, { cancellationType: 'CURRENT_PERIOD_ENDS' })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('send IMMEDIATE') },
    })
  })
})

describe('a list of subscriptions', () => {
  const list = async (query: string) => (await kelviq('GET', `/subscriptions/${query}`)).body
  const plans = (page: { results: { plan: { identifier: string } }[] }) =>
    page.results.map(({ plan }) => plan.identifier)

  it('of a customer has what has not ended, newest first, or what has the statuses asked for', async () => {
    const first = await holder('lister', 'starter')
    await kelviq('POST', `/subscriptions/${first}/cancel/`, { cancellationType: 'IMMEDIATE' })
    await create('lister', 'pro')
    await create('lister', 'pack')
    expect(plans(await list('?customer_id=lister'))).toEqual(['pack', 'pro'])
    expect(plans(await list('?customer_id=lister&status=canceled'))).toEqual(['starter'])
    expect(plans(await list('?customer_id=lister&status=active,canceled'))).toEqual([
      'pack',
      'pro',
      'starter',
    ])
    expect(plans(await list('?customer_id=lister&status=superseded'))).toEqual([])
    const page = await list('?customer_id=lister&page_size=1&page=2')
    expect([page.count, plans(page)]).toEqual([2, ['pro']])
    for (const id of ['who', '%20'])
      expect(await list(`?customer_id=${id}`)).toMatchObject({ count: 0, results: [] })
    const wrong = await kelviq('GET', '/subscriptions?status=alive')
    expect(wrong).toMatchObject({ status: 400, body: { status: [expect.any(String)] } })
  })

  it('of everybody goes through all of them once, whatever the size of its pages', async () => {
    const tried = await holder('lister-too', 'tried')
    const whole = await list('?page_size=100')
    expect(whole.results.map(({ status }: { status: string }) => status)).not.toContain('canceled')
    const ids = whole.results.map(({ id }: { id: string }) => id)
    expect([new Set(ids).size, ids.includes(tried)]).toEqual([whole.count, true])
    const seen: string[] = []
    for (let page = 1; page <= Math.ceil(whole.count / 3); page += 1) {
      const part = await list(`?page_size=3&page=${page}`)
      expect(part.count).toBe(whole.count)
      seen.push(...part.results.map(({ id }: { id: string }) => id))
    }
    expect(seen).toEqual(ids)
    const { count } = await list('?status=canceled,active&page_size=1')
    const ended = await list('?status=canceled')
    const active = await list('?status=active')
    expect(count).toBe(ended.count + active.count)
    expect((await kelviq('GET', '/subscriptions/?page=100')).status).toBe(404)
  })
})
