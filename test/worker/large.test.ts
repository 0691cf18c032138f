import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { INHERITED, PLATFORM } from '../../scripts/large/catalogue.ts'
import { idOf, type Kind, kindOf, METER } from '../../scripts/large/customers.ts'
import { loadLarge } from '../../scripts/large/load.ts'
import type { Client } from '../../scripts/seed/client.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, idsOf, type Manager, manager } from '../support/manager.ts'
import { holdClock, objectOf } from '../support/object.ts'

/** As few as have one of each kind among them. */
const CUSTOMERS = 110
const BASE = Date.now()

let api: Manager

beforeAll(async () => {
  await fresh()
  api = await manager()
  await load()
  // An object tells D1 what lists go by within half a minute, by its alarm.
  holdClock(BASE + 60_000)
  for (const id of of('overLimit')) await runDurableObjectAlarm(objectOf(id))
  vi.useRealTimers()
}, 60_000)

/** What `npm run seed:large` loads, through the same code. */
async function load(): Promise<void> {
  const service: Client = {
    send: (method, path, body, key) =>
      expectOk(
        api.send(method, `/v1${path}`, {
          ...(body !== undefined && { body }),
          headers: key === undefined ? {} : { 'Idempotency-Key': key },
        }),
      ),
  }
  await loadLarge({ service, customers: CUSTOMERS, base: BASE, onProgress: () => {} })
  await api.settle()
}

const numbers = Array.from({ length: CUSTOMERS }, (_, at) => at + 1)
const of = (kind: Kind) => numbers.filter((n) => kindOf(n) === kind).map(idOf)

describe('the large data', () => {
  it('has 300 features and 60 plans, of which one reaches fifty others', async () => {
    const { body } = await expectOk(api.get('/v1/catalogue'))
    expect(body['features']).toHaveLength(300)
    expect(body['plans']).toHaveLength(60)
    const edit = { allowances: { [INHERITED]: { limit: 1 } } }
    const tried = await expectOk(api.patch(`/v1/plans/${PLATFORM}?dryRun=true`, edit))
    expect(tried.body['plans']).toHaveLength(51)
  })

  it.each([
    ['overridden', 'overridden=true'],
    ['overLimit', 'overLimit=true'],
    ['pastDue', 'status=past_due'],
    ['paused', 'status=paused'],
  ] as const)('has customers who are %s, and lists find just those', async (kind, filter) => {
    expect(of(kind)).not.toEqual([])
    const page = await expectOk(api.get(`/v1/customers?pageSize=100&${filter}`))
    expect(idsOf(page).toSorted()).toEqual(of(kind))
  })

  it.each([
    ['overLimit', 1, false, 'limit_reached'],
    ['nearLimit', 2, true, 'within_limit'],
    ['nearLimit', 3, false, 'limit_reached'],
    ['overridden', 1000, true, 'within_limit'],
    ['pastDue', 1, true, 'within_limit'],
    ['leaving', 1, true, 'within_limit'],
    ['refunded', 1, false, 'not_in_plan'],
    ['paused', 1, false, 'not_in_plan'],
  ] as const)('lets who is %s have %i more: %s', async (kind, quantity, hasAccess, reason) => {
    const customerId = of(kind)[0] ?? 'nobody'
    const question = `customerId=${customerId}&featureId=${METER}&quantity=${quantity}`
    const { body } = await expectOk(api.get(`/v1/access?${question}`))
    expect([body['hasAccess'], body['reason']]).toEqual([hasAccess, reason])
  })

  it('is the same however often it is loaded', async () => {
    const count = () =>
      env.DB.prepare(
        'SELECT (SELECT count(*) FROM changes) AS changes, (SELECT count(*) FROM subscriptions) AS held, (SELECT count(*) FROM customers) AS customers',
      ).first()
    const before = await count()
    await load()
    expect(await count()).toEqual(before)
    expect(before?.['customers']).toBe(CUSTOMERS)
  })
})
