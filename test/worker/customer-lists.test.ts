import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { portsFrom } from '../../worker/ports.ts'
import { tick } from '../../worker/tick.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, idsOf, type Manager, manager } from '../support/manager.ts'

const PLANS = [undefined, 'pro', 'basic'] as const
const STATUSES = [undefined, 'active', 'ended', 'paused'] as const
const FLAGS = [undefined, true, false] as const
const NAMES = [undefined, 'a', 'a1', 'nobody'] as const

const DAY = 86_400_000
const NOW = Date.now()

let api: Manager

/** What lists may know of a customer. */
interface Known {
  readonly id: string
  readonly createdAt: number
  readonly archived: boolean
  /** By plan and status. */
  readonly held: readonly (readonly [planId: string, status: string])[]
  /** When each override expires; null: never. */
  readonly overrides: readonly (number | null)[]
  /** Whether each meter is over its limit. */
  readonly meters: readonly boolean[]
}

interface Filter {
  readonly planId: (typeof PLANS)[number]
  readonly status: (typeof STATUSES)[number]
  readonly overridden: (typeof FLAGS)[number]
  readonly overLimit: (typeof FLAGS)[number]
  readonly q: (typeof NAMES)[number]
}

/** Sixty customers, several of whom were made in one instant, and in whom everything that a filter says is mixed. */
const CROWD: readonly Known[] = Array.from({ length: 60 }, (_, n) => ({
  id: `${n % 4 === 0 ? 'b' : 'A'}${n}`,
  createdAt: 1_000 + Math.floor(n / 3),
  archived: n % 11 === 5,
  held: [
    ...(n % 2 === 0 ? [[n % 6 === 0 ? 'basic' : 'pro', 'ended'] as const] : []),
    ...(n % 4 === 1 ? [['pro', n % 8 === 1 ? 'active' : 'paused'] as const] : []),
    ...(n % 5 === 0 ? [['basic', 'active'] as const] : []),
    ...(n % 10 === 0 ? [['basic', 'active'] as const] : []),
  ],
  overrides: [
    ...(n % 3 === 0 ? [NOW - DAY] : []),
    ...(n % 7 === 0 ? [NOW + DAY] : []),
    ...(n % 9 === 0 ? [null] : []),
  ],
  meters: n % 5 === 2 ? [true, n % 2 === 0, false, true] : [false],
}))

const FILTERS: readonly Filter[] = PLANS.flatMap((planId) =>
  STATUSES.flatMap((status) =>
    FLAGS.flatMap((overridden) =>
      FLAGS.flatMap((overLimit) =>
        NAMES.map((q) => ({ planId, status, overridden, overLimit, q })),
      ),
    ),
  ),
)

/** Whom a list is to show, found by looking at everybody. */
function expected({ planId, status, overridden, overLimit, q }: Filter): readonly string[] {
  const isHeld = ([plan, now]: Known['held'][number]) =>
    (planId ?? plan) === plan && (status === undefined ? now !== 'ended' : now === status)
  return CROWD.filter(
    (each) =>
      !each.archived &&
      (q === undefined || each.id.toLowerCase().startsWith(q)) &&
      ((planId ?? status) === undefined || each.held.some(isHeld)) &&
      (overridden === undefined ||
        each.overrides.some((at) => at === null || at > NOW) === overridden) &&
      (overLimit === undefined || each.meters.includes(true) === overLimit),
  )
    .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
    .map(({ id }) => id)
}

/** The list, page by page. */
async function listed(filter: Partial<Filter>, pageSize = 100): Promise<readonly string[]> {
  const query = new URLSearchParams({ pageSize: String(pageSize) })
  for (const [name, value] of Object.entries(filter))
    if (value !== undefined) query.set(name, String(value))
  const ids: string[] = []
  for (;;) {
    const reply = await expectOk(api.get(`/v1/customers?${query.toString()}`))
    ids.push(...idsOf(reply))
    const { nextCursor } = reply.body
    if (typeof nextCursor !== 'string') return ids
    query.set('cursor', nextCursor)
  }
}

const runTick = () => tick(portsFrom(env), 'local')

/** The rows of these customers as a version wrote them that knew nothing of places in lists. */
async function seed(crowd: readonly Known[]): Promise<void> {
  const json = JSON.stringify(crowd)
  await env.DB.batch(SEEDS.map((sql) => env.DB.prepare(sql).bind(json)))
}

const EACH = 'FROM json_each(?1) AS each'

const SEEDS = [
  `INSERT INTO customers (id, metadata, created_at, archived_at, revision)
   SELECT value ->> 'id', '{}', value ->> 'createdAt', iif(value ->> 'archived', 1, NULL), 1 ${EACH}`,
  `INSERT INTO subscriptions (id, customer_id, plan_id, status, start_at, phases, ends_with_trial, cancel_at_period_end,
     metadata, created_at, revision)
   SELECT 'sub_' || (each.value ->> 'id') || held.key, each.value ->> 'id', held.value ->> 0, held.value ->> 1, 0, '[]', 0, 0,
     '{}', 0, 1 ${EACH}, json_each(each.value -> 'held') AS held`,
  `INSERT INTO overrides (customer_id, feature_id, allowance, standalone, start_at, expires_at, created_at, created_by)
   SELECT each.value ->> 'id', 'feature-' || given.key, '{}', 0, 0, given.value, 0, 'key:test'
   ${EACH}, json_each(each.value -> 'overrides') AS given`,
  `INSERT INTO usage_summary (customer_id, feature_id, used, limit_units, over, as_of, version)
   SELECT each.value ->> 'id', 'meter-' || meter.key, 1, 1, meter.value, 0, 1
   ${EACH}, json_each(each.value -> 'meters') AS meter`,
]

describe('every combination of filters shows whom a look at everybody finds, once each, newest first', () => {
  beforeAll(async () => {
    await fresh()
    api = await manager()
    await seed(CROWD)
    await runTick()
  })

  test.each(PLANS)('of the plan %s', async (planId) => {
    for (const filter of FILTERS.filter((each) => each.planId === planId)) {
      expect([filter, await listed(filter)]).toEqual([filter, expected(filter)])
    }
  })

  test.each([1, 2, 7])('in pages of %i, whoever shares an instant', async (pageSize) => {
    for (const filter of [
      {},
      { overLimit: true },
      { overridden: true },
      { planId: 'basic' },
      { status: 'ended' },
      { q: 'a' },
      { q: 'a', overLimit: true },
    ] as const) {
      const all = { planId: undefined, status: undefined, overridden: undefined }
      const whole = expected({ ...all, overLimit: undefined, q: undefined, ...filter })
      expect(whole.length).toBeGreaterThan(2)
      expect([filter, await listed(filter, pageSize)]).toEqual([filter, whole])
    }
  })
})

describe('a list follows', () => {
  beforeEach(async () => {
    vi.useRealTimers()
    await fresh()
    api = await manager()
    await expectOk(
      api.put('/v1/catalogue', {
        features: [
          { id: 'api-calls', type: 'meter' },
          { id: 'seats', type: 'meter' },
        ],
        plans: [{ id: 'pro', allowances: { 'api-calls': { limit: 1 }, seats: { limit: 1 } } }],
      }),
    )
    await expectOk(api.put('/v1/customers/acme'))
  })

  const FILTERS_OF_ACME = [{ planId: 'pro' }, { overridden: true }, { overLimit: true }] as const
  const lists = () => Promise.all(FILTERS_OF_ACME.map((filter) => listed(filter)))
  const subscribe = () => expectOk(api.post('/v1/customers/acme/subscriptions', { planId: 'pro' }))
  const override = (more: object = {}) =>
    expectOk(api.put('/v1/customers/acme/overrides/seats', { allowance: { limit: 2 }, ...more }))
  const report = (featureId: string) =>
    expectOk(api.post('/v1/usage', { customerId: 'acme', featureId, behaviour: 'delta', value: 9 }))
  const placesOf = async () => {
    const { results } = await env.DB.prepare('SELECT listed_at FROM overrides').all()
    return results.map((row) => row['listed_at'])
  }

  test('who buys, is given something and uses too much, once, however many meters are over', async () => {
    await subscribe()
    await override()
    await report('api-calls')
    await report('seats')
    await api.settle()
    await vi.waitFor(
      async () => expect(await lists()).toEqual([['acme'], ['acme'], ['acme']]),
      10_000,
    )
  })

  test('who is archived, who comes back, and who comes back in an import', async () => {
    const { body } = await subscribe()
    await override()
    await expectOk(api.post(`/v1/subscriptions/${String(body['id'])}/cancel`, { when: 'now' }))
    const shown = async () => [
      await listed({ status: 'ended' }),
      await listed({ overridden: true }),
    ]
    expect(await shown()).toEqual([['acme'], ['acme']])
    await expectOk(api.remove('/v1/customers/acme'))
    expect(await shown()).toEqual([[], []])
    expect(await placesOf()).toEqual([-1])
    await expectOk(api.put('/v1/customers/acme'))
    expect(await shown()).toEqual([['acme'], ['acme']])
    await expectOk(api.remove('/v1/customers/acme'))
    await expectOk(api.post('/v1/customers/batch', { items: [{ id: 'acme' }] }))
    expect(await shown()).toEqual([['acme'], ['acme']])
  })

  test('an override until it expires, and lets the tick take it out', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW })
    await override({ standalone: true, expiresAt: new Date(NOW + 1_000).toISOString() })
    expect(await listed({ overridden: true })).toEqual(['acme'])
    vi.setSystemTime(NOW + 1_000)
    expect(await listed({ overridden: true })).toEqual([])
    expect(await listed({ overridden: false })).toEqual(['acme'])
    await runTick()
    expect(await placesOf()).toEqual([-1])
    await override({ standalone: true })
    expect(await listed({ overridden: true })).toEqual(['acme'])
    vi.useRealTimers()
  })

  test('the clock of a customer who has one, whatever the tick thinks of the time', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW })
    await override({ standalone: true, expiresAt: new Date(NOW + 1_000).toISOString() })
    await env.DB.prepare('UPDATE customers SET clock_at = ?').bind(NOW).run()
    vi.setSystemTime(NOW + 1_000)
    await runTick()
    expect(await listed({ overridden: true })).toEqual(['acme'])
    await env.DB.prepare('UPDATE customers SET clock_at = ?')
      .bind(NOW + 1_000)
      .run()
    expect(await listed({ overridden: true })).toEqual([])
    vi.useRealTimers()
  })
})

test('the migration finds a place for every row that was there before', async () => {
  do await reset()
  while ((await env.DB.prepare('SELECT count(*) AS n FROM sqlite_master').first('n')) !== 0)
  const isNew = ({ queries }: (typeof env.TEST_MIGRATIONS)[number]) =>
    queries.some((query) => query.includes('listed_at'))
  const at = env.TEST_MIGRATIONS.findIndex(isNew)
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS.slice(0, at))
  await seed(CROWD)
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  for (const table of ['subscriptions', 'overrides', 'usage_summary']) {
    const { results } = await env.DB.prepare(
      `SELECT DISTINCT customer_id AS id, listed_at AS place FROM ${table}`,
    ).all<{ readonly id: string; readonly place: number }>()
    expect(results.length).toBeGreaterThan(10)
    for (const { id, place } of results) {
      const customer = CROWD.find((each) => each.id === id)
      expect(place).toBe(customer?.archived === true ? -1 : customer?.createdAt)
    }
  }
})
