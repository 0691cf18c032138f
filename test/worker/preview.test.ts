import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { cataloguePreview } from '../../schema/wire/preview.ts'
import { type ApiAnswer } from '../support/api.ts'
import { counting } from '../support/bindings.ts'
import { dump } from '../support/dump.ts'
import { edge, makeKey } from '../support/edge.ts'
import { compared, openPreviewWorld, type PreviewWorld } from '../support/preview-world.ts'
import { bodyOf, openStorefront } from '../support/storefront.ts'

interface Edit {
  readonly method: 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: object
}

const patch = (plan: string, allowances: object): Edit => ({
  method: 'PATCH',
  path: `/plans/${plan}`,
  body: { allowances },
})

const EDITS: readonly (readonly [string, Edit])[] = [
  ['a lower limit', patch('starter', { calls: { limit: 50 } })],
  ['a lower limit that a child inherits', patch('starter', { storage: { limit: 10 } })],
  ['a limit of nothing', patch('starter', { calls: { limit: 0 } })],
  ['a higher limit', patch('starter', { calls: { limit: 140 } })],
  ['a limit that turns soft', patch('starter', { calls: { enforcement: 'soft' } })],
  ['a limit that turns hard', patch('starter', { storage: { enforcement: 'hard' } })],
  [
    'a higher limit that turns hard',
    patch('starter', { calls: { limit: 150, enforcement: 'hard' } }),
  ],
  ['no limit at all', patch('pro', { calls: { limit: 'unlimited' } })],
  ['a limit where there was none', patch('pro', { calls: { limit: 900 } })],
  ['a lower limit of a meter that carries over', patch('pro', { tokens: { limit: 60 } })],
  ['a feature taken away', patch('pro', { sso: null, theme: { removed: true } })],
  ['a switch turned on', patch('starter', { sso: { enabled: true } })],
  ['a meter taken from an add-on', patch('extra', { calls: null })],
  ['a meter given to an add-on', patch('extra', { calls: { limit: 30, reset: 'weekly' } })],
  ['a meter given to a plan', patch('starter', { tokens: { limit: 5 } })],
  [
    'another value, another reset',
    patch('starter', { theme: { value: 'x' }, calls: { reset: 'daily' } }),
  ],
  ['a smaller default plan', patch('free', { calls: { limit: 4 } })],
  [
    'another default plan',
    {
      method: 'PUT',
      path: '/catalogue',
      body: { features: [], plans: [], defaultPlanId: 'starter' },
    },
  ],
  ['another rank', { method: 'PATCH', path: '/plans/extra', body: { rank: 9 } }],
  ['no parent any more', { method: 'PATCH', path: '/plans/pro', body: { parentId: null } }],
  ['another name', { method: 'PATCH', path: '/plans/pro', body: { name: 'Professional' } }],
  ['another feature', { method: 'PUT', path: '/features/new', body: { type: 'boolean' } }],
  [
    'another plan',
    { method: 'PUT', path: '/plans/new', body: { allowances: { sso: { enabled: true } } } },
  ],
  ['an archived plan', { method: 'DELETE', path: '/plans/pro' }],
  ['an archived feature', { method: 'DELETE', path: '/features/new' }],
  [
    'no default plan',
    { method: 'PUT', path: '/catalogue', body: { features: [], plans: [], defaultPlanId: null } },
  ],
]

describe('a preview', () => {
  let world: PreviewWorld

  beforeAll(async () => {
    world = await openPreviewWorld()
    return () => void vi.useRealTimers()
  })

  it('of customers whom time has overtaken looks at what holds now, not at what lists say', async () => {
    const before = await world.answers()
    const listed = await bodyOf(world.api.get('/subscriptions?planId=pro&pageSize=100'))
    const customerIds = listed.data.map(({ customerId }: { customerId: string }) => customerId)
    const edit = patch('pro', { sso: null })
    const { losses, examples } = await bodyOf(send(world, edit, '?dryRun=true'))
    await bodyOf(send(world, edit))
    const { byCustomer, ...numbers } = compared(before, await world.answers())
    expect(losses).toBe(numbers.losses)
    expect(byCustomer.get('leaving')?.losses).toEqual([])
    expect(customerIds).toContain('leaving')
    expect(examples.map(({ customerId }: { customerId: string }) => customerId)).not.toContain(
      'leaving',
    )
    await bodyOf(send(world, patch('pro', { sso: { enabled: true } })))
  })

  it('of a meter given again counts what was reported while nobody had it', async () => {
    await bodyOf(send(world, patch('starter', { storage: null })))
    for (const customerId of ['idle', 'light', 'pro-light', 'nobody']) {
      const usage = { customerId, featureId: 'storage', behaviour: 'delta', value: 36 }
      await bodyOf(world.api.post('/usage', usage))
    }
    await world.settle()
    const before = await world.answers()
    const edit = patch('starter', { storage: { limit: 40, enforcement: 'soft' } })
    const { overLimit, examples } = await bodyOf(send(world, edit, '?dryRun=true'))
    await bodyOf(send(world, edit))
    const { byCustomer, ...numbers } = compared(before, await world.answers())
    expect(overLimit).toBe(numbers.overLimit)
    // 5 and 12 that they had used before, and 36 since.
    expect(byCustomer.get('light')?.overLimit).toEqual(['storage'])
    expect(byCustomer.get('pro-light')?.overLimit).toEqual(['storage'])
    expect(byCustomer.get('idle')?.overLimit).toEqual([])
    expect(examples.length).toBeGreaterThan(0)
  })

  it('of a meter given back within its period counts what was used of it before', async () => {
    await bodyOf(send(world, patch('pro', { tokens: null })))
    await world.settle()
    await world.answers()
    await world.settle()
    const before = await world.answers()
    const edit = patch('pro', { tokens: { limit: 60, reset: 'monthly' } })
    const { overLimit } = await bodyOf(send(world, edit, '?dryRun=true'))
    await bodyOf(send(world, edit))
    const { byCustomer, ...numbers } = compared(before, await world.answers())
    expect(byCustomer.get('pro-over')?.overLimit).toEqual(['tokens'])
    expect(overLimit).toBe(numbers.overLimit)
    const tokens = { limit: 100, reset: 'monthly', rollover: { percent: 50, max: null } }
    await bodyOf(send(world, patch('pro', { tokens })))
  })

  it.each(EDITS)(
    'of %s tells the numbers that applying it gives, and changes nothing',
    async (_, edit) => {
      await world.settle()
      const before = await world.answers()
      const stored = await dump()
      const preview = await bodyOf(send(world, edit, '?dryRun=true'))
      expect(cataloguePreview.parse(preview)).toEqual(preview)
      expect(await dump()).toEqual(stored)
      await bodyOf(send(world, edit))
      const { byCustomer, ...numbers } = compared(before, await world.answers())
      const { gains, losses, overLimit } = preview
      expect({ gains, losses, overLimit }).toEqual(numbers)
      for (const { customerId, ...impact } of preview.examples) {
        expect({ customerId, ...impact }).toEqual({ customerId, ...byCustomer.get(customerId) })
      }
      const touched = [...byCustomer.values()].filter(
        (own) => own.gains.length + own.losses.length + own.overLimit.length > 0,
      )
      expect(preview.examples.length > 0).toBe(touched.length > 0)
      expect(preview.customers).toBeGreaterThanOrEqual(touched.length)
      expect(preview.exact).toBe(true)
    },
  )

  it('takes no parameter but yes or no', async () => {
    const { status, body } = await world.api.delete('/plans/pro?dryRun=maybe')
    expect([status, body.code]).toEqual([400, 'invalid_request'])
  })
})

describe('a preview of an edit that cannot stand', () => {
  beforeAll(async () => {
    await openStorefront()
    return () => void vi.useRealTimers()
  })

  it.each([
    ['PATCH', '/plans/starter', { parentId: 'pro' }, {}],
    ['PATCH', '/plans/starter', { allowances: { sso: { limit: 3 } } }, {}],
    ['PUT', '/plans/new', { allowances: { nothing: { limit: 3 } } }, {}],
    ['PATCH', '/plans/none', { rank: 3 }, {}],
    ['DELETE', '/plans/starter', undefined, {}],
    ['DELETE', '/features/sso', undefined, {}],
    ['PUT', '/features/sso', { type: 'meter' }, {}],
    ['PATCH', '/plans/starter', { rank: 3 }, { 'If-Match': '"1"' }],
    ['PUT', '/catalogue', { features: [], plans: [], defaultPlanId: 'none' }, {}],
  ])('%s %s %j fails as the edit does', async (method, path, body, headers) => {
    const { send } = edge(await makeKey())
    const ask = async (query: string) => {
      const options = { headers, ...(body === undefined ? {} : { body }) }
      const { status, body: answer } = await send(method, `/v1${path}${query}`, options)
      return { status, ...answer, requestId: '' }
    }
    const tried = await ask('?dryRun=true')
    expect(tried.status).toBeGreaterThanOrEqual(400)
    expect(tried).toEqual(await ask(''))
  })
})

describe('a preview for many', () => {
  afterEach(() => void vi.useRealTimers())

  it('costs the same for 40 customers as for 4,000, and calls no object', async () => {
    const costs: object[] = []
    for (const customers of [40, 4_000]) {
      await openStorefront()
      await fill(customers)
      const { bindings, counts } = counting()
      const { send } = edge(await makeKey(), bindings)
      const allowances = { 'api-calls': { limit: 60 } }
      const path = '/v1/plans/starter?dryRun=true'
      await send('PATCH', path, { body: { allowances } })
      const { d1 } = counts
      const { body } = await send('PATCH', path, { body: { allowances } })
      expect(body).toMatchObject({
        customers,
        losses: customers,
        gains: 0,
        overLimit: customers / 4 - customers / 20,
        exact: true,
        asOf: '2026-01-01T00:00:00.000Z',
      })
      expect(body['examples']).toHaveLength(4)
      costs.push({ d1: counts.d1 - d1, kv: counts.kvGets, objects: counts.objects })
    }
    expect(costs[1]).toEqual(costs[0])
    expect(costs[1]).toMatchObject({ objects: 0 })
  })

  it('looks at no more than a thousand customers singly, and says when that is not all', async () => {
    await openStorefront()
    await fill(1_200)
    await env.DB.prepare('UPDATE customers SET next_due = 0').run()
    const { bindings, counts } = counting()
    const { send } = edge(await makeKey(), bindings)
    const body = { allowances: { 'api-calls': { limit: 60 } } }
    const preview = (await send('PATCH', '/v1/plans/starter?dryRun=true', { body })).body
    expect(preview).toMatchObject({ customers: 1_200, losses: 1_200, overLimit: 240, exact: false })
    expect(counts.kvGets).toBeLessThanOrEqual(12)
    expect(counts.objects).toBe(0)
  })
})

/** So many customers of the plan `starter`, of whom every 20th has used all, and every fourth more than 60. */
async function fill(customers: number): Promise<void> {
  const start = Date.parse('2026-01-31T10:00:00Z')
  const numbers = `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${customers})`
  const phases = JSON.stringify([
    {
      planId: 'starter',
      chargePeriod: 'monthly',
      quantity: 1,
      from: start,
      until: null,
      atPeriodEnd: false,
    },
  ])
  await env.DB.batch([
    env.DB.prepare(
      `${numbers} INSERT INTO customers (id, metadata, created_at, revision) SELECT 'c' || n, '{}', 0, 1 FROM numbers`,
    ),
    env.DB.prepare(
      `${numbers} INSERT INTO subscriptions (id, customer_id, plan_id, status, start_at, phases, ends_with_trial,
         cancel_at_period_end, metadata, created_at, revision)
       SELECT 'sub_' || n, 'c' || n, 'starter', 'active', ${start}, ?1, 0, 0, '{}', 0, 1 FROM numbers`,
    ).bind(phases),
    env.DB.prepare(
      `${numbers} INSERT INTO usage_summary (customer_id, feature_id, used, limit_units, over, as_of, version)
       SELECT 'c' || n, 'api-calls', CASE WHEN n % 20 = 0 THEN 120 WHEN n % 4 = 0 THEN 61 ELSE 7 END, 100,
         n % 20 = 0, ${Date.parse('2026-01-01T00:00:00Z')}, 1 FROM numbers`,
    ),
  ])
}

function send({ api }: PreviewWorld, { method, path, body }: Edit, query = ''): Promise<ApiAnswer> {
  if (method === 'PUT') return api.put(path + query, body)
  return method === 'PATCH' ? api.patch(path + query, body) : api.delete(path + query)
}
