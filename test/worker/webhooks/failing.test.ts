import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { deliver } from '../../../worker/webhooks/deliver.ts'
import { watched } from '../../support/bindings.ts'
import { fresh } from '../../support/fresh.ts'
import { expectOk, type Manager, manager } from '../../support/manager.ts'
import {
  attemptsOf,
  connect,
  type Endpoint,
  happen,
  idsOf,
  listen,
  openWorld,
  owed,
  refuse,
  typesOf,
  type World,
} from '../../support/receivers.ts'

const HERE = 'http://here.test/hooks'
const THERE = 'http://there.test/hooks'
const DAY = 86_400_000

let api: Manager
let world: World

beforeEach(async () => {
  await fresh()
  api = await manager()
  world = openWorld(Date.now())
})

afterEach(() => {
  vi.restoreAllMocks()
})

const endpointOf = async ({ id }: Endpoint) => (await expectOk(api.get(`/v1/webhooks/${id}`))).body

describe('what was not received', () => {
  /** The seconds between tries until there is nothing left to try. */
  async function waits(): Promise<readonly number[]> {
    for (let days = 0; days < 20 && (await owed()) !== 0; days++) {
      const at = await env.DB.prepare(
        'SELECT min(next_at) AS at FROM webhook_deliveries',
      ).first<number>('at')
      world.pass(Math.max(0, (at ?? 0) - world.now()))
      await world.deliver({ until: world.now() + 1 })
    }
    const times = world.at(HERE).map(({ at }) => at)
    return times.slice(1).map((at, n) => Math.round((at - (times[n] ?? 0)) / 1000))
  }

  test('is tried ten times over three days under one id, and then given up', async () => {
    const endpoint = await listen(api, HERE)
    await happen(world, ['usage.reset'])
    world.answer(HERE, refuse(500))
    await world.deliver({ until: world.now() + 1 })
    const seconds = await waits()
    const wanted = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
    expect(seconds).toHaveLength(wanted.length)
    seconds.forEach((wait, at) => {
      expect(wait).toBeGreaterThanOrEqual(wanted[at] ?? 0)
      expect(wait).toBeLessThanOrEqual((wanted[at] ?? 0) * 1.1 + 1)
    })
    expect(new Set(idsOf(world.at(HERE))).size).toBe(1)
    const stamps = world.at(HERE).map(({ headers }) => headers['webhook-timestamp'])
    expect(new Set(stamps).size).toBe(10)
    const attempts = await attemptsOf(api, endpoint)
    expect(attempts.map(({ number }) => number)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    expect(attempts[0]).toMatchObject({ nextTryAt: null })
    expect(attempts[1]?.['nextTryAt']).not.toBeNull()
    expect(await endpointOf(endpoint)).toMatchObject({
      enabled: true,
      failingSince: expect.any(String),
    })
  })

  test('is tried again within the same five seconds where whoever sends it is still there', async () => {
    const endpoint = await listen(api, HERE)
    await happen(world, ['usage.reset'])
    world.answer(
      HERE,
      (_, before) => new Response(null, { status: before.length === 0 ? 503 : 200 }),
    )
    await world.deliver()
    expect(world.at(HERE)).toHaveLength(2)
    expect(await owed()).toBe(0)
    expect(await endpointOf(endpoint)).toMatchObject({ failingSince: null })
  })

  test.each([
    ['in seconds', '3600'],
    ['as a date', 'date'],
  ])('waits for as long as its receiver asks, %s', async (_, asked) => {
    const endpoint = await listen(api, HERE)
    await happen(world, ['usage.reset'])
    const header = asked === 'date' ? new Date(world.now() + 3_600_000).toUTCString() : asked
    world.answer(HERE, refuse(429, { 'Retry-After': header }))
    await world.deliver()
    const [attempt] = await attemptsOf(api, endpoint)
    const at = Date.parse(String(attempt?.['nextTryAt']))
    expect(at).toBeGreaterThan(world.now() + 3_598_000)
    world.pass(3_590_000)
    await world.deliver()
    expect(world.at(HERE)).toHaveLength(1)
    world.pass(11_000)
    await world.deliver()
    expect(world.at(HERE).length).toBeGreaterThan(1)
  })

  test('is not sent where addresses are no longer allowed, and says so', async () => {
    const endpoint = await listen(api, HERE)
    await happen(world, ['usage.reset'])
    await deliver(
      { ports: world.ports, environment: 'production' },
      { until: world.now() + 1, sendsMax: 10, queriesMax: 100, failingToo: true },
    )
    expect(world.received).toEqual([])
    expect(await attemptsOf(api, endpoint)).toMatchObject([
      { failure: 'url_not_allowed', status: null },
    ])
  })
})

describe('an endpoint', () => {
  test('that does not answer keeps nobody else waiting, and is asked once', async () => {
    await listen(api, HERE)
    await listen(api, THERE)
    world.answer(HERE, () => 'hangs')
    await happen(
      world,
      Array.from({ length: 40 }, () => 'usage.reset' as const),
    )
    const sending = world.deliver()
    await vi.waitFor(() => expect(world.at(THERE)).toHaveLength(40))
    world.pass(15_000)
    await sending
    expect(world.at(HERE)).toHaveLength(3)
  })

  test('that has failed is asked after all others, and with one message at a time', async () => {
    await listen(api, HERE)
    await listen(api, THERE)
    const answer = { is: refuse(500) }
    world.answer(HERE, (...all) => answer.is(...all))
    await happen(world, ['usage.reset', 'usage.reset'])
    await world.deliver({ until: world.now() + 1 })
    const before = world.received.length
    world.pass(3_600_000)
    await happen(world, ['usage.reset', 'usage.reset'])
    await world.deliver({ until: world.now() + 1 })
    expect(world.received.slice(before).map(({ url }) => url)).toEqual([THERE, THERE, HERE])
    answer.is = () => new Response(null)
    world.pass(3_600_000)
    await world.deliver()
    expect(new Set(idsOf(world.at(HERE)))).toEqual(new Set(idsOf(world.at(THERE))))
    expect(await owed()).toBe(0)
  })

  test('that fails is not tried again behind every answer, but a minute later', async () => {
    await listen(api, HERE)
    world.answer(HERE, refuse(500))
    await happen(world, ['usage.reset', 'usage.reset', 'usage.reset', 'usage.reset'])
    await world.deliver({ until: world.now() + 1, failingToo: false })
    const before = world.at(HERE).length
    await happen(world, ['usage.reset'])
    world.pass(30_000)
    await world.deliver({ failingToo: false })
    expect(world.at(HERE)).toHaveLength(before)
    world.answer(HERE, () => new Response(null))
    await world.deliver()
    expect(await owed()).toBe(0)
  })

  test('that was sent elsewhere meanwhile is not turned off for what the old address says', async () => {
    const endpoint = await listen(api, HERE)
    await happen(world, ['usage.reset'])
    world.answer(HERE, () => {
      const moved = env.DB.prepare('UPDATE webhooks SET url = ?, revision = revision + 1')
      return new Response(
        new ReadableStream({
          pull: async (controller) => {
            await moved.bind(THERE).run()
            controller.close()
          },
        }),
        { status: 410 },
      )
    })
    await world.deliver()
    expect(await endpointOf(endpoint)).toMatchObject({ url: THERE, enabled: true })
  })

  test('that says it is gone is turned off, with the reason, and is sent nothing more', async () => {
    const endpoint = await listen(api, HERE)
    world.answer(HERE, refuse(410))
    await happen(world, ['usage.reset'])
    await world.deliver()
    expect(await endpointOf(endpoint)).toMatchObject({
      enabled: false,
      disabledBecause: 'gone',
      disabledAt: new Date(world.now()).toISOString(),
    })
    await happen(world, ['usage.reset'])
    world.pass(DAY)
    await world.deliver()
    expect(world.at(HERE)).toHaveLength(1)
    const { body } = await expectOk(api.get(`/v1/audit?resource=webhooks/${endpoint.id}`))
    expect(body['data']).toMatchObject([
      { action: 'webhooks.disable', actor: { kind: 'system', id: 'webhooks' } },
      { action: 'webhooks.create' },
    ])
  })

  test('that has received nothing for five days is turned off, one that has received anything is not', async () => {
    const [dead, flaky] = [await listen(api, HERE), await listen(api, THERE)]
    world.answer(HERE, refuse(500))
    const days = { gone: 0 }
    world.answer(THERE, () => new Response(null, { status: days.gone === 3 ? 200 : 500 }))
    for (; days.gone < 7; days.gone++) {
      await happen(world, ['usage.reset'])
      await world.deliver({ until: world.now() + 1 })
      world.pass(DAY)
    }
    expect(await endpointOf(dead)).toMatchObject({ enabled: false, disabledBecause: 'failing' })
    expect(await endpointOf(flaky)).toMatchObject({ enabled: true })
  })

  describe('that has failed for six days', () => {
    let endpoint: Endpoint
    const standing = async () => {
      const { enabled, failingSince } = await endpointOf(endpoint)
      return { enabled, failingSince }
    }

    beforeEach(async () => {
      endpoint = await listen(api, HERE)
      await env.DB.prepare('UPDATE webhooks SET failing_since = ?')
        .bind(world.now() - 6 * DAY)
        .run()
      connect(world)
    })

    test('and receives one message, then not the next, fails from then on', async () => {
      world.answer(
        HERE,
        (_, { length }) => new Response(null, { status: length === 0 ? 200 : 500 }),
      )
      await happen(world, ['usage.reset', 'usage.reset'])
      await world.deliver({ until: world.now() + 1 })
      expect(world.at(HERE)).toHaveLength(2)
      const failingSince = new Date(world.now()).toISOString()
      expect(await standing()).toEqual({ enabled: true, failingSince })
    })

    test('is not turned off where somebody else has meanwhile reached it', async () => {
      world.answer(HERE, () => {
        const pull = async (body: ReadableStreamDefaultController) => {
          await env.DB.prepare('UPDATE webhooks SET failing_since = NULL').run()
          body.close()
        }
        return new Response(new ReadableStream({ pull }), { status: 500 })
      })
      await happen(world, ['usage.reset'])
      await world.deliver({ until: world.now() + 1 })
      expect(await standing()).toMatchObject({ enabled: true })
    })

    test('has five days anew at another address', async () => {
      await expectOk(api.patch(`/v1/webhooks/${endpoint.id}`, { url: THERE }))
      await api.settle()
      expect(await standing()).toEqual({ enabled: true, failingSince: null })
      world.answer(THERE, refuse(500))
      await happen(world, ['usage.reset'])
      await world.deliver({ until: world.now() + 1 })
      const failingSince = new Date(world.now()).toISOString()
      expect(await standing()).toEqual({ enabled: true, failingSince })
    })

    test('and moves while it is sent to is not judged by what the old address says', async () => {
      world.answer(HERE, () => {
        const pull = async (body: ReadableStreamDefaultController) => {
          await expectOk(api.patch(`/v1/webhooks/${endpoint.id}`, { url: THERE }))
          body.close()
        }
        return new Response(new ReadableStream({ pull }), { status: 500 })
      })
      await happen(world, ['usage.reset'])
      await world.deliver({ until: world.now() + 1 })
      await api.settle()
      expect(await standing()).toEqual({ enabled: true, failingSince: null })
    })

    test('fails no more once it has received a test, or what it is sent again', async () => {
      const path = `/v1/webhooks/${endpoint.id}`
      const { body } = await expectOk(api.post(`${path}/test`, {}))
      expect(await standing()).toEqual({ enabled: true, failingSince: null })
      await env.DB.prepare('UPDATE webhooks SET failing_since = 1').run()
      world.answer(HERE, refuse(500))
      await expectOk(api.post(`${path}/test`, {}))
      expect(await standing()).not.toMatchObject({ failingSince: null })
      world.answer(HERE, () => new Response(null))
      await expectOk(api.post(`${path}/attempts/${String(body['id'])}/replay`, {}))
      expect(await standing()).toEqual({ enabled: true, failingSince: null })
    })

    test('stays reached where another change of it was under way', async () => {
      const path = `/v1/webhooks/${endpoint.id}`
      const DB = watched(env.DB, (method) => {
        if (method === 'batch') received.push(clear.run())
      })
      const clear = env.DB.prepare('UPDATE webhooks SET failing_since = NULL')
      const received: Promise<unknown>[] = []
      const by = api.over({ DB })
      await expectOk(by.patch(path, { description: 'Alerts' }))
      await by.settle()
      await Promise.all(received)
      expect(await standing()).toEqual({ enabled: true, failingSince: null })
    })
  })

  test('that is turned off keeps its place, and hears what it has missed once it is turned on', async () => {
    const endpoint = await listen(api, HERE)
    const path = `/v1/webhooks/${endpoint.id}`
    expect((await expectOk(api.patch(path, { enabled: false }))).body).toMatchObject({
      enabled: false,
      disabledBecause: 'asked',
    })
    await happen(world, ['usage.reset', 'usage.limit_reached'])
    await world.deliver()
    expect(world.received).toEqual([])
    connect(world)
    expect((await expectOk(api.patch(path, { enabled: true }))).body).toMatchObject({
      enabled: true,
      disabledAt: null,
      disabledBecause: null,
    })
    await api.settle()
    expect(typesOf(world.at(HERE)).toSorted()).toEqual(['usage.limit_reached', 'usage.reset'])
  })

  test('that was off for long hears of the last three days', async () => {
    const endpoint = await listen(api, HERE)
    const path = `/v1/webhooks/${endpoint.id}`
    await expectOk(api.patch(path, { enabled: false }))
    const start = world.now()
    world.pass(-4 * DAY)
    await happen(world, ['customer.created'])
    world.pass(1)
    await happen(world, ['customer.updated'])
    world.pass(2 * DAY)
    await happen(world, ['usage.reset'])
    world.pass(start - world.now())
    connect(world)
    await expectOk(api.patch(path, { enabled: true }))
    await api.settle()
    expect(typesOf(world.at(HERE))).toEqual(['usage.reset'])
  })

  test('that is gone from here is sent nothing', async () => {
    const endpoint = await listen(api, HERE)
    await happen(world, ['usage.reset'])
    await expectOk(api.remove(`/v1/webhooks/${endpoint.id}`))
    await world.deliver()
    expect(world.received).toEqual([])
  })

  test('whose address changes while it is sent to goes on at the new one', async () => {
    const endpoint = await listen(api, HERE)
    world.answer(HERE, refuse(500))
    await happen(world, ['usage.reset'])
    await world.deliver({ until: world.now() + 1 })
    await env.DB.prepare('UPDATE webhooks SET url = ?, revision = revision + 1 WHERE id = ?')
      .bind(THERE, endpoint.id)
      .run()
    world.pass(10_000)
    await world.deliver()
    expect(idsOf(world.at(THERE))).toEqual(idsOf(world.at(HERE)))
  })
})
