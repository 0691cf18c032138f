/** Many customers at once: each its own outcome, few statements, no objects, and nothing twice. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { importCustomers } from '../../schema/wire/import.ts'
import { counting } from '../support/bindings.ts'
import { edge, makeKey, type Reply } from '../support/edge.ts'
import { bodyOf, OPENING, openStorefront, type Storefront } from '../support/storefront.ts'

let shop: Storefront

beforeEach(async () => {
  shop = await openStorefront()
})

afterEach(() => {
  vi.useRealTimers()
})

const send = async (items: readonly object[]) => {
  const { status, body } = await shop.api.post('/customers/batch', { items })
  if (status === 200) expect(importCustomers.answer.safeParse(body).error).toBeUndefined()
  return { status, body, results: body.results }
}

const rowsOf = async (table: string) => {
  const { results } = await env.DB.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()
  return results
}

const everything = () => Promise.all(['customers', 'subscriptions', 'changes'].map(rowsOf))

describe('an import', () => {
  it('makes customers as PUT makes them, with their subscriptions', async () => {
    const { results } = await send([
      {
        id: 'org/1',
        name: 'One',
        email: 'one@example.com',
        metadata: { tier: 'a' },
        subscriptions: [
          { planId: 'pro', chargePeriod: 'yearly', startAt: '2025-03-01T00:00:00Z' },
          { planId: 'seats', quantity: 3 },
        ],
      },
      { id: 'two' },
    ])
    expect(results).toMatchObject([
      {
        status: 201,
        id: 'org/1',
        name: 'One',
        metadata: { tier: 'a' },
        propagation: 'done',
        consistencyToken: expect.any(String),
        subscriptions: [
          { planId: 'pro', status: 'active', startAt: '2025-03-01T00:00:00.000Z' },
          { planId: 'seats', quantity: 3, startAt: OPENING },
        ],
      },
      { status: 201, id: 'two', name: null, subscriptions: [] },
    ])
    const { propagation, consistencyToken, status, subscriptions, ...customer } = results[0]
    expect(await bodyOf(shop.api.get('/customers/org%2F1'))).toEqual(customer)
    const listed = await bodyOf(shop.api.get('/customers/org%2F1/subscriptions'))
    expect(new Set(listed.data.map(({ id }: { id: string }) => id))).toEqual(
      new Set(subscriptions.map(({ id }: { id: string }) => id)),
    )
    const access = await bodyOf(shop.api.get('/access?customerId=org%2F1&featureId=sso'))
    expect([propagation, typeof consistencyToken, status, access.hasAccess]).toEqual([
      'done',
      'string',
      201,
      true,
    ])
  })

  it('that is repeated changes nothing, later too', async () => {
    const items = [
      {
        id: 'one',
        name: 'One',
        metadata: { a: [1, { b: null }] },
        subscriptions: [
          { planId: 'trialled' },
          { planId: 'seats' },
          { planId: 'seats' },
          { planId: 'seats', provider: { name: 'stripe', reference: 'sub_9' } },
        ],
      },
      { id: 'two', subscriptions: [{ planId: 'pro', chargePeriod: 'monthly', startAt: OPENING }] },
    ]
    const first = await send(items)
    expect(first.results.map(({ status }: { status: number }) => status)).toEqual([201, 201])
    const before = await everything()
    vi.setSystemTime(Date.parse(OPENING) + 40 * 86_400_000)
    const again = await send(items)
    expect(again.results.map(({ status }: { status: number }) => status)).toEqual([200, 200])
    expect(await everything()).toEqual(before)
    const ids = ({ results }: typeof first) =>
      results.flatMap(({ subscriptions }: { subscriptions: { id: string }[] }) =>
        subscriptions.map(({ id }) => id),
      )
    expect(ids(again)).toEqual(ids(first))
  })

  it('does not bring back what has ended', async () => {
    const items = [{ id: 'one', subscriptions: [{ planId: 'pro', chargePeriod: 'monthly' }] }]
    const { id } = (await send(items)).results[0].subscriptions[0]
    await shop.act(id, 'cancel', { when: 'now' })
    const [outcome] = (await send(items)).results
    expect(outcome).toMatchObject({ status: 200, subscriptions: [{ id, status: 'ended' }] })
  })

  it('adds what is new to a customer who is there, and tells its object', async () => {
    await shop.taken({ planId: 'pro', chargePeriod: 'monthly' })
    await bodyOf(shop.api.post('/consume', { customerId: 'acme', featureId: 'api-calls' }))
    vi.setSystemTime(Date.parse(OPENING) + 60_000)
    const { results } = await send([
      { id: 'acme', name: 'Acme', subscriptions: [{ planId: 'pro' }, { planId: 'seats' }] },
    ])
    expect(results).toMatchObject([
      { status: 200, name: 'Acme', propagation: 'done', subscriptions: [{ planId: 'pro' }, {}] },
    ])
    const row = await env.DB.prepare("SELECT * FROM customers WHERE id = 'acme'").first()
    expect(row).toMatchObject({ synced_revision: results[0].revision, name: 'Acme' })
  })

  it('refuses an item for what it cannot have, and says where; the others stand', async () => {
    await shop.monthlyPro()
    const { status, results } = await send([
      { id: 'one', subscriptions: [{ planId: 'seats' }, { planId: 'pr' }] },
      { id: 'acme', name: 'Lost', subscriptions: [{ planId: 'starter' }] },
      { id: 'two', subscriptions: [{ planId: 'starter' }, { planId: 'free' }] },
      { id: 'three', subscriptions: [{ planId: 'free', startAt: '1999-01-01T00:00:00Z' }] },
      { id: 'four', subscriptions: [{ planId: 'free' }] },
      {
        id: 'five',
        subscriptions: [{ planId: 'free' }, { planId: 'seats', chargePeriod: 'weekly' }],
      },
      { id: 'six', subscriptions: [{ planId: 'free', quantity: 2 }] },
    ])
    expect(status).toBe(200)
    expect(results).toMatchObject([
      {
        status: 422,
        problem: {
          code: 'unknown_reference',
          errors: [{ pointer: '/subscriptions/1/planId' }],
        },
      },
      { status: 409, problem: { code: 'base_subscription_exists' } },
      { status: 409, problem: { code: 'base_subscription_exists' } },
      {
        status: 400,
        problem: { code: 'invalid_request', errors: [{ pointer: '/subscriptions/0/startAt' }] },
      },
      { status: 201 },
      {
        status: 422,
        problem: { code: 'price_missing', errors: [{ pointer: '/subscriptions/1/chargePeriod' }] },
      },
      {
        status: 422,
        problem: {
          code: 'quantity_not_allowed',
          errors: [{ pointer: '/subscriptions/0/quantity' }],
        },
      },
    ])
    const ids = (await rowsOf('customers')).map(({ id }) => id)
    expect(ids).toEqual(['acme', 'four'])
    expect((await bodyOf(shop.api.get('/customers/acme'))).name).toBeNull()
  })

  it('leaves one entry in the log for each customer that it changed', async () => {
    await send([{ id: 'one', name: 'One', subscriptions: [{ planId: 'free' }] }, { id: 'acme' }])
    const { data } = await bodyOf(shop.api.get('/audit?pageSize=1'))
    expect(data).toMatchObject([
      {
        action: 'customers.import',
        resource: 'customers/one',
        before: null,
        after: { id: 'one', name: 'One', subscriptions: [{ planId: 'free' }] },
      },
    ])
    expect((await bodyOf(shop.api.get('/audit?customerId=acme'))).data.length).toBe(1)
  })

  it('that loses to another change decides again; nothing is lost', async () => {
    const items = (n: number) => [{ id: 'acme', name: `Acme ${n}` }, { id: `new-${n}` }]
    const outcomes = await Promise.all([0, 1].map((n) => send(items(n))))
    const statuses = outcomes.flatMap(({ results }) =>
      results.map(({ status }: { status: number }) => status),
    )
    expect(statuses).toEqual([200, 201, 200, 201])
    expect((await bodyOf(shop.api.get('/audit?customerId=acme'))).data.length).toBe(3)
  })

  it.each([
    [[{ id: 'one' }, { id: 'one' }]],
    [[{ id: ' one' }]],
    [[{ id: 'one', planId: 'free' }]],
    [[{ id: 'one', subscriptions: [{ planId: 'free', quantity: 0 }] }]],
    [Array.from({ length: 501 }, (_, n) => ({ id: `c-${n}` }))],
  ])('of %o is refused whole', async (items) => {
    const { status, body } = await send(items)
    expect([status, body.code]).toEqual([400, 'invalid_request'])
  })
})

describe('what an import costs', () => {
  it('is three batches for five hundred customers with subscriptions and what is told of them, and no object', async () => {
    const { bindings, counts } = counting()
    const key = await makeKey(['manage'])
    const there = edge(key, bindings)
    await there.get('/v1/keys')
    const before = counts.d1
    const items = Array.from({ length: 500 }, (_, n) => ({
      id: `c-${n}`,
      name: `Customer “${n}”`,
      metadata: { note: 'x'.repeat(1_500) },
      subscriptions: [{ planId: 'pro', chargePeriod: 'monthly' }, { planId: 'seats' }],
    }))
    const reply: Reply = await there.post('/v1/customers/batch', { items })
    expect(reply.status).toBe(200)
    expect(counts.objects).toBe(0)
    expect(counts.d1 - before).toBeLessThanOrEqual(32)
    const [customers, subscriptions, changes] = await everything()
    expect([customers?.length, subscriptions?.length]).toEqual([501, 1_000])
    expect(changes?.length).toBeGreaterThanOrEqual(501)
    expect(customers?.find(({ id }) => id === 'c-7')).toMatchObject({
      name: 'Customer “7”',
      metadata: JSON.stringify({ note: 'x'.repeat(1_500) }),
      synced_revision: null,
      synced_version: 0,
      next_due: Date.parse(OPENING),
    })
  })
})
