import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { readSubscription } from '../../../worker/change/subscriptions.ts'
import { eventsOfSubscription } from '../../../worker/events/of-subscription.ts'
import { portsFrom } from '../../../worker/ports.ts'
import { clockAt, OPENING, openStorefront, type Storefront } from '../../support/storefront.ts'
import { toldOf, typesOf } from '../../support/told.ts'

let store: Storefront

beforeEach(async () => {
  store = await openStorefront()
})

afterEach(() => {
  vi.useRealTimers()
})

const IN_TWO_DAYS = '2026-02-02T10:00:00.000Z'

/** The events of what was done last, without entitlements. */
async function toldBy(act: () => Promise<unknown>): Promise<string> {
  const before = (await toldOf()).length
  await act()
  const types = await typesOf('acme', before)
  return types.filter((type) => !type.startsWith('entitlement.')).join(', ')
}

describe('a purchase', () => {
  it('is told with the subscription as the API answers it', async () => {
    const { id } = await store.monthlyPro()
    const [created, started] = (await toldOf()).filter(({ type }) => type.startsWith('sub'))
    expect(created).toMatchObject({ type: 'subscription.created', at: OPENING })
    expect(started).toMatchObject({ type: 'subscription.started', at: OPENING })
    const { body } = await store.api.get(`/subscriptions/${id}`)
    expect(created?.data).toEqual(body)
    expect(started?.data).toEqual(body)
  })

  it('for later is created now and started then', async () => {
    const later = { planId: 'starter', startAt: IN_TWO_DAYS }
    expect(await toldBy(() => store.taken(later))).toBe('subscription.created')
  })
})

describe('an act', () => {
  test.each<readonly [act: string, body: object | undefined, told: string]>([
    ['change', { planId: 'starter' }, 'subscription.updated'],
    ['change', { planId: 'starter', when: 'now' }, 'subscription.updated'],
    ['change', { planId: 'pro' }, ''],
    ['cancel', undefined, 'subscription.updated'],
    ['cancel', { when: 'now' }, 'subscription.ended'],
    ['pause', undefined, 'subscription.paused'],
    ['payment-failed', undefined, 'subscription.payment_failed, grace.started'],
    ['payment-succeeded', { occurredAt: OPENING }, 'subscription.payment_succeeded'],
    ['refund', { full: true }, 'subscription.refunded, subscription.ended'],
    ['renew', undefined, ''],
    [
      'renew',
      { period: { startAt: '2026-02-28T10:00:00Z', endAt: '2026-03-31T10:00:00Z' } },
      'subscription.renewed',
    ],
  ])('%s with %o is told as “%s”', async (act, body, told) => {
    const { id } = await store.monthlyPro()
    expect(await toldBy(() => store.act(id, act, body))).toBe(told)
  })

  it('says what was different before it', async () => {
    const { id } = await store.monthlyPro()
    await store.act(id, 'change', { planId: 'starter' })
    expect((await toldOf()).at(-1)).toMatchObject({
      type: 'subscription.updated',
      data: {
        id,
        planId: 'pro',
        pendingChange: { planId: 'starter' },
        previous: { pendingChange: null },
      },
    })
    await store.act(id, 'pause')
    const [paused] = (await toldOf()).filter(({ type }) => type === 'subscription.paused')
    expect(paused?.data.previous).toEqual({ status: 'active' })
    expect(await toldBy(() => store.act(id, 'resume'))).toBe('subscription.resumed')
  })

  it('of a provider carries its reference', async () => {
    const { id } = await store.monthlyPro()
    await store.act(id, 'payment-failed', { reference: 'inv_7' })
    const failed = (await toldOf()).find(({ type }) => type === 'subscription.payment_failed')
    expect(failed?.data).toMatchObject({ reference: 'inv_7', status: 'past_due' })
  })

  test.each<readonly [act: string, body: object | undefined, because: string]>([
    ['payment-succeeded', undefined, 'paid'],
    ['refund', { full: true }, 'refunded'],
    ['cancel', { when: 'now' }, 'canceled'],
  ])('%s in grace ends it: %o because %s', async (act, body, because) => {
    const { id } = await store.monthlyPro()
    await store.act(id, 'payment-failed')
    clockAt(IN_TWO_DAYS)
    await store.act(id, act, body)
    const ended = (await toldOf()).find(({ type }) => type === 'grace.ended')
    expect(ended).toMatchObject({ at: IN_TWO_DAYS, data: { id, because } })
  })

  it('that pays for a later period renews', async () => {
    const { id } = await store.monthlyPro()
    const before = await readSubscription({ ports: portsFrom(env) }, id)
    if (before === null) throw new Error('no subscription')
    const paid = (startAt: string, former = before) => {
      const period = { periodStartAt: Date.parse(startAt), periodEndAt: Date.parse(startAt) + 9e8 }
      const acted = { before: former, after: { ...former, ...period }, now: Date.parse(startAt) }
      const told = eventsOfSubscription({ acts: ['payment_succeeded'], ...acted })
      return told.map(({ type }) => type).join(', ')
    }
    expect(paid('2026-01-31T10:00:05Z')).toBe('subscription.payment_succeeded')
    expect(paid('2026-02-28T10:00:05Z')).toBe(
      'subscription.payment_succeeded, subscription.renewed',
    )
    const free = {
      ...before,
      phases: before.phases.map((each) => ({ ...each, chargePeriod: null })),
    }
    expect(paid('2026-02-28T10:00:05Z', free)).toBe('subscription.payment_succeeded')
  })

  it('that is refused or changes nothing is not told', async () => {
    const { id } = await store.monthlyPro()
    expect(await toldBy(() => store.act(id, 'resume'))).toBe('')
    expect(await toldBy(() => store.act(id, 'cancel', { at: '2020-01-01T00:00:00Z' }))).toBe('')
  })
})
