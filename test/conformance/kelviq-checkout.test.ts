import { describe, expect, it } from 'vitest'
import { api, send, unique } from '../support/service.ts'
import { access, bodyOf, customerOn } from './customers.ts'
import { kelviq, kelviqByFetch, raw, thrownBy } from './kelviq.ts'

describe.each([
  ['over Node’s sockets', kelviq],
  ['by fetch', kelviqByFetch],
])('Kelviq’s SDK, %s,', (_, sdk) => {
  it('sends a customer to pay, who then has what was bought, by either API', async () => {
    const customerId = unique('kelviq')
    const session = await sdk.checkout.createSession({
      planIdentifier: 'pro',
      chargePeriod: 'MONTHLY',
      customerId,
      successUrl: 'https://app.example/done?session={CHECKOUT_SESSION_ID}',
      metadata: { orderRef: 'A-1', nested: { camelCase: true } },
    })
    expect(session.checkoutSessionId).toMatch(/^cs_/)
    expect((await access(customerId, 'advanced-analytics')).hasAccess).toBe(false)
    const paid = await send({
      method: 'POST',
      path: new URL(session.checkoutUrl).pathname,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'outcome=pay',
    })
    expect(paid.status).toBe(303)
    expect(paid.headers.get('Location')).toContain(`session=${session.checkoutSessionId}`)
    expect((await access(customerId, 'advanced-analytics')).hasAccess).toBe(true)
    const { results } = await bodyOf(raw('GET', `/subscriptions/?customer_id=${customerId}`))
    expect(results).toMatchObject([
      { status: 'active', plan: { identifier: 'pro' }, amount: '99.00', currency: 'USD' },
    ])
    const ours = await bodyOf(api.get(`/checkout/sessions/${session.checkoutSessionId}`))
    expect(ours.metadata).toEqual({ orderRef: 'A-1', nested: { camelCase: true } })
  })

  it('changes a subscription up at once and down later, and its id stays', async () => {
    const { customerId, subscriptionId } = await customerOn('starter')
    const up = { subscriptionId, planIdentifier: 'pro', chargePeriod: 'MONTHLY' } as const
    expect(await sdk.subscriptions.update(up)).toMatchObject({ subscriptionId })
    expect((await access(customerId, 'advanced-analytics')).hasAccess).toBe(true)
    const down = { ...up, planIdentifier: 'starter', probationBehaviour: 'PRO_RATA' } as const
    expect(await sdk.subscriptions.update(down)).toMatchObject({ subscriptionId })
    expect((await access(customerId, 'advanced-analytics')).hasAccess).toBe(true)
  })

  it('cancels a subscription on a day, at the end of the period, and at once', async () => {
    const { customerId, subscriptionId } = await customerOn('pro')
    const cancellationDate = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10)
    const on = { subscriptionId, cancellationType: 'SPECIFIC_DATE', cancellationDate } as const
    expect(await sdk.subscriptions.cancel(on)).toMatchObject({ message: expect.any(String) })
    const found = await bodyOf(raw('GET', `/subscriptions/${subscriptionId}`))
    expect(found).toMatchObject({ status: 'active', endDate: cancellationDate })
    await sdk.subscriptions.cancel({ subscriptionId, cancellationType: 'CURRENT_PERIOD_ENDS' })
    expect((await access(customerId, 'advanced-analytics')).hasAccess).toBe(true)
    await sdk.subscriptions.cancel({ subscriptionId, cancellationType: 'IMMEDIATE' })
    expect((await access(customerId, 'advanced-analytics')).hasAccess).toBe(false)
  })

  it('throws its own errors, with words that say what to do', async () => {
    const update = { planIdentifier: 'pro', chargePeriod: 'MONTHLY' } as const
    const unknown = { subscriptionId: 'no-such', ...update }
    expect(await thrownBy(sdk.subscriptions.update(unknown))).toMatchObject({
      name: 'NotFoundError',
      message: expect.stringContaining('no-such'),
    })
    const { subscriptionId } = await customerOn('starter')
    const astray = { subscriptionId, ...update, planIdentifier: 'no-such' }
    expect(await thrownBy(sdk.subscriptions.update(astray))).toMatchObject({
      name: 'InvalidRequestError',
      details: { planIdentifier: [expect.any(String)], detail: expect.any(String) },
    })
    const sold = { ...update, successUrl: 'https://app.example/done', customAmount: 5 } as const
    expect(await thrownBy(sdk.checkout.createSession(sold))).toMatchObject({
      name: 'InvalidRequestError',
      details: { customAmount: [expect.any(String)] },
    })
  })
})

describe('an edit of the catalogue in Kelviq’s words', () => {
  it('reaches a customer at the next check, by either API', async () => {
    const [plan, feature] = [unique('kq-plan'), unique('kq-feature')]
    await bodyOf(raw('POST', '/catalog/features', { name: feature, featureType: 'METER' }))
    await bodyOf(raw('POST', '/catalog/plans/', { name: plan, product: 'any' }))
    const { subscriptionId, customerId } = await customerOn(plan)
    const details = { value: 7, reset: 'EVERY_WEEK', resetTime: 'BEGINNING_OF_PERIOD' }
    const given = { plan_entitlements: [{ feature, details }] }
    await bodyOf(raw('POST', `/catalog/plans/${plan}/features/`, given))
    expect(await access(customerId, feature)).toMatchObject({ hasAccess: true, limit: 7 })
    await bodyOf(
      raw('PATCH', `/catalog/plans/${plan}/features/${feature}/`, { details: { value: 0 } }),
    )
    expect(await access(customerId, feature)).toMatchObject({ hasAccess: false, limit: 0 })
    const { results } = await bodyOf(raw('GET', `/subscriptions/?customer_id=${customerId}`))
    expect(results).toMatchObject([
      { id: subscriptionId, features: [{ identifier: feature, value: 0, reset: 'EVERY_WEEK' }] },
    ])
  })
})
