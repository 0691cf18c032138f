import { evictAllDurableObjects, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cost, Growth } from '../../scripts/growth/report.ts'
import { clearIsolate } from '../../worker/isolate.ts'
import { portsFrom } from '../../worker/ports.ts'
import { tick } from '../../worker/tick.ts'
import { fresh } from '../support/fresh.ts'
import { BOUNDED, costOf, growTo, WORK } from '../support/growth.ts'
import { hostile } from '../support/hostile.ts'
import { expectOk, type Manager, manager, openTiers } from '../support/manager.ts'
import { objectOf } from '../support/object.ts'

/** What one tick may spend, as DESIGN has it. */
const OBJECT_CALLS_MAX = 4_000
const D1_QUERIES_MAX = 500
const KV_OPERATIONS_MAX = 500
/** Ten thousand have to be done within three ticks: each tick does as many as it may call. */
const TICKS_MAX = 3
const DUE_MAX = 10_000

/** What a tick spends whomever it finds, and what a page of customers takes. */
const QUERIES_ALONE = 20
const QUERIES_A_PAGE = 6
const PAGE = 250
const ROWS_A_CUSTOMER = 12

/** Customers of one request that uses something. */
const AT_ONCE = 100
/** Requests that are sent side by side. */
const BATCHES = 5
const EVICTIONS_MAX = 20
const PATIENCE_MS = 600_000

// Written by vitest.config.ts.
const { sizes, due } = JSON.parse(env.SLUICE_GROWTH) as Growth
const [fewest = 0, ...more] = sizes

let api: Manager

beforeAll(async () => {
  await fresh()
  api = await manager()
  await openTiers(api)
}, 60_000)

afterAll(() => hostile.clear())

describe('what things take', () => {
  const base = new Map<string, Cost>()

  test(
    `is counted with ${fewest} customers`,
    async ({ task }) => {
      await growTo(fewest)
      // What is done for the first time costs more.
      await costsNow()
      const costs = await costsNow()
      for (const [name, cost] of costs) base.set(name, cost)
      task.meta.findings = { size: { customers: fewest, costs } }
      expect(base.get('page of customers')?.rows).toBeGreaterThan(0)
      expect(base.get('check of a customer who was never seen')?.objects).toBeGreaterThan(0)
      expect(base.get('tick with nothing to do')?.kv).toBeGreaterThan(0)
    },
    PATIENCE_MS,
  )

  test.for(more)('is the same with %i', { timeout: PATIENCE_MS }, async (customers, { task }) => {
    await growTo(customers)
    const costs = await costsNow()
    task.meta.findings = { size: { customers, costs } }
    const grown = costs.filter(([name, cost]) => {
      const bound = BOUNDED.get(name)
      return bound === undefined ? !isFlat(base.get(name), cost) : cost.rows > bound
    })
    expect(grown).toEqual([])
  })
})

async function costsNow(): Promise<readonly (readonly [string, Cost])[]> {
  const costs: (readonly [string, Cost])[] = []
  for (const [name, work] of Object.entries(WORK)) {
    clearIsolate()
    costs.push([name, await costOf(api, work)])
  }
  return costs
}

/** Room for a page that begins elsewhere, and none for anything that grows with the number of customers. */
function isFlat(base: Cost | undefined, { rows, queries, kv, objects }: Cost): boolean {
  if (base === undefined) return false
  const isAsFew = queries <= base.queries + 1 && kv <= base.kv + 1 && objects <= base.objects
  return isAsFew && rows <= base.rows * 1.25 + 20
}

test(
  `with alarms off, ${due} customers who are due in one instant are done at the pace of ten thousand in three ticks`,
  async ({ task }) => {
    await growTo(due)
    hostile.hasAlarms = false
    await useAll()
    const { nextDue } = await expectApplied('co-1')
    await env.DB.prepare(DUE).bind(nextDue).run()
    const now = () => nextDue + 1
    hostile.object = (ports) => ({ ...ports, clock: { ...ports.clock, now } })
    const ticks: (Cost & { readonly done: number })[] = []
    for (let left = due; left > 0 && ticks.length < TICKS_MAX; left = await leftBy(now())) {
      const before = left
      const cost = await costOf(api, (_, bindings) => {
        const ports = portsFrom({ ...env, ...bindings })
        return tick({ ...ports, clock: { ...ports.clock, now } }, 'local')
      })
      await letGo()
      ticks.push({ ...cost, done: before - (await leftBy(now())) })
    }
    task.meta.findings = { ticks }
    for (const { done, rows, queries, kv, objects } of ticks) {
      expect(objects).toBeLessThanOrEqual(OBJECT_CALLS_MAX)
      expect(queries).toBeLessThanOrEqual(D1_QUERIES_MAX)
      expect(kv).toBeLessThanOrEqual(KV_OPERATIONS_MAX)
      // A call each, and so few queries a page that as many as a tick may call stay within its budget.
      expect(objects).toBe(done)
      expect(queries).toBeLessThanOrEqual(QUERIES_ALONE + Math.ceil(done / PAGE) * QUERIES_A_PAGE)
      expect(rows).toBeLessThanOrEqual(QUERIES_ALONE + done * ROWS_A_CUSTOMER)
    }
    expect(await leftBy(now())).toBe(0)
    for (const customerId of ['co-1', `co-${due}`]) expect(await closedLots(customerId)).toBe(1)
    expect(ticks.length).toBe(Math.ceil(due / OBJECT_CALLS_MAX))
    expect(QUERIES_ALONE + (OBJECT_CALLS_MAX / PAGE) * QUERIES_A_PAGE).toBeLessThan(D1_QUERIES_MAX)
    expect(Math.ceil(DUE_MAX / OBJECT_CALLS_MAX)).toBeLessThanOrEqual(TICKS_MAX)
  },
  PATIENCE_MS,
)

/** Has everybody's object born, with something used that the end of the period closes. */
async function useAll(): Promise<void> {
  for (let from = 1; from <= due; from += AT_ONCE * BATCHES) {
    const firsts = Array.from({ length: BATCHES }, (_, at) => from + at * AT_ONCE)
    await Promise.all(firsts.filter((first) => first <= due).map(useFrom))
    await api.settle()
    await letGo()
  }
}

/** Objects that nobody calls go to sleep by themselves, but not before all files that a process may have are open. */
async function letGo(): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await evictAllDurableObjects()
    } catch (thrown) {
      // It waits a second and a half for objects that are still at work, which on a busy machine takes longer.
      if (attempt === EVICTIONS_MAX) throw thrown
    }
  }
}

async function useFrom(first: number): Promise<void> {
  const items = Array.from({ length: Math.min(AT_ONCE, due - first + 1) }, (_, at) => ({
    customerId: `co-${first + at}`,
    featureId: 'api-calls',
    quantity: 1,
  }))
  const { body } = await expectOk(api.post('/v1/consume/batch', { items }))
  const results = body['results'] as readonly { readonly consumed?: boolean }[]
  expect(results.filter(({ consumed }) => consumed !== true)).toEqual([])
}

async function expectApplied(customerId: string): Promise<{ readonly nextDue: number }> {
  const answer = await objectOf(customerId).apply(1)
  if (answer.status !== 'applied' || answer.nextDue === null) throw new Error(answer.status)
  return { nextDue: answer.nextDue }
}

/** What objects say of themselves when they are asked; here nobody has asked. */
const DUE = `UPDATE customers SET synced_revision = revision, next_due = ?1
  WHERE synced_revision IS NOT NULL AND created_at <= ${due}`

async function leftBy(now: number): Promise<number> {
  const left = env.DB.prepare('SELECT count(*) AS n FROM customers WHERE next_due <= ?1').bind(now)
  return (await left.first<number>('n')) ?? 0
}

function closedLots(customerId: string): Promise<number> {
  return runInDurableObject(objectOf(customerId), (_, { storage }) =>
    Number(
      storage.sql.exec("SELECT count(*) AS n FROM ledger WHERE kind = 'period_closed'").one()['n'],
    ),
  )
}
