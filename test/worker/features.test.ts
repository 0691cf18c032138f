/** One item of the catalogue: features stand for plans too where both behave alike. */
import { beforeEach, describe, expect, test } from 'vitest'
import { feature as featureAnswer } from '../../schema/wire/feature.ts'
import { dump } from '../support/dump.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, idsOf, type Manager, manager, openTiers } from '../support/manager.ts'

let api: Manager

beforeEach(async () => {
  await fresh()
  api = await manager()
})

describe('a feature', () => {
  test('is made with what was left out at its default', async () => {
    const { status, body, headers } = await api.put('/v1/features/sso', { type: 'boolean' })
    expect(status).toBe(201)
    expect(body).toEqual({
      id: 'sso',
      type: 'boolean',
      name: 'sso',
      onUnavailable: 'deny',
      metadata: {},
      archivedAt: null,
      createdAt: expect.any(String),
      updatedAt: body['createdAt'],
      revision: expect.any(Number),
      consistencyToken: headers.get('Consistency-Token'),
      propagation: 'done',
    })
    expect(featureAnswer.safeParse(body).error).toBeUndefined()
    expect(headers.get('ETag')).toBe(`"${String(body['revision'])}"`)
  })

  test('is read with a tag that spares the second reading', async () => {
    const { headers } = await api.put('/v1/features/sso', { type: 'boolean' })
    const etag = headers.get('ETag') ?? ''
    expect((await api.get('/v1/features/sso')).headers.get('ETag')).toBe(etag)
    expect((await api.get('/v1/features/sso', { 'If-None-Match': etag })).status).toBe(304)
    expect((await api.get('/v1/features/sso', { 'If-None-Match': '"1"' })).status).toBe(200)
  })

  test('stated again as it is gets no new revision and no entry in the log', async () => {
    const first = await api.put('/v1/features/sso', { type: 'boolean', name: 'Single sign-on' })
    const before = await dump()
    const second = await api.put('/v1/features/sso', { name: 'Single sign-on', type: 'boolean' })
    expect(second.status).toBe(200)
    expect(second.body).toEqual(first.body)
    expect(await dump()).toEqual(before)
  })

  test('is patched as a merge: null removes, objects merge', async () => {
    await api.put('/v1/features/api-calls', {
      type: 'meter',
      name: 'API calls',
      description: 'Requests',
      unit: { singular: 'call', plural: 'calls' },
      metadata: { team: 'core', tags: { a: 1, b: 2 } },
    })
    const { body } = await api.patch('/v1/features/api-calls', {
      description: null,
      metadata: { team: null, tags: { a: 5, b: null } },
    })
    expect(body).toMatchObject({ name: 'API calls', metadata: { tags: { a: 5 } } })
    expect(body).not.toHaveProperty('description')
    expect(body['unit']).toEqual({ singular: 'call', plural: 'calls' })
  })

  test('keeps its type for ever', async () => {
    await api.put('/v1/features/sso', { type: 'boolean' })
    const stated = await api.put('/v1/features/sso', { type: 'meter' })
    const patched = await api.patch('/v1/features/sso', { type: 'meter' })
    expect([stated.status, stated.body['code']]).toEqual([422, 'feature_type_immutable'])
    expect([patched.status, patched.body['code']]).toEqual([422, 'feature_type_immutable'])
  })

  test('keeps its type also where plans give it, and says so first', async () => {
    await openTiers(api)
    const { body } = await api.put('/v1/features/sso', { type: 'meter' })
    expect(body['code']).toBe('feature_type_immutable')
  })

  test('is archived, and comes back when it is stated again', async () => {
    await api.put('/v1/features/sso', { type: 'boolean' })
    const archived = await api.remove('/v1/features/sso')
    expect(archived.body['archivedAt']).toEqual(expect.any(String))
    const again = await api.remove('/v1/features/sso')
    expect(again.body['archivedAt']).toBe(archived.body['archivedAt'])
    expect((await api.put('/v1/features/sso', { type: 'boolean' })).body['archivedAt']).toBeNull()
  })

  test('that plans give cannot be archived, and the answer lists them', async () => {
    await openTiers(api)
    const { status, body } = await api.remove('/v1/features/sso')
    expect([status, body['code']]).toEqual([409, 'feature_in_use'])
    expect(body['detail']).toContain('pro')
    expect((await api.patch('/v1/plans/pro', { allowances: { sso: null } })).status).toBe(200)
    expect((await api.remove('/v1/features/sso')).status).toBe(200)
  })

  test('that is not there is missed by the nearest name', async () => {
    await openTiers(api)
    const { status, body } = await api.get('/v1/features/advanced-analytic')
    expect([status, body['code']]).toEqual([404, 'feature_not_found'])
    expect(body['detail']).toContain("Did you mean 'advanced-analytics'?")
    expect((await api.remove('/v1/features/ss')).body['detail']).toContain("'sso'")
    expect((await api.patch('/v1/features/zzzzzzzz', {})).body['detail']).not.toContain(
      'Did you mean',
    )
  })

  test('named like a member of every object is a feature like any other', async () => {
    for (const id of ['constructor', 'hasownproperty', 'tostring']) {
      expect((await api.put(`/v1/features/${id}`, { type: 'boolean' })).status).toBe(201)
      const allowances = { [id]: { enabled: true } }
      expect((await api.put(`/v1/plans/${id}`, { allowances })).body['allowances']).toEqual(
        allowances,
      )
    }
    const { body } = await expectOk(api.get('/v1/plans/constructor/allowances'))
    expect(body['data']).toMatchObject([{ featureId: 'constructor', mark: 'own' }])
  })
})

test('If-None-Match: * makes what is not there yet, and leaves alone what is', async () => {
  const only = { 'If-None-Match': '*' }
  const put = (name: string) => api.put('/v1/features/sso', { type: 'boolean', name }, only)
  expect((await put('First')).status).toBe(201)
  const { status, body } = await put('Second')
  expect([status, body['code']]).toEqual([412, 'revision_mismatch'])
  expect((await api.get('/v1/features/sso')).body['name']).toBe('First')
})

describe('an edit under If-Match', () => {
  test('goes ahead while nothing has changed', async () => {
    const { headers } = await api.put('/v1/features/sso', { type: 'boolean' })
    const match = { 'If-Match': headers.get('ETag') ?? '' }
    const edited = await api.patch('/v1/features/sso', { name: 'SSO' }, match)
    expect(edited.status).toBe(200)
    const late = await api.patch('/v1/features/sso', { name: 'Other' }, match)
    expect([late.status, late.body['code']]).toEqual([412, 'revision_mismatch'])
    expect(late.body['detail']).toContain(String(edited.body['revision']))
    expect((await api.remove('/v1/features/sso', match)).status).toBe(412)
    expect((await api.put('/v1/features/sso', { type: 'boolean' }, match)).status).toBe(412)
  })

  test('never makes what does not exist', async () => {
    for (const tag of ['*', '"5"']) {
      const made = await api.put('/v1/features/sso', { type: 'boolean' }, { 'If-Match': tag })
      expect(made.status).toBe(412)
    }
    expect((await api.get('/v1/features/sso')).status).toBe(404)
  })

  test('of the whole catalogue is about the catalogue', async () => {
    await openTiers(api)
    const { headers } = await api.get('/v1/catalogue')
    const match = { 'If-Match': headers.get('ETag') ?? '' }
    await api.patch('/v1/plans/pro', { name: 'Pro' })
    expect((await api.put('/v1/catalogue', { features: [], plans: [] }, match)).status).toBe(412)
  })
})

describe('lists', () => {
  beforeEach(() => openTiers(api))

  test('go page by page in the order of ids', async () => {
    const first = await expectOk(api.get('/v1/features?pageSize=3'))
    const cursor = encodeURIComponent(String(first.body['nextCursor']))
    const second = await expectOk(api.get(`/v1/features?pageSize=3&cursor=${cursor}`))
    expect(second.body['nextCursor']).toBeNull()
    const pages = [idsOf(first), idsOf(second)]
    expect(pages).toEqual([['advanced-analytics', 'api-calls', 'retries'], ['sso']])
    const plans = await expectOk(api.get('/v1/plans'))
    expect(idsOf(plans)).toEqual(['enterprise', 'pro', 'starter'])
    expect(plans.body['nextCursor']).toBeNull()
  })

  test.each(['x', '', 'bm9uZQ', 'ÿ', 'WyJmZWF0dXJlcyIsMCxbInNzbyJdXQ'])(
    'refuse the cursor %j',
    async (cursor) => {
      const { status, body } = await api.get(`/v1/features?cursor=${encodeURIComponent(cursor)}`)
      expect([status, body['code']]).toEqual([400, 'invalid_cursor'])
    },
  )

  test('refuse the cursor of another list', async () => {
    const { body } = await api.get('/v1/features?pageSize=1')
    const other = await api.get(`/v1/plans?cursor=${String(body['nextCursor'])}`)
    expect(other.body['code']).toBe('invalid_cursor')
  })

  test.each(['0', '101', '-1', '1.5', 'ten', ''])('refuse the page size %j', async (pageSize) => {
    const { status, body } = await api.get(`/v1/features?pageSize=${pageSize}`)
    expect([status, body['code']]).toEqual([400, 'invalid_request'])
  })
})
