/** Pages of other origins: whose may call, what they may read, and what they are told. */
import { env } from 'cloudflare:workers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { portsFrom } from '../../worker/ports.ts'
import { tick } from '../../worker/tick.ts'
import { counting, down } from '../support/bindings.ts'
import { edge, ORIGIN } from '../support/edge.ts'
import { coldIsolate, type Issuer, openIssuer } from '../support/holders.ts'
import { expectOk } from '../support/manager.ts'

const NOW = Date.parse('2026-02-10T12:00:00Z')
const ORIGINS = '/v1/settings/origins'
const ACCESS = '/v1/access?featureId=api-calls'
const APP = 'https://app.example.com'
const EVIL = 'https://evil.example'
/** Deployed, where no origin is allowed by itself. */
const SANDBOX = { ENVIRONMENT: 'sandbox' } as const

let issuer: Issuer
let token: string

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  issuer = await openIssuer()
  await expectOk(issuer.api.put(ORIGINS, { origins: [APP] }))
  token = await issuer.mint({ scopes: ['read', 'usage'] })
})

beforeEach(async () => {
  vi.setSystemTime(NOW)
  await issuer.api.settle()
  coldIsolate()
})

afterEach(() => issuer.api.settle())

afterAll(() => {
  vi.useRealTimers()
})

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms)
const page = (origin: string, over: Partial<Env> = {}) => {
  const there = edge(token, { ...SANDBOX, ...over })
  return {
    ...there,
    get: (path: string) => there.get(path, { Origin: origin }),
    post: (path: string, body: unknown) => there.post(path, body, { Origin: origin }),
  }
}

const corsIn = (headers: Headers) =>
  Object.fromEntries(
    [...headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary'),
  )

function preflight(path: string, method = 'GET', origin = APP, over: Partial<Env> = {}) {
  const headers = { Origin: origin, 'Access-Control-Request-Method': method }
  return edge(null, { ...SANDBOX, ...over }).send('OPTIONS', path, { headers })
}

const READABLE = {
  vary: 'Origin',
  'access-control-allow-origin': APP,
  'access-control-expose-headers':
    'ETag, Consistency-Token, Sluice-Request-Id, Retry-After, Idempotent-Replayed, Server-Timing',
}

describe('a page of an allowed origin', () => {
  it('reads what it is answered: by memory, the long way, refused, and in other protocols', async () => {
    const at = page(APP)
    const flags = '/ofrep/v1/evaluate/flags'
    const answers = [
      await at.get(ACCESS),
      await at.get(ACCESS),
      await at.get('/v1/customers/acme/entitlements'),
      await at.get('/v1/me'),
      await at.get('/v1/access'),
      await at.post('/v1/consume', { featureId: 'api-calls' }),
      await at.post(flags, { context: { targetingKey: 'acme' } }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 400, 200, 200])
    for (const { headers } of answers) expect(corsIn(headers)).toEqual(READABLE)
  })

  it('reads why its credential is refused, so that it can get another', async () => {
    for (const credential of [null, 'a.b.c']) {
      const { status, headers } = await edge(credential, SANDBOX).get(ACCESS, { Origin: APP })
      expect([status, corsIn(headers)]).toEqual([401, READABLE])
    }
  })

  it('waits for no store once it has called', async () => {
    const { bindings, counts } = counting()
    const at = page(APP, bindings)
    await at.get(ACCESS)
    await at.settle()
    const before = structuredClone(counts)
    for (let n = 0; n < 20; n++) expect((await at.get(ACCESS)).status).toBe(200)
    expect((await preflight('/v1/access', 'GET', APP, bindings)).status).toBe(204)
    expect(counts).toEqual(before)
  })

  it('with a secret key reads nothing: keys do not belong there', async () => {
    const { status, headers } = await issuer.api.over(SANDBOX).get(ACCESS, { Origin: APP })
    expect([status, corsIn(headers)]).toEqual([400, {}])
    const key = { 'X-API-Key': issuer.api.key, Origin: APP }
    const flag = await edge(null, SANDBOX).post('/ofrep/v1/evaluate/flags', {}, key)
    expect(corsIn(flag.headers)).toEqual({})
    const asked = `${ACCESS}&customerId=acme`
    for (let n = 0; n < 2; n++) {
      const known = await issuer.api.over(SANDBOX).get(asked, { Origin: APP })
      expect([known.status, corsIn(known.headers)]).toEqual([200, {}])
    }
  })
})

describe('a page of another origin', () => {
  it.each([
    ['another host', EVIL],
    ['another scheme', 'http://app.example.com'],
    ['another port', `${APP}:8443`],
    ['one that begins alike', `${APP}.evil.example`],
    ['no origin that can be named', 'null'],
    ['a machine of its own', 'http://localhost:5173'],
  ])('may not call with a token: %s', async (_, origin) => {
    const at = page(origin)
    for (const path of [ACCESS, '/v1/me', '/v1/customers/other/entitlements']) {
      const { status, body, headers } = await at.get(path)
      expect([status, body['code']]).toEqual([403, 'origin_not_allowed'])
      expect(body['detail']).toContain(`${origin} is not among the origins`)
      expect(corsIn(headers)).toEqual({ vary: 'Origin' })
    }
    const { status } = await preflight('/v1/access', 'GET', origin)
    expect(status).toBe(403)
  })

  it('uses nothing', async () => {
    const used = async () => (await page(APP).get(ACCESS)).body['used']
    const before = await used()
    const { status } = await page(EVIL).post('/v1/consume', { featureId: 'api-calls' })
    expect([status, await used()]).toEqual([403, before])
  })

  it('is not told by OFREP either', async () => {
    const { status, headers } = await page(EVIL).post('/ofrep/v1/evaluate/flags', {
      context: { targetingKey: 'acme' },
    })
    expect([status, corsIn(headers)]).toEqual([403, { vary: 'Origin' }])
  })
})

describe('a preflight', () => {
  it('lets through what a token may call, with all the headers that our clients send', async () => {
    const asked = [
      ['/v1/access', 'GET', 'GET'],
      ['/v1/customers/acme/entitlements', 'GET', 'GET'],
      ['/v1/consume', 'POST', 'POST'],
      ['/v1/usage', 'POST', 'POST'],
      ['/v1/me', 'GET', 'GET'],
      ['/ofrep/v1/evaluate/flags', 'POST', 'POST'],
      ['/ofrep/v1/evaluate/flags/sso', 'POST', 'POST'],
    ] as const
    for (const [path, method, allowed] of asked) {
      const { status, headers } = await preflight(path, method)
      expect([path, status, corsIn(headers)]).toEqual([
        path,
        204,
        {
          ...READABLE,
          'access-control-allow-methods': allowed,
          'access-control-allow-headers':
            'Authorization, X-API-Key, Content-Type, If-None-Match, Idempotency-Key, Consistency-Token',
          'access-control-max-age': '7200',
        },
      ])
    }
  })

  it('lets through nothing else', async () => {
    for (const path of ['/v1/keys', '/v1/customers/acme/tokens', '/v1/plans', '/api/v1/nothing/']) {
      const { status, headers } = await preflight(path, 'POST')
      expect([path, status, corsIn(headers)]).toEqual([path, expect.any(Number), {}])
      expect(status).toBeGreaterThanOrEqual(400)
    }
  })

  it('is one only if it says so', async () => {
    const { status } = await edge(null).send('OPTIONS', '/v1/access', { headers: { Origin: APP } })
    expect(status).toBe(405)
  })

  it('costs D1 nothing, and goes on while D1 is down (promise 8)', async () => {
    const { bindings, counts } = counting()
    expect((await preflight('/v1/access', 'GET', APP, bindings)).status).toBe(204)
    expect(counts).toMatchObject({ kvGets: 1, d1: 0 })
    coldIsolate()
    expect((await preflight('/v1/access', 'GET', APP, { DB: down.DB })).status).toBe(204)
  })
})

describe('without an origin, or with its own', () => {
  it('a token is as good', async () => {
    expect((await edge(token, SANDBOX).get(ACCESS)).status).toBe(200)
    const { status, headers } = await page(ORIGIN).get(ACCESS)
    expect([status, corsIn(headers)]).toEqual([200, {}])
  })

  it('a key looks at no list', async () => {
    const { bindings, counts } = counting()
    const there = issuer.api.over(bindings)
    await there.get('/v1/access?featureId=sso&customerId=acme')
    await there.settle()
    expect(await env.KV.get('origins')).not.toBeNull()
    const before = counts.kvGets
    await there.get('/v1/access?featureId=sso&customerId=acme')
    expect(counts.kvGets).toBe(before)
  })
})

describe('local development', () => {
  it('lets its own machine in, at any port', async () => {
    for (const origin of ['http://localhost:5173', 'http://127.0.0.1:3000', 'http://[::1]:1']) {
      const { status, headers } = await edge(token).get(ACCESS, { Origin: origin })
      expect([status, headers.get('Access-Control-Allow-Origin')]).toEqual([200, origin])
    }
    expect(
      (await edge(token).get(ACCESS, { Origin: 'http://localhost.evil.example' })).status,
    ).toBe(403)
  })
})

describe('the list of origins', () => {
  it('is set as a whole, read, and written down', async () => {
    const { body, headers } = await issuer.api.get(ORIGINS)
    expect(body).toEqual({ origins: [APP], revision: expect.any(Number) })
    const other = 'https://b.example'
    const set = await expectOk(issuer.api.put(ORIGINS, { origins: [APP, other] }))
    expect(set.body).toMatchObject({ origins: [APP, other], propagation: 'done' })
    const { data } = (await issuer.api.get('/v1/audit?resource=settings/origins')).body
    expect(Object(data)[0]).toMatchObject({
      action: 'settings.put',
      before: { origins: [APP] },
      after: { origins: [APP, other] },
    })
    const late = await issuer.api.put(
      ORIGINS,
      { origins: [] },
      { 'If-Match': headers.get('ETag') ?? '' },
    )
    expect([late.status, late.body['code']]).toEqual([412, 'revision_mismatch'])
    await expectOk(issuer.api.put(ORIGINS, { origins: [APP] }))
  })

  it('that stays as it is is no change', async () => {
    const before = (await issuer.api.get(ORIGINS)).body
    const { body } = await expectOk(issuer.api.put(ORIGINS, { origins: [APP] }))
    expect(body).toEqual({ ...before, propagation: 'done' })
  })

  it('has nothing but origins, each once', async () => {
    const over = issuer.api.over(SANDBOX)
    const notOrigins = [
      '*',
      'https://*.example.com',
      'https://app.example.com/',
      'https://APP.example.com',
      'https://app.example.com:443',
      'https://a:b@app.example.com',
      'http://app.example.com',
      'app.example.com',
      'null',
      'javascript:alert(1)',
    ]
    for (const each of notOrigins) {
      const { status, body } = await over.put(ORIGINS, { origins: [APP, each] })
      expect([each, status, body['errors']]).toMatchObject([each, 422, [{ pointer: '/origins/1' }]])
    }
    expect((await over.put(ORIGINS, { origins: [APP, APP] })).status).toBe(400)
    const many = Array.from({ length: 101 }, (_, n) => `https://a${n}.example`)
    expect((await over.put(ORIGINS, { origins: many })).status).toBe(400)
    expect((await over.put(ORIGINS, { origins: ['http://localhost:5173', APP] })).status).toBe(200)
    await expectOk(over.put(ORIGINS, { origins: [APP] }))
  })

  it('is taken back here at once, and elsewhere within a minute', async () => {
    await expectOk(issuer.api.put(ORIGINS, { origins: [APP, EVIL] }))
    expect((await page(EVIL).get(ACCESS)).status).toBe(200)
    await expectOk(issuer.api.put(ORIGINS, { origins: [APP] }))
    expect((await page(EVIL).get(ACCESS)).status).toBe(403)
  })

  it('is read again behind whoever asks, when another isolate may have changed it', async () => {
    const at = page(EVIL)
    expect((await at.get(ACCESS)).status).toBe(403)
    await changedElsewhere([APP, EVIL])
    expect((await at.get(ACCESS)).status).toBe(403)
    wait(10_000)
    expect((await at.get(ACCESS)).status).toBe(403)
    await at.settle()
    expect((await at.get(ACCESS)).status).toBe(200)
  })

  it('is read again before an answer, where nobody has asked for a minute', async () => {
    const at = page(EVIL)
    expect((await at.get('/v1/me')).status).toBe(200)
    await changedElsewhere([APP])
    wait(60_000)
    expect((await at.get('/v1/me')).status).toBe(403)
  })

  it('is looked for once a second, where it cannot be had', async () => {
    const { bindings, counts } = counting({ KV: down.KV, DB: down.DB })
    for (let n = 0; n < 10; n++) {
      expect((await preflight('/v1/access', 'GET', APP, bindings)).status).toBe(503)
    }
    expect(counts).toMatchObject({ kvGets: 1, d1: 1 })
    wait(1_000)
    expect((await preflight('/v1/access')).status).toBe(204)
  })

  it('is copied to KV by the tick, where it was lost (promise 13)', async () => {
    await env.KV.delete('origins')
    await env.KV.delete('token-keys')
    await tick(portsFrom(env), 'local')
    expect(await env.KV.get('origins')).toContain(APP)
    expect(await env.KV.get('token-keys')).not.toBeNull()
    coldIsolate()
    expect((await page(APP, { DB: down.DB }).get('/v1/me')).status).toBe(200)
    coldIsolate()
    await env.KV.delete('origins')
    expect((await page(APP).get('/v1/me')).status).toBe(200)
  })
})

/** As another isolate changes it: this one's memory stays as it is. */
async function changedElsewhere(origins: readonly string[]): Promise<void> {
  const revision = await env.DB.prepare(SET).bind(JSON.stringify(origins)).first('revision')
  await env.KV.put('origins', JSON.stringify([1, revision, origins]))
}

const SET = `UPDATE settings SET value = ?1, revision = revision + 1 WHERE name = 'origins' RETURNING revision`
