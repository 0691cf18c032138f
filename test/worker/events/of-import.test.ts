import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { bodyOf, clockAt, openStorefront, type Storefront } from '../../support/storefront.ts'
import { toldOf, typesOf } from '../../support/told.ts'

let store: Storefront

beforeEach(async () => {
  store = await openStorefront()
})

afterEach(() => {
  vi.useRealTimers()
})

const imported = (items: readonly object[]) => bodyOf(store.api.post('/customers/batch', { items }))

it('an import tells what the same changes tell one by one', async () => {
  await bodyOf(store.api.put('/customers/single', { name: 'Co' }))
  await store.take({ planId: 'pro', chargePeriod: 'monthly' }, 'single')
  await store.take({ planId: 'seats', quantity: 2 }, 'single')
  const bought = [
    { planId: 'pro', chargePeriod: 'monthly' },
    { planId: 'seats', quantity: 2 },
  ]
  const items = Array.from({ length: 30 }, (_, n) => ({
    id: `co-${n}`,
    name: 'Co',
    subscriptions: bought,
  }))
  await imported(items)
  const types = await typesOf('single')
  expect(types.toSorted()).toEqual((await typesOf('co-7')).toSorted())
  expect(await typesOf('co-7')).toEqual([
    'customer.created',
    'subscription.created',
    'subscription.started',
    'subscription.created',
    'subscription.started',
    'entitlement.granted',
  ])
  const [created] = await toldOf('co-29')
  const { body } = await store.api.get('/customers/co-29')
  expect(created?.data).toEqual(body)
  await imported(items)
  expect(await typesOf('co-7')).toHaveLength(6)
})

it('what time did to somebody comes before what an import adds', async () => {
  const { id } = await store.monthlyPro()
  await store.act(id, 'payment-failed')
  const before = (await toldOf()).length
  clockAt('2026-02-10T00:00:00.000Z')
  await imported([{ id: 'acme', name: 'Acme', subscriptions: [{ planId: 'seats' }] }])
  await imported([{ id: 'acme', name: 'Renamed' }])
  expect(await typesOf('acme', before)).toEqual([
    'grace.ended',
    'subscription.ended',
    'entitlement.revoked',
    'customer.updated',
    'subscription.created',
    'subscription.started',
    'customer.updated',
  ])
})
