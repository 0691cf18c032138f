import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import demo from '../../scripts/demo.json' with { type: 'json' }
import worker from '../../worker/index.ts'
import { counting, down } from '../support/bindings.ts'
import { dump } from '../support/dump.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, type Manager, manager, openTiers } from '../support/manager.ts'

const CATALOGUE = { features: demo.features, plans: demo.plans, defaultPlanId: null }

let api: Manager

beforeEach(async () => {
  await fresh()
  api = await manager()
})

describe('the catalogue as one document', () => {
  test('is what the demo data hold, and goes back as it came', async () => {
    const made = await expectOk(api.put('/v1/catalogue', CATALOGUE))
    const read = await api.get('/v1/catalogue')
    expect(read.body['revision']).toBe(made.body['revision'])
    const before = await dump()
    const again = await expectOk(api.put('/v1/catalogue', read.body))
    expect(again.body['revision']).toBe(made.body['revision'])
    expect((await api.put('/v1/catalogue', CATALOGUE)).body['revision']).toBe(made.body['revision'])
    expect(await dump()).toEqual(before)
  })

  test('leaves alone what it does not name, unless it is to prune', async () => {
    await openTiers(api)
    const rest = { features: [{ id: 'sso', type: 'boolean' }], plans: [{ id: 'solo' }] }
    await expectOk(api.put('/v1/catalogue', rest))
    expect((await api.get('/v1/plans/pro')).body['archivedAt']).toBeNull()
    await expectOk(api.put('/v1/catalogue?prune=true', rest))
    const archived = await Promise.all(
      ['plans/pro', 'plans/solo', 'features/retries', 'features/sso'].map(async (path) => {
        return (await api.get(`/v1/${path}`)).body['archivedAt'] !== null
      }),
    )
    expect(archived).toEqual([true, false, true, false])
  })

  test('applies as a whole or not at all, and says where it fails', async () => {
    await openTiers(api)
    const before = await dump()
    const { status, body } = await api.put('/v1/catalogue', {
      features: [{ id: 'new', type: 'boolean' }],
      plans: [
        { id: 'fine', allowances: { new: { enabled: true } } },
        { id: 'wrong', allowances: { new: { limit: 5 } } },
      ],
    })
    expect([status, body['code']]).toEqual([422, 'allowance_type_mismatch'])
    expect(body['errors']).toMatchObject([{ pointer: '/plans/1/allowances/new' }])
    expect(await dump()).toEqual(before)
  })

  test.each([
    [{ defaultPlanId: 'nobody' }, '/defaultPlanId'],
    [{ plans: [{ id: 'add', kind: 'addon' }], defaultPlanId: 'add' }, '/defaultPlanId'],
    [{ plans: [{ id: 'a', parentId: 'b' }] }, '/parentId'],
  ])('%j is refused at %s', async (part, pointer) => {
    const { status, body } = await api.put('/v1/catalogue', { features: [], plans: [], ...part })
    expect(status).toBe(422)
    expect(body['errors']).toMatchObject([{ pointer }])
  })

  test('tells item by item what it would state otherwise, and nothing of what stays', async () => {
    await openTiers(api)
    await expectOk(api.remove('/v1/plans/enterprise'))
    const { body: stored } = await api.get('/v1/catalogue')
    const same = await expectOk(api.put('/v1/catalogue?dryRun=true', stored))
    expect(same.body).toMatchObject({ changes: [], plans: [] })
    const { body } = await expectOk(
      api.put('/v1/catalogue?dryRun=true&prune=true', {
        features: [
          { id: 'sso', type: 'boolean', name: 'Single sign-on' },
          { id: 'advanced-analytics', type: 'boolean' },
          { id: 'api-calls', type: 'meter' },
          { id: 'new', type: 'boolean' },
        ],
        plans: [
          { id: 'starter', rank: 1, allowances: { 'api-calls': { limit: 2000 } } },
          {
            id: 'enterprise',
            rank: 3,
            parentId: 'starter',
            allowances: { new: { enabled: true } },
          },
        ],
        defaultPlanId: 'starter',
      }),
    )
    expect(body['changes']).toEqual([
      { resource: 'features/new', change: 'created', fields: [], fieldCount: 0 },
      { resource: 'features/retries', change: 'archived', fields: [], fieldCount: 0 },
      { resource: 'features/sso', change: 'changed', fields: ['/name'], fieldCount: 1 },
      {
        resource: 'plans/enterprise',
        change: 'restored',
        fields: ['/parentId', '/allowances/new', '/allowances/retries'],
        fieldCount: 3,
      },
      { resource: 'plans/pro', change: 'archived', fields: [], fieldCount: 0 },
      {
        resource: 'plans/starter',
        change: 'changed',
        fields: ['/allowances/api-calls'],
        fieldCount: 1,
      },
      { resource: 'catalogue', change: 'changed', fields: ['/defaultPlanId'], fieldCount: 1 },
    ])
  })

  test('names at most fifty fields of an item, and says how many differ', async () => {
    const features = Array.from({ length: 60 }, (_, n) => ({ id: `f${n}`, type: 'boolean' }))
    const allowances = Object.fromEntries(features.map(({ id }) => [id, { enabled: true }]))
    await expectOk(api.put('/v1/catalogue', { features, plans: [{ id: 'all', allowances }] }))
    const { body } = await expectOk(api.put('/v1/plans/all?dryRun=true', {}))
    const [change] = body['changes'] as { fields: string[]; fieldCount: number }[]
    expect([change?.fields.length, change?.fieldCount]).toEqual([50, 60])
  })

  test('may hold as much as a catalogue can', async () => {
    const features = Array.from({ length: 500 }, (_, n) => ({ id: `f${n}`, type: 'meter' }))
    const allowances = Object.fromEntries(features.slice(0, 20).map(({ id }) => [id, { limit: 1 }]))
    const plans = Array.from({ length: 200 }, (_, n) => ({ id: `p${n}`, rank: n, allowances }))
    const made = await expectOk(api.put('/v1/catalogue', { features, plans }))
    expect(made.body['propagation']).toBe('done')
    const more = await api.put('/v1/features/one-more', { type: 'boolean' })
    expect([more.status, more.body['code']]).toEqual([400, 'invalid_request'])
    expect(more.body['detail']).toContain('at most 500 features')
  })
})

describe('edits at the same time', () => {
  beforeEach(() => openTiers(api))

  test('of different plans all stand: who loses reads again', async () => {
    const replies = await Promise.all(
      ['starter', 'pro', 'enterprise'].map((id, n) =>
        api.patch(`/v1/plans/${id}`, { rank: 10 + n }),
      ),
    )
    expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200])
    const { body } = await api.get('/v1/plans')
    expect((body['data'] as { rank: number }[]).map(({ rank }) => rank)).toEqual([12, 11, 10])
    const { results } = await env.DB.prepare(
      "SELECT previous, revision FROM changes WHERE subject = 'catalogue' ORDER BY id",
    ).all<{ previous: number; revision: number }>()
    expect(results.map(({ previous }) => previous)).toEqual([
      0,
      ...results.slice(0, -1).map(({ revision }) => revision),
    ])
  })

  test('of one plan under If-Match leave one winner', async () => {
    const { headers } = await api.get('/v1/plans/pro')
    const match = { 'If-Match': headers.get('ETag') ?? '' }
    const replies = await Promise.all(
      [1, 2, 3].map((rank) => api.patch('/v1/plans/pro', { rank: rank * 10 }, match)),
    )
    const statuses = replies.map((reply) => reply.status).toSorted((a, b) => a - b)
    expect(statuses).toEqual([200, 412, 412])
  })

  test('cannot close a circle together', async () => {
    await api.put('/v1/plans/a', {})
    await api.put('/v1/plans/b', {})
    const replies = await Promise.all([
      api.patch('/v1/plans/a', { parentId: 'b' }),
      api.patch('/v1/plans/b', { parentId: 'a' }),
    ])
    const statuses = replies.map((reply) => reply.status).toSorted((a, b) => a - b)
    expect(statuses).toEqual([200, 422])
  })
})

describe('propagation', () => {
  const tick = () => worker.scheduled(createScheduledController(), env)
  const headInD1 = () => env.DB.prepare('SELECT head FROM catalogue').first<string>('head')

  test('puts new documents, then the head, and no customer snapshot', async () => {
    const { bindings, counts } = counting()
    api = api.over(bindings)
    await openTiers(api)
    expect(counts.put.at(-1)).toBe('head')
    expect(counts.put.filter((name) => name.startsWith('plan:'))).toHaveLength(3)
    expect(counts.put.filter((name) => name.startsWith('customer:'))).toEqual([])
    expect(await env.KV.get('head')).toBe(await headInD1())
  })

  test('that fails is pending, and the next tick repairs it', async () => {
    await openTiers(api)
    const before = await env.KV.get('head')
    api = api.over({ KV: down.KV })
    const { status, body } = await api.patch('/v1/plans/pro', {
      allowances: { 'advanced-analytics': { enabled: true } },
    })
    expect([status, body['propagation']]).toEqual([200, 'pending'])
    expect(await env.KV.get('head')).toBe(before)
    await tick()
    expect(await env.KV.get('head')).toBe(await headInD1())
    expect(await env.KV.get('head')).not.toBe(before)
  })

  test('ends with the newest head, whichever edit is last to put', async () => {
    await openTiers(api)
    await Promise.all(
      ['starter', 'pro', 'enterprise'].map((id) => api.patch(`/v1/plans/${id}`, { rank: 50 })),
    )
    expect(await env.KV.get('head')).toBe(await headInD1())
  })
})

test('every edit is in the log with who made it, what was before and what is after', async () => {
  await openTiers(api)
  await api.patch('/v1/plans/pro', { rank: 77 })
  const row = await env.DB.prepare('SELECT * FROM changes ORDER BY id DESC').first()
  expect(row).toMatchObject({ subject: 'catalogue', action: 'plans.patch', resource: 'plans/pro' })
  expect(row?.['actor']).toMatch(/^key:key_/)
  expect(JSON.parse(String(row?.['before']))).toMatchObject({ plans: [{ id: 'pro', rank: 2 }] })
  expect(JSON.parse(String(row?.['after']))).toMatchObject({ plans: [{ id: 'pro', rank: 77 }] })
})

test('with D1 down an edit is unavailable and says nothing of why', async () => {
  api = api.over({ DB: down.DB })
  const { status, body } = await api.put('/v1/features/sso', { type: 'boolean' })
  expect([status, body['code']]).toEqual([503, 'unavailable'])
  expect(`${String(body['title'])} ${String(body['detail'])}`).not.toMatch(/d1|sql|network/i)
})
