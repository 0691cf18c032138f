import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { encodeCursor } from '../../worker/cursor.ts'
import { portsFrom } from '../../worker/ports.ts'
import { ROUTES } from '../../worker/routes.ts'
import { tick } from '../../worker/tick.ts'
import { fresh } from '../support/fresh.ts'
import { hostile } from '../support/hostile.ts'
import { expectOk, manager } from '../support/manager.ts'
import { loggingQueries, planOf, type Query } from '../support/queries.ts'
import { isThere, openWorld, prepare } from '../support/requests.ts'

/** Tables that grow with customers, with use, or with time. The catalogue is bounded, and so are keys and endpoints. */
const GROWING = [
  'customers',
  'subscriptions',
  'overrides',
  'usage_summary',
  'events',
  'changes',
  'idempotency',
  'payment_events',
  'webhook_deliveries',
  'webhook_attempts',
  'checkout_sessions',
  'statistics',
]

/** Lists, each way of asking: a filter may lead to another index. */
const LISTS = [
  '/v1/customers',
  '/v1/customers?q=acme',
  '/v1/customers?planId=pro',
  '/v1/customers?status=active',
  '/v1/customers?planId=pro&status=active',
  '/v1/customers?overridden=true',
  '/v1/customers?overridden=false',
  '/v1/customers?overLimit=true',
  '/v1/customers?overLimit=false',
  '/v1/customers?overLimit=true&overridden=true&planId=pro',
  '/v1/customers?q=acme&overridden=true',
  '/v1/subscriptions',
  '/v1/subscriptions?planId=pro',
  '/v1/subscriptions?status=active',
  '/v1/subscriptions?planId=starter&status=active',
  '/v1/checkout/sessions',
  '/v1/checkout/sessions?customerId=acme',
  '/v1/checkout/sessions?status=open',
  '/v1/checkout/sessions?status=completed',
  '/v1/checkout/sessions?status=expired',
  '/v1/audit',
  '/v1/audit?customerId=acme',
  '/v1/audit?resource=catalogue',
  '/v1/audit?actor=key_1',
  '/v1/events',
  '/v1/events?order=asc',
  '/v1/events?type=customer.created',
  '/v1/events?customerId=acme',
  '/v1/events?customerId=acme&type=customer.created&order=asc',
  '/v1/events?from=2026-01-01T00:00:00Z',
  '/v1/events?type=customer.created&from=2026-01-01T00:00:00Z&order=asc',
]

/** What was counted, each way of adding it up. */
const COUNTED = [
  '/v1/statistics',
  '/v1/statistics?featureId=sso&interval=day',
  '/v1/statistics?groupBy=at',
  '/v1/statistics?groupBy=at&interval=day&featureId=sso',
  '/v1/statistics?groupBy=featureId',
]

/** Lists in numbered pages, of Kelviq's API. */
const NUMBERED = [
  '/api/v1/customers/?page=2&page_size=1',
  '/api/v1/customers/?page=2&page_size=1&search=a',
  '/api/v1/subscriptions/?page=2&page_size=1',
  '/api/v1/subscriptions/?page=2&page_size=1&status=active',
  '/api/v1/subscriptions/?customer_id=acme',
]

/** Edits that are only tried: of a plan, and of the plan that everybody falls back on. */
const TRIED = [
  ['PATCH', '/v1/plans/starter', { allowances: { 'api-calls': { limit: 3 } } }],
  ['PUT', '/v1/catalogue', { features: [], plans: [], defaultPlanId: 'starter' }],
] as const

/** What reads more than it finds, and why it may. */
const ALLOWED: readonly (readonly [query: RegExp, why: string])[] = [
  [
    /^select count\(\*\) from "customers" where /,
    'counts a list in numbered pages, which says how long it is',
  ],
  [
    /^select "created_at", "id" from "customers" where .* union all .* order by /,
    'finds the place of a numbered page among the customers of a name',
  ],
  [
    /FROM \(SELECT \* FROM changes WHERE .* ORDER BY id DESC LIMIT/,
    'sorts a page of the log again',
  ],
  [
    /order by \+"customers"."created_at" DESC/,
    'sorts the customers of a name, of whom it has counted fewer than a thousand',
  ],
  [
    /^WITH touched AS /,
    'counts the customers whom an edit would reach, in so many queries for any number',
  ],
  [/AS unsynced,\s.*AS overdue/s, 'counts what is behind, for operators, by indexes of just that'],
]

let queries: readonly Query[]

beforeAll(async () => {
  await fresh()
  const log = loggingQueries()
  hostile.object = (ports) => ({ ...ports, intent: log.db })
  const api = (await manager()).over({ DB: log.db })
  await openWorld(api)
  for (const row of ROUTES.filter(isThere)) {
    const { method, path, body, headers: needed } = await prepare(api, row)
    const headers = path.endsWith('/batch') ? {} : { 'Idempotency-Key': row.operationId, ...needed }
    await expectOk(api.send(method, path, body === undefined ? { headers } : { body, headers }))
  }
  for (const path of LISTS) {
    const at = `${path}${path.includes('?') ? '&' : '?'}pageSize=1`
    const { nextCursor } = (await expectOk(api.get(at))).body
    if (typeof nextCursor === 'string')
      await expectOk(api.get(`${at}&cursor=${encodeURIComponent(nextCursor)}`))
  }
  for (const path of [...NUMBERED, ...COUNTED]) await expectOk(api.get(path))
  for (const [method, path, body] of TRIED) {
    await expectOk(api.send(method, `${path}?dryRun=true`, { body }))
  }
  await api.settle()
  await env.DB.prepare('UPDATE customers SET next_due = 1').run()
  await env.DB.prepare(WANTED).run()
  const stripe = { STRIPE_SECRET_KEY: 'sk_test_x', STRIPE_WEBHOOK_SECRET: 'whsec_x' }
  await tick(portsFrom({ ...env, ...stripe, DB: log.db }), 'local')
  hostile.clear()
  queries = [...log.queries.values()]
}, 60_000)

/** What endpoints are made to hear of, and nothing here does by itself. */
const WANTED = `INSERT INTO events (id, type, at, data, origin) VALUES ('evt_1', 'override.expired', 1, '{}', 'test')`

test('what is looked at here is what the service asks', () => {
  const texts = queries.map(({ sql }) => sql).join('\n')
  for (const table of [
    ...GROWING,
    'webhooks',
    'keys',
    'documents',
    'plans',
    'features',
    'catalogue',
  ])
    expect(texts).toMatch(new RegExp(`\\b${table}\\b`))
  expect(texts).toMatch(/UPDATE webhook_deliveries SET tries/)
  expect(queries.length).toBeGreaterThan(50)
})

test('no query reads a table that grows from one end to the other, and none sorts what it finds there', async () => {
  const costly: string[] = []
  for (const query of queries) {
    const plan = await planOf(query)
    if (isBounded(query, plan) || ALLOWED.some(([allowed]) => allowed.test(query.sql))) continue
    costly.push([query.sql, ...plan].join('\n  '))
  }
  expect(costly.join('\n\n')).toBe('')
})

test.each([
  ['planId=pro', 'subscriptions_holders'],
  ['status=active', 'subscriptions_listed_by_status'],
  ['planId=pro&status=active', 'subscriptions_listed_by_plan'],
  ['overridden=true', 'overrides_listed'],
  ['overLimit=true', 'usage_summary_over'],
  ['overLimit=true&planId=pro', 'usage_summary_over'],
])('customers by %s are walked along %s, from where the last page ended', async (query, index) => {
  const log = loggingQueries()
  const api = (await manager()).over({ DB: log.db })
  const cursor = encodeCursor('customers', [5, 'acme'], Date.now())
  await expectOk(api.get(`/v1/customers?${query}&cursor=${cursor}`))
  const walk = [...log.queries.values()].find(({ sql }) => sql.includes('"metadata"'))
  const plan = walk === undefined ? [] : await planOf(walk)
  expect(plan[0]).toMatch(new RegExp(`^SEARCH .* INDEX ${index} .*\\(listed_at,customer_id\\)<`))
  expect(plan.join()).not.toContain('TEMP B-TREE')
})

/** Whether what the query reads depends on what it asks for, and not on how much there is. */
function isBounded({ sql }: Query, plan: readonly string[]): boolean {
  const steps = plan.filter((step) => GROWING.includes(tableOf(step, sql)))
  const isSorting = plan.some((step) => /TEMP B-TREE FOR .*ORDER BY/.test(step))
  const isPage = /\blimit\b/i.test(sql) && !isSorting
  const isServed = (step: string) =>
    step.startsWith('SEARCH') || (isPage && / USING (COVERING )?INDEX /.test(step))
  return steps.every((step) => isServed(step) && (!isSorting || isNarrow(step)))
}

/** A step that finds one row, or one customer's. */
function isNarrow(step: string): boolean {
  return /\((\w+ AND )*(id|customer_id|key|origin|subject)=\?/.test(step)
}

/** The table of a step of a plan, which names it as the query does. */
function tableOf(step: string, sql: string): string {
  const [, name] = /^(?:SCAN|SEARCH) (\w+)/.exec(step) ?? []
  if (name === undefined) return ''
  const [, table = name] = new RegExp(`\\b(\\w+) AS ${name}\\b`, 'i').exec(sql) ?? []
  return table
}
