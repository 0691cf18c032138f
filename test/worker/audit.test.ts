import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { listAudit } from '../../schema/wire/audit.ts'
import type { Route } from '../../worker/route.ts'
import { ROUTES } from '../../worker/routes.ts'
import type { Reply } from '../support/edge.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, type Manager, manager, openTiers } from '../support/manager.ts'
import { openWorld, prepare } from '../support/requests.ts'

/** How the log calls what each route that manages does. */
const ACTIONS: Readonly<Record<string, string>> = {
  putFeature: 'features.put',
  patchFeature: 'features.patch',
  deleteFeature: 'features.archive',
  putPlan: 'plans.put',
  patchPlan: 'plans.patch',
  deletePlan: 'plans.archive',
  putCatalogue: 'catalogue.put',
  putCustomer: 'customers.put',
  patchCustomer: 'customers.patch',
  deleteCustomer: 'customers.archive',
  importCustomers: 'customers.import',
  createKey: 'keys.create',
  rotateKey: 'keys.rotate',
  revokeKey: 'keys.revoke',
  createSubscription: 'subscriptions.create',
  changeSubscription: 'subscriptions.change',
  cancelSubscription: 'subscriptions.cancel',
  undoSubscriptionChange: 'subscriptions.undo',
  pauseSubscription: 'subscriptions.pause',
  resumeSubscription: 'subscriptions.resume',
  endTrial: 'subscriptions.end_trial',
  renewSubscription: 'subscriptions.renew',
  recordPaymentFailed: 'subscriptions.payment_failed',
  recordPaymentSucceeded: 'subscriptions.payment_succeeded',
  refundSubscription: 'subscriptions.refund',
  paySandbox: 'subscriptions.payment_failed',
  createCheckoutSession: 'checkout.create',
  expireCheckoutSession: 'checkout.expire',
  putOverride: 'overrides.put',
  deleteOverride: 'overrides.delete',
  resetUsage: 'usage.reset',
  createPortalSession: 'portal_sessions.create',
  createCustomerToken: 'tokens.create',
  putOrigins: 'settings.put',
  putClock: 'customers.clock',
  deleteClock: 'customers.clock',
  createWebhook: 'webhooks.create',
  patchWebhook: 'webhooks.patch',
  deleteWebhook: 'webhooks.delete',
  rotateWebhookSecret: 'webhooks.rotate_secret',
  testWebhook: 'webhooks.test',
  replayWebhookAttempt: 'webhooks.replay',
}

/** After which there is something that was not there before; the catalogue is always there. */
const NEW = [
  'customers.put',
  'customers.import',
  'keys.create',
  'subscriptions.create',
  'overrides.put',
  'webhooks.create',
  'webhooks.test',
  'webhooks.replay',
  'checkout.create',
  'portal_sessions.create',
  'tokens.create',
]

/** After which there is nothing. */
const OLD = ['overrides.delete', 'webhooks.delete']

interface Entry {
  readonly id: string
  readonly at: string
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string | null }
  readonly action: string
  readonly resource: string
  readonly before: unknown
  readonly after: unknown
  readonly requestId: string
}

let api: Manager

beforeEach(async () => {
  await fresh()
  api = await manager()
})

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
const changing = (scope: string) =>
  ROUTES.filter((row) => row.method !== 'GET' && row.scope === scope)

/** Sends the request that the table has for the route, in a world of its own. */
async function done(row: Route): Promise<{ readonly reply: Reply; readonly customerId: string }> {
  await openWorld(api)
  const { method, path, body, customerId } = await prepare(api, row)
  return { reply: await expectOk(api.send(method, path, body ? { body } : {})), customerId }
}

describe('every change', () => {
  test('has a name in the log', () => {
    const ids = changing('manage').map(({ operationId }) => operationId)
    expect(Object.keys(ACTIONS).toSorted()).toEqual(ids.toSorted())
  })

  test.each(changing('manage').map((row) => [row.operationId, row] as const))(
    'by %s leaves who did what, what was before and after, and in which request',
    async (operationId, row) => {
      const action = ACTIONS[operationId] ?? ''
      const entries = await entriesOf((await done(row)).reply)
      const [entry] = entries.filter((each) => each.action === action)
      expect(entry?.actor).toEqual({ kind: 'key', id: await me(), name: 'test' })
      expect(entry?.resource).toMatch(/^[a-z]+(\/|$)/)
      expect(entry?.before === null).toBe(NEW.includes(action))
      expect(entry?.after === null).toBe(OLD.includes(action))
      expect(entry?.before).not.toEqual(entry?.after)
    },
  )
})

describe('every use', () => {
  test.each(changing('usage').map((row) => [row.operationId, row] as const))(
    'by %s leaves a row in the ledger',
    async (_, row) => {
      const { customerId } = await done(row)
      const object = env.CUSTOMERS.getByName(customerId)
      const rows = await runInDurableObject(object, (_object, { storage }) =>
        storage.sql.exec('SELECT * FROM ledger').toArray(),
      )
      expect(rows).toMatchObject([{ last_actor: `key:${await me()}` }])
    },
  )
})

describe('the log', () => {
  beforeEach(async () => {
    await openTiers(api)
    await expectOk(api.put('/v1/customers/acme', {}))
    await expectOk(api.post('/v1/customers/acme/subscriptions', { planId: 'starter' }))
    await expectOk(api.post('/v1/keys', { name: 'old', scopes: ['read'] }))
  })

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
    const override = { allowance: { enabled: true }, reason: 'Promised' }
    await expectOk(api.put('/v1/customers/acme/overrides/sso', override))
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

  test('names whoever it was as people call them, and nobody else', async () => {
    const author = await manager()
    await expectOk(author.patch('/v1/customers/acme', { name: 'Acme' }))
    const id = String((await author.get('/v1/me')).body['keyId'])
    const named = async () => (await log('&customerId=acme'))[0]?.actor
    await env.DB.prepare("UPDATE keys SET name = 'ann' WHERE id = ?").bind(id).run()
    expect(await named()).toEqual({ kind: 'key', id, name: 'ann' })
    await env.DB.prepare("UPDATE changes SET actor = 'provider:' || substr(actor, 5)").run()
    expect(await named()).toEqual({ kind: 'provider', id, name: null })
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
