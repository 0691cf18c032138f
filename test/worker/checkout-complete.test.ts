import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  countOf,
  opened,
  openShop,
  paid,
  press,
  type Session,
  sessionNow,
  subscriptionsOf,
  told,
} from '../support/checkout.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, type Manager, manager } from '../support/manager.ts'

const MONTH = 30 * 86_400_000

let api: Manager

beforeEach(async () => {
  await fresh()
  api = await manager()
  await openShop(api)
})

const heard = async () =>
  (await env.DB.prepare('SELECT id, outcome FROM payment_events ORDER BY id').all()).results

describe('a payment that another provider tells', () => {
  it('names what it bills from now on, and the period that was paid for', async () => {
    const now = Date.now()
    const period = { startAt: now - 60_000, endAt: now + MONTH }
    const session = await opened(api, { customerId: 'acme' })
    expect(await told(session, { period })).toMatchObject({ ok: true })
    expect(await subscriptionsOf(api, 'acme')).toMatchObject([
      {
        status: 'active',
        provider: { name: 'other', reference: 'sub_1' },
        currentPeriod: {
          startAt: new Date(period.startAt).toISOString(),
          endAt: new Date(period.endAt).toISOString(),
        },
      },
    ])
  })

  it('is honoured after the session has expired here: the money is taken', async () => {
    const session = await opened(api, { customerId: 'acme' })
    await expectOk(api.post(`/v1/checkout/sessions/${session.id}/expire`, {}))
    expect(await told(session)).toMatchObject({ ok: true })
    expect(await sessionNow(api, session)).toMatchObject({ status: 'completed' })
    expect(await subscriptionsOf(api, 'acme')).toHaveLength(1)
  })

  it('again, in whatever words, is written down and does nothing more', async () => {
    const session = await opened(api)
    await Promise.all([told(session), told(session), told(session, {}, 'evt_2')])
    await told(session, {}, 'evt_3')
    expect(await countOf('subscriptions')).toBe(1)
    expect(await countOf('customers')).toBe(1)
    const outcomes = (await heard()).map(({ outcome }) => outcome)
    expect(outcomes.map(String).toSorted()).toEqual(['applied', 'no_effect', 'no_effect'])
  })

  it('of a session that is not ours is not found, and nothing is written down', async () => {
    const nobody = { id: 'cs_0000000000000000000000zzzz' } as Session
    expect(await told(nobody)).toMatchObject({ ok: false, error: { code: 'session_not_found' } })
    expect(await heard()).toEqual([])
  })

  it('for another plan bills the same subscription, and says which one it takes the place of', async () => {
    await paid(api, await opened(api, { customerId: 'acme', planId: 'starter' }))
    await told(await opened(api, { customerId: 'acme' }))
    const next = { reference: 'sub_2' }
    await told(await opened(api, { customerId: 'acme', planId: 'deal' }), next, 'evt_2')
    expect(await subscriptionsOf(api, 'acme')).toMatchObject([
      { planId: 'deal', provider: { name: 'other', reference: 'sub_2' } },
    ])
    const { results } = await env.DB.prepare(
      'SELECT replaced_reference AS replaced FROM checkout_sessions ORDER BY completed_at, id',
    ).all()
    // What the sandbox bills is nothing that another could end.
    expect(results.map(({ replaced }) => replaced)).toEqual([null, null, 'sub_1'])
  })

  it('once and for all is billed by nobody', async () => {
    const input = { customerId: 'acme', planId: 'pack', chargePeriod: 'one_time' }
    await told(await opened(api, input), { reference: null })
    expect(await subscriptionsOf(api, 'acme')).toMatchObject([{ status: 'active', provider: null }])
  })
})

describe('paying and closing a session at the same instant', () => {
  it.each([1, 2, 3, 4])('comes to one of the two, whole (%i)', async () => {
    const session = await opened(api, { customerId: 'acme' })
    const [payment, closing] = await Promise.all([
      press(api, session, 'pay'),
      api.post(`/v1/checkout/sessions/${session.id}/expire`, {}),
    ])
    const isPaid = payment.status === 303
    expect([payment.status, closing.status]).toEqual(isPaid ? [303, 409] : [409, 200])
    expect(await countOf('subscriptions')).toBe(isPaid ? 1 : 0)
    expect(await sessionNow(api, session)).toMatchObject({
      status: isPaid ? 'completed' : 'expired',
    })
  })
})
