/** What is no customer token, and how long one is believed. */
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { fromBase64Url, toBase64Url } from '../../schema/base64url.ts'
import { packClaims, type TokenClaims } from '../../schema/customer-token.ts'
import { portsFrom } from '../../worker/ports.ts'
import { forgetSecrets, newestDerivedKey, sign } from '../../worker/signing.ts'
import { usable } from '../../worker/token-keys.ts'
import { signToken } from '../../worker/tokens.ts'
import { counting, down } from '../support/bindings.ts'
import { edge } from '../support/edge.ts'
import { coldIsolate, issuerForAll } from '../support/holders.ts'

const NOW = Date.parse('2026-02-10T12:00:00.250Z')
const SECOND = 1_000
const ACCESS = '/v1/access?featureId=api-calls'

const issuer = issuerForAll(NOW)

const mint = (input: object = {}) => issuer().mint(input)
const browser = (input: object = {}) => issuer().holder(input)

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms)

/** A new secret, as an operator inserts it, seen by an isolate that knows of nothing. */
async function replaceSecret(): Promise<void> {
  await env.DB.prepare(
    'INSERT INTO signing_secrets (secret, created_at) VALUES (lower(hex(randomblob(32))), 1)',
  ).run()
  forgetSecrets()
  wait(SECOND)
}

describe('what is no token', () => {
  const CLAIMS: TokenClaims = {
    id: 'tok_1',
    environment: 'sandbox',
    customerId: 'acme',
    scopes: ['read'],
    featureIds: null,
    issuedAt: NOW,
    expiresAt: NOW + 60 * SECOND,
  }

  const signedClaims = (over: Partial<TokenClaims> = {}) =>
    signToken(portsFrom(env), packClaims({ ...CLAIMS, ...over }))

  const signedText = (payload: object) =>
    signToken(portsFrom(env), toBase64Url(JSON.stringify(payload)))

  /** With our own key, whatever the header says. */
  async function signedUnder(header: string): Promise<string> {
    const text = `${toBase64Url(header)}.${packClaims(CLAIMS)}`
    const key = await usable(await newestDerivedKey(portsFrom(env), 'customer-token'))
    return `${text}.${await signed(key, text)}`
  }

  const said = (payload: string) => JSON.parse(fromBase64Url(payload) ?? '')

  async function parts(): Promise<readonly [string, string, string]> {
    const [header = '', payload = '', signature = ''] = (await signedClaims()).split('.')
    return [header, payload, signature]
  }

  it('the forger’s own way of signing is what we believe, where nothing is wrong', async () => {
    for (const token of [
      await signedClaims(),
      await signedUnder('{"alg":"HS256","typ":"JWT","kid":"1"}'),
      await signedText(said(packClaims(CLAIMS))),
    ])
      expect((await edge(token).get('/v1/me')).status).toBe(200)
  })

  const HOSTILE: readonly (readonly [string, () => Promise<string>])[] = [
    ['that has expired', () => signedClaims({ issuedAt: NOW - SECOND, expiresAt: NOW - 1 })],
    [
      'that is not valid yet',
      () => signedClaims({ issuedAt: NOW + 120 * SECOND, expiresAt: NOW + 180 * SECOND }),
    ],
    ['that lives too long', () => signedClaims({ expiresAt: NOW + 2 * 3_600 * SECOND })],
    ['of alg none', () => signedUnder('{"alg":"none","typ":"JWT","kid":"1"}')],
    [
      'of alg none without a signature',
      async () => `${toBase64Url('{"alg":"none","typ":"JWT"}')}.${packClaims(CLAIMS)}.`,
    ],
    ['of another alg', () => signedUnder('{"alg":"RS256","typ":"JWT","kid":"1"}')],
    ['of another type', () => signedUnder('{"alg":"HS256","typ":"at+jwt","kid":"1"}')],
    [
      'whose header says the same in other words',
      () => signedUnder('{"typ":"JWT","alg":"HS256","kid":"1"}'),
    ],
    [
      'whose header says more',
      () => signedUnder('{"alg":"HS256","typ":"JWT","kid":"1","jku":"https://evil.example"}'),
    ],
    ['of a kid that nobody has', () => signedUnder('{"alg":"HS256","typ":"JWT","kid":"99"}')],
    ['of a kid that is no number', () => signedUnder('{"alg":"HS256","typ":"JWT","kid":"../1"}')],
    ['of the kid 0', () => signedUnder('{"alg":"HS256","typ":"JWT","kid":"0"}')],
    [
      'for another audience',
      () => signedText({ ...said(packClaims(CLAIMS)), aud: 'sluice:portal' }),
    ],
    [
      'for several audiences',
      () => signedText({ ...said(packClaims(CLAIMS)), aud: ['sluice:sandbox'] }),
    ],
    ['without an end', () => signedText({ ...said(packClaims(CLAIMS)), exp: undefined })],
    ['whose end is a text', () => signedText({ ...said(packClaims(CLAIMS)), exp: '9999999999' })],
    ['without a customer', () => signedText({ ...said(packClaims(CLAIMS)), sub: null })],
    ['that manages', () => signedText({ ...said(packClaims(CLAIMS)), scope: 'read manage' })],
    [
      'whose features are a text',
      () => signedText({ ...said(packClaims(CLAIMS)), features: 'sso' }),
    ],
    ['that says nothing', () => signToken(portsFrom(env), toBase64Url('null'))],
    ['that is not JSON', () => signToken(portsFrom(env), toBase64Url('{'))],
    [
      'that was tampered with',
      async () => {
        const [header, , signature] = await parts()
        return `${header}.${packClaims({ ...CLAIMS, customerId: 'other' })}.${signature}`
      },
    ],
    [
      'with the end of another',
      async () => {
        const [header, payload] = await parts()
        const other = (await signedClaims({ id: 'tok_2' })).split('.')[2]
        return `${header}.${payload}.${other}`
      },
    ],
    [
      'that is signed for something else',
      async () => {
        const [header, payload] = await parts()
        const signature = await sign(portsFrom(env), 'portal', `${header}.${payload}`)
        return `${header}.${payload}.${signature.split('.')[1]}`
      },
    ],
    ['that is cut short', async () => (await signedClaims()).slice(0, -1)],
    [
      'whose last character says the same bytes',
      async () => lastCharacterAliased(await signedClaims()),
    ],
    ['with a dot more', async () => `${await signedClaims()}.`],
    ['with two dots more', async () => `${await signedClaims()}..`],
    ['without a signature', async () => (await signedClaims()).replace(/[^.]+$/, '')],
    ['of dots alone', async () => '..'],
    ['in quotes', async () => `"${await signedClaims()}"`],
    ['of ten thousand characters', async () => `${await signedClaims()}${'A'.repeat(10_000)}`],
    [
      'that is signed, and far too long',
      () =>
        signedText({
          ...said(packClaims(CLAIMS)),
          features: Array.from({ length: 900 }, (_, n) => `feature-${n}`),
        }),
    ],
  ]

  it('opens nothing, and is not told why', async () => {
    const answers: (readonly [string, number, unknown, unknown])[] = []
    for (const [name, make] of HOSTILE) {
      const { status, body } = await edge(await make()).get('/v1/me')
      answers.push([name, status, body['code'], body['detail']])
    }
    expect(answers).toEqual(HOSTILE.map(([name]) => [name, 401, 'credential_invalid', INVALID]))
  })

  it('a token that another deployment has signed opens nothing', async () => {
    const token = await signedClaims()
    await env.DB.prepare('UPDATE signing_secrets SET secret = lower(hex(randomblob(32)))').run()
    await env.KV.delete('token-keys')
    coldIsolate()
    expect((await edge(token).get('/v1/me')).status).toBe(401)
  })

  it('a token of production is told that it is (promise 11)', async () => {
    const token = await signedClaims({ environment: 'production' })
    const { status, body } = await edge(token).get('/v1/me')
    expect([status, body['code']]).toEqual([403, 'wrong_environment'])
    const sandbox = await edge(await signedClaims(), { ENVIRONMENT: 'production' }).get('/v1/me')
    expect(sandbox.body['code']).toBe('wrong_environment')
  })

  it('a token in the address is none', async () => {
    const token = await signedClaims()
    for (const name of ['token', 'access_token', 'authorization']) {
      const { status } = await edge(null).get(`/v1/me?${name}=${token}`)
      expect(status).toBe(401)
    }
  })

  it('asks no store once the keys are at hand, but for one look a second', async () => {
    await (await browser()).get('/v1/me')
    wait(SECOND)
    const { bindings, counts } = counting()
    for (const [, make] of HOSTILE) {
      await edge(await make(), bindings).get('/v1/me')
    }
    expect(counts).toMatchObject({ kvGets: 0, d1: 1 })
  })
})

describe('a token', () => {
  it('ends at its second, also in memory', async () => {
    const holder = await browser({ ttlSeconds: 60 })
    expect((await holder.get(ACCESS)).status).toBe(200)
    vi.setSystemTime(Date.parse('2026-02-10T12:00:59.999Z'))
    expect((await holder.get(ACCESS)).status).toBe(200)
    wait(1)
    expect((await holder.get(ACCESS)).status).toBe(401)
  })

  it('is verified once, and waits for no store afterwards', async () => {
    const { bindings, counts } = counting()
    const holder = edge(await mint(), bindings)
    await holder.get(ACCESS)
    await holder.settle()
    const before = { ...counts, put: [...counts.put], called: [...counts.called] }
    for (let n = 0; n < 100; n++) expect((await holder.get(ACCESS)).status).toBe(200)
    expect(counts).toEqual(before)
  })

  it('is believed by a cold isolate while D1 is down (promise 8)', async () => {
    const token = await mint()
    await edge(token).get(ACCESS)
    await issuer().api.settle()
    coldIsolate()
    expect((await edge(token, { DB: down.DB }).get(ACCESS)).status).toBe(200)
  })

  it('is believed while KV is down, and waits where nothing can be asked', async () => {
    const token = await mint()
    coldIsolate()
    expect((await edge(token, { KV: down.KV }).get('/v1/me')).status).toBe(200)
    coldIsolate()
    const { status, body } = await edge(token, { KV: down.KV, DB: down.DB }).get('/v1/me')
    expect([status, body['code']]).toEqual([503, 'unavailable'])
  })

  it('outlives KV (promise 13)', async () => {
    const holder = await browser()
    await holder.get(ACCESS)
    await holder.settle()
    await env.KV.delete('token-keys')
    coldIsolate()
    expect((await holder.get(ACCESS)).status).toBe(200)
    await holder.settle()
    expect(await env.KV.get('token-keys')).not.toBeNull()
  })

  it('of a new secret is known at once, and one of the secret before still is', async () => {
    const old = await browser()
    expect((await old.get(ACCESS)).status).toBe(200)
    await replaceSecret()
    const renewed = await browser()
    expect((await renewed.get(ACCESS)).status).toBe(200)
    expect((await old.get(ACCESS)).status).toBe(200)
  })

  it('of a secret that was replaced twice is believed no longer, not even by memory', async () => {
    const old = await browser()
    expect((await old.get(ACCESS)).status).toBe(200)
    await replaceSecret()
    await replaceSecret()
    expect((await (await browser()).get(ACCESS)).status).toBe(200)
    expect((await old.get(ACCESS)).status).toBe(401)
  })

  it('whose keys cannot be looked up is asked to come again', async () => {
    await (await browser()).get(ACCESS)
    await replaceSecret()
    const renewed = await mint()
    const { status } = await edge(renewed, { DB: down.DB }).get(ACCESS)
    expect(status).toBe(503)
    wait(SECOND)
    expect((await edge(renewed).get(ACCESS)).status).toBe(200)
  })

  it('has a key that tells nothing of the secret, nor signs anything else', async () => {
    await (await browser()).get(ACCESS)
    await issuer().api.settle()
    const secret = await env.DB.prepare(NEWEST).first<string>('secret')
    const [[, bytes] = []] = JSON.parse((await env.KV.get('token-keys')) ?? '')[1]
    expect(bytes).toMatch(/^[\w-]{43}$/)
    const raw = secret?.match(/../g)?.map((hex) => parseInt(hex, 16)) ?? []
    expect(toBase64Url(String.fromCharCode(...raw))).not.toBe(bytes)
    const signature = await signed(await usable({ generation: 1, bytes }), 'portal\0acme')
    expect(await sign(portsFrom(env), 'portal', 'acme')).not.toContain(signature)
  })

  it('opens a WebSocket as one of the protocols that a browser offers', async () => {
    const token = await mint()
    const upgrade = { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `sluice, token.${token}` }
    expect((await edge(null).get('/v1/me', upgrade)).status).toBe(200)
    const { Upgrade: _, ...plain } = upgrade
    expect((await edge(null).get('/v1/me', plain)).status).toBe(401)
  })
})

async function signed(key: CryptoKey, text: string): Promise<string> {
  const bytes = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text))
  return toBase64Url(String.fromCharCode(...new Uint8Array(bytes)))
}

const NEWEST = 'SELECT secret FROM signing_secrets ORDER BY generation DESC LIMIT 1'

const INVALID =
  'The token is no customer token of this deployment, or has expired. Your server gets a new one from `POST /v1/customers/{id}/tokens`.'

/** The same 32 bytes, written with other unused bits. */
function lastCharacterAliased(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(token.slice(-1))
  return token.slice(0, -1) + alphabet[last + 1]
}
