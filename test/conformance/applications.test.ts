/** The applications of `examples/`, as they stand, against the service. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { askWorker, KEY, ORIGIN } from '../support/service.ts'
import { access, customerOn, report } from './customers.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples')

/** What a program of an example prints about this customer. */
async function printed(folder: string, CUSTOMER: string): Promise<readonly string[]> {
  const env = { ...process.env, SLUICE_URL: ORIGIN, SLUICE_KEY: KEY, CUSTOMER }
  const cwd = join(EXAMPLES, folder)
  const { stdout } = await promisify(execFile)(process.execPath, ['index.mjs'], { cwd, env })
  return stdout.trim().split('\n')
}

describe('plain-fetch', () => {
  it('asks, and counts, with nothing but fetch', async () => {
    const { customerId } = await customerOn('starter')
    expect(await printed('plain-fetch', customerId)).toEqual([
      expect.stringMatching(/^No single sign-on: not_in_plan. Plan.* enterprise/),
      'Counted 3 calls; 997 are left.',
    ])
    await report(customerId, 'api-calls', 'set', 998)
    expect((await printed('plain-fetch', customerId)).at(-1)).toBe('Refused: limit_reached.')
    expect((await access(customerId, 'api-calls')).used).toBe(998)
  })
})

describe('openfeature-node', () => {
  it('evaluates features of every type with what OpenFeature publishes', async () => {
    const { customerId } = await customerOn('us-pro')
    await report(customerId, 'messages', 'set', 640)
    expect(await printed('openfeature-node', customerId)).toEqual([
      'white-label: false',
      'messages: true (within_limit), 640 of 1000 used',
      'messages left: 360',
      'support-level: business-hours',
      'regions: ["us-east","us-west"]',
    ])
  })
})

describe('hono-worker', () => {
  const ask = (method: string, path: string, customerId?: string) => {
    const headers = customerId === undefined ? {} : { 'X-Customer-Id': customerId }
    return askWorker('sluice-example-hono-worker', path, { method, headers })
  }
  const routes = ['GET /analytics', 'POST /orders/1', 'GET /sign-on', 'POST /search'] as const

  it.each(routes)('%s is for who is signed in', async (route) => {
    const [method = '', path = ''] = route.split(' ')
    expect((await ask(method, path)).status).toBe(401)
  })

  it('shows what the customer has, and refuses the rest with its reason', async () => {
    const { customerId } = await customerOn('pro')
    expect((await ask('GET', '/analytics', customerId)).status).toBe(200)
    const refused = await ask('GET', '/sign-on', customerId)
    expect(refused).toMatchObject({ status: 402, body: { code: 'not_in_plan' } })
    const poor = await customerOn('starter')
    expect(await ask('GET', '/analytics', poor.customerId)).toEqual({
      status: 402,
      body: { reason: 'not_in_plan', hint: expect.stringContaining('pro') },
    })
  })

  it('counts over the binding and by the SDK, an order once, and not beyond the limit', async () => {
    const { customerId } = await customerOn('starter')
    await report(customerId, 'api-calls', 'set', 997)
    const left = async (path: string) => (await ask('POST', path, customerId)).body
    expect(await left('/orders/1')).toEqual({ left: 2 })
    expect(await left('/orders/1')).toEqual({ left: 2 })
    expect(await left('/search')).toEqual({ found: [], left: 1 })
    expect(await left('/orders/2')).toEqual({ left: 0 })
    expect(await left('/orders/3')).toEqual({ reason: 'limit_reached' })
    expect(await left('/search')).toMatchObject({ status: 402, code: 'limit_reached' })
    expect((await access(customerId, 'api-calls')).used).toBe(1000)
  })
})

/** What Next.js calls: its own package is not needed for that. */
describe('next-proxy', () => {
  let next: {
    readonly proxy: (request: Request) => Promise<Response>
    readonly POST: (request: Request) => Promise<Response>
    readonly cookieFor: (customerId: string) => Promise<string>
  }

  beforeAll(async () => {
    vi.stubEnv('SLUICE_URL', ORIGIN)
    vi.stubEnv('SLUICE_KEY', KEY)
    vi.stubEnv('SESSION_SECRET', 'a secret of the test, long enough to be one')
    const folder = join(EXAMPLES, 'next-proxy')
    const [proxy, route, session] = await Promise.all(
      ['proxy.ts', 'token-route.ts', 'session.ts'].map((file) => import(join(folder, file))),
    )
    next = { ...proxy, ...route, ...session }
    return () => vi.unstubAllEnvs()
  })

  const asks = async (path: string, customerId: string | null, method = 'GET') => {
    const [cookie = ''] = customerId === null ? [] : (await next.cookieFor(customerId)).split(';')
    return new Request(`https://app.test${path}`, { method, headers: { Cookie: `a=1; ${cookie}` } })
  }

  it('lets a page through to who has it, and shows others where to buy it', async () => {
    const { customerId } = await customerOn('pro')
    const through = await next.proxy(await asks('/analytics', customerId))
    expect(through.headers.get('x-middleware-next')).toBe('1')
    const poor = await customerOn('starter')
    const shown = await next.proxy(await asks('/analytics/weekly', poor.customerId))
    expect([shown.status, shown.headers.get('Location')]).toEqual([302, 'https://app.test/pricing'])
    expect((await next.proxy(await asks('/analytics', null))).status).toBe(401)
  })

  it('counts each request of the API, until there is none left', async () => {
    const { customerId } = await customerOn('starter')
    await report(customerId, 'api-calls', 'set', 999)
    const call = async () => next.proxy(await asks('/api/v1/things', customerId))
    expect((await call()).headers.get('x-middleware-next')).toBe('1')
    const refused = await call()
    expect([refused.status, await refused.json()]).toMatchObject([402, { code: 'limit_reached' }])
  })

  it('gives a token to who is signed in, which opens that customer alone', async () => {
    const { customerId } = await customerOn('enterprise')
    const other = await customerOn('enterprise')
    const answer = await next.POST(await asks('/sluice-token', customerId, 'POST'))
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    const { token } = (await answer.json()) as { readonly token: string }
    const sso = async (query: string) => {
      const headers = { Authorization: `Bearer ${token}` }
      const response = await fetch(`${ORIGIN}/v1/access?featureId=sso${query}`, { headers })
      return response.json()
    }
    expect(await sso('')).toMatchObject({ customerId, hasAccess: true })
    expect(await sso(`&customerId=${other.customerId}`)).toMatchObject({
      hasAccess: false,
      reason: 'unknown_customer',
    })
  })

  it('gives none to who is not, or who claims to be another', async () => {
    expect((await next.POST(await asks('/sluice-token', null, 'POST'))).status).toBe(401)
    const forged = await asks('/sluice-token', 'pro-co', 'POST')
    const cookie = String(forged.headers.get('Cookie')).replace('pro-co', 'enterprise-co')
    const request = new Request(forged, { headers: { Cookie: cookie } })
    expect((await next.POST(request)).status).toBe(401)
  })
})
