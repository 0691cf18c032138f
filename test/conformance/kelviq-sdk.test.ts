import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { api, dump, KEY, makeKey, ORIGIN, send, unique } from '../support/service.ts'
import { access, bodyOf, customerOn } from './customers.ts'
import { kelviq, kelviqByFetch, kelviqWith, raw, thrownBy } from './kelviq.ts'

const UNIQUE_KEY = /^[0-9a-f]{32}$/

describe.each([
  ['over Node’s sockets', kelviq],
  ['by fetch', kelviqByFetch],
])('Kelviq’s SDK, %s,', (_, sdk) => {
  it('makes, finds, lists, changes and archives a customer', async () => {
    const customerId = unique('kelviq')
    const email = `${customerId}@example.com`
    const metadata = { camelKey: { innerKey: 1 }, snake_key: 'x' }
    const made = await sdk.customers.create({ customerId, email, name: 'Ada', metadata })
    expect(made).toMatchObject({ customerId, email, name: 'Ada', metadata, details: {} })
    expect(Date.parse(made.createdOn)).toBeGreaterThan(Date.now() - 60_000)
    expect(await sdk.customers.retrieve({ customerId })).toEqual(made)
    const listed = await sdk.customers.list({ page: 1, pageSize: 5 })
    expect(listed.results[0]).toEqual(made)
    expect(listed.count).toBeGreaterThan(20)
    expect(listed.next).toContain(`${ORIGIN}/api/v1/customers/?page=2&page_size=5`)

    const changed = await sdk.customers.update({ customerId, name: 'Grace', metadata: { only: 1 } })
    expect(changed).toMatchObject({ customerId, email, name: 'Grace', metadata: { only: 1 } })
    expect(await bodyOf(api.get(`/customers/${customerId}`))).toMatchObject({
      name: 'Grace',
      email,
      metadata: { only: 1 },
    })

    expect(await sdk.customers.archive({ customerId })).toMatchObject({ message: /archived/i })
    expect(await thrownBy(sdk.customers.retrieve({ customerId }))).toMatchObject({
      name: 'NotFoundError',
      statusCode: 404,
    })
    const again = await thrownBy(sdk.customers.create({ customerId, email }))
    expect(again).toMatchObject({
      name: 'InvalidRequestError',
      statusCode: 400,
      details: { customerId: [expect.any(String)] },
    })
  })

  it('reports usage, which the next check sees', async () => {
    const { customerId } = await customerOn('starter')
    const use = { customerId, featureId: 'api-calls' } as const
    const said = await sdk.reporting.reportUsage({ ...use, value: 2, behaviour: 'DELTA' })
    expect(said).toMatchObject({
      ...use,
      value: 2,
      behaviour: 'DELTA',
      orgId: '1',
      eventName: 'aggregated.usage',
      idempotencyKey: expect.stringMatching(UNIQUE_KEY),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
      entitlement: { currentUsage: 2, remaining: 998 },
    })
    await sdk.reporting.reportUsage({ ...use, value: 1000, behaviour: 'SET', resourceId: 'r1' })
    expect(await sdk.entitlements.hasAccess(use)).toBe(false)
    // A fact, also past a hard limit.
    await sdk.reporting.reportUsage({ ...use, value: 7, behaviour: 'DELTA' })
    expect(await sdk.entitlements.getEntitlement(use)).toMatchObject({
      hasAccess: false,
      currentUsage: 1007,
      remaining: -7,
    })
    await sdk.reporting.reportUsage({ ...use, value: 3, behaviour: 'SET' })
    expect(await sdk.entitlements.hasAccess(use)).toBe(true)
  })

  it('reports an event, which the meters that name it count once', async () => {
    const { customerId, featureId, event } = await metered()
    const idempotencyKey = unique('event')
    const timestamp = new Date().toISOString().replace('T', ' ').replace('Z', '000')
    const said = {
      customerId,
      eventName: event,
      idempotencyKey,
      timestamp,
      properties: { tokensUsed: 40, some: { deepKey: 1 } },
    }
    const answer = await sdk.reporting.reportEvent(said)
    expect(answer).toMatchObject({ customerId, eventName: event, idempotencyKey, timestamp })
    expect(answer.orgId).toBe('1')
    await sdk.reporting.reportEvent(said)
    expect((await access(customerId, featureId)).used).toBe(40)
    const other = { ...said, properties: { tokensUsed: 41 } }
    expect(await thrownBy(sdk.reporting.reportEvent(other))).toMatchObject({
      statusCode: 409,
      details: { code: 'idempotency_key_reused' },
    })
    expect((await access(customerId, featureId)).used).toBe(40)
  })

  it('opens the portal, which shows the customer', async () => {
    const email = 'owner@example.com'
    const { customerId } = await customerOn('pro')
    await sdk.customers.update({ customerId, email })
    const session = await sdk.portal.createSession({ customerId })
    expect(session).toMatchObject({ email, token: expect.any(String) })
    expect(session.customerPortalUrl).toBe(`${ORIGIN}/portal/${session.token}`)
    const path = session.customerPortalUrl.slice(ORIGIN.length)
    expect((await send({ method: 'GET', path })).text).toContain('Pro')
    const nobody = await thrownBy(sdk.portal.createSession({ customerId: 'nobody-at-all' }))
    expect(nobody).toMatchObject({
      name: 'InvalidRequestError',
      details: { customerId: ['Invalid customer id'] },
    })
  })

  it('is told that there are no licences', async () => {
    const calls = [
      () => sdk.license.activate({ licenseKey: 'L', instanceName: 'mac' }),
      () => sdk.license.validate({ licenseKey: 'L' }),
      () => sdk.license.deactivate({ licenseKey: 'L', instanceId: 'i' }),
    ]
    for (const call of calls) {
      const thrown = await thrownBy(call())
      expect(thrown).toMatchObject({ name: 'ServerError', statusCode: 501 })
      expect(thrown.message).toContain('licence')
    }
  })
})

describe('the page about Kelviq', () => {
  it('shows lines that run as they stand', async () => {
    const root = join(import.meta.dirname, '../..')
    const [, lines = ''] = /```js\n(.+?)```/s.exec(read(join(root, 'docs/kelviq.md'))) ?? []
    const { customerId } = await customerOn('pro')
    const code = lines.replaceAll('http://localhost:8787', ORIGIN).replaceAll('pro-co', customerId)
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', code],
      { cwd: root, env: { ...process.env, SLUICE_KEY: KEY } },
    )
    expect(stdout.trim()).toBe('true')
    expect((await access(customerId, 'api-calls')).used).toBe(3)
  })
})

const read = (file: string) => readFileSync(file, 'utf8')

describe('what Kelviq’s SDK throws', () => {
  it('is an authentication error for a key that is none, or that may not', async () => {
    const asked = { customerId: 'pro-co', featureId: 'sso' }
    const stranger = kelviqWith('sluice_sk_nobody')
    expect(await thrownBy(stranger.entitlements.hasAccess(asked))).toMatchObject({
      name: 'AuthenticationError',
      statusCode: 401,
      details: { code: 'credential_invalid' },
    })
    const reader = kelviqWith(await makeKey({ scopes: ['read'] }))
    expect(await reader.entitlements.hasAccess(asked)).toBe(false)
    const refused = await thrownBy(
      reader.reporting.reportUsage({
        customerId: 'pro-co',
        featureId: 'api-calls',
        value: 1,
        behaviour: 'DELTA',
      }),
    )
    expect(refused).toMatchObject({ name: 'AuthenticationError', statusCode: 403 })
    expect(refused.message).toContain("'usage'")
  })

  it.each([
    ['a fraction', { value: 1.5 }, 'value'],
    ['a feature that cannot be', { featureId: 'API calls' }, 'featureId'],
    ['a behaviour that nobody knows', { behaviour: 'ADD' as never }, 'behaviour'],
    ['a reading below nothing', { value: -1, behaviour: 'SET' as const }, 'value'],
  ])('names the field of %s, and nothing is counted', async (_, wrong, field) => {
    const { customerId } = await customerOn('starter')
    const use = { customerId, featureId: 'api-calls', value: 1, behaviour: 'DELTA' as const }
    await kelviq.reporting.reportUsage(use)
    const before = await dump(customerId)
    const thrown = await thrownBy(kelviq.reporting.reportUsage({ ...use, ...wrong }))
    expect(thrown).toMatchObject({ name: 'InvalidRequestError', statusCode: 400 })
    expect(thrown.details[field]).toEqual([expect.any(String)])
    expect(thrown.message).toContain(field)
    expect(await dump(customerId)).toEqual(before)
  })

  it('is not found for usage of nobody and of a feature that is not there', async () => {
    const { customerId } = await customerOn('starter')
    const use = { customerId, featureId: 'api-calls', value: 1, behaviour: 'DELTA' as const }
    for (const wrong of [{ customerId: unique('nobody') }, { featureId: 'api-cals' }]) {
      expect(await thrownBy(kelviq.reporting.reportUsage({ ...use, ...wrong }))).toMatchObject({
        name: 'NotFoundError',
        statusCode: 404,
      })
    }
  })

  it('is a conflict where a customer to be archived has a subscription', async () => {
    const { customerId } = await customerOn('starter')
    const thrown = await thrownBy(kelviq.customers.archive({ customerId }))
    expect(thrown).toMatchObject({
      statusCode: 409,
      details: { code: 'customer_has_subscriptions' },
    })
    expect(await kelviq.customers.retrieve({ customerId })).toMatchObject({ customerId })
  })

  it('is for an event of long ago the field that says when', async () => {
    const { customerId, event } = await metered()
    const reported = { customerId, eventName: event, properties: { tokens_used: 1 } }
    for (const timestamp of ['2020-01-01 00:00:00.000000', 'yesterday']) {
      const idempotencyKey = unique('event')
      expect(
        await thrownBy(kelviq.reporting.reportEvent({ ...reported, timestamp, idempotencyKey })),
      ).toMatchObject({ statusCode: 400, details: { timestamp: [expect.any(String)] } })
    }
  })
})

describe('other clients of Kelviq’s API', () => {
  it('send camelCase or snake_case, a slash or none, and mean the same', async () => {
    const { customerId } = await customerOn('starter')
    const bodies = [
      { customer_id: customerId, feature_id: 'api-calls', value: 1, behaviour: 'DELTA' },
      { customerId, featureId: 'api-calls', value: 1, behaviour: 'DELTA' },
    ]
    let used = 0
    for (const path of ['/report/usage/', '/report/usage']) {
      for (const body of bodies) {
        const answer = await raw('POST', path, body)
        expect([answer.status, answer.body.entitlement.currentUsage]).toEqual([200, (used += 1)])
      }
    }
  })

  it('repeat a report under a key of their own, by header or in the body, and it counts once', async () => {
    const { customerId } = await customerOn('starter')
    const body = { customerId, featureId: 'api-calls', value: 5, behaviour: 'DELTA' }
    const key = unique('key')
    const first = await raw('POST', '/report/usage/', body, { 'Idempotency-Key': key })
    expect(first.body.idempotencyKey).toBe(key)
    await raw('POST', '/report/usage/', body, { 'Idempotency-Key': key })
    await raw('POST', '/report/usage/', { ...body, idempotency_key: key })
    expect((await access(customerId, 'api-calls')).used).toBe(5)
    for (const wrong of ['', ' x', 7]) {
      expect(await raw('POST', '/report/usage/', { ...body, idempotencyKey: wrong })).toMatchObject(
        { status: 400, body: { idempotencyKey: [expect.any(String)] } },
      )
    }
  })

  it('make one customer of an id, however many ask for it at the same instant', async () => {
    const customerId = unique('race')
    const answers = await Promise.all(
      ['ada', 'bob', 'cleo', 'dora', 'eve'].map((name) =>
        raw('POST', '/customers/', { customer_id: customerId, name }),
      ),
    )
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b)
    expect(statuses).toEqual([201, 400, 400, 400, 400])
    const made = answers.find(({ status }) => status === 201)
    expect((await raw('GET', `/customers/${customerId}/`)).body).toEqual(made?.body)
  })

  it('lose no update of a customer to another at the same instant', async () => {
    const customerId = unique('race')
    await raw('POST', '/customers/', { customerId, metadata: { a: 1 } })
    const answers = await Promise.all([
      raw('PATCH', `/customers/${customerId}/`, { name: 'Ada' }),
      raw('PATCH', `/customers/${customerId}/`, { email: 'ada@example.com' }),
      raw('PATCH', `/customers/${customerId}/`, { metadata: { b: 2 } }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await raw('GET', `/customers/${customerId}/`)).body).toMatchObject({
      name: 'Ada',
      email: 'ada@example.com',
      metadata: { b: 2 },
    })
  })

  it.each([
    ['no JSON', '{', 400, 'malformed_json'],
    ['a list', '[]', 400, 'invalid_request'],
    ['too much', `"${'x'.repeat(70_000)}"`, 413, 'body_too_large'],
  ])('that send %s are told so', async (_, body, status, code) => {
    const sent = { method: 'POST', path: '/api/v1/customers/', body }
    const authorization = `Bearer ${await makeKey({ scopes: ['manage'] })}`
    const headers = { authorization, 'content-type': 'application/json' }
    const answer = await send({ ...sent, headers })
    expect([answer.status, answer.body.code, typeof answer.body.detail]).toEqual([
      status,
      code,
      'string',
    ])
  })

  it('are told which fields of a customer are wrong', async () => {
    const customerId = unique('wrong')
    const body = { customerId, email: 'nobody', metadata: { '': 'x'.repeat(9000) } }
    expect(await raw('POST', '/customers/', body)).toMatchObject({
      status: 400,
      body: {
        email: [expect.any(String)],
        metadata: [expect.any(String)],
        detail: expect.any(String),
      },
    })
    expect((await raw('POST', '/customers/', { name: 'x' })).body).toMatchObject({
      customerId: [expect.stringContaining('required')],
    })
    expect((await raw('GET', `/customers/${customerId}`)).status).toBe(404)
  })
})

/** A new customer, with a meter that adds up a property of an event. */
async function metered() {
  const featureId = unique('tokens')
  const event = unique('completion')
  const meter = { event, aggregate: 'sum', property: 'tokens_used' }
  await bodyOf(api.put(`/features/${featureId}`, { type: 'meter', name: 'Tokens', meter }))
  const { customerId } = await customerOn('starter')
  const at = `/customers/${customerId}/overrides/${featureId}`
  await bodyOf(api.put(at, { allowance: { limit: 1000 } }))
  return { customerId, featureId, event }
}
