import { beforeAll, describe, expect, it } from 'vitest'
import { problem } from '../../schema/wire/problem.ts'
import type { Route } from '../../worker/route.ts'
import { ROUTES } from '../../worker/routes.ts'
import { api, dump, type Dump, KEY, type Reply, type Sent, send } from '../support/service.ts'
import { bodyOf, customerOn, report } from './customers.ts'
import { EXAMPLES } from './examples.ts'

/** Pages' forms and signed webhooks have their own tests. */
const CHANGING = ROUTES.filter(({ method, bodyAs }) => method !== 'GET' && bodyAs === undefined)
const WITH_BODY = CHANGING.filter(({ operationId }) => EXAMPLES[operationId] !== null)

/** What must not get out: how we are built, and what went wrong inside. */
const INSIDES = /\bat .+:\d+:\d+|SQLITE|D1_ERROR|\bSELECT\b|\bINSERT\b|node_modules|TypeError|zod/i

const ids = {
  customerId: '',
  subscriptionId: '',
  keyId: '',
  featureId: 'storage',
  planId: 'pro',
  webhookId: '',
  attemptId: '',
  sessionId: '',
}
let before: Dump

beforeAll(async () => {
  Object.assign(ids, await customerOn('pro'))
  await report(ids.customerId, 'storage', 'set', 7)
  ids.keyId = (await bodyOf(api.post('/keys', { name: 'unused', scopes: ['read'] }))).id
  const url = 'http://127.0.0.1:9/hooks'
  ids.webhookId = (await bodyOf(api.post('/webhooks', { url, events: ['override.expired'] }))).id
  ids.attemptId = (await bodyOf(api.post(`/webhooks/${ids.webhookId}/test`))).id
  const sale = { planId: 'pro-a', successUrl: 'https://app.example/done' }
  ids.sessionId = (await bodyOf(api.post('/checkout/sessions', sale))).id
  before = await dump(ids.customerId)
})

it('every route that changes something has an example here', () => {
  expect(Object.keys(EXAMPLES).toSorted()).toEqual(
    CHANGING.map(({ operationId }) => operationId).toSorted(),
  )
})

describe.each(WITH_BODY.map(named))('%s', (_, row) => {
  it('takes no body that is not JSON, not an object, or too deep', async () => {
    const text = JSON.stringify(EXAMPLES[row.operationId])
    expect(await codesOf(row, MALFORMED(text))).toEqual(all(MALFORMED(text), 'malformed_json'))
    expect(await codesOf(row, NO_OBJECT)).toEqual(all(NO_OBJECT, 'invalid_request'))
  })

  it('takes no body of another type, and none over its bound, whatever its length says', async () => {
    const bytesMax = row.bodyBytesMax ?? 64 * 1024
    const long = JSON.stringify({ name: 'x'.repeat(bytesMax) })
    const chunks = [long.slice(0, 1000), long.slice(1000)]
    const sent = await Promise.all([
      refused(row, { body: '{}', headers: { 'Content-Type': 'text/plain' } }),
      refused(row, { body: '{}', headers: {} }),
      refused(row, { body: long }),
      refused(row, { body: chunks }),
    ])
    expect(sent.map(({ status, body }) => [status, body.code])).toEqual([
      [415, 'unsupported_media_type'],
      [415, 'unsupported_media_type'],
      [413, 'body_too_large'],
      [413, 'body_too_large'],
    ])
  })

  it('takes no field that it does not know', async () => {
    const strangers = ['surprise', '__proto__', 'constructor', 'toString']
    const pointers = await Promise.all(
      strangers.map(async (name) => {
        const text = JSON.stringify(EXAMPLES[row.operationId])
        const field = `"${name}": {"limit": 1}`
        const body = text === '{}' ? `{${field}}` : text.replace(/\}$/, `, ${field}}`)
        const { status, body: answer } = await refused(row, { body })
        return [status, answer.code, answer.errors?.[0]?.pointer]
      }),
    )
    expect(pointers).toEqual(strangers.map((name) => [400, 'invalid_request', `/${name}`]))
  })

  it('takes no field of another type or beyond its range, and points at it', async () => {
    const cases = leavesOf(EXAMPLES[row.operationId]).flatMap(({ pointer, value }) =>
      badFor(value).map((bad) => ({ pointer, bad })),
    )
    const answers = await Promise.all(
      cases.map(async ({ pointer, bad }) => {
        const body = replaced(EXAMPLES[row.operationId], pointer, bad)
        const { status, body: answer } = await refused(row, { body })
        const pointed: string = answer.errors?.[0]?.pointer ?? ''
        return `${pointer} ${bad}: ${status} ${answer.code} ${pointed.startsWith(pointer)}`
      }),
    )
    expect(answers).toEqual(
      cases.map(({ pointer, bad }) => `${pointer} ${bad}: 400 invalid_request true`),
    )
  })
})

describe.each(CHANGING.map(named))('%s, whatever its body,', (_, row) => {
  it('takes no query parameter that it does not know, and none twice', async () => {
    const queries = ['?surprise=1', '?__proto__=1', '?surprise=1&surprise=2', '?surprise=%zz']
    const body = JSON.stringify(EXAMPLES[row.operationId] ?? undefined)
    const answers = await Promise.all(queries.map((query) => refused(row, { body }, query)))
    expect(answers.map(({ status, body: { code } }) => [status, code])).toEqual(
      queries.map(() => [400, 'invalid_request']),
    )
  })

  it('takes no id in its path that cannot be one', async () => {
    const body = JSON.stringify(EXAMPLES[row.operationId] ?? undefined)
    const paths = [...row.path.matchAll(/:(\w+)/g)].flatMap(([step, name = '']) =>
      (BAD_IDS[name] ?? []).map((bad) => pathOf(row.path.replace(step, bad))),
    )
    const answers = await Promise.all(
      paths.map(async (path) => {
        const { status, body: answer } = await refused({ ...row, path }, { body })
        return `${path} ${status} ${answer.code}`
      }),
    )
    expect(answers).toEqual(paths.map((path) => `${path} 400 invalid_request`))
  })

  it('has changed nothing by any of this', async () => {
    expect(await dump(ids.customerId)).toEqual(before)
  })
})

describe('a member named __proto__', () => {
  it.each([
    ['PUT', '/v1/customers/:customerId', '{"metadata": {"__proto__": {"a": 1}}}', '/metadata'],
    ['PATCH', '/v1/plans/:planId', '{"allowances": {"__proto__": {"limit": 1}}}', '/allowances'],
    [
      'PUT',
      '/v1/customers/:customerId/overrides/:featureId',
      '{"allowance": {"value": [{"\\u005f_proto__": 1}]}}',
      '/allowance/value/0',
    ],
  ] as const)('is never lost without a word: %s %s %s', async (method, path, body, parent) => {
    const { status, body: answer } = await refused({ method, path }, { body })
    expect([status, answer.errors]).toMatchObject([400, [{ pointer: `${parent}/__proto__` }]])
  })
})

describe('reading', () => {
  it.each([
    '/v1/access',
    '/v1/access?customerId=pro-co',
    '/v1/access?customerId=pro-co&featureId=sso&quantity=0',
    '/v1/access?customerId=pro-co&featureId=sso&quantity=-1',
    '/v1/access?customerId=pro-co&featureId=sso&quantity=1.5',
    '/v1/access?customerId=pro-co&featureId=sso&quantity=NaN',
    '/v1/access?customerId=pro-co&featureId=sso&quantity=1e3',
    '/v1/access?customerId=pro-co&featureId=sso&quantity=1e400',
    '/v1/access?customerId=pro-co&featureId=sso&quantity=9007199254740992',
    '/v1/access?customerId=pro-co&featureId=sso&quantity=',
    '/v1/access?customerId=pro-co&customerId=pro-co&featureId=sso',
    '/v1/access?customerId=pro-co&featureId=sso&feature=sso',
    '/v1/access?customerId=%20pro-co&featureId=sso',
    '/v1/access?customerId=pro%00co&featureId=sso',
    '/v1/access?customerId=&featureId=sso',
    `/v1/access?customerId=${'x'.repeat(129)}&featureId=sso`,
    '/v1/customers/pro-co/entitlements?fresh=perhaps',
    '/v1/customers?pageSize=0',
    '/v1/customers?pageSize=101',
    '/v1/customers?status=happy',
    '/v1/subscriptions?planId=NOT-AN-ID',
    '/v1/plans?pageSize=ten',
  ])('%s is refused', async (path) => {
    const reply = await send({ method: 'GET', path, headers: { Authorization: `Bearer ${KEY}` } })
    expectTeachingProblem(reply)
    expect([reply.status, reply.body.code]).toEqual([400, 'invalid_request'])
  })

  it.each(['', 'no-cursor', btoa('["customers",0,["a"]]'), btoa('[]'), '%F0%9F%98%80'])(
    'with the cursor "%s" is refused',
    async (cursor) => {
      const { status, body } = await api.get(`/customers?cursor=${cursor}`)
      expect([status, ['invalid_cursor', 'invalid_request'].includes(body.code)]).toEqual([
        400,
        true,
      ])
    },
  )

  it.each(['nonsense', 'a,b', ',', 'YzE6MTox'])('with the token "%s" is refused', async (token) => {
    const path = '/access?customerId=pro-co&featureId=sso'
    const { status, body } = await api.get(path, { 'Consistency-Token': token })
    expect([status, body.code]).toEqual([400, 'invalid_consistency_token'])
  })

  it('with a token from the future says that it cannot show that state', async () => {
    const token = btoa(`c1:zzzzzzzzzz:0:0:pro-co`).replace(/=+$/, '')
    const path = '/access?customerId=pro-co&featureId=sso'
    const { status, body, headers } = await api.get(path, { 'Consistency-Token': token })
    expect([status, body.code]).toEqual([503, 'consistency_unavailable'])
    expect(headers.get('Retry-After')).toBe('1')
  })
})

const MALFORMED = (text: string) => ({
  empty: ' ',
  'cut off': text.slice(0, -1),
  NaN: '{"value": NaN}',
  'a comment': `${text} // see above`,
  'half a character': String.raw`{"name": "\ud800"}`,
  'not UTF-8': new Uint8Array([0x22, 0xff, 0xfe, 0x22]),
  'too deep': `${'{"a":'.repeat(17)}1${'}'.repeat(17)}`,
})

const NO_OBJECT = { list: '[]', text: '"text"', number: '7', null: 'null', true: 'true' }

const BAD_IDS: Readonly<Record<string, readonly string[]>> = {
  customerId: ['%20x', 'x%20', 'x%00', '%C3%BC', 'x'.repeat(129), '%zz'],
  featureId: ['Storage', 'a%20b', 'x'.repeat(65), '-x', 'x%00'],
  planId: ['Pro', 'a%20b', 'x'.repeat(65), '_x', 'x%00'],
  subscriptionId: ['sub', 'sub_', 'x', 'sub_01%27%20OR%201=1'],
  sessionId: ['cs_', 'x', 'sub_01m82rte109cqng1w97898qdd3'],
  keyId: ['key_', 'sub_01m82rte109cqng1w97898qdd3'],
  webhookId: ['wh_', 'x', 'sub_01m82rte109cqng1w97898qdd3'],
  attemptId: ['att_', 'x', 'evt_01m82rte109cqng1w97898qdd3'],
}

function named(row: Route): readonly [string, Route] {
  return [`${row.method} ${row.path}`, row]
}

function pathOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, (_, name: keyof typeof ids) => encodeURIComponent(ids[name]))
}

/** Sends what must be refused. */
async function refused(
  { method, path }: Pick<Route, 'method' | 'path'>,
  { body, headers = { 'Content-Type': 'application/json' } }: Pick<Sent, 'body' | 'headers'>,
  query = '',
): Promise<Reply> {
  const reply = await send({
    method,
    path: pathOf(path) + query,
    headers: { Authorization: `Bearer ${KEY}`, ...(body !== undefined && headers) },
    body,
  })
  expectTeachingProblem(reply)
  return reply
}

async function codesOf(row: Route, bodies: Readonly<Record<string, string | Uint8Array>>) {
  const codes = Object.entries(bodies).map(async ([what, body]) => {
    const reply = await refused(row, { body })
    return [what, reply.body.code]
  })
  return Object.fromEntries(await Promise.all(codes))
}

function all(bodies: object, code: string): object {
  return Object.fromEntries(Object.keys(bodies).map((what) => [what, code]))
}

/** A problem as documented, of the caller's making, that lets nothing out. */
function expectTeachingProblem({ status, headers, body, text }: Reply): void {
  expect(headers.get('Content-Type')).toBe('application/problem+json')
  expect(problem.safeParse(body).error, text).toBeUndefined()
  expect(status, text).toBeLessThan(500)
  expect(body.status).toBe(status)
  expect(text).not.toMatch(INSIDES)
}

interface Leaf {
  readonly pointer: string
  readonly value: unknown
}

function leavesOf(value: unknown, pointer = ''): readonly Leaf[] {
  if (typeof value !== 'object' || value === null) return [{ pointer, value }]
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, `${pointer}/${name}`))
}

/** JSON texts that cannot stand where `value` stands. */
function badFor(value: unknown): readonly string[] {
  if (typeof value === 'number')
    return ['-1', '1.5', '1e400', '-1e400', '9007199254740992', '"7"', 'true', '{}', '[]']
  if (typeof value === 'boolean') return ['1', '"true"', '{}']
  return ['7', 'true', '{"a": 1}', '["a"]', `"${'x'.repeat(2500)}"`]
}

/** The example as JSON text with another text at the pointer. */
function replaced(example: unknown, pointer: string, text: string): string {
  const [mark, steps] = ['\u0000here\u0000', pointer.split('/').slice(1)]
  const put = (value: unknown, [step, ...rest]: readonly string[]): unknown => {
    if (step === undefined) return mark
    if (Array.isArray(value))
      return value.map((each, at) => (at === Number(step) ? put(each, rest) : each))
    return { ...(value as object), [step]: put((value as Record<string, unknown>)[step], rest) }
  }
  return JSON.stringify(put(example, steps)).replace(JSON.stringify(mark), () => text)
}
