import { beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiWith } from '../../support/api.ts'
import { fresh } from '../../support/fresh.ts'
import { kelviqWith, type Send } from '../../support/kelviq.ts'

let api: Api
let kelviq: Send

beforeAll(async () => {
  await fresh()
  api = await apiWith('manage')
  kelviq = await kelviqWith('manage')
  await api.put('/features/seats', { type: 'meter', name: 'Seats' })
  await api.put('/plans/free', { name: 'Free', allowances: { seats: { limit: 1 } } })
  const prices = ['USD', 'EUR'].map((currency) => ({
    chargePeriod: 'monthly',
    amount: 1900,
    currency,
  }))
  await api.put('/plans/pro', {
    name: 'Pro',
    rank: 20,
    prices,
    allowances: { seats: { limit: 10 } },
  })
  await api.put('/plans/seat', { kind: 'addon', prices, allowances: { seats: { limit: 1 } } })
})

const PRO = {
  plan_identifier: 'pro',
  charge_period: 'MONTHLY',
  success_url: 'https://app.test/done',
}

const checkout = (fields: object = {}, headers: HeadersInit = {}) =>
  kelviq('POST', '/checkout/', { ...PRO, ...fields }, headers)

const session = async (id: string) => (await api.get(`/checkout/sessions/${id}`)).body

describe('a checkout', () => {
  it('opens one of our sessions, with all that Kelviq’s SDK can send', async () => {
    const { status, body } = await checkout({
      customer_id: 'buyer',
      cancelUrl: 'https://app.test/prices',
      features: [{ identifier: 'seats', quantity: 10 }],
      ip_address: '1.2.3.4',
      currency_code: 'eur',
      custom_amount: null,
      tax_behavior: 'EXCLUSIVE',
      discounts_enabled: false,
      lock_email: true,
      default_billing_country: 'US',
      offering_id: 'o',
      pricing_table_id: 'p',
      rule_id: 'r',
      metadata: { orderRef: 'A', snake_case: 1 },
    })
    expect([status, Object.keys(body)]).toEqual([201, ['checkoutUrl', 'checkoutSessionId']])
    expect(await session(body.checkoutSessionId)).toMatchObject({
      status: 'open',
      url: body.checkoutUrl,
      planId: 'pro',
      customerId: 'buyer',
      chargePeriod: 'monthly',
      quantity: 1,
      price: { amount: 1900, currency: 'EUR' },
      cancelUrl: 'https://app.test/prices',
      metadata: { orderRef: 'A', snake_case: 1 },
    })
  })

  it('sells as many of an add-on as give the units asked for', async () => {
    const { body } = await checkout({
      planIdentifier: 'seat',
      plan_identifier: undefined,
      features: [{ identifier: 'seats', quantity: 7 }],
    })
    expect(await session(body.checkoutSessionId)).toMatchObject({
      planId: 'seat',
      quantity: 7,
      customerId: null,
    })
  })

  it('of what costs nothing is done at once', async () => {
    const { status, body } = await checkout({
      plan_identifier: 'free',
      charge_period: 'ONE_TIME',
      customer_id: 'frugal',
    })
    expect([status, body.checkoutUrl.startsWith('https://app.test/done')]).toEqual([201, true])
    const answer = await api.get('/access?customerId=frugal&featureId=seats')
    expect(answer.body).toMatchObject({ hasAccess: true, limit: 1 })
  })

  it('says what has become of it', async () => {
    const open = (await checkout({ customer_id: 'looker', metadata: { a_b: 1 } })).body
    const found = await kelviq('GET', `/checkout/sessions/${open.checkoutSessionId}/`)
    expect(found).toMatchObject({
      status: 200,
      body: {
        id: open.checkoutSessionId,
        status: 'open',
        customer: null,
        subscription: null,
        currency: 'USD',
        selectedData: { planIdentifier: 'pro', chargePeriod: 'MONTHLY', quantity: 1 },
        metadata: { a_b: 1 },
      },
    })
    const free = { plan_identifier: 'free', charge_period: 'ONE_TIME', customer_id: 'taker' }
    const done = (await checkout(free)).body
    expect(await kelviq('GET', `/checkout/sessions/${done.checkoutSessionId}`)).toMatchObject({
      status: 200,
      body: {
        status: 'success',
        customer: { customerId: 'taker' },
        subscription: { status: 'active', plan: { identifier: 'free' }, customerId: 'taker' },
        selectedData: { planIdentifier: 'free', chargePeriod: null },
      },
    })
    for (const id of ['cs_0', 'NOT-ONE'])
      expect(await kelviq('GET', `/checkout/sessions/${id}/`)).toMatchObject({
        status: 404,
        body: { code: 'session_not_found', detail: expect.stringContaining(id) },
      })
  })

  it('is opened once for one idempotency key', async () => {
    const key = { 'Idempotency-Key': 'order-1' }
    const [first, second] = [await checkout({}, key), await checkout({}, key)]
    expect(second.body).toEqual(first.body)
  })

  it('that would sell something else is refused, and says which field', async () => {
    for (const [fields, field] of [
      [{ custom_amount: 10 }, 'customAmount'],
      [{ discountCode: 'WELCOME20' }, 'discountCode'],
      [{ features: [{ identifier: 'seats', quantity: 3 }] }, 'features'],
      [{ features: [{ identifier: 'api', quantity: 3 }] }, 'features'],
      [{ plan_identifier: 'nothing' }, 'planIdentifier'],
      [{ plan_identifier: undefined }, 'planIdentifier'],
      [{ charge_period: 'YEARLY' }, 'chargePeriod'],
      [{ currency_code: 'GBP' }, 'currencyCode'],
      [{ success_url: 'ftp://app.test' }, 'successUrl'],
      [{ success_url: undefined }, 'successUrl'],
      [{ cancel_url: 'here' }, 'cancelUrl'],
      [{ customer_id: ' ' }, 'customerId'],
    ] as const)
      expect([fields, await checkout(fields)]).toMatchObject([
        fields,
        { status: 400, body: { [field]: [expect.any(String)], detail: expect.any(String) } },
      ])
  })

  it('is not for keys that may not manage', async () => {
    const reader = await kelviqWith('read', 'usage')
    expect(await reader('POST', '/checkout/', PRO)).toMatchObject({
      status: 403,
      body: { code: 'scope_missing' },
    })
  })
})

describe('money that Kelviq takes by itself', () => {
  it('is not taken here, and the answer says how it is paid', async () => {
    const charge = { planIdentifier: 'pro', chargePeriod: 'ONE_TIME', customerId: 'buyer' }
    expect(await kelviq('POST', '/charges/', charge)).toMatchObject({
      status: 501,
      body: { detail: expect.stringContaining('/checkout/') },
    })
    for (const path of ['/orders/', '/refunds/', '/transactions/', '/payment-methods/'])
      expect(await kelviq('GET', path)).toMatchObject({
        status: 404,
        body: { detail: expect.any(String) },
      })
  })
})
