import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { subscriptionPreview } from '../../schema/wire/preview.ts'
import { dump } from '../support/dump.ts'
import { bodyOf, clockAt, openStorefront, type Storefront } from '../support/storefront.ts'

let store: Storefront

beforeEach(async () => {
  store = await openStorefront()
})

afterEach(() => {
  vi.useRealTimers()
})

const preview = (id: string, body: object) =>
  store.api.post(`/subscriptions/${id}/change?dryRun=true`, body)

const answers = async (): Promise<Readonly<Record<string, unknown>>> => {
  const { data } = await bodyOf(store.api.get('/customers/acme/entitlements?fresh=true'))
  return Object.fromEntries(
    data.map((answer: { featureId: string; hint?: string }) => {
      const { hint: _, ...each } = answer
      return [each.featureId, each]
    }),
  )
}

const report = (value: number) =>
  bodyOf(
    store.api.post('/usage', {
      customerId: 'acme',
      featureId: 'api-calls',
      behaviour: 'set',
      value,
    }),
  )

describe('a preview of a subscription’s change', () => {
  it('that happens now tells what the customer is answered before and after', async () => {
    const { id } = await store.taken({ planId: 'starter' })
    await report(40)
    const before = await answers()
    const stored = await dump()
    const told = await bodyOf(preview(id, { planId: 'pro', chargePeriod: 'monthly' }))
    expect(subscriptionPreview.parse(told)).toEqual(told)
    expect(await dump()).toEqual(stored)
    expect(told).toMatchObject({
      at: '2026-01-31T10:00:00.000Z',
      gains: ['api-calls', 'sso'],
      losses: [],
      overLimit: [],
    })
    await store.act(id, 'change', { planId: 'pro', chargePeriod: 'monthly' })
    const after = await answers()
    expect(told.changes).toEqual(
      ['api-calls', 'sso'].map((featureId) => ({
        featureId,
        before: before[featureId],
        after: after[featureId],
      })),
    )
  })

  it('that waits for the period’s end tells how things are then', async () => {
    const { id } = await store.monthlyPro()
    await report(400)
    const told = await bodyOf(preview(id, { planId: 'starter' }))
    expect(told).toMatchObject({
      at: '2026-02-28T10:00:00.000Z',
      gains: [],
      losses: ['api-calls', 'sso'],
      overLimit: [],
      changes: [
        {
          featureId: 'api-calls',
          before: { limit: 1000, used: 0 },
          after: { limit: 100, used: 0 },
        },
        { featureId: 'sso', after: { reason: 'not_in_plan' } },
      ],
    })
    await store.act(id, 'change', { planId: 'starter' })
    clockAt(told.at)
    const after = await answers()
    for (const { featureId, after: promised } of told.changes) {
      expect(after[featureId]).toEqual(promised)
    }
  })

  it('that is forced now says what would be over its limit', async () => {
    const { id } = await store.monthlyPro()
    await report(400)
    const told = await bodyOf(preview(id, { planId: 'starter', when: 'now' }))
    expect(told).toMatchObject({
      losses: ['api-calls', 'sso'],
      overLimit: ['api-calls'],
      changes: [
        { before: { used: 400, balance: 600 }, after: { used: 400, balance: 0, overage: 300 } },
        {},
      ],
    })
    await store.act(id, 'change', { planId: 'starter', when: 'now' })
    expect(await answers()).toMatchObject({
      'api-calls': { reason: 'limit_reached', overage: 300 },
    })
  })

  it('to what is held already says that nothing happens', async () => {
    const { id } = await store.monthlyPro()
    expect(await bodyOf(preview(id, { planId: 'pro', chargePeriod: 'monthly' }))).toEqual({
      at: '2026-01-31T10:00:00.000Z',
      gains: [],
      losses: [],
      changes: [],
      overLimit: [],
    })
  })

  it('that has not begun tells how things are when it does', async () => {
    const { id } = await store.taken({ planId: 'starter', startAt: '2026-03-01T00:00:00Z' })
    const told = await bodyOf(preview(id, { planId: 'pro', chargePeriod: 'yearly' }))
    expect(told).toMatchObject({ at: '2026-03-01T00:00:00.000Z', gains: ['api-calls', 'sso'] })
  })

  it('fails where the change would, and keeps no answer under its key', async () => {
    const { id } = await store.monthlyPro()
    for (const body of [
      { planId: 'none' },
      { planId: 'seats' },
      { planId: 'pro', chargePeriod: 'weekly' },
      { planId: 'starter', quantity: 2 },
    ]) {
      const tried = await preview(id, body)
      const { body: refused } = await store.api.post(`/subscriptions/${id}/change`, body)
      expect({ ...tried.body, requestId: '' }).toEqual({ ...refused, requestId: '' })
    }
    const ended = await store.taken({ planId: 'seats' })
    await store.act(ended.id, 'refund', { full: true })
    expect((await preview(ended.id, { planId: 'seats' })).body.code).toBe('transition_refused')
    expect((await preview('sub_none', { planId: 'pro' })).status).toBe(404)
    const key = { 'Idempotency-Key': 'once' }
    const path = `/subscriptions/${id}/change`
    await bodyOf(store.api.post(`${path}?dryRun=true`, { planId: 'starter' }, key))
    expect(await bodyOf(store.api.post(path, { planId: 'starter' }, key))).toMatchObject({
      pendingChange: { planId: 'starter' },
    })
  })
})
