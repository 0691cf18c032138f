import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clearIsolate, headCopy, raiseCatalogueFloor } from '../../worker/isolate.ts'
import { counting } from '../support/bindings.ts'
import { edge } from '../support/edge.ts'
import { putCatalogue } from '../support/intent.ts'
import { accessPath, openShop, plans } from '../support/shop.ts'

const NOW = Date.parse('2026-02-10T12:00:00Z')
const GRANTED = accessPath('dashboard')
/** Far less than the three seconds that D1 has where nothing else is at hand. */
const SOON_MS = 1_500
const FAILURES_MAX = 5

let key: string

/** The catalogue is edited elsewhere: this isolate has heard of it, and KV shows the one before. */
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  key = await openShop()
  const there = edge(key)
  await there.get(GRANTED)
  await there.settle()
  await putCatalogue(plans(2))
  raiseCatalogueFloor(2)
})

afterEach(() => {
  vi.useRealTimers()
})

/** D1 of which no query comes back before `answer` is called. */
function silentD1() {
  const { promise, resolve } = Promise.withResolvers<void>()
  const DB = new Proxy(env.DB, {
    get: (target, name) => {
      if (name !== 'prepare') return Reflect.get(target, name) as unknown
      return (sql: string) => {
        const statement = target.prepare(sql)
        const first = statement.first.bind(statement)
        return Object.assign(statement, { first: () => promise.then(() => first()) })
      }
    },
  })
  return { DB, answer: resolve }
}

describe('with a head at hand that is older than what was heard of', () => {
  it('a check waits for D1 no longer than for the confirmation of a denial, and says so', async () => {
    const { DB } = silentD1()
    const startedAt = performance.now()
    const { status, body } = await edge(key, { DB }).get(GRANTED)
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
    expect(status).toBe(200)
    expect(body).toMatchObject({ hasAccess: true, degraded: true })
  })

  it('checks leave D1 alone for a while after it has not answered several of them', async () => {
    const { bindings, counts } = counting({ DB: silentD1().DB })
    const there = edge(key, bindings)
    for (let n = 0; n < FAILURES_MAX; n++) await there.get(GRANTED)
    const asked = counts.d1
    for (let n = 0; n < 20; n++)
      expect((await there.get(GRANTED)).body).toMatchObject({ hasAccess: true, degraded: true })
    expect(counts.d1).toBe(asked)
    vi.setSystemTime(Date.now() + 2_000)
    await there.get(GRANTED)
    expect(counts.d1).toBeGreaterThan(asked)
  })

  it('what D1 says too late is there for the next check', async () => {
    const { DB, answer } = silentD1()
    const there = edge(key, { DB })
    expect((await there.get(GRANTED)).body['degraded']).toBe(true)
    answer()
    await there.settle()
    expect(headCopy()?.head.revision).toBe(2)
    expect((await there.get(GRANTED)).body['degraded']).toBe(false)
  })

  it('a token that names the newer one is waited for, and never served the older', async () => {
    const edited = await edge(key).send('PATCH', '/v1/plans/pro', { body: { rank: 7 } })
    clearIsolate()
    await env.KV.put('head', (await env.KV.get('head'))?.replace(/^\[1,\d+/, '[1,1') ?? '')
    const headers = { 'Consistency-Token': String(edited.body['consistencyToken']) }
    const { status } = await edge(key, { DB: silentD1().DB }).get(GRANTED, headers)
    expect(status).toBe(503)
  })
})
