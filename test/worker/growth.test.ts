import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { clearIsolate } from '../../worker/isolate.ts'
import { portsFrom } from '../../worker/ports.ts'
import { tick } from '../../worker/tick.ts'
import { counting } from '../support/bindings.ts'
import { fresh } from '../support/fresh.ts'
import { type Manager, manager, openTiers, expectOk } from '../support/manager.ts'

const FEW = 100
const MANY = 10_000

/** What one tick may spend, as DESIGN has it. */
const OBJECT_CALLS_MAX = 4_000
const D1_QUERIES_MAX = 500
const KV_OPERATIONS_MAX = 500
const TICKS_MAX = 3

/** What it took: rows that D1 read, and calls of each store. */
interface Cost {
  readonly rows: number
  readonly kv: number
  readonly objects: number
}

/** Objects that apply whatever they are told, and store nothing: ten thousand real ones take their time. */
const obedient = new Proxy(env.CUSTOMERS, {
  get: () => () => ({
    tick: async () => ({
      status: 'applied',
      floor: { revision: 1, version: 1, catalogueRevision: 0 },
      nextDue: null,
    }),
  }),
})

let api: Manager

beforeAll(async () => {
  await fresh()
  api = await manager()
  await openTiers(api)
}, 60_000)

/** Brings the number of customers, each on `starter`, to `count`. */
async function growTo(count: number): Promise<void> {
  await env.DB.batch([env.DB.prepare(CUSTOMERS).bind(count), env.DB.prepare(SUBSCRIPTIONS)])
}

const CUSTOMERS = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
  INSERT INTO customers (id, name, metadata, created_at, revision)
  SELECT 'co-' || i, 'Company ' || i, '{}', i, 1 FROM n WHERE true ON CONFLICT (id) DO NOTHING`

const SUBSCRIPTIONS = `INSERT INTO subscriptions
    (id, customer_id, plan_id, status, start_at, phases, ends_with_trial, cancel_at_period_end, metadata, created_at, revision)
  SELECT 'sub_' || id, id, 'starter', 'active', 0,
    '[{"planId":"starter","chargePeriod":null,"quantity":1,"from":0,"until":null,"atPeriodEnd":false}]', 0, 0, '{}', 0, 1
  FROM customers WHERE true ON CONFLICT (id) DO NOTHING`

/** Does something and counts what it takes. */
async function costOf(
  work: (by: Manager, bindings: Partial<Env>) => Promise<unknown>,
): Promise<Cost> {
  let rows = 0
  const note = (result: unknown) => {
    for (const each of [result].flat()) rows += (each as Partial<D1Result>).meta?.rows_read ?? 0
    return result
  }
  const { bindings, counts } = counting({ DB: metered(note) })
  await work(api.over(bindings), bindings)
  return { rows, kv: counts.kvGets + counts.kvPuts, objects: counts.objects }
}

/** D1, whose every result is shown to `note`; `first` and `raw` are asked as `all`. */
function metered(note: (result: unknown) => unknown): D1Database {
  const noted = (statement: D1PreparedStatement): D1PreparedStatement => {
    const bind = statement.bind.bind(statement)
    const all = statement.all.bind(statement)
    const results = async () => {
      const result = await all<Record<string, unknown>>()
      note(result)
      return result
    }
    return Object.assign(statement, {
      all: results,
      run: results,
      first: async (column?: string) => {
        const row = (await results()).results[0] ?? null
        return column === undefined || row === null ? row : row[column]
      },
      raw: async () => (await results()).results.map((row) => Object.values(row)),
      bind: (...values: unknown[]) => noted(bind(...values)),
    })
  }
  return new Proxy(env.DB, {
    get: (_, name) => {
      if (name === 'prepare') return (sql: string) => noted(env.DB.prepare(sql))
      if (name === 'batch')
        return async (statements: D1PreparedStatement[]) => note(await env.DB.batch(statements))
      return Reflect.get(env.DB, name) as unknown
    },
  })
}

const ask = (path: string) => (by: Manager) => expectOk(by.get(path))

const WORK: Readonly<Record<string, (by: Manager, bindings: Partial<Env>) => Promise<unknown>>> = {
  'a page of customers': ask('/v1/customers?pageSize=20'),
  'a page of a plan’s customers': ask('/v1/customers?pageSize=20&planId=starter&status=active'),
  'a page of a plan’s subscriptions': ask('/v1/subscriptions?pageSize=20&planId=starter'),
  'a check': ask('/v1/access?customerId=co-50&featureId=api-calls'),
  'an edit of a plan': (by) =>
    expectOk(by.patch('/v1/plans/starter', { rank: 1, name: crypto.randomUUID() })),
  'a tick': (_, bindings) => tick(portsFrom({ ...env, ...bindings }), 'local'),
}

describe('what it takes is the same for a hundred customers and for ten thousand', () => {
  const few = new Map<string, Cost>()

  test('once everything has been done for a hundred', async () => {
    await growTo(FEW)
    for (const work of Object.values(WORK)) await costOf(work)
    for (const [name, work] of Object.entries(WORK)) {
      clearIsolate()
      few.set(name, await costOf(work))
    }
    await growTo(MANY)
    expect(few.get('a page of customers')?.rows).toBeGreaterThan(0)
    expect(few.get('a tick')?.kv).toBeGreaterThan(0)
  })

  test.each(Object.entries(WORK))('%s', async (name, work) => {
    clearIsolate()
    const { rows, kv, objects } = await costOf(work)
    const before = few.get(name) ?? { rows: 0, kv: 0, objects: 0 }
    expect(rows).toBeLessThanOrEqual(before.rows * 1.5 + 20)
    expect(kv).toBeLessThanOrEqual(before.kv + 1)
    expect(objects).toBeLessThanOrEqual(before.objects)
  })
})

test('ten thousand customers who are due in one instant are done within three ticks, each within its budget', async () => {
  await growTo(MANY + 1)
  await env.DB.prepare(DUE).run()
  for (let ticks = 0; ticks < TICKS_MAX; ticks++) {
    const { bindings, counts } = counting({ CUSTOMERS: obedient })
    let queries = counts
    const { rows, kv } = await costOf((_, { DB = env.DB, KV = env.KV }) => {
      const db = counting({ DB })
      queries = db.counts
      return tick(portsFrom({ ...env, ...bindings, KV, DB: db.bindings.DB }), 'local')
    })
    expect(counts.objects).toBeLessThanOrEqual(OBJECT_CALLS_MAX)
    expect(queries.d1).toBeLessThanOrEqual(D1_QUERIES_MAX)
    expect(kv).toBeLessThanOrEqual(KV_OPERATIONS_MAX)
    // A few for each customer of the tick, and none for those who wait.
    expect(rows).toBeLessThanOrEqual(OBJECT_CALLS_MAX * 12)
  }
  const left = await env.DB.prepare(LEFT).first<number>('n')
  expect(left).toBe(0)
})

/** All of them but who has an object of its own, which has a word in this. */
const DUE = 'UPDATE customers SET synced_revision = 1, next_due = 1 WHERE synced_revision IS NULL'
const LEFT = 'SELECT count(*) AS n FROM customers WHERE next_due = 1'
