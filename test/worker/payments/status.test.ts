import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import type { PaymentStatus } from '../../../schema/wire/payment-status.ts'
import type { Secrets } from '../../../worker/ports.ts'
import { signedByBiller } from '../../support/biller.ts'
import { fresh } from '../../support/fresh.ts'
import { expectOk, type Manager, manager, openTiers } from '../../support/manager.ts'

const NOW = Date.now()

let api: Manager

beforeEach(async () => {
  await fresh()
  api = await manager()
  await openTiers(api)
})

/** The deployment with these secrets instead of its own. */
const withSecrets = (secrets: Secrets) => api.over(secrets as Partial<Env>)

async function statusOf(by = api): Promise<PaymentStatus> {
  const reply: { readonly body: object } = await expectOk(by.get('/v1/settings/payments'))
  return reply.body as PaymentStatus
}

const named = ({ providers }: PaymentStatus, name: string) =>
  providers.find((each) => each.name === name)

const STRIPE = { STRIPE_SECRET_KEY: 'rk_live_hidden', STRIPE_WEBHOOK_SECRET: 'whsec_hidden' }

describe('what is set', () => {
  test('is told by name, and no secret with it', async () => {
    const status = await statusOf(withSecrets(STRIPE))
    expect(named(status, 'stripe')).toMatchObject({ configured: true, missing: [], mode: 'live' })
    expect(named(status, 'generic')).toMatchObject({ configured: true, missing: [], mode: null })
    expect(named(status, 'stripe')?.webhookUrl).toMatch(/^https?:\/\/[^/]+\/webhooks\/stripe$/)
    expect(named(status, 'sandbox')).toMatchObject({ configured: true, webhookUrl: null })
    expect(status.checkout).toBe('stripe')
    expect(JSON.stringify(status)).not.toMatch(/hidden|whsec/)
  })

  test('is not there in half', async () => {
    const status = await statusOf(withSecrets({ ...STRIPE, STRIPE_WEBHOOK_SECRET: ' ' }))
    expect(named(status, 'stripe')).toMatchObject({
      configured: false,
      missing: ['STRIPE_WEBHOOK_SECRET'],
    })
    expect(status.checkout).toBe('sandbox')
  })

  test.each([
    ['generic', 'GENERIC_WEBHOOK_SECRET'],
    ['stripe', 'STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET'],
  ])('decides whether /webhooks/%s is there, and its absence names it', async (name, secrets) => {
    const bare = withSecrets({ GENERIC_WEBHOOK_SECRET: '' })
    const { status, body } = await bare.post(`/webhooks/${name}`, {})
    expect([status, body['code']]).toEqual([404, 'route_not_found'])
    expect(body['detail']).toContain(secrets)
  })
})

describe('what was heard', () => {
  test('is the newest of each provider, with what came of it', async () => {
    const hear = env.DB.prepare(
      `INSERT INTO payment_events (provider, id, kind, occurred_at, received_at, outcome) VALUES (?1, ?2, ?3, 1, ?4, ?5)`,
    )
    await env.DB.batch([
      hear.bind('stripe', 'evt_1', 'payment_succeeded', NOW - 2, 'applied'),
      hear.bind('stripe', 'evt_2', 'refunded', NOW - 1, 'no_effect'),
      hear.bind('generic', 'evt_1', 'payment_succeeded', NOW, 'refused'),
    ])
    const status = await statusOf()
    const at = new Date(NOW - 1).toISOString()
    expect(named(status, 'stripe')?.lastHeard).toEqual({
      kind: 'refunded',
      at,
      outcome: 'no_effect',
    })
    expect(named(status, 'sandbox')?.lastHeard).toBe(null)
    expect(status.refusedEvents).toEqual([
      {
        provider: 'generic',
        id: 'evt_1',
        kind: 'payment_succeeded',
        at: new Date(NOW).toISOString(),
        customerId: null,
        subscriptionId: null,
      },
    ])
  })

  test('before the subscription is there says so, and what to do', async () => {
    const body = JSON.stringify({
      type: 'payment_failed',
      timestamp: new Date(NOW).toISOString(),
      data: { reference: 'bill-9' },
    })
    const reply = await api.send('POST', '/webhooks/generic', signedByBiller(body, { id: 'm1' }))
    expect([reply.status, reply.body['code']]).toEqual([503, 'unavailable'])
    expect(reply.body['detail']).toContain("reference 'bill-9' yet")
    expect((await statusOf()).refusedEvents).toEqual([])
  })
})

test('what a provider is to be told by now is counted, and since when', async () => {
  await expectOk(api.put('/v1/customers/acme', {}))
  await expectOk(api.post('/v1/customers/acme/subscriptions', { planId: 'starter' }))
  await env.DB.prepare(`UPDATE subscriptions SET provider_name = 'stripe', provider_due_at = ?1`)
    .bind(NOW - 5)
    .run()
  expect(named(await statusOf(), 'stripe')?.owed).toEqual({
    count: 1,
    oldestAt: new Date(NOW - 5).toISOString(),
  })
})

test('what was paid and has bought nothing is there until it has', async () => {
  await expectOk(
    api.put('/v1/plans/extra', {
      kind: 'addon',
      prices: [{ chargePeriod: 'monthly', amount: 500, currency: 'USD' }],
    }),
  )
  const { body } = await expectOk(
    api.post('/v1/checkout/sessions', { planId: 'extra', successUrl: 'https://app.test/' }),
  )
  const sessionId = String(body['id'])
  const refuse = env.DB.prepare('UPDATE checkout_sessions SET refused_because = ?1')
  await refuse.bind('unknown_reference').run()
  expect((await statusOf()).refusedCheckouts).toMatchObject([
    { sessionId, planId: 'extra', customerId: null, because: 'unknown_reference' },
  ])
  await refuse.bind(null).run()
  expect((await statusOf()).refusedCheckouts).toEqual([])
})
