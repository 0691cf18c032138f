import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { plan as planAnswer } from '../../schema/wire/plan.ts'
import { counting } from '../support/bindings.ts'
import { dump } from '../support/dump.ts'
import { makeKey } from '../support/edge.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, type Manager, manager, openTiers } from '../support/manager.ts'

let api: Manager

beforeEach(async () => {
  await fresh()
  api = await manager()
})

async function marksOf(planId: string) {
  const { body } = await expectOk(api.get(`/v1/plans/${planId}/allowances`))
  const data = body['data'] as { featureId: string; mark: string; fromPlanId: string }[]
  return Object.fromEntries(data.map((each) => [each.featureId, `${each.mark} ${each.fromPlanId}`]))
}

describe('a plan', () => {
  beforeEach(() => openTiers(api))

  test('is answered with its own statements only, whole', async () => {
    const { body } = await api.get('/v1/plans/starter')
    expect(planAnswer.safeParse(body).error).toBeUndefined()
    expect(body).toMatchObject({ parentId: null, kind: 'base', visibility: 'public', prices: [] })
    expect(body['allowances']).toEqual({
      'api-calls': {
        limit: 1000,
        enforcement: 'hard',
        reset: 'monthly',
        anchor: 'subscription',
        rollover: null,
        alertsAt: [80],
        onPlanChange: 'carry',
      },
    })
    expect((await api.get('/v1/plans/enterprise')).body['allowances']).toEqual({
      retries: { value: 9 },
    })
  })

  test('shows of each allowance who says it', async () => {
    await api.patch('/v1/plans/enterprise', {
      allowances: { 'api-calls': { limit: 'unlimited' }, sso: { removed: true } },
    })
    expect(await marksOf('enterprise')).toEqual({
      'api-calls': 'overridden enterprise',
      retries: 'own enterprise',
      sso: 'removed pro',
    })
    expect(await marksOf('pro')).toEqual({ 'api-calls': 'inherited starter', sso: 'own pro' })
  })

  test('takes what a patch leaves out from the allowance in force, and stores it whole', async () => {
    const { body } = await api.patch('/v1/plans/pro', { allowances: { 'api-calls': { limit: 5 } } })
    expect(body['allowances']).toMatchObject({
      sso: { enabled: true },
      'api-calls': { limit: 5, reset: 'monthly', alertsAt: [80] },
    })
    // From here on it follows the parent no more, until it states nothing again.
    await api.patch('/v1/plans/starter', { allowances: { 'api-calls': { reset: 'daily' } } })
    const own = await api.get('/v1/plans/pro')
    expect(own.body['allowances']).toMatchObject({ 'api-calls': { reset: 'monthly' } })
    await api.patch('/v1/plans/pro', { allowances: { 'api-calls': null } })
    expect(await marksOf('pro')).toMatchObject({ 'api-calls': 'inherited starter' })
  })

  test('passes an edit on to every descendant that has not its own', async () => {
    const { body } = await api.patch('/v1/plans/starter', {
      allowances: { 'advanced-analytics': { enabled: true } },
    })
    for (const id of ['pro', 'enterprise']) {
      expect(await marksOf(id)).toMatchObject({ 'advanced-analytics': 'inherited starter' })
    }
    const head = await env.KV.get('head')
    expect(head).toContain(`["enterprise",${String(body['revision'])}]`)
  })

  test('keeps its document while its compiled content stays', async () => {
    const { results } = await env.DB.prepare('SELECT id, document_revision FROM plans').all()
    const { bindings, counts } = counting()
    api = api.over(bindings)
    await api.patch('/v1/plans/enterprise', { name: 'Enterprise', metadata: { crm: 1 } })
    expect(counts.put.filter((name) => !name.startsWith('key:'))).toEqual(['head'])
    expect((await env.DB.prepare('SELECT id, document_revision FROM plans').all()).results).toEqual(
      results,
    )
  })

  test('is patched back to its defaults by null', async () => {
    await api.patch('/v1/plans/pro', { rank: 7, trialDays: 14, description: 'For teams' })
    const { body } = await api.patch('/v1/plans/pro', {
      rank: null,
      trialDays: null,
      description: null,
      parentId: null,
      allowances: null,
    })
    expect(body).toMatchObject({ rank: 0, trialDays: 0, parentId: null, allowances: {} })
    expect(body).not.toHaveProperty('description')
  })

  test('that is the default or has heirs cannot be archived', async () => {
    const parent = await api.remove('/v1/plans/pro')
    expect([parent.status, parent.body['code']]).toEqual([409, 'plan_in_use'])
    expect(parent.body['detail']).toContain("'enterprise' inherits from it")
    expect((await api.remove('/v1/plans/enterprise')).status).toBe(200)
    expect((await api.remove('/v1/plans/pro')).status).toBe(200)
    const { body } = await api.get('/v1/catalogue')
    const document = { features: body['features'], plans: body['plans'] }
    await expectOk(api.put('/v1/catalogue', { ...document, defaultPlanId: 'starter' }))
    expect((await api.remove('/v1/plans/starter')).body['detail']).toContain(
      'it is the default plan',
    )
  })

  test('cannot newly attach what is archived, and keeps what it had', async () => {
    await api.put('/v1/features/old', { type: 'boolean' })
    await api.remove('/v1/features/old')
    await api.put('/v1/plans/gone', {})
    await api.remove('/v1/plans/gone')
    const feature = await api.patch('/v1/plans/pro', { allowances: { old: { enabled: true } } })
    expect([feature.status, feature.body['code']]).toEqual([422, 'unknown_reference'])
    expect(feature.body['detail']).toContain('archived')
    const parent = await api.patch('/v1/plans/pro', { parentId: 'gone' })
    expect([parent.status, parent.body['code']]).toEqual([422, 'unknown_reference'])
    expect(parent.body['errors']).toMatchObject([{ pointer: '/parentId' }])
  })

  test('that is not there is missed by the nearest name', async () => {
    for (const reply of [
      api.get('/v1/plans/startr'),
      api.get('/v1/plans/startr/allowances'),
      api.patch('/v1/plans/startr', {}),
      api.remove('/v1/plans/startr'),
    ]) {
      const { status, body } = await reply
      expect([status, body['code']]).toEqual([404, 'plan_not_found'])
      expect(body['detail']).toContain("'starter'")
    }
  })
})

describe('what cannot stand is refused by its code, and nothing is changed', () => {
  beforeEach(() => openTiers(api))

  test.each([
    ['a circle', '/v1/plans/starter', { parentId: 'enterprise' }, 422, 'plan_cycle', '→'],
    ['itself as parent', '/v1/plans/pro', { parentId: 'pro' }, 422, 'plan_cycle', 'pro → pro'],
    [
      'an unknown parent',
      '/v1/plans/pro',
      { parentId: 'startr' },
      422,
      'parent_not_found',
      "'starter'",
    ],
    [
      'an unknown feature',
      '/v1/plans/pro',
      { allowances: { 'advanced-analytic': { enabled: true } } },
      422,
      'unknown_reference',
      "'advanced-analytics'",
    ],
    [
      'an allowance of another type',
      '/v1/plans/pro',
      { allowances: { sso: { limit: 5 } } },
      422,
      'allowance_type_mismatch',
      'sso',
    ],
    [
      'a mixture of types',
      '/v1/plans/pro',
      { allowances: { sso: { enabled: true, limit: 5 } } },
      422,
      'allowance_type_mismatch',
      'sso',
    ],
    [
      'a meter without a limit',
      '/v1/plans/enterprise',
      { parentId: null, allowances: { 'api-calls': { removed: true }, sso: {} } },
      400,
      'invalid_request',
      'allowances/sso',
    ],
    [
      'rollover of what never resets',
      '/v1/plans/pro',
      { allowances: { 'api-calls': { reset: 'never', rollover: { percent: 10, max: null } } } },
      400,
      'invalid_request',
      'rollover',
    ],
    ['an unknown field', '/v1/plans/pro', { parent: 'starter' }, 400, 'invalid_request', '/parent'],
    ['another kind', '/v1/plans/pro', { kind: 'addon' }, 400, 'invalid_request', '/kind'],
    ['a fraction', '/v1/plans/pro', { rank: 1.5 }, 400, 'invalid_request', '/rank'],
    ['a negative number', '/v1/plans/pro', { trialDays: -1 }, 400, 'invalid_request', '/trialDays'],
    [
      'two prices for one period',
      '/v1/plans/pro',
      { prices: Array(2).fill({ chargePeriod: 'monthly', amount: 1, currency: 'USD' }) },
      400,
      'invalid_request',
      '/prices',
    ],
    [
      'metadata that grows too large',
      '/v1/plans/pro',
      { metadata: { note: 'x'.repeat(9000) } },
      400,
      'invalid_request',
      '/metadata',
    ],
    ['a bad id', '/v1/plans/Pro', {}, 400, 'invalid_request', '/planId'],
    [
      'a unit of no meter',
      '/v1/features/sso',
      { unit: { singular: 'a', plural: 'b' } },
      400,
      'invalid_request',
      '/unit',
    ],
    ['no JSON', '/v1/plans/pro', '{"rank": 1', 400, 'malformed_json', 'JSON'],
    ['no finite number', '/v1/plans/pro', '{"rank": 1e400}', 400, 'invalid_request', '/rank'],
    [
      'more than can be exact',
      '/v1/plans/pro',
      '{"allowances": {"api-calls": {"limit": 9007199254740992}}}',
      400,
      'invalid_request',
      '/limit',
    ],
    ['too much', '/v1/plans/pro', { description: 'x'.repeat(70_000) }, 413, 'body_too_large', ''],
    ['an unknown parameter', '/v1/plans/pro?force=true', {}, 400, 'invalid_request', '/force'],
  ])('%s', async (_, path, body, status, code, says) => {
    const before = await dump()
    const answer = await api.patch(path, body)
    expect([answer.status, answer.body['code']]).toEqual([status, code])
    expect(JSON.stringify(answer.body)).toContain(says)
    expect(JSON.stringify(answer.body)).not.toMatch(/select|insert|sqlite|drizzle|at .*\.ts/i)
    expect(await dump()).toEqual(before)
  })

  test('a document of more than 256 KB', async () => {
    const features = Array.from({ length: 70 }, (_, n) => ({ id: `v${n}`, type: 'customizable' }))
    const value = 'x'.repeat(4000)
    const half = (from: number) =>
      Object.fromEntries(features.slice(from, from + 35).map(({ id }) => [id, { value }]))
    const plans = [
      { id: 'large', allowances: half(0) },
      { id: 'larger', parentId: 'large', allowances: half(35) },
    ]
    const before = await dump()
    const { status, body } = await api.put('/v1/catalogue', { features, plans })
    expect([status, body['code']]).toEqual([400, 'invalid_request'])
    expect(body['errors']).toMatchObject([{ pointer: '/plans/1/allowances' }])
    expect(await dump()).toEqual(before)
  })

  test('an inheritance of more than ten plans', async () => {
    for (let n = 1; n < 10; n++) {
      await api.put(`/v1/plans/p${n}`, { parentId: n === 1 ? null : `p${n - 1}` })
    }
    expect((await api.put('/v1/plans/p10', { parentId: 'p9' })).status).toBe(201)
    const deeper = await api.put('/v1/plans/p11', { parentId: 'p10' })
    expect([deeper.status, deeper.body['code']]).toEqual([422, 'plan_too_deep'])
  })

  test('a key that may only read', async () => {
    api = await manager(await makeKey(['read', 'usage']))
    const before = await dump()
    for (const reply of [
      api.put('/v1/features/x', { type: 'boolean' }),
      api.patch('/v1/plans/pro', {}),
      api.remove('/v1/plans/pro'),
      api.put('/v1/catalogue', { features: [], plans: [] }),
    ]) {
      expect((await reply).body).toMatchObject({ status: 403, code: 'scope_missing' })
    }
    expect((await api.get('/v1/catalogue')).status).toBe(200)
    expect(await dump()).toEqual(before)
  })
})
