import { beforeAll, describe, expect, it } from 'vitest'
import { edge, ORIGIN, type Sending } from '../support/edge.ts'
import { accessPath, CUSTOMER, openShop } from '../support/shop.ts'

let key: string

beforeAll(async () => {
  key = await openShop()
})

const METER = { customerId: CUSTOMER, featureId: 'api-calls' }
const LARGE = JSON.stringify({ metadata: 'x'.repeat(65_536) })
const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

describe('bad input is refused with its code, and changes nothing', () => {
  const json = (body: unknown): Sending => ({ body })
  const CASES: readonly (readonly [string, string, string, Sending, number, string])[] = [
    ['malformed JSON', 'POST', '/v1/consume', json('{"customerId":'), 400, 'malformed_json'],
    ['JSON nested too deeply', 'POST', '/v1/consume', json(deep(17)), 400, 'malformed_json'],
    ['no body', 'POST', '/v1/consume', {}, 400, 'invalid_request'],
    ['a list for a body', 'POST', '/v1/consume', json('[]'), 400, 'invalid_request'],
    [
      'a wrong type',
      'POST',
      '/v1/consume',
      json({ ...METER, quantity: '3' }),
      400,
      'invalid_request',
    ],
    [
      'an unknown field',
      'POST',
      '/v1/consume',
      json({ ...METER, amount: 3 }),
      400,
      'invalid_request',
    ],
    [
      'a negative quantity',
      'POST',
      '/v1/consume',
      json({ ...METER, quantity: -1 }),
      400,
      'invalid_request',
    ],
    [
      'nothing at all',
      'POST',
      '/v1/consume',
      json({ ...METER, quantity: 0 }),
      400,
      'invalid_request',
    ],
    [
      'a fraction',
      'POST',
      '/v1/consume',
      json({ ...METER, quantity: 1.5 }),
      400,
      'invalid_request',
    ],
    ['NaN', 'POST', '/v1/consume', json(`{"quantity":NaN}`), 400, 'malformed_json'],
    [
      '1e400',
      'POST',
      '/v1/consume',
      json(`{"customerId":"a","featureId":"b","quantity":1e400}`),
      400,
      'invalid_request',
    ],
    ['2^53', 'POST', '/v1/consume', json({ ...METER, quantity: 2 ** 53 }), 400, 'invalid_request'],
    [
      'a blank before a customer’s id',
      'POST',
      '/v1/consume',
      json({ ...METER, customerId: ' a' }),
      400,
      'invalid_request',
    ],
    ['a customer’s id of dots', 'GET', accessPath('sso', '', '..'), {}, 400, 'invalid_request'],
    [
      'a feature’s id in capitals',
      'POST',
      '/v1/consume',
      json({ ...METER, featureId: 'SSO' }),
      400,
      'invalid_request',
    ],
    [
      'a negative reading',
      'POST',
      '/v1/usage',
      json({ ...METER, behaviour: 'set', value: -1 }),
      400,
      'invalid_request',
    ],
    [
      'usage of another kind',
      'POST',
      '/v1/usage',
      json({ ...METER, behaviour: 'add', value: 1 }),
      400,
      'invalid_request',
    ],
    [
      '30 February',
      'POST',
      '/v1/usage',
      json({ ...METER, behaviour: 'delta', value: 1, occurredAt: '2026-02-30T00:00:00Z' }),
      400,
      'invalid_request',
    ],
    [
      'usage of last year',
      'POST',
      '/v1/usage',
      json({ ...METER, behaviour: 'delta', value: 1, occurredAt: '2020-01-01T00:00:00Z' }),
      422,
      'occurred_at_out_of_range',
    ],
    [
      'a switch',
      'POST',
      '/v1/consume',
      json({ ...METER, featureId: 'sso' }),
      422,
      'feature_not_metered',
    ],
    [
      'an unknown feature',
      'POST',
      '/v1/consume',
      json({ ...METER, featureId: 'api-call' }),
      404,
      'feature_not_found',
    ],
    [
      'an unknown customer',
      'POST',
      '/v1/consume',
      json({ ...METER, customerId: 'nobody' }),
      404,
      'customer_not_found',
    ],
    ['a body over 64 KB', 'POST', '/v1/consume', json(LARGE), 413, 'body_too_large'],
    [
      'a body that says to be over 64 KB',
      'POST',
      '/v1/consume',
      { body: METER, headers: { 'Content-Length': '65537' } },
      413,
      'body_too_large',
    ],
    [
      'a body over 64 KB that says to be shorter',
      'POST',
      '/v1/consume',
      { body: LARGE, headers: { 'Content-Length': '10' } },
      413,
      'body_too_large',
    ],
    [
      'a body of length 0',
      'POST',
      '/v1/consume',
      { headers: { 'Content-Length': '0', 'Content-Type': 'application/json' } },
      400,
      'invalid_request',
    ],
    [
      'a form',
      'POST',
      '/v1/consume',
      { body: 'a=b', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
      415,
      'unsupported_media_type',
    ],
    [
      'a bad idempotency key',
      'POST',
      '/v1/consume',
      { body: METER, headers: { 'Idempotency-Key': 'ä' } },
      400,
      'invalid_idempotency_key',
    ],
    [
      'an idempotency key of 256',
      'POST',
      '/v1/consume',
      { body: METER, headers: { 'Idempotency-Key': 'a'.repeat(256) } },
      400,
      'invalid_idempotency_key',
    ],
    ['a missing parameter', 'GET', '/v1/access?customerId=a', {}, 400, 'invalid_request'],
    ['a misspelt parameter', 'GET', accessPath('sso', '&quanity=1'), {}, 400, 'invalid_request'],
    [
      'a parameter given twice',
      'GET',
      accessPath('sso', '&featureId=sso'),
      {},
      400,
      'invalid_request',
    ],
    ['a quantity of 0', 'GET', accessPath('sso', '&quantity=0'), {}, 400, 'invalid_request'],
    ['a quantity of 1.0', 'GET', accessPath('sso', '&quantity=1.0'), {}, 400, 'invalid_request'],
    [
      'broken percent-encoding in the query',
      'GET',
      accessPath('%E0%A4%A'),
      {},
      400,
      'invalid_request',
    ],
    [
      'broken percent-encoding in the path',
      'GET',
      '/v1/customers/%zz/entitlements',
      {},
      400,
      'invalid_request',
    ],
    [
      'a query where none belongs',
      'POST',
      '/v1/consume?dryRun=true',
      json(METER),
      400,
      'invalid_request',
    ],
    [
      'an answer that is not JSON',
      'GET',
      '/v1/me',
      { headers: { Accept: 'text/csv' } },
      406,
      'not_acceptable',
    ],
    ['an unknown route', 'GET', '/v1/acces', {}, 404, 'route_not_found'],
    ['another method', 'PUT', '/v1/consume', json(METER), 405, 'method_not_allowed'],
  ]

  it.each(CASES)('%s', async (_, method, path, options, status, code) => {
    const reply = await edge(key).send(method, path, options)
    expect([reply.status, reply.body['code']]).toEqual([status, code])
    expect(reply.headers.get('Content-Type')).toBe('application/problem+json')
    expect(reply.body).toMatchObject({ type: `${ORIGIN}/errors#${code}`, status })
    expect(JSON.stringify(reply.body)).not.toMatch(
      /SELECT|INSERT|SQLITE|D1_|\bat \w+ \(|sluice_sk_/,
    )
    const { body } = await edge(key).get(accessPath('api-calls', '&fresh=true'))
    expect(body['used']).toBe(0)
  })
})

describe('a refusal teaches', () => {
  it('which type a page’s form is sent as', async () => {
    const sent = { body: '{}', headers: { 'Content-Type': 'application/json' } }
    const { status, body } = await edge(key).send('POST', '/checkout/cs_unknown', sent)
    expect([status, body['code']]).toEqual([415, 'unsupported_media_type'])
    expect(body['detail']).toContain('`Content-Type: application/x-www-form-urlencoded`')
  })

  it('where every fault lies, and what was expected', async () => {
    const { body } = await edge(key).post('/v1/consume', {
      customerId: 7,
      featureId: 'b',
      quantity: -1,
      'a/b': 1,
    })
    expect(body['errors']).toEqual([
      {
        pointer: '/customerId',
        code: 'invalid_type',
        expected: expect.any(String),
        received: 'number',
      },
      {
        pointer: '/quantity',
        code: 'out_of_range',
        expected: 'a whole number from 1 to 9007199254740991',
        received: 'number',
      },
      { pointer: '/a~1b', code: 'unknown_field', expected: 'no such field' },
    ])
    expect(body['detail']).toContain(
      '/quantity: expected a whole number from 1 to 9007199254740991',
    )
  })

  it('what is missing and what is unknown, each in its own words', async () => {
    const { body } = await edge(key).get('/v1/access?customer=starter-co&featureId=sso')
    expect(body['detail']).toMatch(/^\/customerId is missing: .*\/customer is not known here\.$/)
  })

  it('which id was probably meant', async () => {
    const asked = await edge(key).get(accessPath('analitics'))
    expect(asked.body).toMatchObject({
      reason: 'unknown_feature',
      hint: "Did you mean 'analytics'?",
    })
    const used = await edge(key).post('/v1/consume', { ...METER, featureId: 'api-cals' })
    expect(used.body['detail']).toContain("Did you mean 'api-calls'?")
  })

  it('which methods a route has', async () => {
    const { headers, body } = await edge(key).send('DELETE', '/v1/consume')
    expect(headers.get('Allow')).toBe('POST')
    expect(body['detail']).toBe('Use POST.')
  })
})

describe('every answer', () => {
  it.each(['/health', '/v1/me', '/v1/nowhere', '/v1/access'])(
    'of %s carries its id and timing',
    async (path) => {
      const { headers } = await edge(key).get(path)
      expect(headers.get('Sluice-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
      expect(headers.get('Server-Timing')).toBeTruthy()
      expect(headers.get('Cache-Control')).toBe('private, no-store')
    },
  )

  it('names a request only once', async () => {
    const { body, headers } = await edge(key).get('/v1/nowhere')
    expect(body['requestId']).toBe(headers.get('Sluice-Request-Id'))
  })
})

describe('ids', () => {
  it.each([
    'org/1',
    'a b',
    'a+b',
    'a%2F',
    'ünï'.normalize('NFKD').replaceAll(/[^\x20-\x7e]/g, ''),
    "o'neill",
    '~',
    'constructor',
  ])('of a customer may be %s', async (id) => {
    const inQuery = await edge(key).get(accessPath('sso', '', id))
    const inPath = await edge(key).get(`/v1/customers/${encodeURIComponent(id)}/entitlements`)
    expect(inQuery.body).toMatchObject({ customerId: id, reason: 'unknown_customer' })
    expect(inPath.body).toMatchObject({ customerId: id })
  })
})

describe('the problems’ own page', () => {
  it('has every code', async () => {
    const { body } = await edge(null).get('/errors')
    expect(body['text']).toContain('id="plan_cycle"')
  })
})
