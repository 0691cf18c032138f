import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { decodeKey, hashKey, keyKey, parseSecretKey } from '../../schema/keys.ts'
import { createKey, listKeys, revokeKey } from '../../schema/wire/key.ts'
import worker from '../../worker/index.ts'
import { down } from '../support/bindings.ts'
import { dump } from '../support/dump.ts'
import { type Edge, edge, makeKey } from '../support/edge.ts'
import { fresh } from '../support/fresh.ts'

let root: string
let api: Edge

beforeEach(async () => {
  await fresh()
  root = await makeKey()
  api = edge(root)
})

const remove = (id: string) => api.send('DELETE', `/v1/keys/${id}`)

async function make(body: object = { name: 'shop', scopes: ['read'] }) {
  const made = await api.post('/v1/keys', body)
  expect(made.status).toBe(201)
  return { ...made, id: String(made.body['id']), key: String(made.body['key']) }
}

const recordOf = async (key: string) =>
  decodeKey((await env.KV.get(keyKey(await hashKey(key)))) ?? '')

describe('a key', () => {
  test('is shown once, and works at once within its scopes', async () => {
    const { body, key } = await make({ name: 'shop', scopes: ['read', 'usage'] })
    expect(createKey.answer.safeParse(body).error).toBeUndefined()
    expect(parseSecretKey(key)).toEqual({ environment: 'sandbox' })
    expect(body).toMatchObject({
      name: 'shop',
      scopes: ['read', 'usage'],
      environment: 'sandbox',
      lastFour: key.slice(-4),
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    })
    expect((await edge(key).get('/v1/me')).body).toMatchObject({ keyId: body['id'] })
    expect((await edge(key).get('/v1/features')).status).toBe(200)
    expect((await edge(key).get('/v1/keys')).body).toMatchObject({ code: 'scope_missing' })
  })

  test('is stored nowhere, neither in the log nor under an idempotency key', async () => {
    const body = { name: 'shop', scopes: ['read'] }
    const made = await api.post('/v1/keys', body, { 'Idempotency-Key': 'k-1' })
    await api.settle()
    const secret = String(made.body['key'])
    expect(secret).toContain('sluice_sk_sandbox_')
    expect(JSON.stringify(await dump())).not.toContain(secret)
    const kv = await env.KV.list()
    for (const { name } of kv.keys) expect(await env.KV.get(name)).not.toContain(secret)
    expect((await api.get('/v1/keys')).body['data']).not.toContain(secret)
  })

  test('asked for again under the same idempotency key is the same one', async () => {
    const body = { name: 'shop', scopes: ['read'] }
    const headers = { 'Idempotency-Key': 'k-1' }
    const first = await api.post('/v1/keys', body, headers)
    const again = await api.post('/v1/keys', body, headers)
    expect([again.status, again.headers.get('Idempotent-Replayed')]).toEqual([201, 'true'])
    expect(again.body).toEqual({ ...first.body, key: undefined })
    const other = await api.post('/v1/keys', { ...body, name: 'other' }, headers)
    expect([other.status, other.body['code']]).toEqual([409, 'idempotency_key_reused'])
    expect(await env.DB.prepare('SELECT count(*) AS n FROM keys').first('n')).toBe(2)
  })

  test('asked for twice at once under one idempotency key is made once', async () => {
    const body = { name: 'shop', scopes: ['read'] }
    const headers = { 'Idempotency-Key': 'k-1' }
    const replies = await Promise.all([1, 2, 3].map(() => api.post('/v1/keys', body, headers)))
    expect(replies.map((reply) => reply.status)).toEqual([201, 201, 201])
    expect(new Set(replies.map((reply) => reply.body['id'])).size).toBe(1)
    expect(replies.filter((reply) => reply.headers.has('Idempotent-Replayed'))).toHaveLength(2)
  })

  test('ends when it says', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const { body, key } = await make({ name: 'short', scopes: ['read'], expiresAt })
    expect(body['expiresAt']).toBe(expiresAt)
    expect((await recordOf(key))?.expiresAt).toBe(Date.parse(expiresAt))
  })

  test.each([
    [{}, ['/name', '/scopes']],
    [{ name: 'x', scopes: [] }, ['/scopes']],
    [{ name: 'x', scopes: ['admin'] }, ['/scopes/0']],
    [{ name: 'x', scopes: ['read', 'read'] }, ['/scopes']],
    [{ name: 'x', scopes: 'read' }, ['/scopes']],
    [{ name: '', scopes: ['read'] }, ['/name']],
    [{ name: 'x', scopes: ['manage'], role: 'owner' }, ['/role']],
    [{ name: 'x', scopes: ['read'], role: 'admin' }, ['/scopes']],
    [{ name: 'x', scopes: ['read'], expiresAt: 'soon' }, ['/expiresAt']],
    [{ name: 'x', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' }, ['/expiresAt']],
  ])('%j is none', async (body, pointers) => {
    const before = await dump()
    const answer = await api.post('/v1/keys', body)
    expect([answer.status, answer.body['code']]).toEqual([400, 'invalid_request'])
    const errors = answer.body['errors'] as { pointer: string }[]
    expect(errors.map(({ pointer }) => pointer)).toEqual(pointers)
    expect(await dump()).toEqual(before)
  })

  test.each(['', 'é', 'x'.repeat(256), ' x'])(
    'needs no idempotency key like %.10j',
    async (name) => {
      const before = await dump()
      const headers = { 'Idempotency-Key': encodeURI(name) === name ? name : 'a\u0001' }
      const answer = await api
        .post('/v1/keys', { name: 'x', scopes: ['read'] }, headers)
        .catch(() => null)
      // What HTTP itself refuses or trims never arrives.
      if (answer === null || answer.status === 201) return
      expect([answer.status, answer.body['code']]).toEqual([400, 'invalid_idempotency_key'])
      expect(await dump()).toEqual(before)
    },
  )
})

describe('revoking', () => {
  test('leaves a tombstone and the row, and cannot be undone', async () => {
    const { id, key } = await make()
    const { status, body } = await remove(id)
    expect([status, body['propagation']]).toEqual([200, 'done'])
    expect(revokeKey.answer.safeParse(body).error).toBeUndefined()
    expect((await recordOf(key))?.revokedAt).toBe(Date.parse(String(body['revokedAt'])))
    const again = await remove(id)
    expect(again.body['revokedAt']).toBe(body['revokedAt'])
  })

  test('holds at once for a key that manages', async () => {
    const { id, key } = await make({ name: 'admin', scopes: ['manage'] })
    const admin = edge(key)
    expect((await admin.get('/v1/keys')).status).toBe(200)
    await remove(id)
    expect((await admin.get('/v1/keys')).body).toMatchObject({ code: 'credential_invalid' })
  })

  test('whose tombstone KV does not take is pending, and the next tick puts it', async () => {
    const { id, key } = await make()
    api = edge(root, { KV: down.KV })
    expect((await remove(id)).body['propagation']).toBe('pending')
    expect((await recordOf(key))?.revokedAt).toBeNull()
    await worker.scheduled(createScheduledController(), env)
    expect((await recordOf(key))?.revokedAt).toEqual(expect.any(Number))
  })

  test('of a key that is not there is refused', async () => {
    const { status, body } = await remove('key_00000000000000000000000000')
    expect([status, body['code']]).toEqual([404, 'key_not_found'])
    expect((await remove('nonsense')).body['code']).toBe('invalid_request')
  })
})

test('the list has every key, newest first, and no secret', async () => {
  const made = [await make(), await make({ name: 'second', scopes: ['usage'] })]
  await remove(made[0]?.id ?? '')
  const { body } = await api.get('/v1/keys')
  expect(listKeys.answer.safeParse(body).error).toBeUndefined()
  const data = body['data'] as { id: string; revokedAt: string | null }[]
  expect(data).toHaveLength(3)
  expect(data.find(({ id }) => id === made[0]?.id)?.revokedAt).toEqual(expect.any(String))
  expect(JSON.stringify(body)).not.toContain('hash')
  const page = await api.get('/v1/keys?pageSize=2')
  const rest = await api.get(`/v1/keys?pageSize=2&cursor=${String(page.body['nextCursor'])}`)
  expect([...(page.body['data'] as object[]), ...(rest.body['data'] as object[])]).toEqual(data)
})
