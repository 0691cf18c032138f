import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { tick } from '../../../worker/tick.ts'
import { counting } from '../../support/bindings.ts'
import { fresh } from '../../support/fresh.ts'
import { expectOk, idsOf, type Manager, manager } from '../../support/manager.ts'
import {
  attemptsOf,
  connect,
  happen,
  listen,
  openWorld,
  refuse,
  typesOf,
  verified,
  type World,
} from '../../support/receivers.ts'

const HERE = 'http://here.test/hooks'

let api: Manager
let world: World

beforeEach(async () => {
  await fresh()
  api = await manager()
  world = openWorld(Date.now())
  connect(world)
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe('an endpoint', () => {
  test('is made with a secret that is shown once', async () => {
    const { body, status } = await expectOk(
      api.post('/v1/webhooks', { url: HERE, events: ['usage.*'], description: 'Alerts' }),
    )
    expect(status).toBe(201)
    expect(body).toMatchObject({
      id: expect.stringMatching(/^wh_/),
      url: HERE,
      events: ['usage.*'],
      description: 'Alerts',
      enabled: true,
      disabledAt: null,
      failingSince: null,
      overlapEndsAt: null,
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    })
    const seen = await Promise.all([
      api.get('/v1/webhooks'),
      api.get(`/v1/webhooks/${String(body['id'])}`),
      api.patch(`/v1/webhooks/${String(body['id'])}`, { description: null }),
      api.get('/v1/audit'),
    ])
    expect(JSON.stringify(seen.map((each) => each.body))).not.toContain('whsec_')
  })

  test('asked for again with the same key is the same, without its secret', async () => {
    const ask = () =>
      api.post('/v1/webhooks', { url: HERE, events: ['*'] }, { 'Idempotency-Key': 'once' })
    const [first, again] = [await expectOk(ask()), await expectOk(ask())]
    expect(again.body['id']).toBe(first.body['id'])
    expect(again.body).not.toHaveProperty('secret')
    const rotate = () =>
      api.post(
        `/v1/webhooks/${String(first.body['id'])}/rotate-secret`,
        { overlapSeconds: 9 },
        { 'Idempotency-Key': 'turn' },
      )
    const [turned, repeated] = [await expectOk(rotate()), await expectOk(rotate())]
    expect(turned.body['secret']).toMatch(/^whsec_/)
    expect(repeated.body).not.toHaveProperty('secret')
    expect(repeated.headers.get('Idempotent-Replayed')).toBe('true')
    const kept = await env.DB.prepare('SELECT body FROM idempotency').all()
    expect(JSON.stringify(kept.results)).not.toContain('whsec_')
  })

  test('is changed in part, under If-Match, and not by what changes nothing', async () => {
    const { id } = await listen(api, HERE)
    const path = `/v1/webhooks/${id}`
    const before = await expectOk(api.get(path))
    const same = await expectOk(api.patch(path, { url: HERE, enabled: true }))
    expect(same.body['revision']).toBe(before.body['revision'])
    const tag = String(before.headers.get('ETag'))
    const patched = await expectOk(
      api.patch(path, { events: ['usage.reset'] }, { 'If-Match': tag }),
    )
    expect(patched.body).toMatchObject({ url: HERE, events: ['usage.reset'] })
    const late = await api.patch(path, { events: ['*'] }, { 'If-Match': tag })
    expect([late.status, late.body['code']]).toEqual([412, 'revision_mismatch'])
  })

  test('that is taken away is not there any more, and neither is its log', async () => {
    const { id } = await listen(api, HERE)
    await expectOk(api.remove(`/v1/webhooks/${id}`))
    for (const path of [`/v1/webhooks/${id}`, `/v1/webhooks/${id}/attempts`]) {
      const { status, body } = await api.get(path)
      expect([status, body['code']]).toEqual([404, 'webhook_not_found'])
    }
    expect((await api.remove(`/v1/webhooks/${id}`)).status).toBe(404)
  })

  test('is listed newest first, page by page', async () => {
    const ids: string[] = []
    for (const n of [1, 2, 3]) ids.unshift((await listen(api, `${HERE}/${n}`)).id)
    const first = await expectOk(api.get('/v1/webhooks?pageSize=2'))
    const cursor = String(first.body['nextCursor'])
    const rest = await expectOk(api.get(`/v1/webhooks?pageSize=2&cursor=${cursor}`))
    expect([...idsOf(first), ...idsOf(rest)]).toEqual(ids)
  })

  test.each([
    ['https://user:secret@example.com', 'without user name'],
    ['ftp://example.com', 'begins with https://'],
    ['https://sluice.test/v1/events', 'other than that of this deployment'],
  ])('is not made at %s', async (url, expected) => {
    const { status, body } = await api.post('/v1/webhooks', { url, events: ['*'] })
    expect([status, body['code']]).toEqual([422, 'url_not_allowed'])
    expect(body['detail']).toContain(expected)
    const { id } = await listen(api, HERE)
    expect((await api.patch(`/v1/webhooks/${id}`, { url })).body['code']).toBe('url_not_allowed')
  })

  test.each([
    [[]],
    [['usage']],
    [['usage.*.*']],
    [['nothing.*']],
    [['usage.reset', 'usage.reset']],
    [['**']],
    [['?']],
    ['*'],
  ])('hears of nothing by %j', async (events) => {
    const { status, body } = await api.post('/v1/webhooks', { url: HERE, events })
    expect([status, body['code']]).toEqual([400, 'invalid_request'])
  })

  test.each(['', 'nowhere', '/hooks', 7, `https://example.com/${'x'.repeat(2048)}`])(
    'is nowhere, at %s',
    async (url) => {
      const { status, body } = await api.post('/v1/webhooks', { url, events: ['*'] })
      expect([status, body['code']]).toEqual([400, 'invalid_request'])
    },
  )

  test('is the fiftieth at most', async () => {
    await env.DB.prepare(FORTY_NINE).run()
    await listen(api, HERE)
    const { status, body } = await api.post('/v1/webhooks', { url: HERE, events: ['*'] })
    expect([status, body['detail']]).toEqual([400, expect.stringContaining('fewer than 50')])
  })
})

const FORTY_NINE = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 49)
  INSERT INTO webhooks (id, url, events, secrets, after_n, created_at, revision)
  SELECT 'wh_' || i, 'http://there.test', '[]', '[]', 0, i, 1 FROM n`

describe('a test', () => {
  test('is sent signed, at once, and what came back is the answer and in the log', async () => {
    const endpoint = await listen(api, HERE)
    world.answer(HERE, () => new Response('Welcome', { status: 202 }))
    const { body } = await expectOk(api.post(`/v1/webhooks/${endpoint.id}/test`, {}))
    expect(body).toMatchObject({
      kind: 'test',
      eventType: 'webhook.test',
      delivered: true,
      status: 202,
      response: 'Welcome',
      nextTryAt: null,
    })
    expect(verified(endpoint.secret, world.at(HERE)[0])).toMatchObject({
      id: body['eventId'],
      type: 'webhook.test',
      data: { webhookId: endpoint.id },
    })
    expect(await attemptsOf(api, endpoint)).toEqual([body])
  })

  test('that fails says so, and is not tried again', async () => {
    const endpoint = await listen(api, HERE)
    world.answer(HERE, refuse(410))
    const { status, body } = await api.post(`/v1/webhooks/${endpoint.id}/test`, {})
    expect([status, body['delivered'], body['failure'], body['status']]).toEqual([
      200,
      false,
      'status',
      410,
    ])
    await api.settle()
    expect(world.at(HERE)).toHaveLength(1)
    expect((await api.get(`/v1/webhooks/${endpoint.id}`)).body['enabled']).toBe(true)
  })

  test('with the same key is sent once', async () => {
    const { id } = await listen(api, HERE)
    const ask = () => api.post(`/v1/webhooks/${id}/test`, undefined, { 'Idempotency-Key': 'once' })
    expect((await expectOk(ask())).body).toEqual((await expectOk(ask())).body)
    expect(world.at(HERE)).toHaveLength(1)
  })
})

describe('a replay', () => {
  test('sends the same event under the same id, and settles what is owed', async () => {
    const endpoint = await listen(api, HERE)
    world.answer(
      HERE,
      (_, before) => new Response(null, { status: before.length === 0 ? 500 : 200 }),
    )
    await happen(world, ['usage.limit_reached'])
    await world.deliver({ until: world.now() + 1 })
    const [failed] = await attemptsOf(api, endpoint)
    const { body } = await expectOk(
      api.post(`/v1/webhooks/${endpoint.id}/attempts/${String(failed?.['id'])}/replay`, {}),
    )
    expect(body).toMatchObject({
      kind: 'replay',
      number: 2,
      delivered: true,
      eventId: failed?.['eventId'],
    })
    const [first, second] = world.at(HERE)
    expect([second?.body, second?.headers['webhook-id']]).toEqual([
      first?.body,
      first?.headers['webhook-id'],
    ])
    world.pass(3_600_000)
    await world.deliver()
    expect(world.at(HERE)).toHaveLength(2)
  })

  test('is of an attempt of this endpoint, whose event is still there', async () => {
    const [mine, other] = [await listen(api, HERE), await listen(api, `${HERE}/2`)]
    const { body } = await expectOk(api.post(`/v1/webhooks/${other.id}/test`, {}))
    const replay = (id: string) =>
      api.post(`/v1/webhooks/${id}/attempts/${String(body['id'])}/replay`, {})
    expect((await replay(mine.id)).body['code']).toBe('attempt_not_found')
    expect((await expectOk(replay(other.id))).body).toMatchObject({
      kind: 'replay',
      eventId: body['eventId'],
    })
    await env.DB.prepare("UPDATE webhook_attempts SET event_type = 'usage.reset'").run()
    expect((await replay(other.id)).body['code']).toBe('attempt_not_found')
  })
})

describe('the log', () => {
  test('is read newest first, page by page, for thirty days', async () => {
    const endpoint = await listen(api, HERE)
    const path = `/v1/webhooks/${endpoint.id}`
    for (let n = 0; n < 3; n++) await expectOk(api.post(`${path}/test`, {}))
    const all = await attemptsOf(api, endpoint)
    const first = await expectOk(api.get(`${path}/attempts?pageSize=2`))
    const cursor = String(first.body['nextCursor'])
    const rest = await expectOk(api.get(`${path}/attempts?pageSize=2&cursor=${cursor}`))
    expect([...idsOf(first), ...idsOf(rest)]).toEqual(all.map(({ id }) => id))
    const times = all.map(({ at }) => String(at))
    expect(times.toSorted().toReversed()).toEqual(times)
    const oldest = String(all[2]?.['id'])
    await env.DB.prepare('UPDATE webhook_attempts SET at = ? WHERE id = ?')
      .bind(world.now() - 31 * 86_400_000, oldest)
      .run()
    await tick(world.ports, 'local')
    expect((await attemptsOf(api, endpoint)).map(({ id }) => id)).not.toContain(oldest)
    expect(await attemptsOf(api, endpoint)).toHaveLength(2)
  })
})

describe('what happens', () => {
  test('is sent right behind the answer of a change', async () => {
    await listen(api, HERE)
    await happen(world, ['customer.created'])
    await expectOk(api.put('/v1/features/sso', { type: 'boolean' }))
    await api.settle()
    expect(typesOf(world.at(HERE))).toContain('customer.created')
  })

  test('is sent by the tick', async () => {
    await listen(api, HERE)
    await happen(world, ['usage.reset'])
    await tick(world.ports, 'local')
    expect(typesOf(world.at(HERE))).toEqual(['usage.reset'])
  })

  test('costs nothing more where nobody listens, until somebody does', async () => {
    const change = async (name: string) => {
      const { bindings, counts } = counting()
      const by = api.over(bindings)
      await expectOk(by.put('/v1/customers/acme', { name }))
      await by.settle()
      return counts.d1
    }
    await change('first')
    const [asking, silent] = [await change('second'), await change('third')]
    expect(silent).toBe(asking)
    await listen(api, HERE)
    expect(await change('fourth')).toBeGreaterThan(silent)
  })
})
