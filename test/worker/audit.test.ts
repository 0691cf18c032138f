import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { listAudit } from '../../schema/wire/audit.ts'
import { ROUTES } from '../../worker/routes.ts'
import type { Reply } from '../support/edge.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, type Manager, manager, openTiers } from '../support/manager.ts'

type Step = readonly [method: string, path: string, body?: object]

const MAKE_FEATURE: Step = ['PUT', '/v1/features/new', { type: 'boolean' }]
const MAKE_PLAN: Step = ['PUT', '/v1/plans/new', {}]
const MAKE_CUSTOMER: Step = ['PUT', '/v1/customers/other', {}]
const OVERRIDE = '/v1/customers/acme/overrides/sso'
const GIVE: Step = ['PUT', OVERRIDE, { allowance: { enabled: true }, reason: 'Promised' }]
const RESET = '/v1/customers/acme/entitlements/api-calls/reset'
const USE: Step = [
  'POST',
  '/v1/consume',
  { customerId: 'acme', featureId: 'api-calls', quantity: 3 },
]
const TRIAL: Step = ['POST', '/v1/customers/other/subscriptions', { planId: 'pro', trialDays: 7 }]

const act = (verb: string, body: object = {}): Step => [
  'POST',
  `/v1/subscriptions/{sub}/${verb}`,
  body,
]

/** What leads to a change by each route that manages, the change itself last, and how the log calls it. */
const ACTS: Readonly<Record<string, readonly [action: string, ...steps: Step[]]>> = {
  putFeature: ['features.put', MAKE_FEATURE],
  patchFeature: ['features.patch', ['PATCH', '/v1/features/sso', { name: 'Single sign-on' }]],
  deleteFeature: ['features.archive', MAKE_FEATURE, ['DELETE', '/v1/features/new']],
  putPlan: ['plans.put', MAKE_PLAN],
  patchPlan: ['plans.patch', ['PATCH', '/v1/plans/pro', { rank: 7 }]],
  deletePlan: ['plans.archive', MAKE_PLAN, ['DELETE', '/v1/plans/new']],
  putCatalogue: [
    'catalogue.put',
    [
      'PUT',
      '/v1/catalogue',
      { features: [{ id: 'sso', type: 'boolean', name: 'SSO' }], plans: [] },
    ],
  ],
  putCustomer: ['customers.put', MAKE_CUSTOMER],
  patchCustomer: ['customers.patch', ['PATCH', '/v1/customers/acme', { name: 'Acme' }]],
  deleteCustomer: ['customers.archive', MAKE_CUSTOMER, ['DELETE', '/v1/customers/other']],
  importCustomers: [
    'customers.import',
    ['POST', '/v1/customers/batch', { items: [{ id: 'other' }] }],
  ],
  createKey: ['keys.create', ['POST', '/v1/keys', { name: 'shop', scopes: ['read'] }]],
  rotateKey: ['keys.rotate', ['POST', '/v1/keys/{key}/rotate', { overlapSeconds: 60 }]],
  revokeKey: ['keys.revoke', ['DELETE', '/v1/keys/{key}']],
  createSubscription: [
    'subscriptions.create',
    MAKE_CUSTOMER,
    ['POST', '/v1/customers/other/subscriptions', { planId: 'pro' }],
  ],
  changeSubscription: ['subscriptions.change', act('change', { planId: 'pro' })],
  cancelSubscription: ['subscriptions.cancel', act('cancel', { when: 'now' })],
  undoSubscriptionChange: [
    'subscriptions.undo',
    act('cancel', { at: '2099-01-01T00:00:00Z' }),
    act('undo'),
  ],
  pauseSubscription: ['subscriptions.pause', act('pause')],
  resumeSubscription: ['subscriptions.resume', act('pause'), act('resume')],
  endTrial: ['subscriptions.end_trial', MAKE_CUSTOMER, TRIAL, act('end-trial')],
  renewSubscription: [
    'subscriptions.renew',
    act('renew', { period: { startAt: '2026-01-01T00:00:00Z', endAt: '2099-01-01T00:00:00Z' } }),
  ],
  recordPaymentFailed: ['subscriptions.payment_failed', act('payment-failed')],
  recordPaymentSucceeded: [
    'subscriptions.payment_succeeded',
    act('payment-failed'),
    act('payment-succeeded'),
  ],
  refundSubscription: ['subscriptions.refund', act('refund', { full: true })],
  putOverride: ['overrides.put', GIVE],
  deleteOverride: ['overrides.delete', GIVE, ['DELETE', OVERRIDE]],
  resetUsage: ['usage.reset', USE, ['POST', RESET, { reason: 'An outage of ours' }]],
}

/** After which there is something that was not there before; the catalogue is always there. */
const NEW = [
  'customers.put',
  'customers.import',
  'keys.create',
  'subscriptions.create',
  'overrides.put',
]

/** What leads to use by each route that records it. */
const USES: Readonly<Record<string, readonly Step[]>> = {
  consume: [USE],
  reportUsage: [
    [
      'POST',
      '/v1/usage',
      { customerId: 'acme', featureId: 'api-calls', behaviour: 'delta', value: 2 },
    ],
  ],
  reportEvent: [
    ['PATCH', '/v1/features/api-calls', { meter: { event: 'called', aggregate: 'count' } }],
    ['POST', '/v1/usage/events', { customerId: 'acme', event: 'called' }],
  ],
  consumeBatch: [
    [
      'POST',
      '/v1/consume/batch',
      { items: [{ customerId: 'acme', featureId: 'api-calls', quantity: 3 }] },
    ],
  ],
  reportUsageBatch: [
    [
      'POST',
      '/v1/usage/batch',
      { items: [{ customerId: 'acme', featureId: 'api-calls', behaviour: 'delta', value: 2 }] },
    ],
  ],
}

interface Entry {
  readonly id: string
  readonly at: string
  readonly actor: { readonly kind: string; readonly id: string }
  readonly action: string
  readonly resource: string
  readonly before: unknown
  readonly after: unknown
  readonly requestId: string
}

let api: Manager
/** What `{sub}` and `{key}` stand for: the last that was made. */
let ids: { sub: string; key: string }

beforeEach(async () => {
  await fresh()
  api = await manager()
  ids = { sub: '', key: '' }
  await openTiers(api)
  await expectOk(api.put('/v1/customers/acme', {}))
  await take(['POST', '/v1/customers/acme/subscriptions', { planId: 'starter' }])
  await take(['POST', '/v1/keys', { name: 'old', scopes: ['read'] }])
})

/** Sends the step, which must succeed. */
async function take([method, path, body]: Step): Promise<Reply> {
  const filled = path.replace('{sub}', ids.sub).replace('{key}', ids.key)
  const reply = await expectOk(api.send(method, filled, body === undefined ? {} : { body }))
  const id = String(reply.body['id'])
  if (id.startsWith('sub_')) ids = { ...ids, sub: id }
  if (id.startsWith('key_')) ids = { ...ids, key: id }
  return reply
}

async function log(query = ''): Promise<readonly Entry[]> {
  const { body } = await expectOk(api.get(`/v1/audit?pageSize=100${query}`))
  expect(listAudit.answer.safeParse(body).error).toBeUndefined()
  return body['data'] as readonly Entry[]
}

/** The entries of one request; what an object does reaches the log a moment later. */
async function entriesOf(reply: Reply): Promise<readonly Entry[]> {
  const requestId = reply.headers.get('Sluice-Request-Id')
  const own = async () => (await log()).filter((entry) => entry.requestId === requestId)
  await vi.waitFor(async () => expect(await own()).not.toEqual([]), { timeout: 10_000 })
  return own()
}

const me = async () => String((await api.get('/v1/me')).body['keyId'])
const idsFor = (scope: string) =>
  ROUTES.filter((row) => row.method !== 'GET' && row.scope === scope).map((row) => row.operationId)

describe('every change', () => {
  test('is one of those below', () => {
    expect(Object.keys(ACTS).toSorted()).toEqual(idsFor('manage').toSorted())
  })

  test.each(Object.entries(ACTS))(
    'by %s leaves who did what, what was before and after, and in which request',
    async (_, [action, ...steps]) => {
      const last = steps.pop()
      for (const step of steps) await take(step)
      const reply = await take(last ?? MAKE_PLAN)
      const entries = await entriesOf(reply)
      const [entry] = entries.filter((each) => each.action === action)
      expect(entry?.actor).toEqual({ kind: 'key', id: await me() })
      expect(entry?.resource).toMatch(/^[a-z]+(\/|$)/)
      expect(entry?.before === null).toBe(NEW.includes(action))
      expect(entry?.after === null).toBe(action === 'overrides.delete')
      expect(entry?.before).not.toEqual(entry?.after)
    },
  )
})

describe('every use', () => {
  test('is one of those below', () => {
    expect(Object.keys(USES).toSorted()).toEqual(idsFor('usage').toSorted())
  })

  test.each(Object.entries(USES))('by %s leaves a row in the ledger', async (_, steps) => {
    for (const step of steps) await take(step)
    const rows = await runInDurableObject(env.CUSTOMERS.getByName('acme'), (_object, { storage }) =>
      storage.sql.exec('SELECT * FROM ledger').toArray(),
    )
    expect(rows).toMatchObject([{ last_actor: `key:${await me()}` }])
  })
})

describe('the log', () => {
  test('is read newest first, page by page', async () => {
    const whole = await log()
    expect(whole.map(({ action }) => action)).toEqual([
      'keys.create',
      'subscriptions.create',
      'customers.put',
      'catalogue.put',
    ])
    const first = await api.get('/v1/audit?pageSize=3')
    const rest = await api.get(`/v1/audit?pageSize=3&cursor=${String(first.body['nextCursor'])}`)
    expect([...(first.body['data'] as object[]), ...(rest.body['data'] as object[])]).toEqual(whole)
    expect(rest.body['nextCursor']).toBeNull()
    const ids = whole.map(({ id }) => id)
    expect(ids.toSorted().toReversed()).toEqual(ids)
  })

  test('is asked by customer, resource, actor, or all of them', async () => {
    const other = await manager()
    await take(GIVE)
    await expectOk(other.patch('/v1/customers/acme', { name: 'Acme' }))
    await expectOk(other.put('/v1/customers/b%2F%20c', {}))
    const otherId = String((await other.get('/v1/me')).body['keyId'])
    const of = async (query: string) => (await log(query)).map(({ action }) => action)
    expect(await of('&customerId=acme')).toEqual([
      'customers.patch',
      'overrides.put',
      'subscriptions.create',
      'customers.put',
    ])
    expect(await of(`&actor=key:${otherId}`)).toEqual(['customers.put', 'customers.patch'])
    expect(await of(`&actor=${otherId}`)).toEqual(['customers.put', 'customers.patch'])
    expect(await of('&resource=customers/acme')).toEqual(['customers.patch', 'customers.put'])
    expect(await of('&resource=customers/acme/overrides/sso')).toEqual(['overrides.put'])
    expect(await of(`&resource=${encodeURIComponent('customers/b%2F%20c')}`)).toHaveLength(1)
    expect(await of(`&customerId=acme&actor=${otherId}`)).toEqual(['customers.patch'])
    expect(await of(`&customerId=acme&resource=customers/acme&actor=${otherId}`)).toHaveLength(1)
    expect(await of('&customerId=b%2F%20c')).toEqual(['customers.put'])
    expect(await of('&actor=system:nobody')).toEqual([])
  })

  test('goes on where a filtered page ended', async () => {
    for (const name of ['a', 'b', 'c']) await expectOk(api.patch('/v1/customers/acme', { name }))
    const path = '/v1/audit?customerId=acme&resource=customers/acme&pageSize=2'
    const first = await api.get(path)
    const rest = await api.get(`${path}&cursor=${String(first.body['nextCursor'])}`)
    const names = [first, rest].flatMap(({ body }) =>
      (body['data'] as { after: { name: string | null } }[]).map(({ after }) => after.name),
    )
    expect(names).toEqual(['c', 'b', 'a', null])
  })

  test('has shorter pages where states are large, and loses none', async () => {
    const text = JSON.stringify({ text: 'x'.repeat(400_000) })
    await env.DB.prepare(LARGE).bind(text).run()
    const sizes: number[] = []
    let cursor = ''
    do {
      const { body } = await expectOk(api.get(`/v1/audit?actor=system:test&pageSize=100${cursor}`))
      sizes.push((body['data'] as object[]).length)
      const next = body['nextCursor'] as string | null
      cursor = next === null ? '' : `&cursor=${next}`
    } while (cursor !== '')
    expect(sizes).toEqual([2, 2, 2, 1])
  })

  test('tells the moment and the states of a change', async () => {
    const patched = await expectOk(api.patch('/v1/customers/acme', { name: 'Acme' }))
    const [entry] = await log('&customerId=acme')
    expect(entry).toMatchObject({
      action: 'customers.patch',
      resource: 'customers/acme',
      before: { name: null },
      after: { name: 'Acme', revision: patched.body['revision'] },
    })
    expect(Math.abs(Date.parse(String(entry?.at)) - Date.now())).toBeLessThan(60_000)
  })

  test('has nothing of what changed nothing', async () => {
    const before = await log()
    await expectOk(api.put('/v1/customers/acme', {}))
    await expectOk(api.patch('/v1/plans/pro', { rank: 2 }))
    expect(await log()).toEqual(before)
  })

  test('goes by an index, whatever it is asked by', async () => {
    const plans = await Promise.all(
      ['', 'customer_id', 'resource', 'actor'].map(async (column) => {
        const where = column === '' ? 'true' : `${column} = 'x' AND id < 9`
        const sql = `EXPLAIN QUERY PLAN SELECT * FROM changes WHERE ${where} ORDER BY id DESC LIMIT 2`
        const { results } = await env.DB.prepare(sql).all<{ detail: string }>()
        return results.map(({ detail }) => detail)
      }),
    )
    expect(plans).toEqual([
      ['SCAN changes'],
      [expect.stringMatching(/^SEARCH changes USING INDEX changes_of_customer/)],
      [expect.stringMatching(/^SEARCH changes USING INDEX changes_of_resource/)],
      [expect.stringMatching(/^SEARCH changes USING INDEX changes_of_actor/)],
    ])
  })

  test.each(['actor=', 'resource=', 'customerId=%20', 'pageSize=101', 'who=me', 'cursor=x'])(
    'is not asked by %s',
    async (query) => {
      expect((await api.get(`/v1/audit?${query}`)).status).toBe(400)
    },
  )
})

const LARGE = `INSERT INTO changes (subject, previous, revision, actor, action, resource, request_id, before, after, at)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 7)
  SELECT 'catalogue', -i + 1000, 0, 'system:test', 'catalogue.put', 'catalogue', 'r', ?1, ?1, 0 FROM n`
