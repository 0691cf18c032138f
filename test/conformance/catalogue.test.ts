import { describe, expect, it } from 'vitest'
import { api, type Reply, unique } from '../support/service.ts'
import { access, bodyOf, customerOn, newCustomer } from './customers.ts'

/** A list's ids, page by page. */
async function pagesOf(path: string, pageSize: number): Promise<readonly (readonly string[])[]> {
  const pages: string[][] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const at: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const { data, nextCursor } = await bodyOf(api.get(`${path}?pageSize=${pageSize}${at}`))
    pages.push(data.map(({ id }: { id: string }) => id))
    cursor = nextCursor
  }
  return pages
}

describe('lists', () => {
  it('of plans come by id, page by page, each plan once', async () => {
    const pages = await pagesOf('/plans', 3)
    expect(pages.slice(0, -1).every((page) => page.length === 3)).toBe(true)
    const { plans } = await bodyOf(api.get('/catalogue'))
    expect(pages.flat()).toEqual(plans.map(({ id }: { id: string }) => id).toSorted())
  })

  it('of customers come newest first, and what is new does not move the pages', async () => {
    const made = [
      await newCustomer(),
      await newCustomer(),
      await newCustomer(),
      await newCustomer(),
    ]
    const first = await bodyOf(api.get('/customers?pageSize=2'))
    expect(first.data.map(({ id }: { id: string }) => id)).toEqual([made[3], made[2]])
    await newCustomer()
    const next = await bodyOf(api.get(`/customers?pageSize=2&cursor=${first.nextCursor}`))
    expect(next.data.map(({ id }: { id: string }) => id)).toEqual([made[1], made[0]])
  })

  it('of customers are searched by the beginning of id, name or e-mail address', async () => {
    const name = unique('Searchable')
    const customerId = await newCustomer({ name, email: `${name}@acme.example` })
    for (const q of [customerId, name.toLowerCase(), `${name}@ACME`]) {
      const { data } = await bodyOf(api.get(`/customers?q=${encodeURIComponent(q)}`))
      expect(data).toMatchObject([{ id: customerId }])
    }
    expect((await bodyOf(api.get('/customers?q=%25'))).data).toEqual([])
  })

  it('of customers are filtered by plan, status and override', async () => {
    const held = async (query: string) => {
      const { data } = await bodyOf(api.get(`/customers?pageSize=100&${query}`))
      return data.map(({ id }: { id: string }) => id)
    }
    expect(await held('planId=globex-deal')).toContain('globex')
    expect(await held('planId=globex-deal')).not.toContain('pro-co')
    expect(await held('status=past_due')).toContain('grace-co')
    expect(await held('overridden=true')).toEqual(expect.arrayContaining(['override-co', 'vip-co']))
    expect(await held('overridden=true')).not.toContain('pro-co')
  })

  it('of subscriptions are filtered by status and plan', async () => {
    const { data } = await bodyOf(api.get('/subscriptions?status=active&planId=globex-deal'))
    expect(data).toContainEqual(expect.objectContaining({ customerId: 'globex' }))
  })

  it.each(['/features', '/plans', '/customers', '/keys', '/subscriptions'])(
    'take no cursor of another list: %s',
    async (path) => {
      const other = path === '/features' ? '/plans' : '/features'
      const { nextCursor } = await bodyOf(api.get(`${other}?pageSize=1`))
      const { status, body } = await api.get(`${path}?cursor=${nextCursor}`)
      expect([status, body.code]).toEqual([400, 'invalid_cursor'])
    },
  )
})

describe('a tag', () => {
  it.each([
    '/plans/pro',
    '/features/sso',
    '/customers/pro-co',
    '/catalogue',
    '/customers/pro-co/entitlements',
  ])('of %s saves reading it again', async (path) => {
    const { headers } = await api.get(path)
    const tag = headers.get('ETag') ?? ''
    expect(tag).toMatch(/^(W\/)?"[^"]+"$/)
    const again = await api.get(path, { 'If-None-Match': tag })
    expect([again.status, again.text]).toEqual([304, ''])
    expect((await api.get(path, { 'If-None-Match': '"other"' })).status).toBe(200)
  })

  it('of entitlements changes with what is used', async () => {
    const { customerId } = await customerOn('starter')
    const path = `/customers/${customerId}/entitlements`
    const { headers } = await api.get(path)
    await bodyOf(api.post('/consume', { customerId, featureId: 'storage' }))
    const tag = headers.get('ETag') ?? ''
    expect((await api.get(path, { 'If-None-Match': tag })).status).toBe(200)
  })

  it('lets an edit through only where nobody edited meanwhile', async () => {
    const path = `/plans/${unique('edited')}`
    const { headers } = await api.put(path, { name: 'One' })
    const tag = headers.get('ETag') ?? ''
    expect((await api.patch(path, { name: 'Two' }, { 'If-Match': tag })).status).toBe(200)
    const late = await api.patch(path, { name: 'Three' }, { 'If-Match': tag })
    expect([late.status, late.body.code]).toEqual([412, 'revision_mismatch'])
    expect(await bodyOf(api.get(path))).toMatchObject({ name: 'Two' })
  })

  it('holds for customers, their removal and the whole catalogue too', async () => {
    const customer = `/customers/${await newCustomer()}`
    const stale = { 'If-Match': '"1"' }
    const replies = await Promise.all([
      api.patch(customer, { name: 'X' }, stale),
      api.delete(customer, stale),
      api.put('/catalogue', { features: [], plans: [] }, stale),
      api.put(`/plans/${unique('new')}`, {}, { 'If-Match': '*' }),
    ])
    expect(replies.map(({ status }) => status)).toEqual([412, 412, 412, 412])
  })
})

describe('a merge patch', () => {
  it('of a plan keeps what it leaves out and removes what is null', async () => {
    const path = `/plans/${unique('patched')}`
    await bodyOf(
      api.put(path, {
        name: 'Patched',
        description: 'As it was',
        graceDays: 3,
        metadata: { kept: 1, gone: 2 },
        allowances: { sso: { enabled: true }, storage: { limit: 5, reset: 'monthly' } },
      }),
    )
    const patched = await bodyOf(
      api.patch(path, {
        description: null,
        graceDays: null,
        metadata: { gone: null, added: 3 },
        allowances: { sso: null, storage: { limit: 9 } },
      }),
    )
    expect(patched).toMatchObject({ name: 'Patched', graceDays: null })
    expect(patched).not.toHaveProperty('description')
    expect(patched.metadata).toEqual({ kept: 1, added: 3 })
    expect(Object.keys(patched.allowances)).toEqual(['storage'])
    expect(patched.allowances.storage).toMatchObject({ limit: 9, reset: 'monthly' })
  })

  it('of a customizable value replaces it whole', async () => {
    const path = `/plans/${unique('patched')}`
    await bodyOf(
      api.put(path, { allowances: { branding: { value: { logo: true, colour: 'red' } } } }),
    )
    const { allowances } = await bodyOf(
      api.patch(path, { allowances: { branding: { value: { logo: false } } } }),
    )
    expect(allowances.branding).toEqual({ value: { logo: false } })
  })

  it('of a customer keeps what it leaves out and removes what is null', async () => {
    const path = `/customers/${await newCustomer({ name: 'Acme', email: 'a@acme.example' })}`
    expect(await bodyOf(api.patch(path, { name: null }))).toMatchObject({
      name: null,
      email: 'a@acme.example',
    })
  })

  it('that changes nothing makes no new revision', async () => {
    const path = `/plans/${unique('patched')}`
    const { revision } = await bodyOf(api.put(path, { name: 'Same' }))
    expect(await bodyOf(api.patch(path, { name: 'Same' }))).toMatchObject({ revision })
  })
})

describe('the catalogue', () => {
  it('can be put back as it was read, and that changes nothing', async () => {
    const before = await bodyOf(api.get('/catalogue'))
    const answer = await bodyOf(api.put('/catalogue', before))
    expect(answer).toMatchObject({ revision: before.revision, propagation: 'done' })
    expect(await bodyOf(api.get('/catalogue'))).toEqual(before)
    await bodyOf(api.put('/catalogue?prune=true', before))
    expect(await bodyOf(api.get('/catalogue'))).toEqual(before)
  })

  it('archives what a document leaves out only when it is told to prune', async () => {
    const [featureId, planId] = [unique('feature'), unique('plan')]
    const before = await bodyOf(api.get('/catalogue'))
    await bodyOf(api.put(`/features/${featureId}`, { type: 'boolean' }))
    await bodyOf(api.put(`/plans/${planId}`, { allowances: { [featureId]: { enabled: true } } }))
    const { customerId } = await customerOn(planId)
    await bodyOf(api.put('/catalogue', before))
    expect(await bodyOf(api.get(`/plans/${planId}`))).toMatchObject({ archivedAt: null })
    await bodyOf(api.put('/catalogue?prune=true', before))
    expect((await bodyOf(api.get(`/plans/${planId}`))).archivedAt).not.toBeNull()
    expect((await bodyOf(api.get(`/features/${featureId}`))).archivedAt).not.toBeNull()
    expect(await access(customerId, featureId)).toMatchObject({ hasAccess: true })
    const body = { planId }
    const late = await api.post(`/customers/${await newCustomer()}/subscriptions`, body)
    expect([late.status, late.body.code]).toEqual([422, 'unknown_reference'])
  })

  it('keeps a feature that a plan still gives, and a plan that others inherit from', async () => {
    const inUse = await api.delete('/features/sso')
    expect([inUse.status, inUse.body.code]).toEqual([409, 'feature_in_use'])
    expect(inUse.body.detail).toContain('enterprise')
    const parent = await api.delete('/plans/starter')
    expect([parent.status, parent.body.code]).toEqual([409, 'plan_in_use'])
  })

  const REFUSED: readonly (readonly [string, () => Promise<Reply>, number, string])[] = [
    [
      'a circle by one PATCH',
      () => api.patch('/plans/starter', { parentId: 'enterprise' }),
      422,
      'plan_cycle',
    ],
    [
      'a plan that is its own parent',
      () => api.patch('/plans/pro', { parentId: 'pro' }),
      422,
      'plan_cycle',
    ],
    [
      'a circle in a document, with everything else that it says',
      () =>
        api.put('/catalogue', {
          features: [{ id: 'never-seen', type: 'boolean' }],
          plans: [
            { id: 'chicken', parentId: 'egg' },
            { id: 'egg', parentId: 'chicken' },
          ],
        }),
      422,
      'plan_cycle',
    ],
    ['more than ten ancestors', () => api.put('/catalogue', tower(12)), 422, 'plan_too_deep'],
    [
      'an unknown parent',
      () => api.patch('/plans/pro', { parentId: 'startr' }),
      422,
      'parent_not_found',
    ],
    [
      'an unknown feature',
      () => api.patch('/plans/pro', { allowances: { 'advanced-analytic': { enabled: true } } }),
      422,
      'unknown_reference',
    ],
    [
      'an unknown default plan',
      () => api.put('/catalogue', { features: [], plans: [], defaultPlanId: 'nothing' }),
      422,
      'unknown_reference',
    ],
    [
      'an allowance of another type',
      () => api.patch('/plans/pro', { allowances: { sso: { limit: 3 } } }),
      422,
      'allowance_type_mismatch',
    ],
    [
      'a feature of another type',
      () => api.put('/features/sso', { type: 'meter' }),
      422,
      'feature_type_immutable',
    ],
    [
      'a 28-day rhythm by the calendar',
      () =>
        api.patch('/plans/pro', {
          allowances: { storage: { reset: 'every_28_days', anchor: 'calendar' } },
        }),
      400,
      'invalid_request',
    ],
    [
      'rollover of what never resets',
      () =>
        api.patch('/plans/pro', { allowances: { storage: { rollover: { percent: 50, max: 1 } } } }),
      400,
      'invalid_request',
    ],
  ]

  it.each(REFUSED)('refuses %s, and stays as it is', async (_, edit, status, code) => {
    const before = await bodyOf(api.get('/catalogue'))
    const reply = await edit()
    expect([reply.status, reply.body.code]).toEqual([status, code])
    expect(reply.body.errors?.[0]?.pointer).toMatch(/^\//)
    expect(await bodyOf(api.get('/catalogue'))).toEqual(before)
  })

  it('names the way round the circle', async () => {
    const { body } = await api.patch('/plans/starter', { parentId: 'enterprise' })
    expect(body.detail).toMatch(/starter → enterprise → pro → starter/)
  })

  it('takes edits that come at the same time one after the other', async () => {
    const path = `/plans/${unique('busy')}`
    await bodyOf(api.put(path, {}))
    const replies = await Promise.all(
      ['sso', 'white-label', 'gdpr-tools'].map((featureId) =>
        api.patch(path, { allowances: { [featureId]: { enabled: true } } }),
      ),
    )
    const done = replies.filter(({ status }) => status === 200).length
    const { allowances } = await bodyOf(api.get(path))
    expect(Object.keys(allowances)).toHaveLength(done)
    expect(replies.every(({ status }) => status === 200 || status === 503)).toBe(true)
  })
})

describe('a customer', () => {
  it('is made once, however often it is put', async () => {
    const path = `/customers/${unique('twice')}`
    const replies = [await api.put(path, { name: 'A' }), await api.put(path, { name: 'A' })]
    expect(replies.map(({ status }) => status)).toEqual([201, 200])
    expect(replies[1]?.body.revision).toBe(replies[0]?.body.revision)
  })

  it('cannot be archived while a subscription runs', async () => {
    const { customerId, subscriptionId } = await customerOn('starter')
    const reply = await api.delete(`/customers/${customerId}`)
    expect([reply.status, reply.body.code]).toEqual([409, 'customer_has_subscriptions'])
    expect(reply.body.detail).toContain(subscriptionId)
    await bodyOf(api.post(`/subscriptions/${subscriptionId}/cancel`, { when: 'now' }))
    const { archivedAt } = await bodyOf(api.delete(`/customers/${customerId}`))
    expect(archivedAt).not.toBeNull()
  })

  it('that does not exist is a 404 where it is a resource', async () => {
    for (const path of ['', '/subscriptions', '/overrides']) {
      const { status, body } = await api.get(`/customers/nobody-here${path}`)
      expect([status, body.code]).toEqual([404, 'customer_not_found'])
    }
  })
})

/** Plans on top of each other. */
function tower(height: number): object {
  const id = unique('tower')
  const plans = Array.from({ length: height }, (_, floor) => ({
    id: `${id}-${floor}`,
    parentId: floor === 0 ? null : `${id}-${floor - 1}`,
  }))
  return { features: [], plans }
}
