import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { startTiming } from '../../worker/timing.ts'
import { fresh } from '../support/fresh.ts'
import { manager, openTiers } from '../support/manager.ts'

const SLOW_MS = 40

/** D1 that takes its time over everything. */
function slowD1(): D1Database {
  const slowly = async <T>(work: () => Promise<T>): Promise<T> => {
    await scheduler.wait(SLOW_MS)
    return work()
  }
  const slow = (statement: D1PreparedStatement): D1PreparedStatement =>
    Object.assign(statement, {
      all: bound(statement.all.bind(statement)),
      raw: bound(statement.raw.bind(statement)),
      run: bound(statement.run.bind(statement)),
      first: bound(statement.first.bind(statement)),
      bind: rebound(statement.bind.bind(statement)),
    })
  const rebound =
    (bind: D1PreparedStatement['bind']) =>
    (...values: unknown[]) =>
      slow(bind(...values))
  const bound =
    <A extends unknown[], T>(work: (...values: A) => Promise<T>) =>
    (...values: A) =>
      slowly(() => work(...values))
  return new Proxy(env.DB, {
    get: (target, name) => {
      if (name === 'prepare') return (sql: string) => slow(target.prepare(sql))
      if (name === 'batch') return (all: D1PreparedStatement[]) => slowly(() => target.batch(all))
      return Reflect.get(target, name) as unknown
    },
  })
}

const waitedFor = (header: string | null): number =>
  Number(/\bd1;dur=(\d+)/.exec(header ?? '')?.[1] ?? -1)

describe('the time that an answer says it waited for D1', () => {
  // Who manages has the key looked up in D1 first.
  it.each([
    ['GET', '/v1/customers', 1],
    ['GET', '/v1/customers/acme', 1],
    ['GET', '/v1/customers/acme/overrides', 1],
    ['GET', '/v1/subscriptions', 1],
    ['GET', '/v1/plans', 1],
    ['GET', '/v1/plans/pro', 1],
    ['GET', '/v1/plans/nothing', 2],
    ['GET', '/v1/catalogue', 1],
    ['GET', '/v1/audit', 2],
    ['GET', '/v1/keys', 2],
    ['PATCH', '/v1/plans/pro', 3, { rank: 5 }],
    ['PUT', '/v1/customers/acme/overrides/sso', 3, { allowance: { enabled: true } }],
  ])('to %s %s is that of %i questions or more, and within what it took', async (...step) => {
    await fresh()
    const api = await manager()
    await openTiers(api)
    await api.put('/v1/customers/acme', {})
    const [method, path, questions, body] = step
    const startedAt = Date.now()
    const options = body === undefined ? {} : { body }
    const { headers } = await api.over({ DB: slowD1() }).send(method, path, options)
    const took = Date.now() - startedAt
    const waited = waitedFor(headers.get('Server-Timing'))
    expect(waited).toBeGreaterThanOrEqual(questions * (SLOW_MS - 5))
    expect(waited).toBeLessThanOrEqual(took)
  })

  it('counts once what is asked at the same time, and a question within another', async () => {
    let now = 0
    const timing = startTiming(() => now)
    const passing = (ms: number) => async () => {
      now += ms
    }
    await timing.measure('d1', () => timing.measure('d1', passing(7)))
    expect(timing.header()).toBe('src;desc="worker", d1;dur=7')
    const { promise, resolve } = Promise.withResolvers<void>()
    const both = [timing.measure('d1', () => promise), timing.measure('d1', () => promise)]
    now += 10
    resolve()
    await Promise.all(both)
    expect(timing.header()).toBe('src;desc="worker", d1;dur=17')
  })

  it('counts also what failed', async () => {
    let now = 0
    const timing = startTiming(() => now)
    const failing = timing.measure('kv', async () => {
      now += 3
      throw new Error('503 Service Unavailable')
    })
    await expect(failing).rejects.toThrow('503')
    timing.servedFrom('policy')
    expect(timing.header()).toBe('src;desc="policy", kv;dur=3')
  })
})
