/** A service with many customers, and what things take there. */
import { env } from 'cloudflare:workers'
import type { Cost } from '../../scripts/growth/report.ts'
import { encodeCursor } from '../../worker/cursor.ts'
import { portsFrom } from '../../worker/ports.ts'
import { tick } from '../../worker/tick.ts'
import { counting, watched } from './bindings.ts'
import { expectOk, type Manager } from './manager.ts'

/**
 * Those who came first are the only ones who are over the limit, have an override, hold `enterprise`, once had another
 * subscription and have an e-mail address, however many come after them.
 */
const FEW = 25

/** Brings the number of customers, nearly all on `starter`, to `count`, with what the years leave behind of them. */
export async function growTo(count: number): Promise<void> {
  await env.DB.prepare(CUSTOMERS).bind(count).run()
  for (const rows of [SUBSCRIPTIONS, ENDED, SUMMARIES, OVERRIDES, CHANGES, EVENTS])
    await env.DB.prepare(rows).run()
}

const CUSTOMERS = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
  INSERT INTO customers (id, name, email, metadata, created_at, revision)
  SELECT 'co-' || i, 'Company ' || i, iif(i <= ${FEW}, 'early-' || i || '@acme.test', NULL), '{}', i, 1
  FROM n WHERE true ON CONFLICT (id) DO NOTHING`

const SUBSCRIPTIONS = `INSERT INTO subscriptions (id, customer_id, plan_id, status, start_at, phases, ends_with_trial,
    cancel_at_period_end, metadata, created_at, revision, listed_at)
  SELECT 'sub_' || id, id, plan, 'active', 0, json_array(json_object('planId', plan, 'chargePeriod', NULL, 'quantity', 1,
    'from', 0, 'until', NULL, 'atPeriodEnd', json('false'))), 0, 0, '{}', 0, 1, created_at
  FROM (SELECT id, created_at, iif(created_at <= ${FEW}, 'enterprise', 'starter') AS plan FROM customers)
  WHERE true ON CONFLICT (id) DO NOTHING`

const ENDED = `INSERT INTO subscriptions (id, customer_id, plan_id, status, start_at, phases, ends_with_trial,
    cancel_at_period_end, ended_at, ended_because, metadata, created_at, revision, listed_at)
  SELECT 'old_' || id, customer_id, plan_id, 'ended', 0, phases, 0, 0, 1, 'canceled', '{}', 0, 1, listed_at
  FROM subscriptions WHERE plan_id = 'enterprise' AND status = 'active' ON CONFLICT (id) DO NOTHING`

const SUMMARIES = `INSERT INTO usage_summary
    (customer_id, feature_id, used, limit_units, over, as_of, version, listed_at)
  SELECT id, 'api-calls', created_at % 1000, 1000, created_at <= ${FEW}, 1, 1, created_at
  FROM customers WHERE true ON CONFLICT DO NOTHING`

const OVERRIDES = `INSERT INTO overrides
    (customer_id, feature_id, allowance, standalone, start_at, reason, created_at, created_by, listed_at)
  SELECT id, 'sso', '{"enabled":true}', 0, 1, 'Promised', 1, 'system:seed', created_at
  FROM customers WHERE created_at <= ${FEW} ON CONFLICT DO NOTHING`

const CHANGES = `INSERT INTO changes (subject, previous, revision, actor, action, resource, customer_id, request_id, after, at)
  SELECT 'customer:' || id, 0, 1, 'system:seed', 'customers.put', 'customers/' || id, id, id, '{}', 1
  FROM customers WHERE true ON CONFLICT DO NOTHING`

const EVENTS = `INSERT INTO events (id, type, at, customer_id, version, data, origin)
  SELECT 'evt_' || id, 'usage.threshold', 1, id, 1, '{}', id || ':1:0'
  FROM customers WHERE true ON CONFLICT DO NOTHING`

/** Does something, waits for what goes on behind its answers, and counts what all of it takes. */
export async function costOf(
  api: Manager,
  work: (by: Manager, bindings: Partial<Env>) => Promise<unknown>,
): Promise<Cost> {
  let [rows, queries, kv] = [0, 0, 0]
  const note = <T>(result: T): T => {
    for (const each of [result].flat()) {
      queries += 1
      rows += (each as Partial<D1Result>).meta?.rows_read ?? 0
    }
    return result
  }
  const { bindings, counts } = counting()
  const KV = watched(env.KV, (_, [keys]) => (kv += Array.isArray(keys) ? keys.length : 1))
  const by = api.over({ ...bindings, DB: metered(note), KV })
  await work(by, { ...bindings, DB: metered(note), KV })
  await by.settle()
  return { rows, queries, kv, objects: counts.objects }
}

/** D1, whose every result is shown to `note`; `first` and `raw` are asked as `all`. */
function metered(note: <T>(result: T) => T): D1Database {
  const noted = (statement: D1PreparedStatement): D1PreparedStatement => {
    const bind = statement.bind.bind(statement)
    const all = statement.all.bind(statement)
    const results = async () => note(await all<Record<string, unknown>>())
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

/** Customers whom nobody has asked about. */
let unseen = 50

/** What is done at each size. */
export const WORK: Readonly<
  Record<string, (by: Manager, bindings: Partial<Env>) => Promise<unknown>>
> = {
  'page of customers': ask('/v1/customers?pageSize=20'),
  'page far down the list of customers': (by) => {
    const cursor = encodeCursor('customers', [60, 'co-60'], Date.now())
    return expectOk(by.get(`/v1/customers?pageSize=20&cursor=${cursor}`))
  },
  'page of a plan’s customers': ask('/v1/customers?pageSize=20&planId=starter&status=active'),
  'page of the few customers over a limit': ask('/v1/customers?pageSize=20&overLimit=true'),
  'page of the few customers with overrides': ask('/v1/customers?pageSize=20&overridden=true'),
  'page of the few customers of a plan': ask('/v1/customers?pageSize=20&planId=enterprise'),
  'page of the few customers in a status': ask('/v1/customers?pageSize=20&status=ended'),
  'page of the few of a plan’s customers over a limit': ask(
    '/v1/customers?pageSize=20&planId=starter&overLimit=true',
  ),
  'customers by a name that few have': ask('/v1/customers?pageSize=20&q=early'),
  'customers by a name that all have': ask('/v1/customers?pageSize=20&q=company'),
  'page of a plan’s subscriptions': ask('/v1/subscriptions?pageSize=20&planId=starter'),
  'overview of what needs a look': ask('/v1/overview'),
  'page of the audit log': ask('/v1/audit?pageSize=20'),
  'page of events': ask('/v1/events?pageSize=20'),
  'page of events of a type': ask('/v1/events?pageSize=20&type=customer.updated&order=asc'),
  'page of the events since the last week': (by) =>
    expectOk(by.get(`/v1/events?pageSize=20&from=${new Date(Date.now() - 6e8).toISOString()}`)),
  'check of a customer whom KV knows': ask('/v1/access?customerId=co-50&featureId=api-calls'),
  'check of a customer who was never seen': (by) => {
    unseen += 1
    return expectOk(by.get(`/v1/access?customerId=co-${unseen}&featureId=api-calls`))
  },
  'edit of a plan’s name': (by) =>
    expectOk(by.patch('/v1/plans/starter', { name: crypto.randomUUID() })),
  'edit of a plan’s limit': (by) => {
    const [random = 0] = crypto.getRandomValues(new Uint32Array(1))
    const allowance = { limit: 1000 + random, reset: 'monthly', alertsAt: [80] }
    return expectOk(by.patch('/v1/plans/starter', { allowances: { 'api-calls': allowance } }))
  },
  'tick with nothing to do': (_, bindings) => tick(portsFrom({ ...env, ...bindings }), 'local'),
  'tick with 50 customers due': async (_, bindings) => {
    await env.DB.prepare(SOME_DUE).run()
    await tick(portsFrom({ ...env, ...bindings }), 'local')
  },
}

/** The first fifty, of whom none has an object but the last. */
const SOME_DUE = "UPDATE customers SET next_due = 1 WHERE created_at <= 50 AND id LIKE 'co-%'"

/**
 * What may read so many rows whatever the number of customers: it counts up to a thousand, to see what few have, or up to
 * a hundred, to say how many need a look.
 */
export const BOUNDED: ReadonlyMap<string, number> = new Map([
  ['page of the few of a plan’s customers over a limit', 1_200],
  ['customers by a name that all have', 2_200],
  ['overview of what needs a look', 800],
])
