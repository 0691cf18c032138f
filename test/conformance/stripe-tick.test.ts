import { describe, expect, it } from 'vitest'
import { stripeProvider } from '../../worker/payments/stripe.ts'
import { openStory, service } from './stripe-story.ts'

const { double } = service

const open = async (customerId: string, planId = 'starter') => {
  const { body } = await service.send('POST', '/checkout/sessions', {
    customerId,
    planId,
    chargePeriod: 'monthly',
    successUrl: 'https://app.example/thanks',
    cancelUrl: 'https://app.example/pricing',
  })
  const { sessions } = await double.state()
  const page = sessions.find(
    (each: { client_reference_id: string }) => each.client_reference_id === body.id,
  )
  return { id: body.id as string, url: body.url as string, page: page.id as string }
}
const look = async (id: string) => (await service.send('GET', `/checkout/sessions/${id}`)).body
const back = (id: string) => fetch(`${service.url}/checkout/${id}/return`, { redirect: 'manual' })
const due = async (id: string) =>
  (await service.rows('SELECT provider_due_at AS due FROM checkout_sessions WHERE id = ?', id))[0]
    ?.due
async function tickNow(): Promise<void> {
  await service.rows('UPDATE checkout_sessions SET provider_due_at = 0 WHERE provider_due_at > 0')
  await service.tick()
}

describe('a page of which nothing is told', () => {
  it('is asked about an hour later, and what was bought on it is had', async () => {
    const story = await openStory('tick-paid')
    const { id, page } = await open('tick-paid')
    expect((await due(id)) - Date.now()).toBeGreaterThan(3_500_000)
    await double.command('deliver', { mode: 'silent' })
    await double.command('pay', { session: page })
    await tickNow()
    expect(await look(id)).toMatchObject({ status: 'completed' })
    expect(await story.access()).toBe('within_limit')
    expect(await due(id)).toBeNull()
  })

  it('is asked about again while it is open, and no more once it has expired', async () => {
    await openStory('tick-open')
    const { id, page } = await open('tick-open')
    await tickNow()
    expect(await due(id)).toBeGreaterThan(Date.now())
    await double.command('deliver', { mode: 'silent' })
    await double.command('expire', { session: page })
    await tickNow()
    expect(await due(id)).toBeNull()
  })

  it('is kept, however old, until Stripe has said what became of it', async () => {
    await openStory('tick-old')
    const { id, page } = await open('tick-old')
    await service.rows('UPDATE checkout_sessions SET expires_at = 5 WHERE id = ?', id)
    await double.command('api', { mood: 'down' })
    await tickNow()
    expect(await due(id)).toBeGreaterThan(Date.now())
    await double.command('api', { mood: 'up' })
    await double.command('deliver', { mode: 'silent' })
    await double.command('pay', { session: page })
    await tickNow()
    expect(await look(id)).toMatchObject({ status: 'completed' })
  })

  it('has what it took the place of ended, though that failed at first', async () => {
    const story = await openStory('tick-replaced')
    await story.buys('starter')
    const former = await story.reference()
    const { id, page } = await open('tick-replaced', 'pro')
    await double.command('deliver', { mode: 'silent' })
    await double.command('pay', { session: page })
    await double.command('api', { mood: 'stubborn' })
    await tickNow()
    expect(await look(id)).toMatchObject({ status: 'completed' })
    expect(await due(id)).not.toBeNull()
    await double.command('api', { mood: 'up' })
    await tickNow()
    expect(await due(id)).toBeNull()
    const { subscriptions } = await double.state()
    expect(subscriptions.find((each: { id: string }) => each.id === former)).toMatchObject({
      status: 'canceled',
    })
  })
})

describe('the way back from Stripe', () => {
  it('leads to the page as long as it is not paid, to success once it is', async () => {
    await openStory('back')
    const { id, url, page } = await open('back')
    expect((await back(id)).headers.get('Location')).toBe(url)
    await double.command('deliver', { mode: 'silent' })
    await double.command('pay', { session: page })
    expect((await back(id)).headers.get('Location')).toMatch(
      /^https:\/\/app\.example\/thanks\?consistencyToken=/,
    )
  })

  it('leads to where customers go who do not buy, once the page has expired', async () => {
    await openStory('back-late')
    const { id, page } = await open('back-late')
    await double.command('expire', { session: page })
    expect((await back(id)).headers.get('Location')).toBe('https://app.example/pricing')
  })

  it('says that it cannot be known now while Stripe is down', async () => {
    await openStory('back-down')
    const { id } = await open('back-down')
    await double.command('api', { mood: 'down' })
    const { status, headers } = await back(id)
    expect([status, headers.get('Location')]).toEqual([503, null])
  })
})

describe('what Stripe refuses for good', () => {
  it('waits twice as long each time', async () => {
    const story = await openStory('tick-stubborn')
    await story.buys('starter')
    await double.command('api', { mood: 'stubborn' })
    await service.send('POST', `/subscriptions/${(await story.view()).id}/cancel`, {})
    const waits = async (decidedAgoMs: number) => {
      await service.rows(
        `UPDATE subscriptions SET provider_due_at = 0, provider_revision = 1, revision = ?
         WHERE customer_id = 'tick-stubborn'`,
        Date.now() - decidedAgoMs,
      )
      await service.tick()
      const [row] = await service.rows(
        `SELECT provider_due_at AS due FROM subscriptions WHERE customer_id = 'tick-stubborn'`,
      )
      return Math.round((row.due - Date.now()) / 60_000)
    }
    expect(await waits(0)).toBe(5)
    expect(await waits(60 * 60_000)).toBe(60)
    expect(await waits(7 * 86_400_000)).toBe(24 * 60)
  })
})

/** Closing asks nobody but Stripe. */
const NO_DB: Parameters<typeof stripeProvider>[0]['ports']['db'] = {
  prepare: () => {
    throw new Error('closing a page reads nothing')
  },
  batch: () => Promise.reject(new Error('closing a page writes nothing')),
}

describe('closing a page', () => {
  const closing = async (expire: [number, object], found: [number, object] = [200, {}]) => {
    const answers = [expire, found]
    const provider = await stripeProvider({
      environment: 'production',
      ports: {
        db: NO_DB,
        secrets: { STRIPE_SECRET_KEY: 'sk_test_x', STRIPE_WEBHOOK_SECRET: 'whsec_x' },
        fetch: async () => {
          const [status, body] = answers.shift() ?? [500, {}]
          return Response.json(body, { status })
        },
      },
    })
    return (await provider.expireCheckout('cs_test_1')).ok
  }
  const error = (type: string, code?: string) => ({ error: { type, code, message: 'no' } })

  it.each([
    [
      'that Stripe does not know',
      [404, error('invalid_request_error', 'resource_missing')],
      [200, {}],
      true,
    ],
    [
      'that is closed already',
      [400, error('invalid_request_error')],
      [200, { status: 'expired' }],
      true,
    ],
    ['that is paid', [400, error('invalid_request_error')], [200, { status: 'complete' }], true],
    ['that stays open', [400, error('invalid_request_error')], [200, { status: 'open' }], false],
    [
      'with a key that Stripe refuses',
      [401, error('invalid_request_error')],
      [401, error('invalid_request_error')],
      false,
    ],
    [
      'without the permission',
      [403, error('invalid_request_error')],
      [403, error('invalid_request_error')],
      false,
    ],
  ] as [string, [number, object], [number, object], boolean][])(
    '%s is what Stripe says',
    async (_, expire, found, isClosed) => {
      expect(await closing(expire, found)).toBe(isClosed)
    },
  )
})

describe('a purchase after the former subscription has lapsed', () => {
  it('has Stripe bill the former no more', async () => {
    const story = await openStory('lapsed')
    await story.buys('starter')
    const former = await story.reference()
    await double.command('deliver', { mode: 'silent' })
    await double.command('status', { subscription: former, status: 'past_due' })
    await service.rows(
      `UPDATE subscriptions SET grace_started_at = ?1, grace_ends_at = ?1 + 1
       WHERE customer_id = 'lapsed'`,
      Date.now() - 60_000,
    )
    expect(await story.view()).toMatchObject({ status: 'ended', endedBecause: 'grace_ended' })
    await double.command('deliver', { mode: 'at once' })
    await story.buys('pro')
    await service.tick()
    const { subscriptions } = await double.state()
    const statuses = subscriptions.map((each: { id: string; status: string }) => [
      each.id,
      each.status,
    ])
    expect(statuses).toEqual([
      [former, 'canceled'],
      [await story.reference(), 'active'],
    ])
    expect(await story.access()).toBe('within_limit')
  })
})
