import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { bodyOf, clockAt, openStorefront, type Storefront } from '../../support/storefront.ts'
import { toldOf } from '../../support/told.ts'

let store: Storefront

beforeEach(async () => {
  store = await openStorefront()
})

afterEach(() => {
  vi.useRealTimers()
})

const override = (body: object) => bodyOf(store.api.put('/customers/acme/overrides/sso', body))
const ENABLED = { allowance: { enabled: true } }

/** What was told since, one event a line: its type and, of entitlements, which they are. */
async function told(after = 1): Promise<readonly string[]> {
  const events = (await toldOf()).slice(after)
  return events.map(({ type, data }) =>
    type.startsWith('entitlement.') ? `${type} ${data.featureIds} (${data.because})` : type,
  )
}

describe('a customer', () => {
  it('is told when it comes, changes and goes', async () => {
    await bodyOf(store.api.patch('/customers/acme', { name: 'Acme', metadata: { crm: 7 } }))
    await bodyOf(store.api.patch('/customers/acme', { name: 'Acme' }))
    await bodyOf(store.api.delete('/customers/acme'))
    const events = await toldOf()
    expect(events.map(({ type }) => type)).toEqual([
      'customer.created',
      'customer.updated',
      'customer.archived',
    ])
    const [created, updated, archived] = events
    expect(created?.data).toMatchObject({ id: 'acme', name: null })
    expect(created?.data).not.toHaveProperty('previous')
    expect(updated?.data).toMatchObject({ name: 'Acme', previous: { name: null, metadata: {} } })
    expect(archived?.data.previous).toEqual({ archivedAt: null })
  })

  it('who falls to the default plan is granted what it has', async () => {
    const { features, plans } = await bodyOf(store.api.get('/catalogue'))
    await bodyOf(store.api.put('/catalogue', { features, plans, defaultPlanId: 'free' }))
    await bodyOf(store.api.put('/customers/new', {}))
    expect((await toldOf('new')).map(({ type, data }) => [type, data.featureIds])).toEqual([
      ['customer.created', undefined],
      ['entitlement.granted', ['api-calls']],
    ])
  })
})

describe('entitlements', () => {
  test.each<readonly [what: string, act: () => Promise<unknown>, told: readonly string[]]>([
    [
      'come with a subscription',
      () => store.taken({ planId: 'starter' }),
      [
        'subscription.created',
        'subscription.started',
        'entitlement.granted api-calls (subscription.created)',
      ],
    ],
    [
      'do not come with one for later',
      () => store.taken({ planId: 'starter', startAt: '2026-02-02T10:00:00Z' }),
      ['subscription.created'],
    ],
    [
      'come with an override, where a plan holds',
      async () => {
        await store.taken({ planId: 'starter' })
        await override(ENABLED)
      },
      [
        'subscription.created',
        'subscription.started',
        'entitlement.granted api-calls (subscription.created)',
        'override.created',
        'override.started',
        'entitlement.granted sso (override.created)',
      ],
    ],
    [
      'do not come with an override that stands on nothing',
      () => override(ENABLED),
      ['override.created', 'override.started'],
    ],
    [
      'come with an override that stands alone, and go with it',
      async () => {
        await override({ ...ENABLED, standalone: true })
        await override({ ...ENABLED, standalone: true, reason: 'VIP' })
        await bodyOf(store.api.delete('/customers/acme/overrides/sso'))
      },
      [
        'override.created',
        'override.started',
        'entitlement.granted sso (override.created)',
        'override.updated',
        'override.deleted',
        'entitlement.revoked sso (override.deleted)',
      ],
    ],
  ])('%s', async (_, act, expected) => {
    await act()
    expect(await told()).toEqual(expected)
  })

  it('turn with upgrade, pause, resume and end', async () => {
    const { id } = await store.taken({ planId: 'starter' })
    await store.act(id, 'change', { planId: 'pro' })
    await store.act(id, 'pause')
    await store.act(id, 'resume')
    await store.act(id, 'cancel', { when: 'now' })
    expect(await told(4)).toEqual([
      'subscription.updated',
      'entitlement.granted sso (subscription.updated)',
      'entitlement.updated api-calls (subscription.updated)',
      'subscription.paused',
      'entitlement.revoked api-calls,sso (subscription.paused)',
      'subscription.resumed',
      'entitlement.granted api-calls,sso (subscription.resumed)',
      'subscription.ended',
      'entitlement.revoked api-calls,sso (subscription.ended)',
    ])
  })

  it('are not told of again for what changes nothing of them', async () => {
    const { id } = await store.monthlyPro()
    await store.act(id, 'cancel')
    await store.act(id, 'payment-failed')
    expect(await told(4)).toEqual([
      'subscription.updated',
      'subscription.payment_failed',
      'grace.started',
    ])
  })
})

describe('what time did before a change', () => {
  it('is told first, at its own instants, under the facts that held', async () => {
    const { id } = await store.monthlyPro()
    await store.act(id, 'payment-failed')
    const before = (await toldOf()).length
    clockAt('2026-02-10T00:00:00.000Z')
    await store.act(id, 'payment-succeeded')
    const events = (await toldOf()).slice(before)
    expect(events.map(({ type, at }) => `${at} ${type}`)).toEqual([
      '2026-02-03T10:00:00.000Z grace.ended',
      '2026-02-03T10:00:00.000Z subscription.ended',
      '2026-02-03T10:00:00.000Z entitlement.revoked',
      '2026-02-10T00:00:00.000Z subscription.payment_succeeded',
      '2026-02-10T00:00:00.000Z entitlement.granted',
    ])
    expect(events[0]?.data).toMatchObject({ because: 'lapsed', status: 'ended' })
    expect(events[1]?.data.previous).toMatchObject({ status: 'past_due', endedAt: null })
  })

  it('is told once, whatever is changed after it', async () => {
    await store.taken({ planId: 'starter' })
    await override({ ...ENABLED, expiresAt: '2026-02-05T00:00:00Z' })
    const before = (await toldOf()).length
    clockAt('2026-02-06T00:00:00.000Z')
    await bodyOf(store.api.put('/customers/acme/overrides/theme', { allowance: { value: 1 } }))
    await bodyOf(store.api.delete('/customers/acme/overrides/theme'))
    const events = (await toldOf()).slice(before)
    expect(events.map(({ type, at }) => `${at.slice(0, 10)} ${type}`)).toEqual([
      '2026-02-05 override.expired',
      '2026-02-05 entitlement.revoked',
      '2026-02-06 override.created',
      '2026-02-06 override.started',
      '2026-02-06 entitlement.granted',
      '2026-02-06 override.deleted',
      '2026-02-06 entitlement.revoked',
    ])
  })
})

describe('an edit of the catalogue', () => {
  it('is told once, with the plans and features that are others by it', async () => {
    await store.monthlyPro()
    const before = (await toldOf(null)).length
    const limit = { 'api-calls': { limit: 5 } }
    const { revision } = await bodyOf(store.api.patch('/plans/starter', { allowances: limit }))
    await bodyOf(store.api.patch('/plans/starter', { allowances: limit }))
    const events = (await toldOf(null)).slice(before)
    expect(events).toMatchObject([
      {
        type: 'catalogue.published',
        data: { revision, planIds: ['starter'], planCount: 1, featureIds: [], featureCount: 0 },
      },
    ])
    expect(await told(4)).toEqual([])
  })

  it('names the plans that inherit it', async () => {
    await bodyOf(store.api.patch('/plans/starter', { allowances: { theme: { value: 'dark' } } }))
    expect((await toldOf(null)).at(-1)?.data.planIds).toEqual(['pro', 'starter'])
  })
})
