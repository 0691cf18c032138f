import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { decodeKey, hashKey, keyKey } from '../../schema/keys.ts'
import { rotateKey } from '../../schema/wire/key.ts'
import worker from '../../worker/index.ts'
import { clearIsolate } from '../../worker/isolate.ts'
import { counting, down, laggingKv } from '../support/bindings.ts'
import { dump } from '../support/dump.ts'
import { type Edge, edge, makeKey } from '../support/edge.ts'
import { fresh } from '../support/fresh.ts'

const NOW = Date.parse('2026-02-10T12:00:00.000Z')

let root: string
let api: Edge

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  await fresh()
  root = await makeKey()
  api = edge(root)
})

afterEach(() => {
  vi.useRealTimers()
})

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms)
const remove = (id: string) => api.send('DELETE', `/v1/keys/${id}`)

async function make(body: object = { name: 'shop', scopes: ['read'] }) {
  const made = await api.post('/v1/keys', body)
  expect(made.status).toBe(201)
  return { id: String(made.body['id']), key: String(made.body['key']) }
}

const recordOf = async (key: string) =>
  decodeKey((await env.KV.get(keyKey(await hashKey(key)))) ?? '')

const rotate = (id: string, overlapSeconds: unknown, headers?: Record<string, string>) =>
  api.post(`/v1/keys/${id}/rotate`, { overlapSeconds }, headers)
const accepts = async (key: string) => (await edge(key).get('/v1/me')).status === 200

describe('rotating', () => {
  test('gives a new key that may do the same, shown once, and both work for the overlap', async () => {
    const old = await make({ name: 'shop', scopes: ['read', 'usage'] })
    const { status, body } = await rotate(old.id, 3_600)
    expect(status).toBe(201)
    expect(rotateKey.answer.safeParse(body).error).toBeUndefined()
    expect(body).toMatchObject({
      name: 'shop',
      scopes: ['read', 'usage'],
      expiresAt: null,
      propagation: 'done',
      replaces: { id: old.id, expiresAt: '2026-02-10T13:00:00.000Z' },
    })
    const key = String(body['key'])
    expect(key).not.toBe(old.key)
    expect([await accepts(old.key), await accepts(key)]).toEqual([true, true])
    expect(JSON.stringify(await dump())).not.toContain(key)
  })

  test('ends the old key at its millisecond, in memory, from KV and in D1', async () => {
    const old = await make({ name: 'shop', scopes: ['read', 'manage'] })
    expect(await accepts(old.key)).toBe(true)
    const { body } = await rotate(old.id, 60)
    expect((await recordOf(old.key))?.expiresAt).toBe(NOW + 60_000)
    wait(59_000)
    clearIsolate()
    expect(await accepts(old.key)).toBe(true)
    wait(999)
    expect(await accepts(old.key)).toBe(true)
    wait(1)
    expect(await accepts(old.key)).toBe(false)
    clearIsolate()
    expect(await accepts(old.key)).toBe(false)
    expect((await edge(old.key).get('/v1/keys')).status).toBe(401)
    expect(await accepts(String(body['key']))).toBe(true)
  })

  test('ends it at every location at that millisecond, once their copies are of after the rotation', async () => {
    const old = await make()
    const there = edge(old.key, { KV: laggingKv(Date.now) })
    expect((await there.get('/v1/me')).status).toBe(200)
    await rotate(old.id, 60)
    for (const ms of [36_000, 23_999]) {
      wait(ms)
      expect((await there.get('/v1/me')).status).toBe(200)
    }
    wait(1)
    expect((await there.get('/v1/me')).status).toBe(401)
  })

  test('with no overlap ends it where D1 is asked at once', async () => {
    const old = await make({ name: 'admin', scopes: ['manage'] })
    await rotate(old.id, 0)
    expect((await edge(old.key).get('/v1/keys')).status).toBe(401)
    clearIsolate()
    expect(await accepts(old.key)).toBe(false)
  })

  test('keeps the end that the key had, for both', async () => {
    const expiresAt = new Date(NOW + 10_000).toISOString()
    const old = await make({ name: 'short', scopes: ['read'], expiresAt })
    const { body } = await rotate(old.id, 3_600)
    expect(body).toMatchObject({ expiresAt, replaces: { expiresAt } })
  })

  test('can be done again, and the old key can still be revoked', async () => {
    const old = await make()
    await rotate(old.id, 3_600)
    const again = await rotate(old.id, 60)
    expect(again.body['replaces']).toEqual({
      id: old.id,
      expiresAt: new Date(NOW + 60_000).toISOString(),
    })
    expect((await remove(old.id)).status).toBe(200)
    expect((await recordOf(old.key))?.revokedAt).toBe(NOW)
  })

  test('is in the log, with the key that came of it', async () => {
    const old = await make()
    const { body } = await rotate(old.id, 3_600)
    const { results } = await env.DB.prepare(
      'SELECT action, resource, after FROM changes ORDER BY id DESC LIMIT 2',
    ).all()
    expect(results).toMatchObject([
      { action: 'keys.create', resource: `keys/${String(body['id'])}` },
      { action: 'keys.rotate', resource: `keys/${old.id}` },
    ])
    expect(JSON.parse(String(results[1]?.['after']))).toMatchObject({ replacedBy: body['id'] })
  })

  test('asked for again under one idempotency key is done once, and shows no key again', async () => {
    const old = await make()
    const headers = { 'Idempotency-Key': 'r-1' }
    const first = await rotate(old.id, 60, headers)
    const again = await rotate(old.id, 60, headers)
    expect([again.status, again.headers.get('Idempotent-Replayed')]).toEqual([201, 'true'])
    expect(again.body).toEqual({ ...first.body, key: undefined, propagation: 'pending' })
    expect(await env.DB.prepare('SELECT count(*) AS n FROM keys').first('n')).toBe(3)
  })

  test('at once by two leaves two new keys, and one end', async () => {
    const old = await make()
    const replies = await Promise.all([rotate(old.id, 60), rotate(old.id, 120)])
    expect(replies.map(({ status }) => status)).toEqual([201, 201])
    expect((await recordOf(old.key))?.expiresAt).toBe(NOW + 60_000)
  })

  test('whose end KV does not take is pending, and the next tick puts it', async () => {
    const old = await make()
    api = edge(root, { KV: down.KV })
    expect((await rotate(old.id, 60)).body['propagation']).toBe('pending')
    expect((await recordOf(old.key))?.expiresAt).toBeNull()
    await worker.scheduled(createScheduledController(), env)
    expect((await recordOf(old.key))?.expiresAt).toBe(NOW + 60_000)
  })

  test('is refused for a key that has ended, or is not there', async () => {
    const revoked = await make()
    await remove(revoked.id)
    const expiresAt = new Date(NOW + 1_000).toISOString()
    const expired = await make({ name: 'short', scopes: ['read'], expiresAt })
    wait(1_000)
    for (const { id } of [revoked, expired]) {
      const { status, body } = await rotate(id, 60)
      expect([status, body['code']]).toEqual([409, 'key_ended'])
    }
    const { status, body } = await rotate('key_00000000000000000000000000', 60)
    expect([status, body['code']]).toEqual([404, 'key_not_found'])
  })

  test.each([-1, 1.5, 604_801, '60', null, undefined])(
    'takes no overlap of %s',
    async (seconds) => {
      const { status, body } = await rotate('key_00000000000000000000000000', seconds)
      expect([status, body['code']]).toEqual([400, 'invalid_request'])
    },
  )
})

describe('the last use of a key', () => {
  const MINUTES_MS = 5 * 60_000
  /** A key that an isolate still remembers is not looked at. */
  const LATER_MS = MINUTES_MS + 5_000

  const lastUse = async (id: string) => {
    const { body } = await api.get('/v1/keys')
    const list = body['data'] as { id: string; lastUsedAt: string | null }[]
    return list.find((key) => key.id === id)?.lastUsedAt
  }

  test('is in the list, within some minutes', async () => {
    const { id, key } = await make()
    expect(await lastUse(id)).toBeNull()
    const caller = edge(key)
    for (const [ms, seen] of [
      [0, NOW],
      [MINUTES_MS - 1, NOW],
      [LATER_MS, NOW + LATER_MS],
    ] as const) {
      vi.setSystemTime(NOW + ms)
      await caller.get('/v1/me')
      await caller.settle()
      expect(await lastUse(id)).toBe(new Date(seen).toISOString())
    }
  })

  test('is written once in minutes, behind the answer', async () => {
    const { key } = await make()
    const { bindings, counts } = counting()
    const caller = edge(key, bindings)
    for (let n = 0; n < 50; n++) {
      vi.setSystemTime(NOW + n * 5_000)
      expect((await caller.get('/v1/me')).status).toBe(200)
    }
    await caller.settle()
    expect(counts.d1).toBe(1)
  })

  test('that cannot be written keeps no answer', async () => {
    const { id, key } = await make()
    const caller = edge(key, { DB: down.DB })
    expect((await caller.get('/v1/me')).status).toBe(200)
    await caller.settle()
    expect(await lastUse(id)).toBeNull()
  })

  test('only ever moves on', async () => {
    const { id, key } = await make()
    const later = NOW + 3_600_000
    await env.DB.prepare('UPDATE keys SET last_used_at = ? WHERE id = ?').bind(later, id).run()
    const caller = edge(key)
    await caller.get('/v1/me')
    await caller.settle()
    expect(await lastUse(id)).toBe(new Date(later).toISOString())
  })

  test('is none of a key that was refused', async () => {
    const { id, key } = await make()
    const caller = edge(key)
    expect((await caller.get('/v1/keys')).status).toBe(403)
    await remove(id)
    clearIsolate()
    expect((await caller.get('/v1/me')).status).toBe(401)
    await caller.settle()
    expect(await lastUse(id)).toBeNull()
  })
})
