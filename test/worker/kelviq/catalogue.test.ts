import { beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiWith } from '../../support/api.ts'
import { fresh } from '../../support/fresh.ts'
import { kelviqWith, type Send } from '../../support/kelviq.ts'

let api: Api
let kelviq: Send

beforeAll(async () => {
  await fresh()
  api = await apiWith('manage')
  kelviq = await kelviqWith('manage')
})

/** A feature, made as Kelviq's own clients make one. */
const feature = (name: string, featureType: string, fields: object = {}) =>
  kelviq('POST', '/catalog/features/', { name, featureType, ...fields })

const plan = (name: string, fields: object = {}) =>
  kelviq('POST', '/catalog/plans/', { name, product: 'whichever', ...fields })

const access = async (customerId: string, featureId: string) =>
  (await api.get(`/access?customerId=${customerId}&featureId=${featureId}`)).body

describe('a feature', () => {
  it('is made in either casing, listed, found and archived for good', async () => {
    const made = await feature('API Calls', 'METER', {
      description: 'Requests.',
      feature_details: {
        feature_sub_type: 'PRE_AGGREGATED_USAGE',
        units: { singular: 'call', plural: 'calls' },
      },
      metadata: { snake_case: { stays_so: true } },
    })
    const known = {
      id: 'api-calls',
      identifier: 'api-calls',
      name: 'API Calls',
      description: 'Requests.',
      featureType: 'METER',
      featureDetails: {
        featureSubType: 'PRE_AGGREGATED_USAGE',
        units: { singular: 'call', plural: 'calls' },
      },
      meter: {},
      details: {},
      metadata: { snake_case: { stays_so: true } },
      isArchived: false,
    }
    expect(made).toMatchObject({ status: 201, body: known })
    expect((await api.get('/features/api-calls')).body).toMatchObject({
      type: 'meter',
      unit: { singular: 'call', plural: 'calls' },
    })
    const list = await kelviq('GET', '/catalog/features/?search=calls')
    expect(list.body).toMatchObject({ count: 1, next: null, results: [known] })
    await kelviq('PATCH', '/catalog/features/api-calls', { name: 'Calls', metadata: { a: 1 } })
    expect((await kelviq('GET', '/catalog/features/api-calls/')).body).toMatchObject({
      name: 'Calls',
      description: 'Requests.',
      metadata: { a: 1 },
    })

    expect(await kelviq('DELETE', '/catalog/features/api-calls/')).toMatchObject({
      status: 204,
      body: null,
    })
    expect(await kelviq('DELETE', '/catalog/features/api-calls/')).toMatchObject({
      status: 400,
      body: { detail: 'Already archived.' },
    })
    expect((await kelviq('GET', '/catalog/features/?search=calls')).body.count).toBe(0)
    expect((await kelviq('GET', '/catalog/features/api-calls/')).body.isArchived).toBe(true)
    const again = await feature('API Calls', 'BOOLEAN')
    expect(again).toMatchObject({ status: 400, body: { identifier: [expect.any(String)] } })
    expect((await api.get('/features/api-calls')).body).toMatchObject({
      type: 'meter',
      name: 'Calls',
    })
  })

  it('counts named events, and is refused where it would count otherwise', async () => {
    const meter = { aggregation: { function: 'SUM', field: 'bytes' }, filters: [] }
    const made = await feature('Traffic', 'METER', { meter: { ...meter, eventName: 'sent' } })
    expect(made.body).toMatchObject({
      featureDetails: { featureSubType: 'RAW_EVENTS' },
      meter: { aggregation: { function: 'SUM', field: 'bytes' }, filters: [], eventName: 'sent' },
    })
    for (const wrong of [
      { ...meter, aggregation: { function: 'UNIQUE', field: 'bytes' } },
      { ...meter, filters: [[{ field: 'a' }]] },
    ]) {
      const answer = await feature('Wrong', 'METER', { meter: wrong })
      expect([answer.status, Object.keys(answer.body)]).toEqual([400, ['meter', 'detail', 'code']])
    }
  })

  it('takes older words for its type, and says what is wrong field by field', async () => {
    expect((await feature('Old limit', 'LIMIT')).body.featureType).toBe('CUSTOMIZABLE')
    expect((await feature('Old flag', 'FLAG')).body.featureType).toBe('BOOLEAN')
    const wrong = await kelviq('POST', '/catalog/features/', { feature_type: 'TEXT' })
    expect(wrong).toMatchObject({
      status: 400,
      body: {
        name: [expect.any(String)],
        featureType: [expect.any(String)],
        detail: expect.any(String),
      },
    })
    const nameless = await feature('日本', 'BOOLEAN')
    expect(nameless).toMatchObject({ status: 400, body: { identifier: [expect.any(String)] } })
  })

  it('that is not there is 404 with a detail', async () => {
    for (const [method, path] of [
      ['GET', '/catalog/features/3a3e92ab-90a3-4f43-8e87-9d4c8c5a9c01/'],
      ['PATCH', '/catalog/features/NOT%20ONE/'],
      ['DELETE', '/catalog/features/nothing/'],
    ] as const)
      expect(await kelviq(method, path, method === 'PATCH' ? {} : undefined)).toMatchObject({
        status: 404,
        body: { code: 'feature_not_found', detail: expect.any(String) },
      })
  })
})

describe('a plan', () => {
  beforeAll(async () => {
    await feature('Calls', 'METER', { identifier: 'calls' })
    await feature('SSO', 'BOOLEAN', { identifier: 'sso' })
    await feature('Retries', 'CUSTOMIZABLE', { identifier: 'retries' })
    await plan('Starter', { description: 'To start.', is_visible: true, ordering: 10 })
    await kelviq('POST', '/catalog/plans/starter/features/', {
      planEntitlements: [
        {
          feature: 'calls',
          details: {
            value: 100,
            reset: 'EVERY_MONTH',
            resetTime: 'BEGINNING_OF_PERIOD',
            hardLimit: true,
          },
        },
        { feature: 'sso', details: { value: true } },
      ],
    })
    await plan('Pro', { identifier: 'pro', basePlan: 'starter', isVisible: false, ordering: 20 })
  })

  it('is there once, published, and gives what was said of it', async () => {
    const { status, body } = await kelviq('GET', '/catalog/plans/starter/')
    expect([status, body]).toMatchObject([
      200,
      {
        identifier: 'starter',
        name: 'Starter',
        description: 'To start.',
        version: 1,
        isLatest: true,
        isVisible: true,
        basePlan: null,
        ordering: 10,
      },
    ])
    const pro = (await kelviq('GET', '/catalog/plans/pro/?version=1')).body
    expect(pro).toMatchObject({ basePlan: 'starter', isVisible: false, product: body.product })
    expect((await kelviq('GET', '/catalog/plans/pro/?version=2')).status).toBe(404)
    const { results } = (await kelviq('GET', '/catalog/plans/?page_size=1')).body
    expect(results).toMatchObject([{ identifier: 'pro' }])
    expect(await plan('Pro')).toMatchObject({
      status: 400,
      body: { identifier: [expect.any(String)] },
    })
  })

  it('inherits, overrides and takes away, marked, and a customer has it at once', async () => {
    const given = async () =>
      (await kelviq('GET', '/catalog/plans/pro/features/')).body.results.map(
        (each: { feature: { identifier: string }; details: object }) => [
          each.feature.identifier,
          each.details,
        ],
      )
    expect(await given()).toMatchObject([
      ['calls', { value: 100, reset: 'EVERY_MONTH', isInherited: true, isValueOverridden: false }],
      ['sso', { value: true, isInherited: true }],
    ])
    const path = '/catalog/plans/pro/features/calls/'
    const edited = await kelviq('PATCH', path, {
      details: {
        value: 1000,
        has_unlimited_usage: false,
        reset: 'EVERY_MONTH',
        reset_time: null,
        rollover: { enabled: true, percentage: 50, limit: 750 },
        usage_alerts: { enabled: true, thresholds: [75, 90], threshold_type: 'PERCENTAGE' },
        hard_limit: false,
      },
    })
    expect(edited).toMatchObject({
      status: 200,
      body: {
        details: {
          value: 1000,
          hasUnlimitedUsage: false,
          reset: 'EVERY_MONTH',
          resetTime: null,
          hardLimit: false,
          rollover: { enabled: true, percentage: 50, limit: 750 },
          usageAlerts: { enabled: true, thresholds: [75, 90], thresholdType: 'PERCENTAGE' },
          isInherited: false,
          isValueOverridden: true,
        },
      },
    })
    await api.put('/customers/holder', {})
    await api.post('/customers/holder/subscriptions', { planId: 'pro' })
    expect(await access('holder', 'calls')).toMatchObject({ limit: 1000, enforcement: 'soft' })
    expect(await access('holder', 'sso')).toMatchObject({ hasAccess: true })

    expect((await kelviq('DELETE', '/catalog/plans/pro/features/sso/')).status).toBe(204)
    expect(await access('holder', 'sso')).toMatchObject({ hasAccess: false, reason: 'not_in_plan' })
    expect(await kelviq('DELETE', '/catalog/plans/pro/features/sso/')).toMatchObject({
      status: 404,
    })

    await kelviq('PATCH', path, { details: { isInherited: true } })
    expect(await given()).toMatchObject([['calls', { value: 100, isInherited: true }]])
    expect(await access('holder', 'calls')).toMatchObject({ limit: 100, inherited: true })
  })

  it('takes all that is added, or nothing of it, and says what is wrong in Kelviq’s words', async () => {
    const add = (...planEntitlements: object[]) =>
      kelviq('POST', '/catalog/plans/starter/features/', { planEntitlements })
    const before = (await api.get('/plans/starter')).body.revision
    const good = { feature: 'retries', details: { value: 3 } }
    for (const [bad, field] of [
      [{ feature: 'calls', details: { value: 1.5 } }, 'planEntitlements'],
      [
        {
          feature: 'calls',
          details: { value: 1, reset: 'NEVER', rollover: { enabled: true, percentage: 10 } },
        },
        'planEntitlements',
      ],
      [{ feature: 'calls', details: { value: 1, reset: 'HOURLY' } }, 'planEntitlements'],
      [{ feature: 'sso', details: { value: 'on' } }, 'planEntitlements'],
    ] as const)
      expect(await add(good, bad)).toMatchObject({
        status: 400,
        body: { [field]: [expect.stringMatching(/^1\.details\./)], detail: expect.any(String) },
      })
    const everyFour = { value: 1, reset: 'EVERY_28_DAYS', resetTime: 'BEGINNING_OF_PERIOD' }
    expect(await add({ feature: 'calls', details: everyFour })).toMatchObject({
      status: 400,
      body: { planEntitlements: [expect.stringMatching(/^0\.details\.resetTime: Expected null/)] },
    })
    expect(await add(good, { feature: 'nothing', details: { value: 1 } })).toMatchObject({
      status: 404,
      body: { code: 'feature_not_found' },
    })
    expect(await add()).toMatchObject({ status: 400 })
    expect((await api.get('/plans/starter')).body.revision).toBe(before)
    expect((await add(good)).status).toBe(201)
    expect((await api.get('/plans/starter')).body.allowances.retries).toEqual({ value: 3 })
  })

  it('is changed, published without effect, never discarded, and archived', async () => {
    await plan('Passing', { metadata: { a: 1, b: { c: 2 } } })
    const changed = await kelviq('PATCH', '/catalog/plans/passing/', {
      name: 'Passing by',
      base_plan: 'starter',
      metadata: { b: { d_e: 3 } },
    })
    expect(changed).toMatchObject({
      status: 200,
      body: { name: 'Passing by', basePlan: 'starter', metadata: { b: { d_e: 3 } } },
    })
    expect(changed.body.metadata).toEqual({ b: { d_e: 3 } })
    const publish = () =>
      kelviq('POST', '/catalog/plans/passing/publish/', {
        updateFeatures: true,
        update_pricing: true,
      })
    expect(await publish()).toMatchObject({ status: 200, body: { status: 'published' } })
    expect(await kelviq('DELETE', '/catalog/plans/passing/discard/')).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('live') },
    })
    expect((await kelviq('DELETE', '/catalog/plans/passing/')).status).toBe(204)
    expect((await kelviq('DELETE', '/catalog/plans/passing/')).status).toBe(400)
    expect((await publish()).status).toBe(400)
    for (const [method, path] of [
      ['GET', '/catalog/plans/nothing/'],
      ['GET', '/catalog/plans/nothing/features/'],
      ['GET', '/catalog/plans/nothing/prices/'],
      ['DELETE', '/catalog/plans/nothing/discard/'],
      ['POST', '/catalog/plans/nothing/publish/'],
    ] as const)
      expect(await kelviq(method, path, method === 'POST' ? {} : undefined)).toMatchObject({
        status: 404,
        body: { code: 'plan_not_found', detail: expect.any(String) },
      })
  })

  it('refuses what it would not keep, and circles', async () => {
    for (const [fields, field] of [
      [{ license: { enabled: true } }, 'license'],
      [{ links: [{ name: 'Docs', url: 'https://x' }] }, 'links'],
      [{ fileKeys: ['tmp/x'] }, 'fileKeys'],
      [{ basePlan: 'nothing' }, 'basePlan'],
      [{ ordering: -1 }, 'ordering'],
    ] as const)
      expect(await kelviq('PATCH', '/catalog/plans/starter/', fields)).toMatchObject({
        status: 400,
        body: { [field]: [expect.any(String)], detail: expect.any(String) },
      })
    expect(await kelviq('PATCH', '/catalog/plans/starter/', { basePlan: 'pro' })).toMatchObject({
      status: 400,
      body: { code: 'plan_cycle', basePlan: [expect.any(String)] },
    })
  })
})

describe('a key that may only read', () => {
  it('reads the catalogue and edits nothing of it', async () => {
    const reader = await kelviqWith('read')
    expect((await reader('GET', '/catalog/plans/')).status).toBe(200)
    for (const [method, path] of [
      ['POST', '/catalog/features/'],
      ['POST', '/catalog/plans/'],
      ['PATCH', '/catalog/plans/starter/features/calls/'],
      ['POST', '/catalog/plans/starter/prices/bulk/'],
      ['DELETE', '/catalog/plans/starter/'],
    ] as const)
      expect((await reader(method, path, method === 'DELETE' ? undefined : {})).status).toBe(403)
  })
})
