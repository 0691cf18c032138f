/** Customer tokens from outside: what they reach, whom they do not, and the pages that may send them. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../../worker/routes.ts'
import { openBrowser } from '../support/browser.ts'
import { api, apiWith, KEY, ORIGIN, type Reply, send, unique } from '../support/service.ts'
import { bodyOf, customerOn } from './customers.ts'

/** What a customer's token may call, as the API's page has it. */
const REACHED = [
  'getAccess',
  'listEntitlements',
  'streamEntitlements',
  'consume',
  'reportUsage',
  'getMe',
]

let own: string
let other: string
let token: string

beforeAll(async () => {
  own = (await customerOn('pro')).customerId
  other = (await customerOn('enterprise')).customerId
  token = await mint()
})

async function mint(input: object = { scopes: ['read', 'usage'] }): Promise<string> {
  return (await bodyOf(api.post(`/customers/${own}/tokens`, input))).token
}

const bearer = (credential: string) => ({ Authorization: `Bearer ${credential}` })
const decoded = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString())
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('a customer’s token', () => {
  it('reaches six routes; every other one refuses it, and names what it needs', async () => {
    const asked = await Promise.all(
      ROUTES.filter(({ scope }) => scope !== 'none').map(async ({ operationId, method, path }) => {
        const { status, body } = await send({
          method,
          path: path.replaceAll(/:\w+/g, own),
          headers: bearer(token),
        })
        return { operationId, isReached: status !== 401 && status !== 403, code: body?.code }
      }),
    )
    const reached = asked.filter(({ isReached }) => isReached).map((each) => each.operationId)
    expect(reached.toSorted()).toEqual(REACHED.toSorted())
    const refusals = asked.filter(({ isReached }) => !isReached).map(({ code }) => code)
    expect(new Set(refusals)).toEqual(new Set(['scope_missing']))
  })

  it('asks and uses for its customer without naming it', async () => {
    const holder = apiWith(token)
    expect(await bodyOf(holder.get('/access?featureId=api-calls'))).toMatchObject({
      customerId: own,
      hasAccess: true,
    })
    const used = await bodyOf(holder.post('/consume', { featureId: 'api-calls', quantity: 3 }))
    expect(used).toMatchObject({ consumed: true, entitlement: { customerId: own, used: 3 } })
    expect(await bodyOf(holder.get('/me'))).toMatchObject({ kind: 'token', customerId: own })
  })

  it('is answered about another customer exactly as about nobody', async () => {
    const nobody = unique('customer')
    for (const [method, path, body] of questions()) {
      const answers = await Promise.all(
        [other, nobody].map(async (id) => said(await ask(method, path, body, id), id)),
      )
      expect([path, answers[0]]).toEqual([path, answers[1]])
    }
    const { text } = await api.get(`/customers/${other}/usage?featureId=api-calls`)
    expect(JSON.parse(text).data.filter((row: { consumed: number }) => row.consumed > 0)).toEqual(
      [],
    )
  })

  it('has an end', async () => {
    const short = apiWith(await mint({ ttlSeconds: 1 }))
    await expect.poll(async () => (await short.get('/me')).status, { timeout: 5_000 }).toBe(401)
  })
})

/** Everything that a token can ask about a customer whom it names. */
function questions(): readonly (readonly [method: string, path: string, body?: object])[] {
  const calls = { customerId: '{id}', featureId: 'api-calls' }
  return [
    ['GET', '/v1/access?featureId=sso&customerId={id}'],
    ['GET', '/v1/access?featureId=sso&customerId={id}&fresh=true'],
    ['GET', '/v1/customers/{id}/entitlements'],
    ['GET', '/v1/customers/{id}/stream'],
    ['POST', '/v1/consume', calls],
    ['POST', '/v1/usage', { ...calls, behaviour: 'delta', value: 1 }],
    ['POST', '/ofrep/v1/evaluate/flags', { context: { targetingKey: '{id}' } }],
  ]
}

function ask(method: string, path: string, body: object | undefined, id: string): Promise<Reply> {
  const json = body && { 'Content-Type': 'application/json' }
  const upgrade = path.endsWith('/stream') && UPGRADE
  return send({
    method,
    path: path.replace('{id}', id),
    headers: { ...bearer(token), ...json, ...upgrade },
    body: body && JSON.stringify(body).replace('{id}', id),
  })
}

/** How a socket is asked for; what is refused is answered like any request. */
const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  'Sec-WebSocket-Version': '13',
}

/** An answer but for what two requests never have in common, and for a digest of what is compared here anyway. */
function said({ status, headers, text }: Reply, id: string) {
  const aside = ['date', 'sluice-request-id', 'server-timing', 'etag', 'content-length']
  const shown = [...headers].filter(([name]) => !aside.includes(name))
  const plain = text.replaceAll(id, '{id}').replaceAll(/"(requestId|asOf)":"[^"]+"/g, '')
  return { status, shown, plain, hasTag: headers.has('ETag') }
}

describe('what is no token', () => {
  it('opens nothing', async () => {
    const [header = '', payload = '', signature = ''] = token.split('.')
    const claims = decoded(payload)
    const resigned = (over: object) => `${header}.${encoded({ ...claims, ...over })}.${signature}`
    const none = encoded({ alg: 'none', typ: 'JWT' })
    const forged: Readonly<Record<string, string>> = {
      'of another customer': resigned({ sub: other }),
      'of a later end': resigned({ exp: claims.exp + 3_600 }),
      'of more scopes': resigned({ scope: 'read usage manage' }),
      'of another audience': resigned({ aud: 'sluice:portal' }),
      'alg none': `${none}.${payload}.`,
      'alg none, with a signature': `${none}.${payload}.${signature}`,
      'alg RS256': `${encoded({ ...decoded(header), alg: 'RS256' })}.${payload}.${signature}`,
      'another kid': `${encoded({ ...decoded(header), kid: '7' })}.${payload}.${signature}`,
      'cut short': token.slice(0, -1),
      'two dots more': `${token}..`,
      'ten thousand characters': `${token}${'a'.repeat(10_000)}`,
      'no signature': `${header}.${payload}.`,
      'a key behind it': `${token}${KEY}`,
    }
    const answers = Object.entries(forged).map(async ([name, credential]) => {
      const { status, body } = await send({
        method: 'GET',
        path: '/v1/me',
        headers: bearer(credential),
      })
      return [name, status, body.code]
    })
    expect(await Promise.all(answers)).toEqual(
      Object.keys(forged).map((name) => [name, 401, 'credential_invalid']),
    )
    const production = resigned({ env: 'production', aud: 'sluice:production' })
    expect((await apiWith(production).get('/me')).body.code).toBe('wrong_environment')
    expect((await send({ method: 'GET', path: `/v1/me?token=${token}` })).status).toBe(401)
  })
})

describe('in a browser', () => {
  let browser: Browser
  let server: Server
  let page: Page

  beforeAll(async () => {
    server = createServer((_, response) =>
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>App'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    browser = await openBrowser()
    page = await browser.newPage()
    const { port } = server.address() as AddressInfo
    await page.goto(`http://127.0.0.1:${port}/`)
  })

  afterAll(async () => {
    await browser.close()
    server.close()
  })

  const call = (path: string, headers: object, body?: object) =>
    page.evaluate<string>(script(`${ORIGIN}${path}`, headers, body))

  it('a page reads what its token is answered, with the headers that clients need', async () => {
    const list = `/v1/customers/${own}/entitlements`
    expect(await call(list, bearer(token))).toMatch(/^200 W\/"[0-9a-f]{24}" req/)
    const json = { 'Content-Type': 'application/json', 'Idempotency-Key': unique('call') }
    const use = { featureId: 'api-calls' }
    expect(await call('/v1/consume', { ...bearer(token), ...json }, use)).toMatch(/^200/)
    expect(await call('/v1/me', bearer('a.b.c'))).toMatch(/^401/)
  })

  it('a page with a secret key reads nothing', async () => {
    expect(await call('/v1/me', bearer(KEY))).toBe('TypeError')
  })

  it('a page may send nothing to where no token reaches', async () => {
    expect(await call('/v1/plans', bearer(token))).toBe('TypeError')
  })

  it('a page of an origin that is not allowed is kept from asking', async () => {
    const asked = `fetch('${ORIGIN}/v1/me', { headers: ${JSON.stringify(bearer(token))} })`
    const inside = `${asked}.then((answer) => answer.status, (thrown) => thrown.name).then((text) => parent.postMessage(text, '*'))`
    const heard = await page.evaluate<string>(`new Promise((resolve) => {
      addEventListener('message', ({ data }) => resolve(data), { once: true })
      const frame = document.createElement('iframe')
      frame.sandbox = 'allow-scripts'
      frame.srcdoc = ${JSON.stringify(`<script>${inside}</script>`)}
      document.body.append(frame)
    })`)
    expect(heard).toBe('TypeError')
  })
})

/** A request of a page: its status and two of its headers, or what it was that failed. */
function script(url: string, headers: object, body?: object): string {
  const init = { method: body === undefined ? 'GET' : 'POST', headers }
  const sent = body === undefined ? '' : `, body: ${JSON.stringify(JSON.stringify(body))}`
  return `fetch('${url}', { ...${JSON.stringify(init)}${sent} }).then(
    ({ status, headers }) => [status, headers.get('ETag'), headers.has('Sluice-Request-Id') ? 'req' : ''].join(' '),
    (thrown) => thrown.name,
  )`
}
