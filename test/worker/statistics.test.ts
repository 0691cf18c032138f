/** How often features are asked about: counted in isolates, added up in D1. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { getStatistics } from '../../schema/wire/statistics.ts'
import { accessAtOnce } from '../../worker/ask/at-once.ts'
import { countAnswer, forgetTallies, writeCounts } from '../../worker/ask/tally.ts'
import { clearIsolate } from '../../worker/isolate.ts'
import { portsFrom } from '../../worker/ports.ts'
import { Sluice } from '../../worker/rpc.ts'
import { tick } from '../../worker/tick.ts'
import { startTiming } from '../../worker/timing.ts'
import { counting, down } from '../support/bindings.ts'
import { ORIGIN } from '../support/edge.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, type Manager, manager, openTiers } from '../support/manager.ts'

const NOW = Date.parse('2026-02-10T12:20:00Z')
const NOON = '2026-02-10T12:00:00.000Z'
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WRITE_EVERY_MS = 10_000

let api: Manager

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  await fresh()
  api = await manager()
  await openTiers(api)
  await expectOk(api.put('/v1/customers/acme', {}))
  await expectOk(api.post('/v1/customers/acme/subscriptions', { planId: 'pro' }))
  await api.settle()
})

afterEach(() => {
  vi.useRealTimers()
})

type Row = Readonly<Record<string, unknown>>

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms)

const accessTo = (featureId: string) => `/v1/access?customerId=acme&featureId=${featureId}`

/** What D1 has, without this isolate's help. */
async function written(): Promise<readonly Row[]> {
  const { results } = await env.DB.prepare('SELECT * FROM statistics ORDER BY at, feature_id').all()
  return results
}

/** What anybody is told. */
async function told(query = '', by: Manager = api): Promise<readonly Row[]> {
  const { body } = await expectOk(by.get(`/v1/statistics${query}`))
  expect(getStatistics.answer.safeParse(body).error).toBeUndefined()
  return body['data'] as readonly Row[]
}

const counted = (featureId: string, granted: number, denied: number, at = NOON) => ({
  at,
  featureId,
  granted,
  denied,
})

describe('what counts', () => {
  it('is a check, by what was answered', async () => {
    for (const featureId of ['sso', 'sso', 'retries', 'api-calls'])
      await api.get(accessTo(featureId))
    await api.get('/v1/customers/acme/entitlements/sso')
    await api.get('/v1/access?customerId=nobody&featureId=sso')
    expect(await told()).toEqual([
      counted('api-calls', 1, 0),
      counted('retries', 0, 1),
      counted('sso', 3, 1),
    ])
  })

  it('is each item of a batch', async () => {
    const items = ['sso', 'retries', 'sso', 'retries', 'retries', 'no-such-feature'].map(
      (featureId) => ({ customerId: 'acme', featureId }),
    )
    await expectOk(api.post('/v1/access/batch', { items }))
    await expectOk(
      api.post('/v1/access/batch', { items: [{ customerId: 'nobody', featureId: 'sso' }] }),
    )
    expect(await told()).toEqual([counted('retries', 0, 3), counted('sso', 2, 1)])
  })

  it('is use that may be refused, once a key, and not what is reported as a fact', async () => {
    const about = { customerId: 'acme', featureId: 'api-calls' }
    const consume = (quantity: number, headers = {}) =>
      expectOk(api.post('/v1/consume', { ...about, quantity }, headers))
    const report = { ...about, behaviour: 'delta', value: 900 }
    for (let sent = 0; sent < 2; sent++) await consume(500, { 'Idempotency-Key': 'order-1' })
    await consume(501)
    await expectOk(api.post('/v1/usage', { ...report, enforce: true }))
    await expectOk(api.post('/v1/usage', report))
    await expectOk(api.post('/v1/consume/batch', { items: [about, about] }))
    await expectOk(api.post('/v1/usage/batch', { items: [report, { ...report, enforce: true }] }))
    expect(await told()).toEqual([counted('api-calls', 1, 5)])
  })

  it('is the same in every protocol', async () => {
    await expectOk(api.get('/api/v1/entitlements?customer_id=acme&feature_id=sso'))
    const context = { targetingKey: 'acme' }
    await expectOk(api.post('/ofrep/v1/evaluate/flags/sso', { context }))
    const bound = new Sluice(createExecutionContext(), env)
    await bound.hasAccess({ customerId: 'acme', featureId: 'sso' })
    await bound.consume({ customerId: 'acme', featureId: 'api-calls' })
    expect(await told()).toEqual([counted('api-calls', 1, 0), counted('sso', 3, 0)])
  })

  it('is no list, no explanation, no snapshot, and nothing that is no feature', async () => {
    await expectOk(api.get('/v1/customers/acme/entitlements'))
    await expectOk(api.get('/v1/customers/acme/entitlements?featureId=sso'))
    await expectOk(api.get('/v1/customers/acme/entitlements/sso?explain=true'))
    await expectOk(api.get('/v1/customers/acme/snapshot'))
    for (let n = 0; n < 20; n++) await expectOk(api.get(accessTo(`made-up-${n}`)))
    await api.settle()
    expect(await told()).toEqual([])
    expect(await written()).toEqual([])
  })
})

describe('counts', () => {
  it('are written behind the first answer, then at most every ten seconds, and add up', async () => {
    const { bindings, counts } = counting()
    const by = api.over(bindings)
    await by.get(accessTo('sso'))
    await by.settle()
    expect(await written()).toMatchObject([{ feature_id: 'sso', granted: 1, denied: 0 }])
    counts.d1 = 0
    for (let n = 0; n < 50; n++) await by.get(accessTo('sso'))
    await by.settle()
    expect(counts.d1).toBe(0)
    wait(WRITE_EVERY_MS)
    await by.get(accessTo('sso'))
    await by.settle()
    expect(await written()).toMatchObject([{ feature_id: 'sso', granted: 52, denied: 0 }])
  })

  it('of answers at once are counted, and one of them goes the long way where it is time to write', async () => {
    await api.get(accessTo('sso'))
    await api.settle()
    const atOnce = () => {
      const url = ORIGIN + accessTo('sso')
      const request = new Request(url, { headers: { Authorization: `Bearer ${api.key}` } })
      return accessAtOnce({
        request,
        url,
        path: '/v1/access',
        ports: portsFrom(env),
        now: Date.now(),
      })
    }
    // A key that manages is looked up every time where it manages, and here it reads.
    for (let n = 0; n < 5; n++) expect(atOnce()?.status).toBe(200)
    wait(WRITE_EVERY_MS - 1_000)
    await api.get(accessTo('sso'))
    await api.settle()
    expect(atOnce()?.status).toBe(200)
    wait(1_000)
    expect(atOnce()).toBeNull()
    await api.get(accessTo('sso'))
    await api.settle()
    expect(await written()).toMatchObject([{ granted: 9 }])
    expect(atOnce()?.status).toBe(200)
  })

  it('of two isolates add up', async () => {
    for (let isolates = 0; isolates < 2; isolates++) {
      forgetTallies()
      await api.get(accessTo('retries'))
      await api.settle()
    }
    expect(await written()).toMatchObject([{ feature_id: 'retries', granted: 0, denied: 2 }])
  })

  it('belong to the hour in which they were asked', async () => {
    await api.get(accessTo('sso'))
    await api.get(accessTo('sso'))
    wait(HOUR_MS)
    await api.get(accessTo('sso'))
    expect(await told()).toEqual([
      counted('sso', 2, 0),
      counted('sso', 1, 0, '2026-02-10T13:00:00.000Z'),
    ])
  })

  it('are kept while D1 refuses them, for a day, and no answer suffers', async () => {
    await api.get(accessTo('sso'))
    await api.settle()
    forgetTallies()
    await env.DB.exec('DELETE FROM statistics')
    const cut = api.over({ DB: refusing('INSERT INTO statistics') })
    for (let hours = 0; hours < 30; hours++) {
      wait(HOUR_MS)
      for (let n = 0; n < 2; n++)
        expect((await cut.get(accessTo('sso'))).body['hasAccess']).toBe(true)
      await cut.settle()
    }
    expect(await written()).toEqual([])
    wait(WRITE_EVERY_MS)
    const rows = await told('?from=2026-02-10T00:00:00Z')
    expect(rows).toHaveLength(24)
    expect(rows.at(-1)).toEqual(counted('sso', 2, 0, '2026-02-11T18:00:00.000Z'))
  })

  it('of checks go on without D1', async () => {
    // An isolate that has nothing in memory puts the key back where others find it.
    clearIsolate()
    await api.get(accessTo('sso'))
    await api.settle()
    const { DB } = down
    wait(WRITE_EVERY_MS)
    const reply = await api.over({ DB }).get(accessTo('sso'))
    expect(reply.body).toMatchObject({ hasAccess: true })
    await api.settle()
    expect(await told()).toEqual([counted('sso', 2, 0)])
  })

  it('that D1 does not answer for in time are given up, and never written twice', async () => {
    const { clock, ...ports } = portsFrom(env)
    const hurried = {
      ...clock,
      after: (_: number, late: () => void) => {
        late()
        return () => undefined
      },
    }
    countAnswer(Date.now(), { featureId: 'sso', type: 'boolean' }, true)
    const slow = { ports: { ...ports, clock: hurried }, timing: startTiming(clock.now), now: NOW }
    await writeCounts(slow)
    await expect.poll(written).toHaveLength(1)
    expect(await told()).toEqual([counted('sso', 1, 0)])
  })

  it('are of a thousand features an hour at most', async () => {
    await env.DB.prepare(FEATURES).run()
    for (let n = 0; n < 1_500; n++)
      countAnswer(NOW, { featureId: `made-${n}`, type: 'boolean' }, true)
    await writeCounts({ ports: portsFrom(env), timing: startTiming(Date.now), now: NOW })
    expect(await written()).toHaveLength(1_000)
  })

  it('are dropped after ninety days', async () => {
    await env.DB.prepare(`INSERT INTO statistics VALUES (?1, 'sso', 1, 1), (?2, 'sso', 2, 2)`)
      .bind(NOW - 90 * DAY_MS - 1, NOW - 90 * DAY_MS)
      .run()
    await tick(portsFrom(env), 'local')
    expect(await written()).toMatchObject([{ granted: 2 }])
  })
})

/** D1 that fails for statements that begin so. */
function refusing(beginning: string): D1Database {
  return new Proxy(env.DB, {
    get: (target, name) => {
      if (name === 'prepare') {
        return (sql: string) => {
          if (sql.startsWith(beginning)) throw new Error('D1_ERROR: Network connection lost.')
          return target.prepare(sql)
        }
      }
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

describe('what is told', () => {
  const DAY_BEFORE = '2026-02-09'

  beforeEach(async () => {
    const row = (at: string, featureId: string, granted: number, denied: number) =>
      env.DB.prepare('INSERT INTO statistics VALUES (?, ?, ?, ?)').bind(
        Date.parse(at),
        featureId,
        granted,
        denied,
      )
    await env.DB.batch([
      row(`${DAY_BEFORE}T12:00:00Z`, 'sso', 100, 0),
      row(`${DAY_BEFORE}T13:00:00Z`, 'sso', 10, 1),
      row(`${DAY_BEFORE}T13:00:00Z`, 'retries', 0, 20),
      row('2026-02-10T11:00:00Z', 'retries', 0, 5),
      row('2026-02-10T12:00:00Z', 'retries', 3, 2),
    ])
  })

  it('are the hours that began within the last day, by feature', async () => {
    expect(await told()).toEqual([
      counted('retries', 0, 20, `${DAY_BEFORE}T13:00:00.000Z`),
      counted('sso', 10, 1, `${DAY_BEFORE}T13:00:00.000Z`),
      counted('retries', 0, 5, '2026-02-10T11:00:00.000Z'),
      counted('retries', 3, 2),
    ])
  })

  it('is added up as somebody asks for it', async () => {
    const before = `${DAY_BEFORE}T00:00:00.000Z`
    const today = '2026-02-10T00:00:00.000Z'
    expect(await told('?groupBy=featureId')).toEqual([
      { featureId: 'retries', granted: 3, denied: 27 },
      { featureId: 'sso', granted: 10, denied: 1 },
    ])
    expect(await told(`?groupBy=at&interval=day&from=${before}`)).toEqual([
      { at: before, granted: 110, denied: 21 },
      { at: today, granted: 3, denied: 7 },
    ])
    expect(await told('?featureId=retries&interval=day')).toEqual([
      counted('retries', 0, 20, before),
      counted('retries', 3, 7, today),
    ])
    const noon = `${DAY_BEFORE}T12:00:00.000Z`
    expect(await told(`?from=${noon}&to=${DAY_BEFORE}T13:00:00Z`)).toEqual([
      counted('sso', 100, 0, noon),
    ])
    expect(await told('?featureId=no-such-feature')).toEqual([])
  })

  it('is refused for a stretch that is none, or too long, and for what nobody knows', async () => {
    for (const [query, pointer] of [
      ['from=2026-02-10T12:00:00Z&to=2026-02-10T12:00:00Z', '/to'],
      ['to=1970-01-01T00:00:00Z', '/to'],
      ['from=2025-11-01T00:00:00Z', '/from'],
      ['from=yesterday', '/from'],
      ['interval=minute', '/interval'],
      ['groupBy=customerId', '/groupBy'],
      ['customerId=acme', '/customerId'],
    ] as const) {
      const { status, body } = await api.get(`/v1/statistics?${query}`)
      expect([query, status]).toEqual([query, 400])
      expect(body).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] })
    }
  })

  it('is never more than ten thousand rows: more are asked for in parts, or added up', async () => {
    await env.DB.prepare(MANY)
      .bind(NOW - (NOW % HOUR_MS))
      .run()
    const query = '?from=2026-02-01T00:00:00Z'
    const { status, body } = await api.get(`/v1/statistics${query}`)
    expect(status).toBe(400)
    expect(JSON.stringify(body['errors'])).toContain('interval=day')
    expect((await told(`${query}&interval=day`)).length).toBeLessThan(10_000)
  })
})

/** More than a catalogue may have. */
const FEATURES = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1499)
  INSERT INTO features (id, type, name, on_unavailable, metadata, created_at, updated_at, revision)
  SELECT 'made-' || i, 'boolean', 'Made', 'deny', '{}', 0, 0, 1 FROM n`

const MANY = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 10200)
  INSERT INTO statistics SELECT ?1 - (i / 100 + 1) * 3600000, 'many-' || (i % 100), 1, 0 FROM n`
