import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { decodeSnapshot } from '../../schema/snapshot.ts'
import { portsFrom } from '../../worker/ports.ts'
import { tick } from '../../worker/tick.ts'
import { counting, down, flaky } from '../support/bindings.ts'
import { edge } from '../support/edge.ts'
import { putCatalogue, putCustomer } from '../support/intent.ts'
import { newCustomerId, objectOf } from '../support/object.ts'
import { accessPath, CUSTOMER, holder, openShop, plans } from '../support/shop.ts'
import { subscription } from '../support/world.ts'

const NOW = Date.parse('2026-02-10T12:00:00Z')
const PERIOD_END = Date.parse('2026-02-28T00:00:00Z')
const START = Date.parse('2026-01-31T00:00:00Z')

let key: string

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  key = await openShop()
})

afterEach(() => {
  vi.useRealTimers()
})

const run = (bindings: Partial<Env> = {}) => tick(portsFrom({ ...env, ...bindings }), 'local')
const check = (customerId = CUSTOMER) =>
  edge(key).get(accessPath('api-calls', '&fresh=true', customerId))
const consume = (quantity: number) =>
  edge(key).post('/v1/consume', { customerId: CUSTOMER, featureId: 'api-calls', quantity })

interface Synced {
  readonly revision: number
  readonly synced_revision: number | null
  readonly synced_version: number
  readonly next_due: number | null
}

const syncedOf = (customerId = CUSTOMER) =>
  env.DB.prepare(
    'SELECT revision, synced_revision, synced_version, next_due FROM customers WHERE id = ?',
  )
    .bind(customerId)
    .first<Synced>()

const statusOf = async (id: string) =>
  (
    await env.DB.prepare('SELECT status FROM subscriptions WHERE id = ?')
      .bind(id)
      .first<{ status: string }>()
  )?.status

/** Tells D1 that the customer has an object which has applied the first revision. */
async function acknowledgeFirst(customerId = CUSTOMER): Promise<void> {
  await check(customerId)
  await env.DB.prepare('UPDATE customers SET synced_revision = 1 WHERE id = ?')
    .bind(customerId)
    .run()
}

/** Waits until D1 has heard from the object when it is due. */
async function dueIn(customerId: string, at: number): Promise<void> {
  await vi.waitFor(async () => expect(await syncedOf(customerId)).toMatchObject({ next_due: at }))
}

/** Objects that apply whatever they are told, and store nothing: six hundred real ones take their time. */
const obedient = new Proxy(env.CUSTOMERS, {
  get: () => () => ({
    apply: async (revision: number) => ({
      status: 'applied',
      floor: { revision, version: 1, catalogueRevision: 0 },
      nextDue: null,
    }),
  }),
})

describe('the head', () => {
  it('is back in KV after one tick, without any request', async () => {
    await run()
    expect(await env.KV.get('head')).toContain('"starter"')
    await env.KV.delete('head')
    await run()
    expect(await env.KV.get('head')).toContain('"starter"')
  })

  it('is put once more where it moved while it was being put', async () => {
    const KV = new Proxy(env.KV, {
      get:
        (target, name) =>
        async (...values: [string, string]) => {
          if (name === 'put' && (await env.KV.get('head')) === null) await putCatalogue(plans(2))
          return Reflect.apply(Reflect.get(target, name) as typeof target.put, target, values)
        },
    })
    await run({ KV })
    expect(await env.KV.get('head')).toContain('[1,2,')
  })

  it('that cannot be put stops nothing else', async () => {
    await acknowledgeFirst()
    await putCustomer(holder(['starter'], { revision: 2 }))
    await run({ KV: down.KV })
    expect(await syncedOf()).toMatchObject({ synced_revision: 2 })
  })
})

describe('a change whose poke was lost', () => {
  it('is applied by the next tick and acknowledged; the one after finds nothing', async () => {
    await acknowledgeFirst()
    await putCustomer(holder(['starter', 'pro'], { revision: 2 }))
    const { bindings, counts } = counting()
    await run(bindings)
    expect(counts.called).toEqual([`apply ${CUSTOMER}`])
    expect(await syncedOf()).toMatchObject({ revision: 2, synced_revision: 2 })
    await run(bindings)
    expect(counts.called).toHaveLength(1)
  })

  it('of a customer whom nobody has asked about makes no object', async () => {
    await putCustomer(holder(['starter'], { revision: 2 }))
    const { bindings, counts } = counting()
    await run(bindings)
    expect(counts.objects).toBe(0)
  })

  it('waits for its own object only: another’s failure stops nothing', async () => {
    for (const id of ['a-co', 'b-co', 'c-co']) {
      await putCustomer(holder(['starter'], { id }))
      await acknowledgeFirst(id)
      await putCustomer(holder(['starter'], { id, revision: 2 }))
    }
    await run({ CUSTOMERS: flaky((_, customerId) => customerId === 'b-co') })
    const synced = await Promise.all(['a-co', 'b-co', 'c-co'].map(syncedOf))
    expect(synced.map((each) => each?.synced_revision)).toEqual([2, 1, 2])
    await run()
    expect(await syncedOf('b-co')).toMatchObject({ synced_revision: 2 })
  })

  it('is found on any page', async () => {
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
       INSERT INTO customers (id, metadata, created_at, revision, synced_revision) SELECT 'co-' || i, '{}', 0, 2, 1 FROM n`,
    ).run()
    const { bindings, counts } = counting({ CUSTOMERS: obedient })
    await run(bindings)
    expect(counts.objects).toBe(600)
    expect(counts.d1).toBeLessThan(30)
    const left = await env.DB.prepare(
      'SELECT count(*) AS n FROM customers WHERE revision > synced_revision',
    ).first()
    expect(left).toEqual({ n: 0 })
  })
})

describe('customers whose objects fail for ever', () => {
  /** So many customers of whom each needs the tick, the oldest first. */
  const insert = (prefix: string, count: number, columns: string) =>
    env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       INSERT INTO customers (id, metadata, created_at, revision, synced_revision, next_due)
       SELECT ?2 || i, '{}', 0, ${columns} FROM n`,
    )
      .bind(count, prefix)
      .run()
  /** Objects of which those of `dead` customers never answer as they are asked to. */
  const partly = (called: string[]) =>
    new Proxy(env.CUSTOMERS, {
      get: () => (customerId: string) => {
        const work = async (revision = 1) => {
          called.push(customerId)
          if (customerId.startsWith('dead')) throw new Error('Network connection lost.')
          const floor = { revision, version: 1, catalogueRevision: 0 }
          return { status: 'applied', floor, nextDue: null }
        }
        return { apply: work, tick: () => work() }
      },
    })
  const leftOf = (prefix: string) =>
    env.DB.prepare(
      `SELECT count(*) AS n FROM customers WHERE id LIKE ?1 || '%'
       AND (revision > synced_revision OR next_due IS NOT NULL)`,
    )
      .bind(prefix)
      .first<number>('n')
  const DEAD = 6_000

  it('keep nobody’s change waiting, and are all tried in turn', async () => {
    await insert('dead-', DEAD, '2, 1, NULL')
    await insert('alive-', 300, '3, 1, NULL')
    const called: string[] = []
    for (let ticks = 0; ticks < 3; ticks++) await run({ CUSTOMERS: partly(called) })
    expect(await leftOf('alive-')).toBe(0)
    expect(await leftOf('dead-')).toBe(DEAD)
    expect(new Set(called).size).toBe(DEAD + 300)
    expect(called.length).toBeLessThanOrEqual(3 * 4_000)
  })

  it('are called once a tick, also where calls are left', async () => {
    await insert('dead-', 300, '2, 1, NULL')
    const called: string[] = []
    await run({ CUSTOMERS: partly(called) })
    expect(called).toHaveLength(300)
  })

  it('keep nobody waiting who is due, and stay due', async () => {
    await insert('dead-', DEAD, '1, 1, 1')
    await insert('alive-', 300, '1, 1, 2')
    for (let ticks = 0; ticks < 3; ticks++) {
      await run({ CUSTOMERS: partly([]) })
      vi.setSystemTime(Date.now() + 60_000)
    }
    expect(await leftOf('alive-')).toBe(0)
    expect(await leftOf('dead-')).toBe(DEAD)
  })

  it('leave half of a tick to those who are due', async () => {
    await insert('dead-', DEAD, '2, 1, NULL')
    await insert('alive-', 300, '1, 1, 1')
    await run({ CUSTOMERS: partly([]) })
    expect(await leftOf('alive-')).toBe(0)
  })
})

describe('time', () => {
  it('past a period’s end closes it: snapshot and ledger follow, and a second tick changes nothing', async () => {
    await consume(40)
    await env.DB.prepare('UPDATE customers SET synced_revision = 1, next_due = ? WHERE id = ?')
      .bind(PERIOD_END, CUSTOMER)
      .run()
    vi.setSystemTime(PERIOD_END + 60_000)
    const { bindings, counts } = counting()
    await run(bindings)
    expect(counts.called).toEqual([`tick ${CUSTOMER}`])
    const after = await syncedOf()
    expect(after?.next_due ?? Infinity).toBeGreaterThan(PERIOD_END + 60_000)
    const snapshot = decodeSnapshot((await env.KV.get(`customer:${CUSTOMER}`)) ?? '')
    expect(snapshot?.lots.get('api-calls')?.map(({ used }) => used) ?? []).not.toContain(40)
    await run(bindings)
    expect(counts.called).toHaveLength(1)
    expect(await syncedOf()).toEqual(after)
  })

  it('past the end of grace changes the stored status', async () => {
    const grace = { startedAt: START, endsAt: NOW + 1_000 }
    const id = 'late-co'
    const late = subscription('sub_late', 'starter', START, { grace })
    await putCustomer(holder([], { id, subscriptions: [late] }))
    await check(id)
    await env.DB.prepare('UPDATE customers SET synced_revision = 1, next_due = ?')
      .bind(grace.endsAt)
      .run()
    vi.setSystemTime(grace.endsAt)
    await run()
    expect(await statusOf('sub_late')).toBe('ended')
  })

  it('past the end of grace changes the stored status, also where the object’s alarm came first', async () => {
    const grace = { startedAt: START, endsAt: NOW + 1_000 }
    const id = newCustomerId()
    const late = subscription('sub_late', 'starter', START, { grace })
    await putCustomer(holder([], { id, subscriptions: [late] }))
    await check(id)
    await dueIn(id, grace.endsAt)
    vi.setSystemTime(grace.endsAt + 1_000)
    expect(await runDurableObjectAlarm(objectOf(id))).toBe(true)
    await run()
    expect(await statusOf('sub_late')).toBe('ended')
    expect(await syncedOf(id)).toMatchObject({ next_due: null })
  })

  it('changes the status of a customer without an object, and makes none', async () => {
    const id = 'trial-co'
    const trial = subscription('sub_trial', 'starter', START, {
      trialEndAt: NOW + 1_000,
      endsWithTrial: true,
    })
    await putCustomer(holder([], { id, subscriptions: [trial] }))
    await env.DB.prepare('UPDATE customers SET next_due = 0 WHERE id = ?').bind(id).run()
    const { bindings, counts } = counting()
    await run(bindings)
    expect(await statusOf('sub_trial')).toBe('trialing')
    expect(await syncedOf(id)).toMatchObject({ next_due: NOW + 1_000 })
    vi.setSystemTime(NOW + 1_000)
    await run(bindings)
    expect(await statusOf('sub_trial')).toBe('ended')
    expect(await syncedOf(id)).toMatchObject({ next_due: null, synced_revision: null })
    expect(counts.objects).toBe(0)
  })

  it('of a customer with a clock of its own is left alone', async () => {
    await putCustomer(holder(['starter'], { revision: 2, clockAt: NOW }))
    await env.DB.prepare('UPDATE customers SET synced_revision = 2, next_due = 1').run()
    const { bindings, counts } = counting()
    await run(bindings)
    expect(counts.objects).toBe(0)
  })
})

describe('expiries', () => {
  it('drop answers that are kept no longer, and no others', async () => {
    await env.DB.prepare(
      "INSERT INTO idempotency VALUES ('old', '', 200, '{}', ?1), ('new', '', 200, '{}', ?2)",
    )
      .bind(NOW - 48 * 3_600_000 - 1, NOW - 48 * 3_600_000)
      .run()
    await run()
    const { results } = await env.DB.prepare('SELECT key FROM idempotency').all()
    expect(results).toEqual([{ key: 'new' }])
  })
})

describe('with D1 down', () => {
  it('a tick ends quietly, and the next one finds everything as it was', async () => {
    await acknowledgeFirst()
    await putCustomer(holder(['starter'], { revision: 2 }))
    await run({ DB: down.DB })
    expect(await syncedOf()).toMatchObject({ synced_revision: 1 })
    await run()
    expect(await syncedOf()).toMatchObject({ synced_revision: 2 })
  })
})
