import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { given, opened, openShop, sessionNow, subscriptionsOf, told } from '../support/checkout.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, type Manager, manager } from '../support/manager.ts'

const MONTH = 30 * 86_400_000

let api: Manager

beforeEach(async () => {
  await fresh()
  api = await manager()
  await openShop(api)
})

const inAMonth = () => new Date(Date.now() + MONTH).toISOString()

/** What the customer has, by what the provider calls it. */
const standing = async () =>
  Object.fromEntries(
    (await subscriptionsOf(api, 'acme')).map(({ status, provider }) => [
      (provider as { reference: string } | null)?.reference ?? 'none',
      status,
    ]),
  )

const stored = (reference: string) =>
  env.DB.prepare(
    `SELECT ended_because AS because, provider_due_at AS due, grace_ends_at AS graceEnd
     FROM subscriptions WHERE provider_reference = ?1`,
  )
    .bind(reference)
    .first()

describe('a purchase after the former subscription has lapsed', () => {
  it('ends the former for good, so that whoever bills it is told to stop', async () => {
    await told(await opened(api, { customerId: 'acme' }))
    await env.DB.prepare('UPDATE subscriptions SET grace_started_at = ?1, grace_ends_at = ?2')
      .bind(Date.now() - MONTH, Date.now() - 1000)
      .run()
    const second = await opened(api, { customerId: 'acme' })
    expect(await told(second, { reference: 'sub_2' }, 'evt_2')).toMatchObject({ ok: true })
    expect(await standing()).toEqual({ sub_1: 'ended', sub_2: 'active' })
    expect(await stored('sub_1')).toMatchObject({ because: 'canceled', due: 0 })
    expect(await stored('sub_2')).toMatchObject({ because: null })
  })

  it('ends an unpaid trial as well', async () => {
    await expectOk(api.put('/v1/customers/acme', {}))
    await given(api, 'acme', {
      planId: 'tried',
      chargePeriod: 'monthly',
      startAt: new Date(Date.now() - MONTH).toISOString(),
      provider: { name: 'other', reference: 'sub_1' },
    })
    await env.DB.prepare('UPDATE subscriptions SET grace_ends_at = ?1')
      .bind(Date.now() - 1000)
      .run()
    await told(await opened(api, { customerId: 'acme' }), { reference: 'sub_2' })
    expect(await standing()).toEqual({ sub_1: 'ended', sub_2: 'active' })
    expect(await stored('sub_1')).toMatchObject({ because: 'canceled' })
  })
})

describe('a sale that was paid', () => {
  it('begins now, in the place of a base subscription that was still to begin', async () => {
    const session = await opened(api, { customerId: 'acme' })
    await expectOk(api.put('/v1/customers/acme', {}))
    await given(api, 'acme', {
      planId: 'starter',
      chargePeriod: 'monthly',
      startAt: inAMonth(),
      provider: { name: 'other', reference: 'sub_0' },
    })
    expect(await told(session)).toMatchObject({ ok: true })
    expect(await standing()).toEqual({ sub_0: 'ended', sub_1: 'active' })
    expect(await stored('sub_0')).toMatchObject({ because: 'canceled', due: 0 })
  })

  it('goes on with what runs, though another one was to follow it', async () => {
    await told(await opened(api, { customerId: 'acme', planId: 'starter' }), { reference: 'sub_0' })
    const session = await opened(api, { customerId: 'acme' })
    await env.DB.prepare('UPDATE subscriptions SET cancel_at = ?1')
      .bind(Date.now() + 1000)
      .run()
    await given(api, 'acme', { planId: 'starter', chargePeriod: 'monthly', startAt: inAMonth() })
    expect(await told(session, { reference: 'sub_1' }, 'evt_2')).toMatchObject({ ok: true })
    expect(await standing()).toEqual({ none: 'ended', sub_1: 'active' })
  })

  it('is honoured above the number that a customer may have', async () => {
    await expectOk(api.put('/v1/customers/acme', {}))
    const session = await opened(api, { customerId: 'acme', planId: 'pack' })
    for (let count = 0; count < 20; count++)
      await given(api, 'acme', { planId: 'pack', chargePeriod: 'monthly' })
    expect(await told(session)).toMatchObject({ ok: true })
    expect(await subscriptionsOf(api, 'acme')).toHaveLength(21)
  })

  it('is taken at once where the period whose end it was to wait for is gone', async () => {
    const period = { startAt: Date.now() - 1000, endAt: Date.now() + MONTH }
    await told(await opened(api, { customerId: 'acme' }), { reference: 'sub_0', period })
    const session = await opened(api, {
      customerId: 'acme',
      planId: 'starter',
      when: 'period_end',
    })
    await env.DB.prepare(
      `UPDATE subscriptions SET period_start_at = NULL, period_end_at = NULL,
       phases = json_set(phases, '$[0].planId', 'free', '$[0].chargePeriod', NULL)`,
    ).run()
    expect(await told(session, {}, 'evt_2')).toMatchObject({ ok: true })
    expect(await standing()).toEqual({ sub_1: 'active' })
  })
})

describe('a sale that was paid and cannot be had', () => {
  const lose = () => env.DB.prepare(`UPDATE plans SET id = 'lost' WHERE id = 'pro'`).run()
  const find = () => env.DB.prepare(`UPDATE plans SET id = 'pro' WHERE id = 'lost'`).run()
  const heard = async () =>
    (await env.DB.prepare('SELECT id, customer_id AS whom, outcome FROM payment_events').all())
      .results

  it('is written down, once, and the provider need not tell it again', async () => {
    const session = await opened(api, { customerId: 'acme' })
    await lose()
    const refused = { ok: true, value: { body: { outcome: 'refused' } } }
    expect(await told(session)).toMatchObject(refused)
    expect(await told(session)).toMatchObject(refused)
    expect(await heard()).toEqual([{ id: 'evt_1', whom: 'acme', outcome: 'refused' }])
    expect(await sessionNow(api, session)).toMatchObject({
      status: 'open',
      refusedBecause: 'unknown_reference',
    })
    const { body } = await expectOk(api.get('/v1/audit?customerId=acme'))
    expect(body['data']).toMatchObject([
      { action: 'checkout.refuse', resource: `checkout/sessions/${session.id}` },
    ])
  })

  it('is made good when it is told again after somebody has put it right', async () => {
    const session = await opened(api, { customerId: 'acme' })
    await lose()
    await told(session)
    await find()
    expect(await told(session)).toMatchObject({ ok: true })
    expect(await sessionNow(api, session)).toMatchObject({
      status: 'completed',
      refusedBecause: null,
    })
    expect(await standing()).toEqual({ sub_1: 'active' })
  })
})
