import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import type { OverviewAnswer } from '../../schema/wire/overview.ts'
import { portsFrom } from '../../worker/ports.ts'
import { tick } from '../../worker/tick.ts'
import { down, flaky } from '../support/bindings.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, type Manager, manager, openTiers } from '../support/manager.ts'

const DAY = 86_400_000
const NOW = Date.now()

let api: Manager

beforeEach(async () => {
  await fresh()
  api = await manager()
  await openTiers(api)
})

const overview = async (by = api) => (await expectOk(by.get('/v1/overview'))).body
const catalogueIn = ({ propagation }: Readonly<Record<string, unknown>>) =>
  (propagation as OverviewAnswer['propagation']).catalogue
const at = (ms: number) => new Date(ms).toISOString()

/** Rows as objects write them: customer, used, limit, whether over. */
async function used(
  ...meters: readonly (readonly [string, number, number | null, boolean?])[]
): Promise<void> {
  for (const [id, reading, limit, over = false] of meters) {
    await expectOk(api.put(`/v1/customers/${id}`, { name: `${id} Ltd` }))
    await env.DB.prepare(SUMMARY).bind(id, reading, limit, Number(over)).run()
  }
}

const SUMMARY = `INSERT INTO usage_summary
    (customer_id, feature_id, used, limit_units, over, as_of, version, listed_at)
  SELECT ?1, 'api-calls', ?2, ?3, ?4, ${NOW}, 1, created_at FROM customers WHERE id = ?1`

/** A customer with a subscription that is unpaid or on trial until then. */
async function ends(id: string, status: 'past_due' | 'trialing', endsAt: number): Promise<void> {
  await expectOk(api.put(`/v1/customers/${id}`, {}))
  const more = status === 'trialing' ? { trialDays: 1 } : {}
  const { body } = await expectOk(
    api.post(`/v1/customers/${id}/subscriptions`, { planId: 'starter', ...more }),
  )
  const columns =
    status === 'trialing' ? 'trial_end_at = ?2' : 'grace_started_at = 1, grace_ends_at = ?2'
  await env.DB.prepare(`UPDATE subscriptions SET status = '${status}', ${columns} WHERE id = ?1`)
    .bind(String(body['id']), endsAt)
    .run()
}

describe('who is near a limit', () => {
  test('comes first who is furthest past it; unlimited, gone and archived are left out', async () => {
    await used(
      ['half', 500, 1000],
      ['near', 800, 1000],
      ['nearly', 799, 1000],
      ['full', 1000, 1000],
      ['over', 30, 20, true],
      ['nothing-left', 3, 0, true],
      ['gone', 7, 0],
      ['unlimited', 9_000_000, null],
      ['largest', 9_007_199_254_740_991, 9_007_199_254_740_991],
      ['archived', 1000, 1000],
    )
    await expectOk(api.remove('/v1/customers/archived'))
    const { nearLimits } = await overview()
    expect(nearLimits).toMatchObject({ count: 5 })
    const { data } = nearLimits as { readonly data: readonly { readonly customerId: string }[] }
    const ids = data.map(({ customerId }) => customerId)
    expect(ids).toEqual(['nothing-left', 'over', 'largest', 'full', 'near'])
    expect(data[1]).toEqual({
      customerId: 'over',
      name: 'over Ltd',
      featureId: 'api-calls',
      used: 30,
      limit: 20,
      over: true,
      asOf: at(NOW),
    })
  })

  test('is shown twenty at a time and counted to a hundred', async () => {
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 130)
       INSERT INTO customers (id, metadata, created_at, revision) SELECT 'co-' || i, '{}', i, 1 FROM n`,
    ).run()
    await env.DB.prepare(
      `INSERT INTO usage_summary (customer_id, feature_id, used, limit_units, over, as_of, version, listed_at)
       SELECT id, 'api-calls', created_at, 1, 1, 1, 1, created_at FROM customers`,
    ).run()
    const { nearLimits } = await overview()
    const { count, data } = nearLimits as { count: number; data: { customerId: string }[] }
    expect(count).toBe(100)
    expect(data.length).toBe(20)
    expect(data[0]?.customerId).toBe('co-130')
    expect(data.at(-1)?.customerId).toBe('co-111')
  })
})

describe.each(['past_due', 'trialing'] as const)('who is %s', (status) => {
  const listed = async () => {
    const all = await overview()
    return all[status === 'past_due' ? 'pastDue' : 'trials'] as {
      readonly count: number
      readonly data: readonly { readonly customerId: string; readonly endsAt: string }[]
    }
  }

  test('is listed by when that ends, until it has', async () => {
    await ends('later', status, NOW + 5 * DAY)
    await ends('soon', status, NOW + DAY)
    await ends('ended', status, NOW - 1)
    const { count, data } = await listed()
    expect(count).toBe(2)
    expect(data.map(({ customerId }) => customerId)).toEqual(['soon', 'later'])
    expect(data[0]).toMatchObject({ name: null, planId: 'starter', endsAt: at(NOW + DAY) })
  })

  test('is so by the customer’s own clock, where it has one', async () => {
    await ends('ahead', status, NOW + 5 * DAY)
    await ends('behind', status, NOW - DAY)
    const set = env.DB.prepare('UPDATE customers SET clock_at = ?2 WHERE id = ?1')
    await set.bind('ahead', NOW + 6 * DAY).run()
    await set.bind('behind', NOW - 2 * DAY).run()
    expect((await listed()).data.map(({ customerId }) => customerId)).toEqual(['behind'])
  })
})

describe('how far changes have got', () => {
  test('is everywhere, once an object has applied them and the tick has been here', async () => {
    await tick(portsFrom(env), 'local')
    const { propagation, deliveries } = await overview()
    const revision = await env.DB.prepare('SELECT revision FROM catalogue').first('revision')
    expect(propagation).toEqual({
      unsynced: { count: 0, oldestAt: null },
      overdue: { count: 0, oldestAt: null },
      catalogue: { revision, edgeRevision: revision, copiedAt: expect.any(String) as string },
    })
    expect(deliveries).toEqual({ owed: { count: 0, oldestAt: null }, failing: 0 })
  })

  test('is not to an object that does not answer', async () => {
    await expectOk(api.put('/v1/customers/acme', {}))
    await expectOk(api.post('/v1/customers/acme/subscriptions', { planId: 'starter' }))
    await expectOk(api.get('/v1/access?customerId=acme&featureId=api-calls&fresh=true'))
    await api.settle()
    const broken = api.over({ CUSTOMERS: flaky((method) => method === 'apply') })
    await expectOk(broken.patch('/v1/customers/acme', { name: 'Acme' }))
    const revision = await env.DB.prepare('SELECT revision FROM customers').first<number>(
      'revision',
    )
    const { propagation } = await overview()
    expect(propagation).toMatchObject({ unsynced: { count: 1, oldestAt: at(revision ?? 0) } })
    await tick(portsFrom(env), 'local')
    expect((await overview())['propagation']).toMatchObject({ unsynced: { count: 0 } })
  })

  test('is not to the edge while KV has an older head, and is unknown while KV does not answer', async () => {
    const head = await env.KV.get('head')
    await expectOk(api.patch('/v1/plans/pro', { name: 'Pro' }))
    await env.KV.put('head', head ?? '')
    const older = catalogueIn(await overview())
    expect(older.edgeRevision).toBeLessThan(older.revision)
    expect(older.copiedAt).toBe(null)
    const unknown = catalogueIn(await overview(api.over({ KV: down.KV })))
    expect(unknown).toEqual({ revision: older.revision, edgeRevision: null, copiedAt: null })
  })

  test('is late with what the tick has not done', async () => {
    await expectOk(api.put('/v1/customers/acme', {}))
    await expectOk(api.put('/v1/customers/clocked', {}))
    await env.DB.prepare('UPDATE customers SET next_due = 1').run()
    await env.DB.prepare("UPDATE customers SET clock_at = 1 WHERE id = 'clocked'").run()
    expect((await overview())['propagation']).toMatchObject({
      overdue: { count: 1, oldestAt: at(1) },
    })
  })

  test('is owed to endpoints that are turned on', async () => {
    const hook = (name: string) =>
      expectOk(api.post('/v1/webhooks', { url: `http://127.0.0.1:9/${name}`, events: ['*'] }))
    const [on, off] = [(await hook('on')).body['id'], (await hook('off')).body['id']]
    const owe = env.DB.prepare(
      'INSERT INTO webhook_deliveries (webhook_id, event_n, tries, next_at, created_at) VALUES (?1, ?2, 0, ?3, ?3)',
    )
    await env.DB.batch([
      owe.bind(on, 1_000_001, NOW + DAY),
      owe.bind(on, 1_000_002, NOW + 2 * DAY),
      owe.bind(off, 1_000_001, NOW),
      env.DB.prepare('UPDATE webhooks SET failing_since = 1'),
      env.DB.prepare(
        "UPDATE webhooks SET disabled_at = 1, disabled_because = 'asked' WHERE id = ?1",
      ).bind(off),
    ])
    const { deliveries } = await overview()
    expect(deliveries).toMatchObject({ failing: 1 })
    const { owed } = deliveries as { owed: { count: number; oldestAt: string } }
    expect(owed).toEqual({ count: 2, oldestAt: at(NOW + DAY) })
  })
})
