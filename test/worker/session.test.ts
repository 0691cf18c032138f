import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import type { Role } from '../../schema/keys.ts'
import { rolesFor } from '../../worker/roles.ts'
import { ROUTES } from '../../worker/routes.ts'
import { edge, makeKey, ORIGIN, type Reply } from '../support/edge.ts'
import { fresh } from '../support/fresh.ts'
import { loggingQueries, planOf } from '../support/queries.ts'

/** A browser: it keeps the cookie, and names the page that it sends from. */
interface Browser {
  readonly send: (
    method: string,
    path: string,
    options?: { readonly body?: unknown; readonly headers?: Record<string, string> },
  ) => Promise<Reply>
  cookie: string
  csrf: string
}

const STARTED = Date.parse('2026-11-26T09:00:00Z')
const HOUR = 3_600_000

beforeEach(async () => {
  await fresh()
  vi.useFakeTimers({ now: STARTED, toFake: ['Date'] })
})
afterEach(() => void vi.useRealTimers())

describe('a key that may manage', () => {
  it('is exchanged for a cookie that no script reads and no other site sends', async () => {
    const { reply } = await enter(await makeKey(['manage']))
    expect(reply.status).toBe(200)
    expect(reply.body).toMatchObject({ environment: 'sandbox', role: 'admin', name: 'test' })
    const cookie = reply.headers.get('Set-Cookie') ?? ''
    expect(cookie).toMatch(/^__Host-sluice=[^;]+; Path=\/; Secure; HttpOnly; SameSite=Strict; /)
    expect(JSON.stringify(reply.body)).not.toContain('sluice_sk_')
  })

  it.each([
    ['that may only read', ['read'], {}, 'scope_missing'],
    ['that is revoked', ['manage'], { revokedAt: STARTED - 1 }, 'credential_invalid'],
    ['that has expired', ['manage'], { expiresAt: STARTED - 1 }, 'credential_invalid'],
    ['of production', ['manage'], { environment: 'production' }, 'wrong_environment'],
  ] as const)('opens nothing: one %s', async (_, scopes, fields, code) => {
    const { reply } = await enter(await makeKey([...scopes], fields))
    expect(reply.body['code']).toBe(code)
    expect(reply.headers.get('Set-Cookie')).toBeNull()
  })

  it('is looked for once, and its session by what D1 has an index for', async () => {
    const key = await makeKey(['manage'])
    const { db, queries } = loggingQueries()
    const browser = browserOf(await show(key, db), db)
    expect([...queries.keys()].filter((sql) => sql.includes('FROM keys'))).toHaveLength(1)
    expect((await browser.send('GET', '/v1/me')).status).toBe(200)
    expect((await browser.send('DELETE', '/v1/session')).status).toBe(200)
    const own = [...queries.values()].filter(({ sql }) => /FROM (keys|ended_sessions)/.test(sql))
    expect(own).toHaveLength(3)
    for (const query of own) {
      expect([query.sql, (await planOf(query)).join()]).toEqual([
        query.sql,
        expect.not.stringContaining('SCAN'),
      ])
    }
  })

  it('is not taken from a page of another origin', async () => {
    const key = await makeKey(['manage'])
    const headers = { Origin: 'https://evil.test' }
    const reply = await edge(null).send('POST', '/v1/session', { body: { key }, headers })
    expect(reply.body['code']).toBe('csrf_missing')
  })
})

describe('a session', () => {
  it('reads and changes, in the name of its key', async () => {
    const { browser, reply } = await enter(await makeKey(['manage']))
    expect((await browser.send('GET', '/v1/plans')).status).toBe(200)
    const made = await browser.send('PUT', '/v1/customers/acme', { body: {} })
    expect(made.status).toBe(201)
    const [entry] = (await browser.send('GET', '/v1/audit')).body['data'] as readonly {
      readonly actor: unknown
    }[]
    expect(entry?.actor).toEqual({ kind: 'key', id: reply.body['keyId'], name: 'test' })
  })

  it('is a use of its key, within some minutes', async () => {
    const { browser } = await enter(await makeKey(['manage']))
    vi.setSystemTime(STARTED + HOUR)
    await browser.send('GET', '/v1/plans')
    const seen = () => env.DB.prepare('SELECT last_used_at AS at FROM keys').first('at')
    await expect.poll(seen).toBe(STARTED + HOUR)
  })

  it.each([
    ['no proof', { 'Sluice-Csrf': '' }],
    ['another session’s proof', { 'Sluice-Csrf': '1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['proof, but from another origin', { Origin: 'https://evil.test' }],
    ['proof, but from another site', { 'Sec-Fetch-Site': 'cross-site' }],
  ])('changes nothing with %s', async (_, headers) => {
    const { browser } = await enter(await makeKey(['manage']))
    const refused = await browser.send('PUT', '/v1/customers/acme', { body: {}, headers })
    expect([refused.status, refused.body['code']]).toEqual([403, 'csrf_missing'])
    expect((await browser.send('GET', '/v1/customers/acme')).status).toBe(404)
  })

  it('is over two hours after it was last used, and is kept by being used', async () => {
    const { browser } = await enter(await makeKey(['manage']))
    vi.setSystemTime(STARTED + 1.9 * HOUR)
    await keep(browser)
    vi.setSystemTime(STARTED + 3.8 * HOUR)
    expect((await browser.send('GET', '/v1/plans')).status).toBe(200)
    vi.setSystemTime(STARTED + 3.9 * HOUR)
    expect((await browser.send('GET', '/v1/plans')).body['code']).toBe('credential_invalid')
  })

  it('is over twelve hours after it began, however much it was used', async () => {
    const { browser } = await enter(await makeKey(['manage']))
    for (let hours = 1; hours < 12; hours += 1) {
      vi.setSystemTime(STARTED + hours * HOUR)
      await keep(browser)
    }
    vi.setSystemTime(STARTED + 12 * HOUR)
    expect((await browser.send('GET', '/v1/session')).body['code']).toBe('credential_invalid')
  })

  it('ends with its key', async () => {
    const { browser, reply } = await enter(await makeKey(['manage']))
    await env.DB.prepare('UPDATE keys SET revoked_at = ? WHERE id = ?')
      .bind(STARTED, reply.body['keyId'])
      .run()
    expect((await browser.send('GET', '/v1/plans')).status).toBe(401)
  })

  it('ends by signing out', async () => {
    const { browser } = await enter(await makeKey(['manage']))
    const left = await browser.send('DELETE', '/v1/session')
    expect(left.headers.get('Set-Cookie')).toMatch(/^__Host-sluice=; .*Max-Age=0/)
  })

  it.each([
    ['another key', (cookie: string) => cookie.replace(/key_[^.]+/, 'key_0somebodyelse')],
    ['a later beginning', (cookie: string) => cookie.replace(`.${STARTED}.`, `.${STARTED + 1}.`)],
    ['no signature', (cookie: string) => cookie.split('.').slice(0, 3).join('.')],
    ['nothing', () => '__Host-sluice='],
  ])('is none with %s in its cookie', async (_, forge) => {
    const { browser } = await enter(await makeKey(['manage']))
    browser.cookie = forge(browser.cookie)
    expect((await browser.send('GET', '/v1/session')).status).toBe(401)
  })

  it('is not asked for where somebody sends a key', async () => {
    const { browser } = await enter(await makeKey(['manage']))
    const headers = { Authorization: 'Bearer nothing' }
    expect((await browser.send('GET', '/v1/plans', { headers })).status).toBe(401)
  })
})

describe('a role', () => {
  it.each([
    ['viewer', [200, 403, 403, 403]],
    ['support', [200, 201, 403, 403]],
    ['catalogue', [200, 403, 201, 403]],
    ['admin', [200, 201, 201, 201]],
  ] as const)('%s does what it is for', async (role: Role, wanted) => {
    const { browser, reply } = await enter(await makePersonsKey(role))
    expect(reply.body['role']).toBe(role)
    const replies = [
      await browser.send('GET', '/v1/catalogue'),
      await browser.send('PUT', '/v1/customers/acme', { body: {} }),
      await browser.send('PUT', '/v1/features/sso', { body: { type: 'boolean' } }),
      await browser.send('POST', '/v1/keys', { body: { name: 'mine', scopes: ['read'] } }),
    ]
    expect(replies.map(({ status }) => status)).toEqual(wanted)
    const refused = replies.filter(({ status }) => status === 403)
    expect(refused.map(({ body }) => body['code'])).toEqual(refused.map(() => 'role_missing'))
  })

  it('binds the key wherever it is used', async () => {
    const api = edge(await makePersonsKey('viewer'))
    const refused = await api.send('PUT', '/v1/customers/acme', { body: {} })
    expect(refused.body['detail']).toBe(
      "The role 'viewer' may not do this; it takes support or admin.",
    )
  })

  test('nothing that changes something is open to all, and everything to somebody', () => {
    const changing = ROUTES.filter(
      ({ method, scope }) => method !== 'GET' && (scope === 'manage' || scope === 'usage'),
    )
    expect(changing.filter((row) => rolesFor(row).includes('viewer'))).toEqual([])
    expect(changing.filter((row) => !rolesFor(row).includes('admin'))).toEqual([])
    const admins = changing.filter((row) => rolesFor(row).length === 1)
    expect(admins.map(({ operationId }) => operationId).toSorted()).toEqual([
      'createKey',
      'createWebhook',
      'deleteWebhook',
      'patchWebhook',
      'putOrigins',
      'replayWebhookAttempt',
      'revokeKey',
      'rotateKey',
      'rotateWebhookSecret',
      'testWebhook',
    ])
  })
})

async function enter(key: string): Promise<{ readonly browser: Browser; readonly reply: Reply }> {
  const reply = await show(key)
  return { browser: browserOf(reply), reply }
}

function show(key: string, db = env.DB): Promise<Reply> {
  const headers = { Origin: ORIGIN, 'Sec-Fetch-Site': 'same-origin' }
  return edge(null, { DB: db }).send('POST', '/v1/session', { body: { key }, headers })
}

function browserOf(reply: Reply, db = env.DB): Browser {
  const browser: Browser = {
    cookie: cookieFrom(reply),
    csrf: String(reply.body['csrfToken']),
    send: (method, path, { body, headers = {} } = {}) =>
      edge(null, { DB: db }).send(method, path, {
        ...(body === undefined ? {} : { body }),
        headers: {
          Cookie: `theme=dark; ${browser.cookie}`,
          'Sluice-Csrf': browser.csrf,
          Origin: ORIGIN,
          'Sec-Fetch-Site': 'same-origin',
          ...headers,
        },
      }),
  }
  return browser
}

/** As the dashboard does now and then. */
async function keep(browser: Browser): Promise<void> {
  const reply = await browser.send('GET', '/v1/session')
  expect(reply.status).toBe(200)
  browser.cookie = cookieFrom(reply)
}

function cookieFrom({ headers }: Reply): string {
  return (headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
}

async function makePersonsKey(role: Role): Promise<string> {
  const key = await makeKey(['manage'])
  await env.DB.prepare('UPDATE keys SET role = ? WHERE last_four = ?')
    .bind(role, key.slice(-4))
    .run()
  return key
}
