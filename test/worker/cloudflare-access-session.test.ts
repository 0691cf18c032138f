import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  address,
  browserFrom,
  CERTS,
  closeTeam,
  openTeam,
  ROLES,
  said,
  send,
  STARTED,
  visit,
} from '../support/access-visit.ts'
import { makeKey } from '../support/edge.ts'
import { fresh } from '../support/fresh.ts'

const HOUR = 3_600_000

beforeAll(fresh)
beforeEach(openTeam)
afterEach(closeTeam)

describe('whom Access vouches for', () => {
  it('is let in without a key, with the role that the settings give, and named in the log', async () => {
    const entered = await visit({ assertion: await said() })
    expect([entered.status, entered.body]).toEqual([
      200,
      {
        environment: 'sandbox',
        role: 'admin',
        name: 'ann@example.com',
        via: 'access',
        email: 'ann@example.com',
        csrfToken: expect.any(String),
        expiresAt: new Date(STARTED + 2 * HOUR).toISOString(),
      },
    ])
    expect(address.asked).toEqual([CERTS])
    const browser = browserFrom(entered)
    const customerId = crypto.randomUUID()
    const made = await send('PUT', `/v1/customers/${customerId}`, { ...browser, body: {} })
    expect(made.status).toBe(201)
    for (const actor of ['person:ann@example.com', 'Ann@example.com']) {
      const query = `actor=${actor}&customerId=${customerId}`
      const { body } = await send('GET', `/v1/audit?${query}`, browser)
      const [entry, ...more] = body['data'] as readonly { readonly actor: unknown }[]
      const id = 'ann@example.com'
      expect([entry?.actor, more]).toEqual([{ kind: 'person', id, name: id }, []])
    }
    expect((await send('GET', '/v1/me', browser)).body).toMatchObject({
      kind: 'person',
      email: 'ann@example.com',
      role: 'admin',
    })
  })

  it('is found in the log by the address as it stands there, in any alphabet', async () => {
    const email = '\u00c9ve@example.com'
    const settings = { ACCESS_ROLES: { [email]: 'admin' } }
    const entered = await visit({ assertion: await said({ claims: { email } }), settings })
    const browser = { ...browserFrom(entered), settings }
    const customerId = crypto.randomUUID()
    await send('PUT', `/v1/customers/${customerId}`, { ...browser, body: {} })
    const query = `actor=${encodeURIComponent(email)}&customerId=${customerId}`
    const { body } = await send('GET', `/v1/audit?${query}`, browser)
    expect(body['data']).toMatchObject([{ actor: { kind: 'person', id: email } }])
  })

  it.each([
    ['in capitals, as the settings have it', 'ANN@EXAMPLE.COM', 'admin'],
    ['by name rather than by domain', 'bob@example.com', 'support'],
    ['by domain', 'zoë@example.com', 'viewer'],
  ])('has a role %s', async (_, email, role) => {
    const entered = await visit({ assertion: await said({ claims: { email } }) })
    expect(entered.body).toMatchObject({ role, email: email.toLowerCase() })
    expect((await send('GET', '/v1/session', browserFrom(entered))).status).toBe(401)
    expect((await send('GET', '/v1/plans', browserFrom(entered))).status).toBe(200)
  })

  it.each([
    ['another domain', 'ann@example.org'],
    ['a domain that only ends alike', 'ann@evil-example.com'],
    ['a domain below it', 'ann@sub.example.com'],
    // The sign for kelvin: its small letter is the k of everybody.
    ['a letter that would turn into another', '\u212Aim@example.net'],
  ])('is nobody here with %s', async (_, email) => {
    const settings = { ACCESS_ROLES: { ...ROLES, 'kim@example.net': 'admin' } }
    const reply = await visit({ assertion: await said({ claims: { email } }), settings })
    expect([reply.status, reply.body['code']]).toEqual([403, 'sign_in_refused'])
    expect(reply.body['detail']).toContain('ACCESS_ROLES')
    expect(reply.headers.get('Set-Cookie')).toBeNull()
  })
})

describe('a session through Access', () => {
  it('has the role that the settings give at each request, and ends with the last', async () => {
    const browser = browserFrom(await visit({ assertion: await said() }))
    const put = (roles: object) =>
      send('PUT', `/v1/customers/${crypto.randomUUID()}`, {
        ...browser,
        body: {},
        settings: { ACCESS_ROLES: JSON.stringify(roles) },
      })
    expect((await put({ 'ann@example.com': 'support' })).status).toBe(201)
    expect((await put({ 'ann@example.com': 'viewer' })).body['code']).toBe('role_missing')
    expect((await put({ 'bob@example.com': 'admin' })).body['code']).toBe('credential_invalid')
  })

  it('ends where Access is no longer set up', async () => {
    const browser = browserFrom(await visit({ assertion: await said() }))
    const settings = { ACCESS_TEAM_DOMAIN: '', ACCESS_AUD: '' }
    expect((await send('GET', '/v1/plans', { ...browser, settings })).status).toBe(401)
  })

  it('changes nothing without proof', async () => {
    const browser = browserFrom(await visit({ assertion: await said() }))
    for (const csrf of ['', 'guessed']) {
      const reply = await send('PUT', '/v1/customers/acme', { ...browser, csrf, body: {} })
      expect([reply.status, reply.body['code']]).toEqual([403, 'csrf_missing'])
    }
  })

  it('is kept by being used while Access vouches, and for two hours after it last did', async () => {
    let entered = await visit({ assertion: await said() })
    vi.setSystemTime(STARTED + 1.9 * HOUR)
    entered = await visit({ ...browserFrom(entered), assertion: await said() })
    const kept = browserFrom(entered)
    expect(entered.body['csrfToken']).toBe(kept.csrf)
    vi.setSystemTime(STARTED + 3.8 * HOUR)
    expect((await send('GET', '/v1/session', kept)).body['code']).toBe('credential_missing')
    expect((await send('GET', '/v1/plans', kept)).status).toBe(200)
    vi.setSystemTime(STARTED + 3.9 * HOUR)
    expect((await send('GET', '/v1/plans', kept)).status).toBe(401)
  })

  it('is somebody else’s once Access vouches for somebody else', async () => {
    const ann = browserFrom(await visit({ assertion: await said() }))
    const assertion = await said({ claims: { email: 'bob@example.com' } })
    const bob = await visit({ ...ann, assertion })
    expect(bob.body).toMatchObject({ email: 'bob@example.com', role: 'support' })
  })

  it('gives way to the session of a key that somebody has shown', async () => {
    const key = await makeKey(['manage'])
    const entered = await send('POST', '/v1/session', { body: { key } })
    const reply = await visit({ ...browserFrom(entered), assertion: await said() })
    expect(reply.body).toMatchObject({ via: 'key', name: 'test' })
  })

  it.each([
    ['another address', () => personText('bob@example.com')],
    ['a key', () => 'key_ann'],
  ])('cannot be made another’s: %s', async (_, holder) => {
    const { cookie = '', csrf = '' } = browserFrom(await visit({ assertion: await said() }))
    const forged = cookie.replace(/=[^.]+/, `=${holder()}`)
    expect((await send('GET', '/v1/plans', { cookie: forged, csrf })).status).toBe(401)
  })
})

describe('leaving', () => {
  it('ends the session itself: a copy of its cookie opens nothing', async () => {
    const key = await makeKey(['manage'])
    const entered = [
      await visit({ assertion: await said() }),
      await send('POST', '/v1/session', { body: { key } }),
    ]
    for (const [at, browser] of entered.map(browserFrom).entries()) {
      vi.setSystemTime(STARTED + 1 + at)
      const other = browserFrom(
        at === 0
          ? await visit({ assertion: await said() })
          : await send('POST', '/v1/session', { body: { key } }),
      )
      expect((await send('DELETE', '/v1/session', browser)).status).toBe(200)
      expect((await send('GET', '/v1/plans', browser)).body['code']).toBe('credential_invalid')
      expect((await send('GET', '/v1/plans', other)).status).toBe(200)
    }
  })

  it('keeps no account of sessions that would be over by now', async () => {
    const count = () => env.DB.prepare('SELECT count(*) AS n FROM ended_sessions').first('n')
    await send('DELETE', '/v1/session', browserFrom(await visit({ assertion: await said() })))
    expect(await count()).toBe(1)
    vi.setSystemTime(STARTED + 13 * HOUR)
    await send('DELETE', '/v1/session', browserFrom(await visit({ assertion: await said() })))
    expect(await count()).toBe(1)
  })

  it('needs proof like any change', async () => {
    const browser = browserFrom(await visit({ assertion: await said() }))
    const refused = await send('DELETE', '/v1/session', { ...browser, csrf: '' })
    expect(refused.body['code']).toBe('csrf_missing')
    expect((await send('GET', '/v1/plans', browser)).status).toBe(200)
  })
})

function personText(address: string): string {
  return `person_${btoa(address).replace(/=+$/, '')}`
}
