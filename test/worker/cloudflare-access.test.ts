import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { certOf } from '../../worker/cloudflare-access/certs.ts'
import { portsFrom } from '../../worker/ports.ts'
import { type Differing, signerBySecret } from '../support/access-team.ts'
import {
  address,
  browserFrom,
  CERTS,
  closeTeam,
  openTeam,
  ROLES,
  said,
  send,
  type Settings,
  STARTED,
  team,
  visit,
} from '../support/access-visit.ts'
import { fresh } from '../support/fresh.ts'

const MINUTE = 60_000

beforeAll(fresh)
beforeEach(openTeam)
afterEach(closeTeam)

describe('an assertion', () => {
  const seconds = (ms: number) => Math.floor((STARTED + ms) / 1_000)

  it.each([
    ['for two applications, one of them this', { aud: ['f'.repeat(64), team.audience] }],
    ['for this one, said without a list', { aud: team.audience }],
    ['that ended while it was on its way', { exp: seconds(-30_000) }],
    ['of a clock that is a little ahead', { iat: seconds(30_000), nbf: seconds(30_000) }],
    ['without a beginning of its own', { nbf: undefined }],
  ])('holds: one %s', async (_, claims) => {
    expect((await visit({ assertion: await said({ claims }) })).status).toBe(200)
  })

  it.each<readonly [string, Differing, RegExp]>([
    ['for another application', { claims: { aud: ['f'.repeat(64)] } }, /ACCESS_AUD/],
    ['for none', { claims: { aud: undefined } }, /ACCESS_AUD/],
    ['of another team', { claims: { iss: 'https://evil.cloudflareaccess.com' } }, /ACCESS_TEAM/],
    ['that is over', { claims: { exp: seconds(-2 * MINUTE) } }, /moment/],
    ['without an end', { claims: { exp: undefined } }, /moment/],
    ['without a beginning', { claims: { iat: undefined } }, /moment/],
    ['that begins later', { claims: { nbf: seconds(2 * MINUTE) } }, /moment/],
    ['that was made later', { claims: { iat: seconds(2 * MINUTE) } }, /moment/],
    ['whose end is no number', { claims: { exp: '9999999999' } }, /moment/],
    [
      'that nobody has signed',
      { header: { alg: 'none' }, sign: () => new Uint8Array() },
      /signed|read/,
    ],
    ['signed by somebody else', { sign: () => new Uint8Array(256).fill(7) }, /signed/],
    ['that wants more than is known', { header: { crit: ['b64'], b64: false } }, /signed/],
    ['without the name of its key', { header: { kid: undefined } }, /read/],
    [
      'of a service token',
      { claims: { email: undefined, common_name: 'ci.access', sub: '' } },
      /service token/,
    ],
    ['of somebody without a name', { claims: { email: '' } }, /service token/],
    [
      'of what is no address',
      { claims: { email: 'ann@example.com\nbob@example.com' } },
      /service token/,
    ],
    ['of a pattern', { claims: { email: '*@example.com' } }, /service token/],
  ])('opens nothing: one %s', async (_, differing, told) => {
    const reply = await visit({ assertion: await said(differing) })
    expect([reply.status, reply.body['code']]).toEqual([403, 'sign_in_refused'])
    expect(reply.body['detail']).toMatch(told)
    expect(reply.headers.get('Set-Cookie')).toBeNull()
  })

  it('opens nothing signed with the public key as if it were a secret', async () => {
    const [jwk] = (team.certs() as { readonly keys: readonly { readonly n: string }[] }).keys
    for (const secret of [JSON.stringify(jwk), jwk?.n ?? '']) {
      const assertion = await said({ header: { alg: 'HS256' }, sign: signerBySecret(secret) })
      expect((await visit({ assertion })).body['code']).toBe('sign_in_refused')
    }
  })

  it('opens nothing with a claim that was changed after it was signed', async () => {
    const [header, , signature] = (await said()).split('.')
    const [, claims] = (await said({ claims: { email: 'bob@example.com' } })).split('.')
    expect((await visit({ assertion: `${header}.${claims}.${signature}` })).status).toBe(403)
  })

  it.each(['nonsense', 'a.b.c', 'a.b.c.d', `${'x'.repeat(20_000)}.x.x`, '..'])(
    'that is none is refused: %.20s',
    async (assertion) => {
      expect((await visit({ assertion })).body['code']).toBe('sign_in_refused')
      expect(address.asked).toEqual([])
    },
  )

  it('alone opens no other route, and changes nothing', async () => {
    const headers = { 'Cf-Access-Jwt-Assertion': await said() }
    for (const [method, path, body] of [
      ['GET', '/v1/plans', undefined],
      ['PUT', '/v1/customers/acme', {}],
      ['POST', '/v1/session', { key: '' }],
    ] as const) {
      const reply = await send(method, path, { headers, body })
      expect([reply.status, path]).toEqual([path === '/v1/session' ? 400 : 401, path])
    }
  })

  it('means nothing where nobody has set Access up', async () => {
    const settings = { ACCESS_TEAM_DOMAIN: '', ACCESS_AUD: '' }
    const reply = await visit({ assertion: await said(), settings })
    expect([reply.body['code'], address.asked]).toEqual(['credential_missing', []])
  })

  it('is not taken from a page of another site', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site' }
    const reply = await visit({ assertion: await said(), headers })
    expect([reply.body['code'], reply.headers.get('Set-Cookie')]).toEqual(['csrf_missing', null])
  })
})

describe('the keys of the team', () => {
  it('are read once for many, and again after some minutes', async () => {
    const assertion = await said()
    for (const wait of [0, 1, 9 * MINUTE, 2 * MINUTE]) {
      vi.setSystemTime(Date.now() + wait)
      expect((await visit({ assertion })).status).toBe(200)
    }
    expect(address.asked).toEqual([CERTS, CERTS])
  })

  it('may change at any time: the new one is found, the old one holds beside it', async () => {
    const before = await said()
    expect((await visit({ assertion: before })).status).toBe(200)
    await team.rotate()
    vi.setSystemTime(STARTED + 11_000)
    expect((await visit({ assertion: await said() })).status).toBe(200)
    expect((await visit({ assertion: before })).status).toBe(200)
    await team.rotate()
    vi.setSystemTime(STARTED + 22_000)
    expect((await visit({ assertion: await said() })).status).toBe(200)
    expect((await visit({ assertion: before })).body['code']).toBe('sign_in_refused')
    expect(address.asked).toHaveLength(3)
  })

  it('are not asked for as often as somebody names one that is unknown', async () => {
    for (let at = 0; at < 30; at += 1) {
      vi.setSystemTime(STARTED + at * 1_000)
      const assertion = await said({ header: { kid: `guess-${at}` } })
      expect((await visit({ assertion })).body['code']).toBe('sign_in_refused')
    }
    expect(address.asked).toHaveLength(3)
  })

  it('let nobody in while they cannot be had, and say where that is', async () => {
    const down = [
      () => Promise.reject(new TypeError('Network connection lost.')),
      () => new Response('no', { status: 500 }),
      () => Response.redirect('https://evil.test/certs'),
      () => new Response('<html>'),
      () => Response.json({ keys: [] }),
      () => Response.json({ keys: [{ kid: 'x', kty: 'oct', k: 'AAAA' }] }),
      () => new Response(`{"keys":[],"more":"${'x'.repeat(100_000)}"}`),
    ]
    for (const [at, how] of down.entries()) {
      vi.setSystemTime(STARTED + at * 11_000)
      address.answer = how
      const reply = await visit({ assertion: await said() })
      expect([reply.status, reply.body['code']]).toEqual([503, 'sign_in_unavailable'])
      expect(reply.body['detail']).toContain(CERTS)
    }
    expect(address.asked).toHaveLength(down.length)
  })

  it('are asked for again although everybody who asked has left without a word', async () => {
    let asked = 0
    const leave = () => {
      asked += 1
      return new Promise<never>(() => undefined)
    }
    const ports = { ...portsFrom(env), fetch: leave }
    const looking = { ports: { ...ports, clock: { ...ports.clock, after: () => () => {} } } }
    for (let left = 0; left < 10; left += 1) {
      void certOf({ ...looking, now: Date.now() }, CERTS, 'any')
    }
    expect(asked).toBe(4)
    expect((await visit({ assertion: await said() })).body['code']).toBe('sign_in_unavailable')
    vi.setSystemTime(STARTED + 4_000)
    expect((await visit({ assertion: await said() })).status).toBe(200)
  })

  it('are held for an hour while the team cannot be reached, and no longer', async () => {
    const assertion = await said()
    await visit({ assertion })
    address.answer = () => new Response(null, { status: 500 })
    vi.setSystemTime(STARTED + 59 * MINUTE)
    expect((await visit({ assertion })).status).toBe(200)
    vi.setSystemTime(STARTED + 61 * MINUTE)
    expect((await visit({ assertion })).status).toBe(503)
  })
})

describe('a setting that cannot be understood', () => {
  it.each<readonly [string, Settings]>([
    ['ACCESS_ROLES', { ACCESS_ROLES: 'ann@example.com' }],
    ['ACCESS_ROLES', { ACCESS_ROLES: '' }],
    ['ACCESS_ROLES', { ACCESS_ROLES: '{}' }],
    ['ACCESS_ROLES', { ACCESS_ROLES: '["ann@example.com"]' }],
    ['ACCESS_ROLES', { ACCESS_ROLES: '{"ann@example.com":"owner"}' }],
    ['ACCESS_ROLES', { ACCESS_ROLES: '{"ann@example.com":"admin","*":"viewer"}' }],
    ['ACCESS_ROLES', { ACCESS_ROLES: '{"ann@example.com":"admin","ann*@example.com":"viewer"}' }],
    ['ACCESS_ROLES', { ACCESS_ROLES: '{"ann@example.com":"viewer","Ann@example.com":"admin"}' }],
    ['ACCESS_ROLES', { ACCESS_ROLES: '{"ann@example.com":"admin","__proto__":"admin"}' }],
    ['ACCESS_AUD', { ACCESS_AUD: '' }],
    ['ACCESS_AUD', { ACCESS_AUD: 'https://acme.cloudflareaccess.com' }],
    ['ACCESS_TEAM_DOMAIN', { ACCESS_TEAM_DOMAIN: '' }],
    ['ACCESS_TEAM_DOMAIN', { ACCESS_TEAM_DOMAIN: 'acme' }],
    ['ACCESS_TEAM_DOMAIN', { ACCESS_TEAM_DOMAIN: 'https://evil.test/.cloudflareaccess.com' }],
    ['ACCESS_TEAM_DOMAIN', { ACCESS_TEAM_DOMAIN: 'http://acme.cloudflareaccess.com' }],
  ])('lets nobody in, and is named: %s %o', async (setting, settings) => {
    const entered = browserFrom(await visit({ assertion: await said() }))
    for (const reply of [
      await visit({ assertion: await said(), settings }),
      await send('GET', '/v1/plans', { ...entered, settings }),
    ]) {
      expect([reply.status, reply.body['code']]).toEqual([500, 'sign_in_misconfigured'])
      expect(reply.body['detail']).toContain(setting)
      expect(reply.headers.get('Set-Cookie')).toBeNull()
    }
  })

  it('is told of to nobody who is nobody: who has roles is not for all to read', async () => {
    const settings = { ACCESS_ROLES: '{"ann@example.com":"admin","secret*@example.com":"admin"}' }
    const assertion = await said({ sign: () => new Uint8Array(256) })
    expect((await visit({ assertion, settings })).body['code']).toBe('sign_in_refused')
    const told = await visit({ assertion: await said(), settings })
    expect(told.body['detail']).toContain("not 'secret*@example.com'")
  })

  it('may have blanks around it, the scheme before it, and come as a table', async () => {
    const settings = {
      ACCESS_TEAM_DOMAIN: ' https://Acme.cloudflareaccess.com/ ',
      ACCESS_AUD: `${team.audience}\n`,
      ACCESS_ROLES: ROLES,
    }
    expect((await visit({ assertion: await said(), settings })).status).toBe(200)
  })

  it('is not this machine, but in local development', async () => {
    const here = { ACCESS_TEAM_DOMAIN: 'http://127.0.0.1:9' }
    const assertion = await said({ claims: { iss: here.ACCESS_TEAM_DOMAIN } })
    expect((await visit({ assertion, settings: here })).status).toBe(200)
    const settings = { ...here, ENVIRONMENT: 'sandbox' } as const
    expect((await visit({ assertion, settings })).body['code']).toBe('sign_in_misconfigured')
  })
})
