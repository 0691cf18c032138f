import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import type { EventType } from '../../../schema/wire/event.ts'
import { watched } from '../../support/bindings.ts'
import { fresh } from '../../support/fresh.ts'
import { expectOk, type Manager, manager } from '../../support/manager.ts'
import {
  type Answering,
  type Attempt,
  attemptsOf,
  happen,
  idsOf,
  listen,
  openWorld,
  owed,
  refuse,
  typesOf,
  verified,
  type World,
} from '../../support/receivers.ts'

const HERE = 'http://here.test/hooks'
const THERE = 'http://there.test/hooks'

let api: Manager
let world: World

beforeEach(async () => {
  await fresh()
  api = await manager()
  world = openWorld(Date.now())
})

describe('an event', () => {
  test('reaches whoever listens once, signed, with all that it says', async () => {
    const { secret } = await listen(api, HERE)
    await happen(world, ['usage.limit_reached'], { featureId: 'api-calls', limit: 100 })
    await world.deliver()
    await world.deliver()
    const [message, ...others] = world.at(HERE)
    expect(others).toEqual([])
    expect(verified(secret, message)).toEqual({
      id: message?.headers['webhook-id'],
      type: 'usage.limit_reached',
      timestamp: new Date(world.now()).toISOString(),
      customerId: 'acme',
      version: null,
      data: { featureId: 'api-calls', limit: 100 },
    })
    expect(message?.headers['webhook-id']).toMatch(/^evt_/)
    expect(message?.headers['content-type']).toBe('application/json')
    expect(message?.redirect).toBe('manual')
    expect(await owed()).toBe(0)
  })

  test('from before an endpoint was made does not reach it', async () => {
    await happen(world, ['customer.created'])
    await listen(api, HERE)
    await happen(world, ['customer.updated'])
    await world.deliver()
    expect(typesOf(world.at(HERE))).toEqual(['customer.updated'])
  })

  test.each<[readonly string[], readonly EventType[]]>([
    [['*'], ['customer.created', 'subscription.ended', 'usage.reset', 'catalogue.published']],
    [['subscription.*'], ['subscription.ended']],
    [['usage.reset'], ['usage.reset']],
    [
      ['usage.*', 'customer.created'],
      ['customer.created', 'usage.reset'],
    ],
    [['subscription.renewed'], []],
  ])('reaches who listens to %s: %s', async (filter, wanted) => {
    await listen(api, HERE, filter)
    await happen(world, [
      'customer.created',
      'subscription.ended',
      'usage.reset',
      'catalogue.published',
    ])
    await world.deliver()
    expect(typesOf(world.at(HERE)).toSorted()).toEqual(wanted.toSorted())
  })

  test('that is too large for anybody is told without its data', async () => {
    await listen(api, HERE)
    await happen(world, ['customer.updated'], { text: 'x'.repeat(30_000) })
    await world.deliver()
    const [{ body } = { body: '' }] = world.at(HERE)
    expect(JSON.parse(body)).toMatchObject({
      type: 'customer.updated',
      data: { omittedBytes: expect.any(Number) },
    })
  })

  test('is sent once by three who send at the same time', async () => {
    await listen(api, HERE)
    await listen(api, THERE)
    const types = Array.from({ length: 30 }, () => 'usage.reset' as const)
    await happen(world, types)
    await Promise.all([world.deliver(), world.deliver(), world.deliver()])
    for (const url of [HERE, THERE]) {
      expect(world.at(url)).toHaveLength(30)
      expect(new Set(idsOf(world.at(url))).size).toBe(30)
    }
  })

  test('of many reaches everybody, however many there are, a share at a time', async () => {
    await listen(api, HERE)
    await happen(
      world,
      Array.from({ length: 450 }, () => 'usage.reset' as const),
    )
    await world.deliver()
    expect(world.at(HERE)).toHaveLength(300)
    await world.deliver()
    expect(new Set(idsOf(world.at(HERE))).size).toBe(450)
  })

  test('after a gap, where old ones were dropped, is sent as soon as others are', async () => {
    await happen(world, ['customer.created'])
    await env.DB.batch([
      env.DB.prepare("UPDATE sqlite_sequence SET seq = 10000000 WHERE name = 'events'"),
      env.DB.prepare('DELETE FROM events'),
    ])
    await listen(api, HERE)
    await happen(world, ['usage.reset'])
    await world.deliver()
    expect(typesOf(world.at(HERE))).toEqual(['usage.reset'])
  })

  test('is sent again, under its id, when its sender died before it could say so', async () => {
    await listen(api, HERE)
    await happen(world, ['usage.reset'])
    let isDead = false
    const db = watched(env.DB, (method) => {
      if (isDead && method === 'batch') throw new Error('gone')
    })
    world.answer(HERE, () => {
      isDead = true
      return new Response(null)
    })
    await expect(world.deliver({}, { db })).rejects.toThrow('gone')
    await world.deliver()
    expect(world.at(HERE)).toHaveLength(1)
    world.pass(60_000)
    await world.deliver()
    expect(new Set(idsOf(world.at(HERE))).size).toBe(1)
    expect(world.at(HERE)).toHaveLength(2)
    expect(await owed()).toBe(0)
  })
})

describe('an answer', () => {
  const NOTHING = { status: null, response: null }
  const late: Answering = () => {
    queueMicrotask(() => world.pass(15_000))
    return 'hangs'
  }
  const endless: Answering = () => {
    queueMicrotask(() => world.pass(15_000))
    return new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))
  }

  test.each<[string, Answering, Attempt]>([
    ['200', () => new Response('Thanks'), { delivered: true, status: 200, response: 'Thanks' }],
    ['204', () => new Response(null, { status: 204 }), { delivered: true, status: 204 }],
    ['a redirect', () => Response.redirect(THERE, 302), { failure: 'redirect', status: 302 }],
    ['400', refuse(400), { failure: 'status', status: 400, response: 'No' }],
    ['500', refuse(500), { failure: 'status', status: 500 }],
    ['none', late, { failure: 'timeout', durationMs: 15_000, ...NOTHING }],
    ['a broken connection', () => 'breaks', { failure: 'unreachable', ...NOTHING }],
    ['200 whose body never ends', endless, { delivered: true, status: 200 }],
    [
      'bytes that are no text',
      () => new Response(new Uint8Array([0, 255, 10, 65])),
      { response: ' � A' },
    ],
  ])('of %s is noted', async (_, how, wanted) => {
    const endpoint = await listen(api, HERE)
    await happen(world, ['usage.reset'])
    world.answer(HERE, how)
    await world.deliver({ until: world.now() + 1 })
    const [attempt] = await attemptsOf(api, endpoint)
    expect(attempt).toMatchObject({
      kind: 'delivery',
      number: 1,
      eventType: 'usage.reset',
      delivered: !('failure' in wanted),
      ...wanted,
    })
    expect(world.at(THERE)).toEqual([])
    expect(await owed()).toBe('failure' in wanted ? 1 : 0)
  })

  test('is read to its first four kilobytes, and half a kilobyte is kept', async () => {
    const endpoint = await listen(api, HERE)
    await happen(world, ['usage.reset'])
    let pulled = 0
    const body = new ReadableStream({
      pull: (controller) => {
        pulled += 1
        controller.enqueue(new TextEncoder().encode('x'.repeat(1024)))
      },
    })
    world.answer(HERE, () => new Response(body))
    await world.deliver()
    const [attempt] = await attemptsOf(api, endpoint)
    expect(attempt).toMatchObject({ delivered: true, response: 'x'.repeat(512) })
    expect(pulled).toBeLessThan(10)
  })
})

describe('a secret that is being replaced', () => {
  test('signs beside the new one until the overlap is over', async () => {
    const endpoint = await listen(api, HERE)
    const path = `/v1/webhooks/${endpoint.id}/rotate-secret`
    const { body } = await expectOk(api.post(path, { overlapSeconds: 600 }))
    await api.settle()
    const secret = String(body['secret'])
    expect(secret).toMatch(/^whsec_/)
    expect(secret).not.toBe(endpoint.secret)
    expect(Date.parse(String(body['overlapEndsAt'])) - world.now()).toBeLessThanOrEqual(601_000)
    await happen(world, ['usage.reset'])
    await world.deliver()
    const [both] = world.at(HERE)
    for (const each of [secret, endpoint.secret]) expect(verified(each, both)).toBeTruthy()
    world.pass(601_000)
    await happen(world, ['usage.reset'])
    await world.deliver()
    const signatures = world
      .at(HERE)
      .map(({ headers }) => headers['webhook-signature']?.split(' ').length)
    expect(signatures).toEqual([2, 1])
  })

  test('stops at once without an overlap', async () => {
    const endpoint = await listen(api, HERE)
    const path = `/v1/webhooks/${endpoint.id}/rotate-secret`
    await expectOk(api.post(path, { overlapSeconds: 0 }))
    await api.settle()
    await happen(world, ['usage.reset'])
    await world.deliver()
    const [message] = world.at(HERE)
    expect(() => verified(endpoint.secret, message)).toThrow('No matching signature')
  })
})
