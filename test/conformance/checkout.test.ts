import { describe, expect, it } from 'vitest'
import { api, type Reply, send, unique } from '../support/service.ts'
import { access, bodyOf, consume, customerOn } from './customers.ts'

const SUCCESS = 'https://app.example/done?session={CHECKOUT_SESSION_ID}#welcome'

/** A session that the application makes before it sends the customer away. */
function sessionFor(planId: string, fields: object = {}) {
  const input = { planId, chargePeriod: 'monthly', successUrl: SUCCESS, ...fields }
  return bodyOf(api.post('/checkout/sessions', input))
}

/** What the customer does there, as a browser would. */
function press({ url }: { readonly url: string }, outcome: string): Promise<Reply> {
  return send({
    method: 'POST',
    path: new URL(url).pathname,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `outcome=${outcome}`,
  })
}

/** Pays; where the customer is sent to then. */
async function pay(session: { readonly url: string }): Promise<URL> {
  const { status, headers, text } = await press(session, 'pay')
  expect([status, text]).toEqual([303, ''])
  return new URL(headers.get('Location') ?? '')
}

const sessionNow = (id: string) => bodyOf(api.get(`/checkout/sessions/${id}`))

async function held(customerId: string): Promise<readonly (readonly string[])[]> {
  const { data } = await bodyOf(api.get(`/customers/${customerId}/subscriptions`))
  return data.map((each: { planId: string; status: string }) => [each.planId, each.status])
}

describe('a checkout', () => {
  it('answers where to send the customer, and leaves nothing where nobody pays', async () => {
    const customerId = unique('buyer')
    const session = await sessionFor('pro', { customerId, cancelUrl: 'https://app.example/prices' })
    expect(session).toMatchObject({ status: 'open', customerId, subscriptionId: null })
    const page = await send({ method: 'GET', path: new URL(session.url).pathname })
    expect([page.status, page.headers.get('Content-Type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ])
    expect(page.text).toContain('100,000 calls a month')
    await press(session, 'decline')
    expect(await access(customerId, 'advanced-analytics')).toMatchObject({
      reason: 'unknown_customer',
    })
    expect((await api.get(`/customers/${customerId}`)).status).toBe(404)
  })

  it('gives access at once to who was denied a moment ago, with a token and without', async () => {
    const customerId = unique('buyer')
    const session = await sessionFor('pro', { customerId })
    expect(await access(customerId, 'advanced-analytics')).toMatchObject({ hasAccess: false })
    const arrival = await pay(session)
    expect(await access(customerId, 'advanced-analytics')).toMatchObject({ hasAccess: true })
    const token = arrival.searchParams.get('consistencyToken') ?? ''
    const sure = await access(customerId, 'advanced-analytics', `&consistencyToken=${token}`)
    expect(sure).toMatchObject({ hasAccess: true })
    expect(arrival.searchParams.get('session')).toBe(session.id)
    expect(arrival.hash).toBe('#welcome')
    expect(await sessionNow(session.id)).toMatchObject({
      status: 'completed',
      customerId,
      consistencyToken: token,
    })
  })

  it('without an id makes a customer when it is paid, and says that an own id is better', async () => {
    const session = await sessionFor('starter')
    expect(session).toMatchObject({ customerId: null, hint: expect.stringContaining('customerId') })
    await pay(session)
    const { customerId } = await sessionNow(session.id)
    expect(customerId).toMatch(/^cus_/)
    expect(await access(customerId, 'basic-dashboard')).toMatchObject({ hasAccess: true })
  })

  it('of a customer who is known changes what they have: nothing is there twice, and use is carried', async () => {
    const { customerId, subscriptionId } = await customerOn('starter')
    await consume(customerId, 'api-calls', 40)
    await pay(await sessionFor('pro', { customerId }))
    expect(await held(customerId)).toEqual([['pro', 'active']])
    expect(await access(customerId, 'api-calls')).toMatchObject({ limit: 100_000, used: 40 })
    await pay(await sessionFor('starter', { customerId }))
    expect(await held(customerId)).toEqual([['pro', 'active']])
    expect(await bodyOf(api.get(`/subscriptions/${subscriptionId}`))).toMatchObject({
      pendingChange: { planId: 'starter' },
    })
  })

  it('adds add-ons in the quantity that was bought', async () => {
    const { customerId } = await customerOn('starter')
    await pay(await sessionFor('extra-calls', { customerId, quantity: 3 }))
    expect(await access(customerId, 'api-calls')).toMatchObject({ limit: 31_000 })
  })

  it('paid twice, or with another at the same instant, comes to one base plan', async () => {
    const customerId = unique('buyer')
    const one = await sessionFor('starter', { customerId })
    const other = await sessionFor('pro', { customerId })
    await Promise.all([pay(one), pay(other), pay(one)])
    expect(await held(customerId)).toHaveLength(1)
  })
})

describe('two sides of a test', () => {
  it('are sold by checkout, each at its price and with its limit, to an application that asks the same', async () => {
    const sides = await Promise.all(
      ['pro-a', 'pro-b'].map(async (planId) => {
        const customerId = unique('buyer')
        const session = await sessionFor(planId, { customerId })
        await pay(session)
        const { hasAccess } = await access(customerId, 'advanced-analytics')
        const { limit } = await access(customerId, 'api-calls')
        return [session.price.amount, hasAccess, limit]
      }),
    )
    expect(sides).toEqual([
      [8900, true, 80_000],
      [11_900, true, 150_000],
    ])
  })
})

describe('a checkout that cannot be', () => {
  it.each([
    [{ planId: 'pr' }, 422, 'unknown_reference', '/planId'],
    [{ chargePeriod: 'weekly' }, 422, 'price_missing', '/chargePeriod'],
    [{ successUrl: 'javascript:alert(1)' }, 422, 'url_not_allowed', '/successUrl'],
    [{ cancelUrl: 'https://user:pw@app.example' }, 422, 'url_not_allowed', '/cancelUrl'],
    [{ quantity: 2 }, 422, 'quantity_not_allowed', '/quantity'],
  ])('says by its field why: %j', async (fields, status, code, pointer) => {
    const input = { planId: 'pro', chargePeriod: 'monthly', successUrl: SUCCESS, ...fields }
    const reply = await api.post('/checkout/sessions', input)
    expect([reply.status, reply.body.code]).toEqual([status, code])
    expect(reply.body.errors).toMatchObject([{ pointer }])
  })

  it('is closed: expired sessions sell nothing, and completed ones do not expire', async () => {
    const customerId = unique('buyer')
    const late = await sessionFor('pro', { customerId })
    await bodyOf(api.post(`/checkout/sessions/${late.id}/expire`))
    expect((await press(late, 'pay')).status).toBe(409)
    expect(await access(customerId, 'sso')).toMatchObject({ reason: 'unknown_customer' })
    const done = await sessionFor('pro', { customerId })
    await pay(done)
    const reply = await api.post(`/checkout/sessions/${done.id}/expire`)
    expect([reply.status, reply.body.code]).toEqual([409, 'session_closed'])
  })
})
