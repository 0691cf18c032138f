import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fresh } from '../support/fresh.ts'
import { type Manager, manager, openTiers } from '../support/manager.ts'

/** More than any script sends at once without thinking of it. */
const AT_ONCE = 12

let api: Manager

beforeEach(async () => {
  await fresh()
  api = await manager()
  await openTiers(api)
})

afterEach(() => {
  vi.restoreAllMocks()
})

const numbers = Array.from({ length: AT_ONCE }, (_, n) => n)
const featureAt = (n: number) => `feature-${n}`
const putFeature = (n: number) => api.put(`/v1/features/${featureAt(n)}`, { type: 'boolean' })
const statusesOf = (replies: readonly { readonly status: number }[]) =>
  replies.map(({ status }) => status)

/** Of each change in the log, the revision that it began from and the one that it led to, in their order. */
async function chain(subject: string): Promise<readonly (readonly [number, number])[]> {
  const { results } = await env.DB.prepare(
    'SELECT previous, revision FROM changes WHERE subject = ? ORDER BY id',
  )
    .bind(subject)
    .all<{ previous: number; revision: number }>()
  return results.map(({ previous, revision }) => [previous, revision])
}

async function expectUnbroken(subject: string, changes: number): Promise<void> {
  const links = await chain(subject)
  expect(links).toHaveLength(changes)
  expect(links.slice(1).map(([previous]) => previous)).toEqual(
    links.slice(0, -1).map(([, revision]) => revision),
  )
}

describe('changes that are sent at the same moment', () => {
  it('of the catalogue all stand, one after another', async () => {
    const replies = await Promise.all(numbers.map(putFeature))
    expect(statusesOf(replies)).toEqual(numbers.map(() => 201))
    const { body } = await api.get('/v1/catalogue')
    const ids = (body['features'] as { readonly id: string }[]).map(({ id }) => id)
    expect(ids).toEqual(expect.arrayContaining(numbers.map(featureAt)))
    await expectUnbroken('catalogue', AT_ONCE + 1)
  })

  it('of one customer all stand, one after another', async () => {
    const features = numbers.map((n) => ({ id: featureAt(n), type: 'boolean' }))
    await api.put('/v1/catalogue', { features, plans: [] })
    await api.put('/v1/customers/acme', {})
    const replies = await Promise.all(
      numbers.map((n) =>
        api.put(`/v1/customers/acme/overrides/${featureAt(n)}`, { allowance: { enabled: true } }),
      ),
    )
    expect(statusesOf(replies)).toEqual(numbers.map(() => 200))
    const { body } = await api.get('/v1/customers/acme/overrides')
    expect(body['data']).toHaveLength(AT_ONCE)
    await expectUnbroken('customer:acme', AT_ONCE + 1)
  })

  it('of one state that each of them names leave one, and tell the others', async () => {
    const made = await api.put('/v1/customers/acme', {})
    const headers = { 'If-Match': made.headers.get('ETag') ?? '' }
    const replies = await Promise.all(
      numbers.map((n) => api.put('/v1/customers/acme', { name: `Name ${n}` }, headers)),
    )
    expect(statusesOf(replies).toSorted((left, right) => left - right)).toEqual([
      200,
      ...numbers.slice(1).map(() => 412),
    ])
    await expectUnbroken('customer:acme', 2)
  })
})

describe('a change that others always come before', () => {
  it('is given up after a bounded number of tries, and leaves nothing', async () => {
    const wait = scheduler.wait.bind(scheduler)
    // The pauses between tries alone: what bounds a store is a second or more.
    const pausing = vi
      .spyOn(scheduler, 'wait')
      .mockImplementation((ms, options) => (ms < 1_000 ? wait(0) : wait(ms, options)))
    await api.put('/v1/customers/late', {})
    let tries = 0
    // Of a customer's name only what is written comes in a batch.
    const batch = async () => {
      tries += 1
      throw new Error('UNIQUE constraint failed: changes.subject, changes.previous')
    }
    const DB = new Proxy(env.DB, {
      get: (target, name) => (name === 'batch' ? batch : Reflect.get(target, name).bind(target)),
    })
    const { status, body } = await api.over({ DB }).put('/v1/customers/late', { name: 'Late' })
    expect([status, body['code']]).toEqual([503, 'unavailable'])
    expect(tries).toBeGreaterThan(AT_ONCE)
    expect(tries).toBeLessThan(100)
    const pauses = pausing.mock.calls.map(([ms]) => ms).filter((ms) => ms < 1_000)
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(15_000)
    expect(new Set(pauses).size).toBeGreaterThan(pauses.length / 2)
    expect((await api.get('/v1/customers/late')).body).toMatchObject({ name: null })
  })
})
