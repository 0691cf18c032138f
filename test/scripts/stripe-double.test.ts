import Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningDouble, startDouble } from '../../scripts/stripe-double/server.ts'

const KEY = 'sk_test_double'

let double: RunningDouble

beforeAll(async () => {
  double = await startDouble({ port: 0, key: KEY })
})
afterAll(() => double.stop())

/** Stripe's own package, talking to the double. */
function client(key = KEY): Stripe {
  const { hostname, port } = new URL(double.url)
  return new Stripe(key, {
    host: hostname,
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  })
}

const control = async (name: string, said: object = {}) => {
  const init = { method: 'POST', body: JSON.stringify(said) }
  return (await fetch(`${double.url}/_double/${name}`, init)).json()
}

/** Something bought, to begin with. */
async function bought(stripe: Stripe): Promise<Stripe.Subscription> {
  const product = await stripe.products.create({ name: 'Pro' })
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 5000,
    recurring: { interval: 'month' },
    lookup_key: 'pro:monthly',
    transfer_lookup_key: true,
  })
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: 'https://app.example/thanks',
  })
  await control('pay', { session: session.id })
  const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] })
  expect(paid).toMatchObject({ status: 'complete', payment_status: 'paid' })
  return paid.subscription as Stripe.Subscription
}

describe('the double speaks with Stripe’s own package', () => {
  it('sells a subscription and bills it', async () => {
    const stripe = client()
    const { id, status } = await bought(stripe)
    expect(status).toBe('active')
    const { data } = await stripe.invoices.list({ subscription: id, expand: ['data.payments'] })
    expect(data).toMatchObject([{ status: 'paid', amount_paid: 5000 }])
    expect(data[0]?.payments?.data).toHaveLength(1)
  })

  it.each<[string, (stripe: Stripe) => Promise<unknown>, object]>([
    [
      'a wrong key',
      () => client('sk_test_other').customers.create(),
      { type: 'StripeAuthenticationError', statusCode: 401 },
    ],
    [
      'a parameter that it does not know',
      (stripe) => stripe.customers.create({ phone: '1' }),
      { type: 'StripeInvalidRequestError', code: 'parameter_unknown', param: 'phone' },
    ],
    [
      'an id that it does not know',
      (stripe) => stripe.subscriptions.retrieve('sub_nobody'),
      { type: 'StripeInvalidRequestError', code: 'resource_missing', statusCode: 404 },
    ],
    [
      'what needs more',
      (stripe) => stripe.products.create({ name: '' }),
      { type: 'StripeInvalidRequestError', code: 'parameter_missing' },
    ],
    [
      'a path that it does not have',
      (stripe) => stripe.coupons.list(),
      { type: 'StripeInvalidRequestError', statusCode: 404 },
    ],
  ])('and refuses %s as Stripe does', async (_, ask, refusal) => {
    await expect(ask(client())).rejects.toMatchObject(refusal)
  })

  it('does once what is asked twice with one key, and refuses the key for anything else', async () => {
    const stripe = client()
    const once = { idempotencyKey: 'once' }
    const first = await stripe.customers.create({ email: 'a@example.com' }, once)
    const again = await stripe.customers.create({ email: 'a@example.com' }, once)
    expect(again.id).toBe(first.id)
    const other = stripe.customers.create({ email: 'b@example.com' }, once)
    await expect(other).rejects.toMatchObject({ type: 'StripeIdempotencyError' })
  })

  it('lets nobody cancel behind the back of a schedule', async () => {
    const stripe = client()
    const { id } = await bought(stripe)
    await stripe.subscriptionSchedules.create({ from_subscription: id })
    const cancel = stripe.subscriptions.update(id, { cancel_at_period_end: true })
    await expect(cancel).rejects.toThrow(/managed by the subscription schedule/)
  })

  it('signs what it tells', async () => {
    const payload = '{"id":"evt_1","object":"event"}'
    const { signatureOf } = await import('../../scripts/stripe-double/deliveries.ts')
    const header = signatureOf(payload, 'whsec_x', Math.floor(Date.now() / 1000))
    const event = await client().webhooks.constructEventAsync(payload, header, 'whsec_x')
    expect(event.id).toBe('evt_1')
  })

  it('is down, or never answers, when it is told to be', async () => {
    await control('api', { mood: 'down' })
    await expect(client().customers.create()).rejects.toMatchObject({ type: 'StripeAPIError' })
    await control('api', { mood: 'up' })
    await expect(client().customers.create()).resolves.toMatchObject({ object: 'customer' })
  })
})
