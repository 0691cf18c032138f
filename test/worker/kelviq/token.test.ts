import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { edge, type Edge, type Reply, type Sending } from '../../support/edge.ts'
import { coldIsolate, type Issuer, openIssuer } from '../../support/holders.ts'
import { expectOk } from '../../support/manager.ts'

const CALLS = 'feature_id=api-calls'
const USE = { feature_id: 'api-calls', value: 1, behaviour: 'DELTA' }

let issuer: Issuer

beforeAll(async () => {
  issuer = await openIssuer()
})

afterEach(() => issuer.api.settle())

const entitlements = (caller: Edge, query: string) => caller.get(`/api/v1/entitlements?${query}`)
const report = (caller: Edge, body: object) => caller.post('/api/v1/report/usage/', body)

/** An answer without what differs from call to call. */
function said({ status, body }: Reply, customerId: string): unknown {
  const { asOf: _, ageMs: __, ...rest } = body
  return JSON.parse(JSON.stringify([status, rest]).replaceAll(customerId, 'x'))
}

describe('who holds a customer’s token', () => {
  it('is answered of that customer, named or not', async () => {
    const holder = await issuer.holder()
    for (const query of [CALLS, `${CALLS}&customer_id=acme`]) {
      expect((await expectOk(entitlements(holder, query))).body).toMatchObject({
        customerId: 'acme',
        entitlements: [{ featureId: 'api-calls', hasAccess: true }],
      })
    }
    const { body } = await expectOk(entitlements(holder, ''))
    expect(body['entitlements']).toHaveLength(1)
  })

  it('hears of another customer what it hears of nobody', async () => {
    const holder = await issuer.holder({ scopes: ['read', 'usage'] })
    for (const query of [CALLS, '']) {
      const other = await entitlements(holder, `${query}&customer_id=other`)
      const nobody = await entitlements(holder, `${query}&customer_id=nobody`)
      expect([other.status, other.body['entitlements']]).toEqual([200, []])
      expect(said(other, 'other')).toEqual(said(nobody, 'nobody'))
    }
    const other = await report(holder, { ...USE, customer_id: 'other' })
    const nobody = await report(holder, { ...USE, customer_id: 'nobody' })
    expect(other.status).toBe(404)
    expect(said(other, 'other')).toEqual(said(nobody, 'nobody'))
  })

  it('hears of no other feature than its token names', async () => {
    const holder = await issuer.holder({ featureIds: ['sso'] })
    for (const query of [CALLS, ''])
      expect((await expectOk(entitlements(holder, query))).body['entitlements']).toEqual([])
  })

  it('reports its own use, where the token says so', async () => {
    const user = await issuer.holder({ scopes: ['read', 'usage'] })
    expect((await expectOk(report(user, USE))).body).toMatchObject({
      customerId: 'acme',
      entitlement: { currentUsage: 1 },
    })
    expect((await report(await issuer.holder(), USE)).status).toBe(403)
  })

  it('may ask nothing else of Kelviq’s API, and learns nothing from asking', async () => {
    const holder = await issuer.holder({ scopes: ['read', 'usage'] })
    for (const [method, path] of OTHERS) {
      const { status, body } = await holder.send(
        method,
        `/api/v1${path}`,
        method === 'GET' ? {} : { body: {} },
      )
      expect([path, status, body['code']]).toEqual([path, 403, 'scope_missing'])
    }
  })
})

describe('a page of another origin', () => {
  const APP = 'https://app.example.com'
  /** Deployed, where no origin is allowed by itself. */
  const SANDBOX = { ENVIRONMENT: 'sandbox' } as const
  const page = async (origin: string, method: string, path: string, more: Sending = {}) => {
    const token = await issuer.mint({ scopes: ['read', 'usage'] })
    const headers = { Origin: origin, ...more.headers }
    return edge(token, SANDBOX).send(method, `/api/v1${path}`, { ...more, headers })
  }

  beforeAll(() => expectOk(issuer.api.put('/v1/settings/origins', { origins: [APP] })))

  it('reads entitlements and reports use with a token, as Kelviq’s SDKs for browsers ask', async () => {
    for (const [method, path, more] of [
      ['GET', '/entitlements/?customer_id=acme', {}],
      ['POST', '/report/usage/', { body: { ...USE, customer_id: 'acme' } }],
    ] as const) {
      const asked = { headers: { 'Access-Control-Request-Method': method } }
      const preflight = await page(APP, 'OPTIONS', path, asked)
      expect([path, preflight.status]).toEqual([path, 204])
      expect(preflight.headers.get('Access-Control-Allow-Methods')).toBe(method)
      expect(preflight.headers.get('Access-Control-Allow-Headers')).toMatch(
        /Authorization.*Content-Type/,
      )
      const answer = await page(APP, method, path, more)
      expect([path, answer.status]).toEqual([path, 200])
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(APP)
    }
  })

  it('that is not allowed is told so in Kelviq’s form, and reads nothing', async () => {
    const { status, body, headers } = await page('https://evil.example', 'GET', '/entitlements')
    expect([status, body['code'], typeof body['detail']]).toEqual([
      403,
      'origin_not_allowed',
      'string',
    ])
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
  })
})

const OTHERS = [
  ['POST', '/report/event/'],
  ['GET', '/customers/'],
  ['GET', '/customers/?page=99'],
  ['GET', '/customers/acme/'],
  ['POST', '/customers/'],
  ['PATCH', '/customers/acme/'],
  ['DELETE', '/customers/acme/'],
  ['GET', '/subscriptions/?customer_id=acme'],
  ['POST', '/subscriptions/create/'],
  ['GET', '/catalog/features/'],
  ['GET', '/catalog/plans/'],
  ['POST', '/checkout/'],
  ['POST', '/portal/session/'],
  ['POST', '/license/validate/'],
] as const

describe('a consistency token', () => {
  it('of a report makes the next list show it, where the copies do not yet', async () => {
    const { api } = issuer
    const body = { ...USE, customer_id: 'other', value: 7, behaviour: 'SET' }
    await expectOk(api.get('/api/v1/entitlements?customer_id=other'))
    await api.settle()
    const { body: reported } = await expectOk(report(api, body))
    coldIsolate()
    const asked = '/api/v1/entitlements?customer_id=other'
    const { body: before } = await expectOk(api.get(asked))
    expect(before['entitlements']).toEqual([expect.objectContaining({ currentUsage: 0 })])
    const headers = { 'Consistency-Token': String(reported['consistencyToken']) }
    const { body: shown } = await expectOk(api.send('GET', asked, { headers }))
    expect(shown['entitlements']).toEqual([expect.objectContaining({ currentUsage: 7 })])
  })

  it('that is none is refused', async () => {
    const headers = { 'Consistency-Token': 'nonsense' }
    const { status, body } = await issuer.api.send('GET', '/api/v1/entitlements?customer_id=acme', {
      headers,
    })
    expect([status, body['code']]).toEqual([400, 'invalid_consistency_token'])
  })
})
