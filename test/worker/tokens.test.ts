/** Customer tokens: making them, what they open, and whom they do not reach. */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { fromBase64Url } from '../../schema/base64url.ts'
import { clearIsolate } from '../../worker/isolate.ts'
import { counting } from '../support/bindings.ts'
import { edge, type Edge, type Reply } from '../support/edge.ts'
import { issuerForAll } from '../support/holders.ts'

const NOW = Date.parse('2026-02-10T12:00:00.250Z')
const ACCESS = '/v1/access?featureId=api-calls'
const CALLS = { featureId: 'api-calls' }

const issuer = issuerForAll(NOW)

const mint = (input: object = {}) => issuer().mint(input)
const browser = (input: object = {}) => issuer().holder(input)

describe('making one', () => {
  it('answers a token for a quarter of an hour, or for as long as is asked, up to one', async () => {
    const { status, body } = await issuer().api.post('/v1/customers/acme/tokens', {})
    expect([status, body['expiresAt']]).toEqual([201, '2026-02-10T12:15:00.000Z'])
    const hour = await issuer().api.post('/v1/customers/acme/tokens', { ttlSeconds: 3_600 })
    expect(hour.body['expiresAt']).toBe('2026-02-10T13:00:00.000Z')
    for (const ttlSeconds of [0, 3_601, 1.5, '60']) {
      expect((await issuer().api.post('/v1/customers/acme/tokens', { ttlSeconds })).status).toBe(
        400,
      )
    }
  })

  it('says what it is for, in the words of the standard', async () => {
    const token = await mint({ scopes: ['read', 'usage'], featureIds: ['sso'] })
    const [header = '', payload = ''] = token.split('.')
    expect(fromBase64Url(header)).toBe('{"alg":"HS256","typ":"JWT","kid":"1"}')
    expect(JSON.parse(fromBase64Url(payload) ?? '')).toEqual({
      aud: 'sluice:sandbox',
      env: 'sandbox',
      sub: 'acme',
      scope: 'read usage',
      features: ['sso'],
      iat: Math.floor(NOW / 1000),
      exp: Math.floor(NOW / 1000) + 900,
      jti: expect.stringMatching(/^tok_[0-9a-z]{26}$/),
    })
  })

  it('is refused for what no token says', async () => {
    const wrong = [
      [{ scopes: [] }, '/scopes'],
      [{ scopes: ['manage'] }, '/scopes/0'],
      [{ scopes: ['read', 'read'] }, '/scopes'],
      [{ featureIds: [] }, '/featureIds'],
      [{ featureIds: ['sso', 'sso'] }, '/featureIds'],
      [{ featureIds: Array.from({ length: 51 }, (_, n) => `f-${n}`) }, '/featureIds'],
      [{ customerId: 'other' }, '/customerId'],
    ] as const
    for (const [input, pointer] of wrong) {
      const { status, body } = await issuer().api.post('/v1/customers/acme/tokens', input)
      expect([status, body['code'], body['errors']]).toMatchObject([
        400,
        'invalid_request',
        [{ pointer }],
      ])
    }
  })

  it('is refused for a customer or a feature that nobody knows', async () => {
    const nobody = await issuer().api.post('/v1/customers/nobody/tokens', {})
    expect([nobody.status, nobody.body['code']]).toEqual([404, 'customer_not_found'])
    const misspelt = await issuer().api.post('/v1/customers/acme/tokens', {
      featureIds: ['sso', 'api-call'],
    })
    expect([misspelt.status, misspelt.body['code']]).toEqual([422, 'unknown_reference'])
    expect(misspelt.body['detail']).toContain("Did you mean 'api-calls'?")
  })

  it('needs a key that manages', async () => {
    const holder = await browser({ scopes: ['read', 'usage'] })
    const { status, body } = await holder.post('/v1/customers/acme/tokens', {})
    expect([status, body['code']]).toEqual([403, 'scope_missing'])
  })

  it('is written down, the token nowhere', async () => {
    const key = { 'Idempotency-Key': 'once' }
    const { body } = await issuer().api.post('/v1/customers/acme/tokens', {}, key)
    const signature = String(body['token']).split('.')[2]
    for (const table of ['changes', 'idempotency']) {
      const { results } = await env.DB.prepare(`SELECT * FROM ${table}`).all()
      expect(JSON.stringify(results)).not.toContain(signature)
    }
    const again = await issuer().api.post('/v1/customers/acme/tokens', {}, key)
    expect(again.body).toEqual(body)
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    const { data } = (await issuer().api.get('/v1/audit?customerId=acme')).body
    const { expiresAt } = body
    expect(Object(data)[0]).toMatchObject({
      action: 'tokens.create',
      resource: 'customers/acme/tokens',
      before: null,
      after: { scopes: ['read'], featureIds: null, expiresAt },
    })
  })
})

describe('its holder', () => {
  it('learns who it is', async () => {
    const { body } = await (await browser({ featureIds: ['sso'] })).get('/v1/me')
    expect(body).toEqual({
      kind: 'token',
      environment: 'sandbox',
      scopes: ['read'],
      tokenId: expect.stringMatching(/^tok_/),
      customerId: 'acme',
      featureIds: ['sso'],
      expiresAt: '2026-02-10T12:15:00.000Z',
    })
  })

  it('asks, lists, consumes and reports for its customer without naming it', async () => {
    const holder = await browser({ scopes: ['read', 'usage'] })
    expect((await holder.get(ACCESS)).body).toMatchObject({ customerId: 'acme', hasAccess: true })
    expect((await holder.get(`${ACCESS}&customerId=acme`)).body).toMatchObject({ hasAccess: true })
    const listed = await holder.get('/v1/customers/acme/entitlements')
    expect(listed.body['data']).toHaveLength(4)
    expect((await holder.post('/v1/consume', CALLS)).body).toMatchObject({ consumed: true })
    const report = { ...CALLS, behaviour: 'delta', value: 2 }
    const { body } = await holder.post('/v1/usage', report)
    expect(body).toMatchObject({ recorded: true, applied: 2, entitlement: { customerId: 'acme' } })
  })

  it('is the one who used it, in the ledger', async () => {
    const holder = await browser({ scopes: ['usage'] })
    await holder.post('/v1/consume', CALLS)
    const path = '/v1/customers/acme/usage/entries?featureId=api-calls'
    const { data } = (await issuer().api.get(path)).body
    const me = (await holder.get('/v1/me')).body['tokenId']
    expect(data).toContainEqual(
      expect.objectContaining({ kind: 'consume', lastActor: `token:${String(me)}` }),
    )
  })

  it('uses nothing unless that was asked for', async () => {
    const { status, body } = await (await browser()).post('/v1/consume', CALLS)
    expect([status, body['detail']]).toEqual([
      403,
      "This route needs the scope 'usage'; the token has 'read'.",
    ])
  })

  it('reports nothing of the past, and takes nothing back', async () => {
    const holder = await browser({ scopes: ['usage'] })
    const more = { behaviour: 'delta', value: 1 }
    const refused = [
      [{ ...more, occurredAt: '2026-02-10T11:00:00Z' }, '/occurredAt'],
      [{ ...more, value: -1 }, '/value'],
      [{ behaviour: 'set', value: 0 }, '/behaviour'],
    ] as const
    for (const [report, pointer] of refused) {
      const { status, body } = await holder.post('/v1/usage', { ...CALLS, ...report })
      expect([status, body['errors']]).toMatchObject([400, [{ pointer, code: 'not_with_token' }]])
    }
  })

  it('reaches no other route, and is told what would', async () => {
    const holder = await browser({ scopes: ['read', 'usage'] })
    for (const path of ['/v1/customers', '/v1/plans', '/v1/customers/acme', '/ready']) {
      const { status, body } = await holder.get(path)
      expect([path, status, body['code']]).toEqual([path, 403, 'scope_missing'])
      expect(body['detail']).toContain('needs a secret key')
    }
  })
})

/** Everything of an answer that may differ between two requests that are answered alike. */
function alike({ status, headers, body }: Reply, customerId: string) {
  const { requestId: _, asOf: __, ...said } = body
  const names = [...headers.keys()].filter((name) => name !== 'sluice-request-id')
  // How long it took, and a digest of what is compared here anyway.
  const aside = ['server-timing', 'etag']
  const shown = names.map((name) => [name, aside.includes(name) ? '' : headers.get(name)])
  const text = JSON.stringify([status, shown, said])
  return text.replaceAll(customerId, '{id}')
}

describe('another customer', () => {
  const asked: readonly (readonly [string, (holder: Edge, id: string) => Promise<Reply>])[] = [
    ['access', (holder, id) => holder.get(`${ACCESS}&customerId=${id}`)],
    ['fresh access', (holder, id) => holder.get(`${ACCESS}&customerId=${id}&fresh=true`)],
    ['an unknown feature', (holder, id) => holder.get(`/v1/access?featureId=x&customerId=${id}`)],
    ['entitlements', (holder, id) => holder.get(`/v1/customers/${id}/entitlements`)],
    ['one of them', (holder, id) => holder.get(`/v1/customers/${id}/entitlements?featureId=sso`)],
    ['consume', (holder, id) => holder.post('/v1/consume', { ...CALLS, customerId: id })],
    [
      'usage',
      (holder, id) =>
        holder.post('/v1/usage', { ...CALLS, customerId: id, behaviour: 'delta', value: 1 }),
    ],
  ]

  it('is answered like nobody, without asking anybody', async () => {
    const { bindings, counts } = counting()
    const holder = edge(await mint({ scopes: ['read', 'usage'] }), bindings)
    await holder.get(`${ACCESS}&customerId=acme`)
    // What the isolate knows of the other customer makes no difference.
    await issuer().api.get(`${ACCESS}&customerId=other`)
    const before = structuredClone(counts)
    for (const [what, ask] of asked) {
      const ofOther = await ask(holder, 'other')
      const ofNobody = await ask(holder, 'nobod')
      expect([what, alike(ofOther, 'other')]).toEqual([what, alike(ofNobody, 'nobod')])
      expect([what, counts]).toEqual([what, before])
    }
  })

  it('is answered in the words that a key gets for nobody', async () => {
    const holder = await browser()
    const path = '/v1/access?featureId=sso&customerId='
    const ofOther = await holder.get(`${path}other`)
    const ofNobody = await issuer().api.get(`${path}nobod`)
    expect(ofOther.body).toMatchObject({ hasAccess: false, reason: 'unknown_customer' })
    expect(alike(ofOther, 'other')).toBe(alike(ofNobody, 'nobod'))
  })
})

describe('a token for some features', () => {
  it('knows no others: they are answered like unknown ones, and lists leave them out', async () => {
    const holder = await browser({ featureIds: ['sso', 'retries'], scopes: ['read', 'usage'] })
    const ofHidden = await holder.get('/v1/access?featureId=api-calls')
    clearIsolate()
    const ofNone = await holder.get('/v1/access?featureId=zpi-calls')
    expect(alike(ofHidden, 'api-calls')).toBe(alike(ofNone, 'zpi-calls'))
    expect(ofHidden.body).toMatchObject({ type: null, reason: 'unknown_feature' })
    expect((await holder.get('/v1/access?featureId=sso')).body).toMatchObject({ type: 'boolean' })
    const { data } = (await holder.get('/v1/customers/acme/entitlements')).body
    expect(data).toMatchObject([{ featureId: 'sso' }, { featureId: 'retries' }])
    const used = await Promise.all(
      ['api-calls', 'zpi-calls'].map(async (featureId) =>
        alike(await holder.post('/v1/consume', { featureId }), featureId),
      ),
    )
    expect(used[0]).toBe(used[1])
  })

  it('is told of none by a suggestion', async () => {
    const holder = await browser({ featureIds: ['retries'], scopes: ['read', 'usage'] })
    const asked = await holder.get('/v1/access?featureId=api-call')
    expect(asked.body['hint']).toBeUndefined()
    const { body } = await holder.post('/v1/consume', { featureId: 'api-call' })
    expect(body['detail']).toBe("The catalogue has no feature 'api-call'.")
    expect((await holder.get('/v1/access?featureId=retrie')).body['hint']).toBe(
      "Did you mean 'retries'?",
    )
  })

  it('asks about another customer’s hidden features as about nobody’s', async () => {
    const holder = await browser({ featureIds: ['retries'] })
    const ask = async (id: string) =>
      alike(await holder.get(`/v1/access?featureId=sso&customerId=${id}`), id)
    expect(await ask('other')).toBe(await ask('nobod'))
  })
})
