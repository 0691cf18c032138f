/** One customer whose clock is a year ahead, through everything that answers about it: all of it a year ahead. */
import { createExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { Sluice } from '../../worker/rpc.ts'
import { bodyOf, OPENING, openStorefront, type Storefront } from '../support/storefront.ts'

const NOW = '2027-02-10T12:00:00.000Z'
const RESET = '2027-02-28T10:00:00.000Z'
const PERIOD = { startAt: '2027-01-31T10:00:00.000Z', endAt: RESET }

let shop: Storefront
let subscriptionId: string

beforeEach(async () => {
  shop = await openStorefront()
  await bodyOf(shop.api.put('/plans/calls', { kind: 'addon', allowances: {} }))
  subscriptionId = (await shop.monthlyPro()).id
  await consume(400)
  await bodyOf(shop.api.put('/sandbox/customers/acme/clock', { now: NOW }))
})

const consume = (quantity: number) =>
  bodyOf(shop.api.post('/consume', { customerId: 'acme', featureId: 'api-calls', quantity }))

const ask = (path: string) => bodyOf(shop.api.get(path))

const METER = { used: 0, balance: 1000, resetAt: RESET, period: PERIOD }

describe('a clock a year ahead', () => {
  it('is what checks go by: single, fresh, in lists and in batches', async () => {
    const path = '/access?customerId=acme&featureId=api-calls'
    expect(await ask(path)).toMatchObject(METER)
    expect(await ask(path)).toMatchObject({ ...METER, servedFrom: 'memory' })
    expect(await ask(`${path}&fresh=true`)).toMatchObject(METER)
    const { data } = await ask('/customers/acme/entitlements?featureId=api-calls')
    expect(data[0]).toMatchObject(METER)
    const items = [{ customerId: 'acme', featureId: 'api-calls' }]
    const { results } = await bodyOf(shop.api.post('/access/batch', { items }))
    expect(results[0]).toMatchObject(METER)
  })

  it('is what other Workers are answered by', async () => {
    const sluice = new Sluice(createExecutionContext(), env)
    const asked = { customerId: 'acme', featureId: 'api-calls' }
    expect(await sluice.hasAccess(asked)).toMatchObject({ status: 200, ...METER })
    expect(await sluice.consume({ ...asked, quantity: 3 })).toMatchObject({
      consumed: true,
      entitlement: { used: 3, resetAt: RESET },
    })
  })

  it('is explained by what holds then', async () => {
    const { lots, steps } = await ask('/customers/acme/entitlements/api-calls?explain=true')
    expect(lots).toEqual([expect.objectContaining({ startAt: PERIOD.startAt, endsAt: RESET })])
    expect(JSON.stringify(steps)).not.toContain('2026-02-28')
  })

  it('is when things are used', async () => {
    expect((await consume(5)).entitlement).toMatchObject({ used: 5, balance: 995, resetAt: RESET })
    const { data } = await ask('/customers/acme/usage?featureId=api-calls')
    const days = data.map(({ startAt, consumed }: { startAt: string; consumed: number }) => [
      startAt.slice(0, 10),
      consumed,
    ])
    expect(days[0]).toEqual(['2026-01-31', 400])
    expect(days.at(-1)).toEqual(['2027-02-10', 5])
    const entries = await ask('/customers/acme/usage/entries?featureId=api-calls')
    expect(entries.data[0]).toMatchObject({ kind: 'consume', day: '2027-02-10', lastAt: NOW })
  })

  it('bounds when usage may have happened', async () => {
    const report = (occurredAt: string) =>
      shop.api.post('/usage', {
        customerId: 'acme',
        featureId: 'api-calls',
        behaviour: 'delta',
        value: 1,
        occurredAt,
      })
    expect(await bodyOf(report('2027-02-10T11:00:00Z'))).toMatchObject({ late: false })
    expect(await bodyOf(report('2027-01-15T00:00:00Z'))).toMatchObject({ late: true })
    expect((await report(OPENING)).body.code).toBe('occurred_at_out_of_range')
    expect((await report('2027-02-10T12:05:00.001Z')).body.code).toBe('occurred_at_out_of_range')
  })

  it('is when an override begins that does not say, and when it ends', async () => {
    const put = await bodyOf(
      shop.api.put('/customers/acme/overrides/theme', {
        allowance: { value: 'dark' },
        expiresAt: '2027-02-11T00:00:00Z',
      }),
    )
    expect(put.startAt).toBe(NOW)
    expect((await ask('/access?customerId=acme&featureId=theme')).hasAccess).toBe(true)
    expect((await ask('/customers?overridden=true')).data).toHaveLength(1)
    await bodyOf(shop.api.put('/sandbox/customers/acme/clock', { advanceSeconds: 12 * 3600 }))
    expect((await ask('/access?customerId=acme&featureId=theme')).hasAccess).toBe(false)
    expect((await ask('/customers?overridden=true')).data).toEqual([])
  })

  it('is where subscriptions stand and what they do next', async () => {
    const now = { status: 'active', currentPeriod: PERIOD }
    expect(await ask(`/subscriptions/${subscriptionId}`)).toMatchObject(now)
    expect((await ask('/subscriptions')).data[0]).toMatchObject(now)
    expect((await ask('/customers/acme/subscriptions')).data[0]).toMatchObject(now)
    const terms = { planId: 'starter' }
    const path = `/subscriptions/${subscriptionId}`
    expect((await bodyOf(shop.api.post(`${path}/change?dryRun=true`, terms))).at).toBe(RESET)
    const { pendingChange } = await bodyOf(shop.api.post(`${path}/change`, terms))
    expect(pendingChange).toMatchObject({ planId: 'starter', at: RESET })
    expect((await bodyOf(shop.api.post(`${path}/cancel`, {}))).cancelAt).toBe(RESET)
  })

  it('is when a new subscription begins, bought or imported', async () => {
    expect((await shop.taken({ planId: 'calls' })) as object).toMatchObject({ startAt: NOW })
    const items = [{ id: 'acme', subscriptions: [{ planId: 'seats' }] }]
    const { results } = await bodyOf(shop.api.post('/customers/batch', { items }))
    expect(results[0].subscriptions[0].startAt).toBe(NOW)
  })

  it('is when what is bought in a checkout begins', async () => {
    const { id } = await bodyOf(
      shop.api.post('/checkout/sessions', {
        customerId: 'acme',
        planId: 'seats',
        chargePeriod: 'monthly',
        quantity: 2,
        successUrl: 'https://app.example/done',
      }),
    )
    const paid = await exports.default.fetch(`https://sluice.test/checkout/${id}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'outcome=pay',
    })
    expect(paid.status).toBe(303)
    const { subscriptionId: bought } = await ask(`/checkout/sessions/${id}`)
    expect(await ask(`/subscriptions/${bought}`)).toMatchObject({ startAt: NOW, quantity: 2 })
  })

  it('is when grace begins, and how late a provider may tell', async () => {
    const failed = await shop.act(subscriptionId, 'payment-failed', { occurredAt: NOW })
    expect(failed).toMatchObject({ grace: { startedAt: NOW, endsAt: '2027-02-13T12:00:00.000Z' } })
    const tooEarly = { occurredAt: '2027-02-10T12:05:00.001Z' }
    expect(await shop.act(subscriptionId, 'payment-succeeded', tooEarly)).toMatchObject({
      code: 'invalid_request',
    })
  })

  it('is what an edit of a plan is previewed by', async () => {
    await shop.act(subscriptionId, 'change', { planId: 'starter' })
    const touched = async (planId: string) => {
      const edit = { allowances: { 'api-calls': { limit: 5 } } }
      return (await bodyOf(shop.api.patch(`/plans/${planId}?dryRun=true`, edit))).customers
    }
    expect([await touched('pro'), await touched('starter')]).toEqual([1, 0])
    await bodyOf(shop.api.put('/sandbox/customers/acme/clock', { now: RESET }))
    expect([await touched('pro'), await touched('starter')]).toEqual([0, 1])
  })

  it('concerns nobody else', async () => {
    await bodyOf(shop.api.put('/customers/other', {}))
    const { startAt, currentPeriod } = await bodyOf(shop.take({ planId: 'starter' }, 'other'))
    expect([startAt, currentPeriod.startAt]).toEqual([OPENING, OPENING])
  })
})
