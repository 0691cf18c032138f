import { describe, expect, it } from 'vitest'
import { api, send, unique } from '../support/service.ts'
import { bodyOf, consume, customerOn, newCustomer } from './customers.ts'
import { evaluate, flagFor, flagsFor, mistakeIn, PATH, post, reader } from './ofrep-contract.ts'

const context = { targetingKey: 'pro-co' }

/** Customers of the demo whose features are of each form. */
const TABLE = `
  pro-co         | basic-dashboard        | true  TARGETING_MATCH enabled
  pro-co         | sso                    | false TARGETING_MATCH not_in_plan
  pro-co         | api-calls              | true  TARGETING_MATCH within_limit
  full-co        | api-calls              | false TARGETING_MATCH limit_reached
  full-co        | api-calls.balance      | 0 TARGETING_MATCH limit_reached
  nearly-full-co | api-calls.balance      | 150 TARGETING_MATCH within_limit
  pro-co         | searches.balance       | 0 TARGETING_MATCH not_in_plan
  boston-co      | ai-tokens              | true  TARGETING_MATCH over_soft_limit
  boston-co      | ai-tokens.balance      | 0 TARGETING_MATCH over_soft_limit
  enterprise-co  | api-calls              | true  TARGETING_MATCH unlimited
  enterprise-co  | api-calls.balance      | absent TARGETING_MATCH unlimited
  boston-co      | webhook-retries        | 5 TARGETING_MATCH value
  boston-co      | support-level          | "business-hours" TARGETING_MATCH value
  boston-co      | regions                | ["us-east","us-west"] TARGETING_MATCH value
  boston-co      | branding               | {"logo":true,"colour":"#0b7285","footer":"Powered by Sluice"} TARGETING_MATCH value
  pro-co         | branding               | absent DISABLED not_in_plan
  visitor-co     | basic-dashboard        | false TARGETING_MATCH no_subscription
  grace-over-co  | advanced-analytics     | false TARGETING_MATCH grace_ended
  nobody-at-all  | basic-dashboard        | false TARGETING_MATCH unknown_customer
  nobody-at-all  | api-calls.balance      | 0 TARGETING_MATCH unknown_customer
  nobody-at-all  | regions                | absent DISABLED unknown_customer
`
const ROWS = TABLE.trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(
    ([customerId = '', key = '', said = '']) =>
      [customerId, key, said.replaceAll(/\s+/g, ' ').trim()] as const,
  )

describe('a flag', () => {
  it.each(ROWS)('for %s: %s is %s', async (customerId, key, said) => {
    const { status, body } = await flagFor(customerId, key)
    expect([status, body.key, told(body)]).toEqual([200, key, spaced(said)])
  })

  it.each(ROWS)('for %s: %s is the same among all flags', async (customerId, key, said) => {
    const { body } = await flagsFor(customerId)
    const flag = body.flags.find((each: { readonly key: string }) => each.key === key)
    expect(told(flag)).toBe(spaced(said))
  })

  it('of a meter tells what is left, and when that begins anew, in flat metadata', async () => {
    const { body } = await flagFor('nearly-full-co', 'api-calls')
    expect(body.metadata).toEqual({
      contextId: 'nearly-full-co',
      flagSetId: 'sandbox',
      version: expect.stringMatching(/^\d+$/),
      asOf: expect.any(String),
      degraded: false,
      type: 'meter',
      hasAccess: true,
      source: 'plan',
      planId: 'starter',
      subscriptionId: expect.stringMatching(/^sub_/),
      inherited: false,
      overridden: false,
      unlimited: false,
      limit: 1000,
      used: 850,
      balance: 150,
      overage: 0,
      carried: 0,
      enforcement: 'hard',
      resetAt: expect.stringMatching(/Z$/),
      warnings: 'threshold',
    })
  })

  it('that no plan of the customer has says which plan does', async () => {
    const { body } = await flagFor('pro-co', 'sso')
    expect(body.metadata).toMatchObject({ hasAccess: false, hint: expect.stringContaining('Plan') })
  })

  it('of whoever has just paid is true, and false once the last unit is consumed', async () => {
    const customerId = await newCustomer()
    expect((await flagFor(customerId, 'team-members')).body.value).toBe(false)
    await bodyOf(
      api.post(`/customers/${customerId}/subscriptions`, {
        planId: 'starter',
        chargePeriod: 'monthly',
      }),
    )
    expect((await flagFor(customerId, 'team-members')).body.value).toBe(true)
    await consume(customerId, 'team-members', 3)
    const { status, body } = await flagFor(customerId, 'team-members')
    expect([status, body.value, body.variant]).toEqual([200, false, 'limit_reached'])
  })

  it.each([
    'nothing',
    'basic-dashbord',
    'sso.balance',
    'api-calls.balance.balance',
    '.balance',
    'constructor',
    'SSO',
    'a/b',
    'ünïcode ✓',
  ])('that no feature is, %s, is not found', async (key) => {
    const { status, body } = await flagFor('pro-co', key)
    expect([status, body.key, body.errorCode]).toEqual([404, key, 'FLAG_NOT_FOUND'])
  })

  it('whose key is longer than any id is not found', async () => {
    const { status, body } = await flagFor('pro-co', 'x'.repeat(300))
    expect([status, body.errorCode]).toEqual([404, 'FLAG_NOT_FOUND'])
  })

  it('that is misspelled is answered with the one that was meant', async () => {
    const { body } = await flagFor('pro-co', 'basic-dashbord')
    expect(body.errorDetails).toContain("Did you mean 'basic-dashboard'?")
  })

  it.each(['a/b', '%zz', ''])('whose key is sent as it stands, %s, is not found', async (key) => {
    const reply = await post(`${PATH}/${key}`, { 'X-API-Key': await reader() })
    expect(mistakeIn('one', reply)).toBeNull()
    expect([reply.status, reply.body.key, reply.body.errorCode]).toEqual([
      404,
      key,
      'FLAG_NOT_FOUND',
    ])
  })
})

describe('all flags', () => {
  it('are those of the catalogue: features, and the balances of meters', async () => {
    const { body } = await flagsFor('pro-co')
    const keys = body.flags.map(({ key }: { readonly key: string }) => key)
    const { data } = await bodyOf(api.get('/customers/pro-co/entitlements'))
    const features = data.map(({ featureId }: { readonly featureId: string }) => featureId)
    const meters = data.filter(({ type }: { readonly type: string }) => type === 'meter')
    expect(keys.filter((key: string) => !key.endsWith('.balance'))).toEqual(features)
    expect(keys.length).toBe(features.length + meters.length)
    expect(body.metadata).toMatchObject({ contextId: 'pro-co', flagSetId: 'sandbox' })
  })

  it('are answered 304 until one of them changes', async () => {
    const { customerId } = await customerOn('starter')
    const first = await flagsFor(customerId)
    const etag = first.headers.get('ETag') ?? ''
    expect(etag).toMatch(/^W\/"[0-9a-f]{24}"$/)
    const again = await flagsFor(customerId, { 'If-None-Match': etag })
    expect([again.status, again.text, again.headers.get('ETag')]).toEqual([304, '', etag])
    await consume(customerId, 'team-members', 1)
    const changed = await flagsFor(customerId, { 'If-None-Match': etag })
    expect(changed.status).toBe(200)
    expect(changed.headers.get('ETag')).not.toBe(etag)
  })

  it('of two customers who may do the same have different tags', async () => {
    const [one, other] = [unique('nobody'), unique('nobody')]
    const etag = (await flagsFor(one)).headers.get('ETag') ?? ''
    expect((await flagsFor(other, { 'If-None-Match': etag })).status).toBe(200)
    expect((await flagsFor(one, { 'If-None-Match': `"x", ${etag}` })).status).toBe(304)
  })

  it('may be asked for after an event of a stream', async () => {
    const reply = await post(`${PATH}?flagConfigEtag=550e8400&flagConfigLastModified=1771622898`, {
      'X-API-Key': await reader(),
    })
    expect(mistakeIn('all', reply)).toBeNull()
    expect(reply.status).toBe(200)
  })
})

describe('a context', () => {
  it.each([
    ['no body', undefined, 'PARSE_ERROR'],
    ['half of one', '{', 'PARSE_ERROR'],
    ['null', 'null', 'PARSE_ERROR'],
    ['a list', '[]', 'PARSE_ERROR'],
    ['a text', '"pro-co"', 'PARSE_ERROR'],
    ['what is too deep', `{"context":${'['.repeat(40)}${']'.repeat(40)}}`, 'PARSE_ERROR'],
    ['what is too long', { context: { ...context, padding: 'x'.repeat(66_000) } }, 'PARSE_ERROR'],
    ['no context', {}, 'TARGETING_KEY_MISSING'],
    ['an empty context', { context: {} }, 'TARGETING_KEY_MISSING'],
    ['no targeting key', { context: { targetingKey: null } }, 'TARGETING_KEY_MISSING'],
    ['an empty targeting key', { context: { targetingKey: '' } }, 'TARGETING_KEY_MISSING'],
    ['a context of null', { context: null }, 'INVALID_CONTEXT'],
    ['a text for a context', { context: 'pro-co' }, 'INVALID_CONTEXT'],
    ['a list for a context', { context: ['pro-co'] }, 'INVALID_CONTEXT'],
    ['a number for a customer', { context: { targetingKey: 7 } }, 'INVALID_CONTEXT'],
    ['what is no customer’s id', { context: { targetingKey: ' pro-co' } }, 'INVALID_CONTEXT'],
    ['too long an id', { context: { targetingKey: 'x'.repeat(129) } }, 'INVALID_CONTEXT'],
    ['a prototype', '{"context":{"targetingKey":"pro-co","__proto__":{}}}', 'INVALID_CONTEXT'],
  ])('of %s is refused', async (_, body, errorCode) => {
    const one = await evaluate({ key: 'sso', body })
    expect([one.status, one.body.key, one.body.errorCode]).toEqual([400, 'sso', errorCode])
    const all = await evaluate({ body })
    expect([all.status, all.body.errorCode]).toEqual([400, errorCode])
    expect(all.body.errorDetails).toBe(one.body.errorDetails)
  })

  it('that is no JSON by its own word is refused', async () => {
    const sent = { body: { context }, headers: { 'Content-Type': 'text/plain' } }
    expect((await evaluate(sent)).body).toMatchObject({ errorCode: 'PARSE_ERROR' })
  })

  it('may say whatever it likes of the customer: only the targeting key decides', async () => {
    const attributes = { plan: 'enterprise', sso: true, customerId: 'enterprise-co', quantity: 1e9 }
    const body = { context: { ...context, ...attributes }, more: { than: ['the', 'protocol'] } }
    const { body: flag } = await evaluate({ key: 'sso', body })
    expect(flag.value).toBe(false)
  })
})

describe('a consistency token', () => {
  it('among the headers holds answers to the change that it comes from', async () => {
    const { customerId } = await customerOn('starter')
    const { consistencyToken } = await consume(customerId, 'team-members', 3)
    const headers = { 'Consistency-Token': consistencyToken }
    const body = { context: { targetingKey: customerId } }
    const { body: flag } = await evaluate({ key: 'team-members', body, headers })
    expect(flag.metadata.used).toBe(3)
    const { body: all } = await evaluate({ body, headers })
    expect(all.flags).toContainEqual(expect.objectContaining({ key: 'team-members', value: false }))
  })

  it('that is none is refused', async () => {
    const headers = { 'Consistency-Token': 'bm9uc2Vuc2U' }
    const { status, body } = await evaluate({ body: { context }, headers })
    expect([status, body.errorCode]).toEqual([400, 'GENERAL'])
  })
})

describe('what the protocol does not have', () => {
  it.each([
    ['GET', PATH, 405],
    ['PUT', `${PATH}/sso`, 405],
    ['POST', '/ofrep/v1/configuration', 404],
    ['POST', '/ofrep/v1/evaluate', 404],
    ['GET', '/ofrep/v1/', 404],
  ])('%s %s is %i, as plain JSON', async (method, path, status) => {
    const reply = await send({ method, path, headers: { 'X-API-Key': await reader() } })
    expect([reply.status, reply.headers.get('Content-Type')]).toEqual([status, 'application/json'])
    expect(reply.headers.get('Allow')).toBe(status === 405 ? 'POST' : null)
    expect(reply.body.errorDetails).toEqual(expect.any(String))
  })
})

describe('the protocol’s file', () => {
  const answered = (body: unknown) => ({
    status: 200,
    headers: new Headers({ 'Content-Type': 'application/json' }),
    body,
    text: JSON.stringify(body),
  })
  const flag = { key: 'sso', value: true, reason: 'TARGETING_MATCH', variant: 'enabled' }

  it.each([
    ['a value of null', { ...flag, value: null }],
    ['a reason of our own', { ...flag, reason: 'enabled' }],
    ['nested metadata', { ...flag, metadata: { lots: [] } }],
    ['metadata of null', { ...flag, metadata: { resetAt: null } }],
    ['no reason', { key: 'sso', value: true }],
    ['no key', { value: true, reason: 'STATIC' }],
  ])('takes no flag with %s', (_, wrong) => {
    expect(mistakeIn('one', answered(flag))).toBeNull()
    expect(mistakeIn('one', answered(wrong))).not.toBeNull()
    expect(mistakeIn('all', answered({ flags: [flag] }))).toBeNull()
    expect(mistakeIn('all', answered({ flags: [flag, wrong] }))).not.toBeNull()
  })
})

/** A flag as a cell of the table. */
function told(flag: {
  readonly value?: unknown
  readonly reason: string
  readonly variant: string
}) {
  const value = 'value' in flag ? JSON.stringify(flag.value) : 'absent'
  return spaced(`${value} ${flag.reason} ${flag.variant}`)
}

function spaced(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
