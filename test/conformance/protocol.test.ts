import { describe, expect, it } from 'vitest'
import { problem } from '../../schema/wire/problem.ts'
import { ROUTES } from '../../worker/routes.ts'
import { api, KEY, type Reply, send, tick } from '../support/service.ts'
import { bodyOf } from './customers.ts'

const AUTHORIZED = { Authorization: `Bearer ${KEY}` }

const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  send({ method: 'GET', path, headers })

describe('outside the API', () => {
  it('GET / is the page in local development, complete in itself', async () => {
    const { status, headers, text } = await get('/')
    expect([status, headers.get('Content-Type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(headers.get('Content-Security-Policy')).toContain(`default-src 'none'`)
    expect(text).not.toMatch(/(src|href)="https?:/)
  })

  it.each(['/', '/errors'])('GET %s is there for whoever wants HTML', async (path) => {
    const { status, headers } = await get(path, { Accept: 'text/html' })
    expect([status, headers.get('Content-Type')]).toEqual([200, 'text/html; charset=utf-8'])
  })

  it('HEAD is answered like GET, without a body', async () => {
    const { status, text } = await send({ method: 'HEAD', path: '/v1/me', headers: AUTHORIZED })
    expect([status, text]).toEqual([200, ''])
    const wrong = await send({ method: 'HEAD', path: '/v1/consume', headers: AUTHORIZED })
    expect([wrong.status, wrong.text]).toEqual([405, ''])
  })

  it('GET /health needs neither key nor store', async () => {
    const { status, body } = await get('/health')
    expect([status, body]).toEqual([200, { status: 'ok' }])
  })

  it('GET /ready asks each store, for whoever has a key', async () => {
    expect((await get('/ready')).status).toBe(401)
    const { status, body } = await get('/ready', AUTHORIZED)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ready: true,
      stores: { kv: { ok: true }, object: { ok: true }, d1: { ok: true } },
      unsynced: { oldestAgeMs: expect.any(Number) },
      overdue: { count: expect.any(Number) },
    })
  })

  it('a tick leaves nothing behind that is overdue or unsynced', async () => {
    await tick()
    const { body } = await get('/ready', AUTHORIZED)
    expect(body).toMatchObject({ unsynced: { count: 0 }, overdue: { count: 0 } })
  })

  it('GET /errors explains every problem', async () => {
    const { body } = await api.get('/plans/nothing')
    const { hash, pathname } = new URL(body.type)
    expect([pathname, hash]).toEqual(['/errors', '#plan_not_found'])
    const { status, text } = await get(pathname)
    expect(status).toBe(200)
    expect(text).toContain('plan_not_found')
  })
})

describe('every answer', () => {
  it.each([
    '/v1/me',
    '/v1/access?customerId=pro-co&featureId=sso',
    '/v1/plans/nothing',
    '/nothing',
  ])('%s names its request and its timing, and is kept by nobody', async (path) => {
    const { headers } = await get(path, AUTHORIZED)
    expect(headers.get('Sluice-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(headers.get('Server-Timing')).toMatch(/^src;desc="\w+"/)
    expect(headers.get('Cache-Control')).toBe('private, no-store')
  })

  it('to a change carries its token twice', async () => {
    const { headers, body } = await api.put('/customers/starter-co', { name: 'Starter Co' })
    expect(headers.get('Consistency-Token')).toBe(body.consistencyToken)
    const path = '/access?customerId=starter-co&featureId=sso'
    const { status } = await api.get(path, { 'Consistency-Token': body.consistencyToken })
    expect(status).toBe(200)
    const catalogue = await bodyOf(api.put('/catalogue', { features: [], plans: [] }))
    const both = `${body.consistencyToken},${catalogue.consistencyToken}`
    expect((await api.get(path, { 'Consistency-Token': both })).status).toBe(200)
  })
})

describe('a problem', () => {
  it.each([
    ['GET', '/v1/nothing', 404, 'route_not_found'],
    ['GET', '/v2/access', 404, 'route_not_found'],
    ['GET', '/v1/access/', 404, 'route_not_found'],
    ['GET', '//v1/access', 404, 'route_not_found'],
    ['POST', '/v1/access', 405, 'method_not_allowed'],
    ['DELETE', '/v1/catalogue', 405, 'method_not_allowed'],
    ['GET', '/v1/consume', 405, 'method_not_allowed'],
    ['PUT', '/health', 405, 'method_not_allowed'],
  ])('%s %s is %i %s', async (method, path, status, code) => {
    expectProblem(await send({ method, path, headers: AUTHORIZED }), status, code)
  })

  it('of a wrong method says which would be right', async () => {
    const { headers } = await send({ method: 'GET', path: '/v1/consume', headers: AUTHORIZED })
    expect(headers.get('Allow')).toBe('POST')
    const all = await send({ method: 'POST', path: '/v1/plans/pro', headers: AUTHORIZED })
    expect(all.headers.get('Allow')?.split(', ').toSorted()).toEqual([
      'DELETE',
      'GET',
      'PATCH',
      'PUT',
    ])
  })

  it('of a taste for XML is 406', async () => {
    const reply = await get('/v1/me', { ...AUTHORIZED, Accept: 'application/xml' })
    expectProblem(reply, 406, 'not_acceptable')
  })

  it('of a body that is too large is 413, of one that is no JSON 415', async () => {
    const post = (body: string, type: string) =>
      send({
        method: 'POST',
        path: '/v1/consume',
        headers: { ...AUTHORIZED, 'Content-Type': type },
        body,
      })
    expectProblem(await post('x'.repeat(65_537), 'application/json'), 413, 'body_too_large')
    expectProblem(await post('<a/>', 'application/xml'), 415, 'unsupported_media_type')
  })

  it('lets a whole catalogue be larger than other bodies', async () => {
    const row = ROUTES.find(({ operationId }) => operationId === 'putCatalogue')
    expect(row?.bodyBytesMax).toBe(1024 * 1024)
    const features = [{ id: 'sso', type: 'boolean', description: 'x'.repeat(70_000) }]
    const { body } = await api.put('/catalogue', { features, plans: [] })
    expect(body).toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/features/0/description' }],
    })
  })
})

function expectProblem({ status, headers, body, text }: Reply, wanted: number, code: string): void {
  expect([status, body?.code, text]).toEqual([wanted, code, text])
  expect(headers.get('Content-Type')).toBe('application/problem+json')
  expect(problem.safeParse(body).error).toBeUndefined()
  expect(body).toMatchObject({ status, requestId: headers.get('Sluice-Request-Id') })
}
