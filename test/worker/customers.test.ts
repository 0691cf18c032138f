import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { customer as customerAnswer } from '../../schema/wire/customer.ts'
import worker from '../../worker/index.ts'
import { flaky } from '../support/bindings.ts'
import { dump } from '../support/dump.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, idsOf, type Manager, manager } from '../support/manager.ts'

let api: Manager

beforeEach(async () => {
  await fresh()
  api = await manager()
})

const listed = async (query: string) => idsOf(await expectOk(api.get(`/v1/customers${query}`)))

/** A catalogue of one meter, given by the plan `pro`. */
async function openShop() {
  await expectOk(
    api.put('/v1/catalogue', {
      features: [{ id: 'api-calls', type: 'meter' }],
      plans: [{ id: 'pro', allowances: { 'api-calls': { limit: 10 } } }, { id: 'basic' }],
    }),
  )
}

/** A customer on `pro` whose object exists. */
async function customerWithObject(id = 'acme') {
  await openShop()
  await expectOk(api.put(`/v1/customers/${id}`))
  await expectOk(api.post(`/v1/customers/${id}/subscriptions`, { planId: 'pro' }))
  const used = await expectOk(
    api.post('/v1/consume', { customerId: id, featureId: 'api-calls', quantity: 1 }),
  )
  expect(used.body['consumed']).toBe(true)
  await api.settle()
}

describe('a customer', () => {
  test('is made by stating it, with nothing that must be said', async () => {
    const { status, body, headers } = await api.put('/v1/customers/acme')
    expect(status).toBe(201)
    expect(body).toEqual({
      id: 'acme',
      name: null,
      email: null,
      graceDays: null,
      metadata: {},
      createdAt: expect.any(String),
      archivedAt: null,
      revision: expect.any(Number),
      consistencyToken: headers.get('Consistency-Token'),
      propagation: 'done',
    })
    expect(customerAnswer.safeParse(body).error).toBeUndefined()
    expect((await api.get('/v1/customers/acme')).headers.get('ETag')).toBe(headers.get('ETag'))
  })

  test('stated again as it is gets no new revision', async () => {
    const stated = { name: 'Acme', email: 'it@acme.test', graceDays: 3, metadata: { crm: [1, 2] } }
    const first = await api.put('/v1/customers/acme', stated)
    const before = await dump()
    const second = await api.put('/v1/customers/acme', stated)
    expect([second.status, second.body]).toEqual([200, first.body])
    expect(await dump()).toEqual(before)
  })

  test('stated anew loses what is left out, and keeps when it was made', async () => {
    const first = await api.put('/v1/customers/acme', { name: 'Acme', metadata: { crm: 1 } })
    const { body } = await api.put('/v1/customers/acme', { email: 'it@acme.test' })
    expect(body).toMatchObject({ name: null, email: 'it@acme.test', metadata: {} })
    expect(body['createdAt']).toBe(first.body['createdAt'])
    expect(Number(body['revision'])).toBeGreaterThan(Number(first.body['revision']))
  })

  test('is patched as a merge', async () => {
    await api.put('/v1/customers/acme', { name: 'Acme', metadata: { a: 1, b: { c: 2, d: 3 } } })
    const { body } = await api.patch('/v1/customers/acme', {
      email: 'it@acme.test',
      metadata: { a: null, b: { c: null } },
    })
    expect(body).toMatchObject({ name: 'Acme', email: 'it@acme.test', metadata: { b: { d: 3 } } })
    expect((await api.patch('/v1/customers/acme', { name: null })).body['name']).toBeNull()
  })

  test('may have any printable id', async () => {
    for (const id of ['org/1', 'A b', 'me@x.io', '%2F', '...', "o'neil", '"', 'x'.repeat(128)]) {
      const path = `/v1/customers/${encodeURIComponent(id)}`
      expect((await api.put(path)).status).toBe(201)
      expect((await api.get(path)).body['id']).toBe(id)
    }
  })

  test('is archived, leaves the lists, and comes back when it is stated', async () => {
    await api.put('/v1/customers/acme', { name: 'Acme' })
    const { body } = await api.remove('/v1/customers/acme')
    expect(body).toMatchObject({ name: 'Acme', archivedAt: expect.any(String) })
    expect(await listed('')).toEqual([])
    expect((await api.get('/v1/customers/acme')).body['archivedAt']).toBe(body['archivedAt'])
    expect((await api.put('/v1/customers/acme')).body['archivedAt']).toBeNull()
    expect(await listed('')).toEqual(['acme'])
  })

  test('whose subscription runs cannot be archived', async () => {
    await customerWithObject()
    const before = await dump()
    const { status, body } = await api.remove('/v1/customers/acme')
    expect([status, body['code']]).toEqual([409, 'customer_has_subscriptions'])
    const { results } = await env.DB.prepare('SELECT id FROM subscriptions').all<{ id: string }>()
    expect(body['detail']).toContain(results[0]?.id)
    expect(await dump()).toEqual(before)
    await expectOk(api.post(`/v1/subscriptions/${results[0]?.id}/cancel`, { when: 'now' }))
    expect((await api.remove('/v1/customers/acme')).status).toBe(200)
  })

  test('that is not there is not found', async () => {
    for (const reply of [
      api.get('/v1/customers/nobody'),
      api.patch('/v1/customers/nobody', {}),
      api.remove('/v1/customers/nobody'),
    ]) {
      expect((await reply).body).toMatchObject({ status: 404, code: 'customer_not_found' })
    }
    expect(await env.DB.prepare('SELECT count(*) AS n FROM customers').first('n')).toBe(0)
  })

  test('is edited under If-Match only while it has not changed', async () => {
    const { headers } = await api.put('/v1/customers/acme')
    const match = { 'If-Match': headers.get('ETag') ?? '' }
    expect((await api.patch('/v1/customers/acme', { name: 'A' }, match)).status).toBe(200)
    for (const reply of [
      api.patch('/v1/customers/acme', { name: 'B' }, match),
      api.put('/v1/customers/acme', {}, match),
      api.remove('/v1/customers/acme', match),
      api.put('/v1/customers/new', {}, { 'If-Match': '*' }),
    ]) {
      expect((await reply).body).toMatchObject({ status: 412, code: 'revision_mismatch' })
    }
    expect((await api.get('/v1/customers/acme')).body['name']).toBe('A')
  })
})

describe('what cannot stand is refused, and nothing is changed', () => {
  test.each([
    ['/v1/customers/acme', { email: 'nobody' }, '/email'],
    ['/v1/customers/acme', { email: 5 }, '/email'],
    ['/v1/customers/acme', { name: '' }, '/name'],
    ['/v1/customers/acme', { name: 'a\u0000b' }, '/name'],
    ['/v1/customers/acme', { graceDays: -1 }, '/graceDays'],
    ['/v1/customers/acme', { graceDays: 2.5 }, '/graceDays'],
    ['/v1/customers/acme', { graceDays: 100_000 }, '/graceDays'],
    ['/v1/customers/acme', { mail: 'it@acme.test' }, '/mail'],
    ['/v1/customers/acme', { metadata: [] }, '/metadata'],
    ['/v1/customers/acme', { metadata: { note: 'x'.repeat(9000) } }, '/metadata'],
    ['/v1/customers/acme', [], ''],
    ['/v1/customers/%20acme', {}, '/customerId'],
    ['/v1/customers/%C3%A9', {}, '/customerId'],
    [`/v1/customers/${'x'.repeat(129)}`, {}, '/customerId'],
    ['/v1/customers/acme%0A', {}, '/customerId'],
  ])('%s %j', async (path, body, pointer) => {
    await api.put('/v1/customers/acme', { name: 'Acme' })
    const before = await dump()
    for (const reply of [await api.put(path, body), await api.patch(path, body)]) {
      expect([reply.status, reply.body['code']]).toEqual([400, 'invalid_request'])
      expect(reply.body['errors']).toMatchObject([{ pointer }])
    }
    expect(await dump()).toEqual(before)
  })

  test('metadata that a patch would let grow beyond 50 keys', async () => {
    const keys = (from: number) =>
      Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`k${from + n}`, n]))
    await api.put('/v1/customers/acme', { metadata: keys(0) })
    const { status, body } = await api.patch('/v1/customers/acme', { metadata: keys(30) })
    expect([status, body['errors']]).toMatchObject([400, [{ pointer: '/metadata' }]])
  })
})

describe('the list', () => {
  beforeEach(async () => {
    await openShop()
    for (const [id, body] of [
      ['acme', { name: 'Acme Rockets', email: 'it@acme.test' }],
      ['ACME-2', { name: 'Second' }],
      ['globex', { name: 'acme resellers' }],
      ['initech', { email: 'Acme.Fan@initech.test' }],
      ['100%', {}],
    ] as const) {
      await expectOk(api.put(`/v1/customers/${encodeURIComponent(id)}`, body))
    }
  })

  test('goes page by page, newest first, and misses nobody who comes meanwhile', async () => {
    const first = await expectOk(api.get('/v1/customers?pageSize=2'))
    await api.put('/v1/customers/late')
    const cursor = String(first.body['nextCursor'])
    const rest = await listed(`?pageSize=100&cursor=${cursor}`)
    const seen = [...(first.body['data'] as { id: string }[]).map(({ id }) => id), ...rest]
    expect(seen.toSorted()).toEqual(['100%', 'ACME-2', 'acme', 'globex', 'initech'])
    expect((await listed('?pageSize=1'))[0]).toBe('late')
  })

  test.each([
    ['acme', ['ACME-2', 'acme', 'globex', 'initech']],
    ['ACME r', ['acme', 'globex']],
    ['it@', ['acme']],
    ['100%', ['100%']],
    ['cme', []],
    ['_', []],
    ["' OR 1=1 --", []],
  ])('of whom %j begins the id, the name or the e-mail address', async (q, ids) => {
    expect((await listed(`?q=${encodeURIComponent(q)}`)).toSorted()).toEqual(ids)
  })

  test('of who holds a plan, in a status, has an override, is over a limit', async () => {
    await expectOk(api.post('/v1/customers/acme/subscriptions', { planId: 'pro' }))
    const globex = await expectOk(
      api.post('/v1/customers/globex/subscriptions', { planId: 'basic' }),
    )
    await expectOk(
      api.post(`/v1/subscriptions/${String(globex.body['id'])}/cancel`, { when: 'now' }),
    )
    await expectOk(
      api.put('/v1/customers/initech/overrides/api-calls', {
        allowance: { limit: 5 },
        standalone: true,
      }),
    )
    await env.DB.prepare(
      `INSERT INTO usage_summary (customer_id, feature_id, used, limit_units, over, as_of, version, listed_at)
       SELECT id, 'api-calls', 12, 10, 1, 1, 1, created_at FROM customers WHERE id = 'acme'`,
    ).run()
    expect(await listed('?planId=pro')).toEqual(['acme'])
    expect(await listed('?planId=basic')).toEqual([])
    expect(await listed('?status=ended')).toEqual(['globex'])
    expect(await listed('?planId=basic&status=ended')).toEqual(['globex'])
    expect(await listed('?planId=pro&status=ended')).toEqual([])
    expect(await listed('?overridden=true')).toEqual(['initech'])
    expect(await listed('?overridden=false')).not.toContain('initech')
    expect(await listed('?overLimit=true')).toEqual(['acme'])
    expect(await listed('?overLimit=true&q=globex')).toEqual([])
    const { data } = (await expectOk(api.get('/v1/customers'))).body
    const marks = (data as readonly Record<string, unknown>[]).map(
      ({ id, plans, overLimit, overridden }) => [id, plans, overLimit, overridden],
    )
    expect(marks).toContainEqual(['acme', [{ planId: 'pro', status: 'active' }], true, false])
    expect(marks).toContainEqual(['globex', [], false, false])
    expect(marks).toContainEqual(['initech', [], false, true])
  })

  test('with what it holds, in order, and no override that has expired by its own clock', async () => {
    await env.DB.prepare("UPDATE customers SET clock_at = ?1 WHERE id = 'acme'")
      .bind(Date.now() + 2 * 86_400_000)
      .run()
    await expectOk(api.post('/v1/customers/acme/subscriptions', { planId: 'pro' }))
    await env.DB.prepare(
      `INSERT INTO overrides (customer_id, feature_id, allowance, standalone, start_at, expires_at, created_at, created_by, listed_at)
       SELECT id, 'api-calls', '{}', 0, 1, ?1, 1, 'key:test', created_at FROM customers WHERE id IN ('acme', 'globex')`,
    )
      .bind(Date.now() + 86_400_000)
      .run()
    const marksOf = async (id: string) => {
      const { data } = (await expectOk(api.get(`/v1/customers?q=${id}`))).body
      return (data as readonly Record<string, unknown>[]).find((each) => each['id'] === id)
    }
    expect(await marksOf('acme')).toMatchObject({
      plans: [{ planId: 'pro', status: 'active' }],
      overridden: false,
    })
    expect(await marksOf('globex')).toMatchObject({ plans: [], overridden: true })
  })

  test.each(['status=gone', 'overridden=yes', 'q=', 'planId=Pro', 'name=acme', 'q=a&q=b'])(
    'refuses %s',
    async (query) => {
      const { status, body } = await api.get(`/v1/customers?${query}`)
      expect([status, body['code']]).toEqual([400, 'invalid_request'])
    },
  )
})

describe('a change of a customer', () => {
  const rowOf = (id: string) =>
    env.DB.prepare('SELECT revision, synced_revision FROM customers WHERE id = ?')
      .bind(id)
      .first<{ revision: number; synced_revision: number | null }>()

  test('makes no object where there was none', async () => {
    api = api.over({ CUSTOMERS: flaky(() => true) })
    const { body } = await api.put('/v1/customers/acme', { name: 'Acme' })
    expect(body['propagation']).toBe('done')
    expect((await rowOf('acme'))?.synced_revision).toBeNull()
  })

  test('without an object is looked after by the tick, which makes none either', async () => {
    await openShop()
    await api.put('/v1/customers/acme')
    await expectOk(api.post('/v1/customers/acme/subscriptions', { planId: 'pro' }))
    await env.DB.prepare("UPDATE subscriptions SET status = 'scheduled'").run()
    await worker.scheduled(createScheduledController(), env)
    expect(await listed('?planId=pro&status=active')).toEqual(['acme'])
    expect((await rowOf('acme'))?.synced_revision).toBeNull()
    expect(await env.DB.prepare('SELECT next_due FROM customers').first('next_due')).toBeNull()
  })

  test('is applied by the object before the answer', async () => {
    await customerWithObject()
    const { body } = await api.patch('/v1/customers/acme', { name: 'New' })
    expect(body['propagation']).toBe('done')
    const row = await rowOf('acme')
    expect(row?.synced_revision).toBe(body['revision'])
  })

  test('that does not reach the object is pending, and the next tick brings it there', async () => {
    await customerWithObject()
    api = api.over({ CUSTOMERS: flaky((method) => method === 'apply') })
    const { body } = await api.patch('/v1/customers/acme', { name: 'New' })
    expect(body['propagation']).toBe('pending')
    const before = await rowOf('acme')
    expect(before?.synced_revision).toBeLessThan(before?.revision ?? 0)
    expect((await api.put('/v1/customers/acme', { name: 'New' })).body['propagation']).toBe(
      'pending',
    )
    await worker.scheduled(createScheduledController(), env)
    const after = await rowOf('acme')
    expect(after?.synced_revision).toBe(after?.revision)
  })

  test('at the same time as others stands with them', async () => {
    await api.put('/v1/customers/acme')
    const replies = await Promise.all([
      api.patch('/v1/customers/acme', { name: 'Acme' }),
      api.patch('/v1/customers/acme', { email: 'it@acme.test' }),
      api.patch('/v1/customers/acme', { graceDays: 3 }),
    ])
    expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200])
    expect((await api.get('/v1/customers/acme')).body).toMatchObject({
      name: 'Acme',
      email: 'it@acme.test',
      graceDays: 3,
    })
    expect(new Set(replies.map((reply) => reply.body['revision'])).size).toBe(3)
  })

  test('at the same time under If-Match has one winner', async () => {
    const { headers } = await api.put('/v1/customers/acme')
    const match = { 'If-Match': headers.get('ETag') ?? '' }
    const replies = await Promise.all(
      ['A', 'B', 'C'].map((name) => api.patch('/v1/customers/acme', { name }, match)),
    )
    expect(replies.map((reply) => reply.status).toSorted((a, b) => a - b)).toEqual([200, 412, 412])
  })

  test('made twice at once is made once', async () => {
    const replies = await Promise.all([
      api.put('/v1/customers/acme'),
      api.put('/v1/customers/acme'),
    ])
    expect(replies.map((reply) => reply.status).toSorted((a, b) => a - b)).toEqual([200, 201])
    expect(replies[0]?.body['revision']).toBe(replies[1]?.body['revision'])
  })

  test('is in the log with what was before and what is after', async () => {
    await api.put('/v1/customers/acme', { name: 'Acme' })
    await api.patch('/v1/customers/acme', { name: 'New' })
    const { results } = await env.DB.prepare(
      "SELECT previous, revision, action, resource, before, after FROM changes WHERE subject = 'customer:acme'",
    ).all()
    expect(results).toMatchObject([
      { previous: 0, action: 'customers.put', resource: 'customers/acme', before: null },
      { previous: results[0]?.['revision'], action: 'customers.patch' },
    ])
    expect(JSON.parse(String(results[1]?.['before']))).toMatchObject({ name: 'Acme' })
    expect(JSON.parse(String(results[1]?.['after']))).toMatchObject({ name: 'New' })
  })
})
