import { describe, expect, it } from 'vitest'
import { makeSecretKey, SECRET_RANDOM_BYTES } from '../../schema/keys.ts'
import { api, makeKey, send, unique } from '../support/service.ts'
import { bodyOf, customerOn } from './customers.ts'
import { evaluate, mistakeIn, PATH, post, reader } from './ofrep-contract.ts'

const PRODUCTION_KEY = makeSecretKey(
  'production',
  crypto.getRandomValues(new Uint8Array(SECRET_RANDOM_BYTES)),
)

describe('a key', () => {
  it.each(['Authorization', 'X-API-Key'])('in %s is enough to read', async (header) => {
    const key = await reader()
    const headers = { [header]: header === 'Authorization' ? `Bearer ${key}` : key }
    for (const path of [PATH, `${PATH}/sso`]) {
      const { status } = await post(path, headers)
      expect(status).toBe(200)
    }
  })

  it.each([
    ['none', {}, 401],
    ['a mistyped one', { 'X-API-Key': 'sluice_sk_sandbox_nothing' }, 401],
    ['one of production', { 'X-API-Key': PRODUCTION_KEY }, 403],
    ['a wrong one before a right one', { Authorization: 'Bearer x', 'X-API-Key': 'right' }, 401],
  ])('%s is refused before anything is read', async (_, headers, status) => {
    const sent = { ...headers, ...('Authorization' in headers && { 'X-API-Key': await reader() }) }
    for (const path of [PATH, `${PATH}/sso`]) {
      const reply = await post(path, sent, 'no JSON')
      expect(mistakeIn(path === PATH ? 'all' : 'one', reply)).toBeNull()
      expect([reply.status, reply.body.errorCode]).toEqual([status, 'GENERAL'])
    }
  })

  it('that may only use may not ask', async () => {
    const { status } = await post(`${PATH}/sso`, {
      'X-API-Key': await makeKey({ scopes: ['usage'] }),
    })
    expect(status).toBe(403)
  })
})

describe('a customer’s token', () => {
  const SECRETS = ['sso', 'api-calls', 'api-calls.balance', 'regions', 'nothing']

  it('is enough for that customer, who need not be named', async () => {
    const { customerId } = await customerOn('starter')
    const headers = { Authorization: `Bearer ${await tokenOf(customerId)}` }
    for (const body of [{ context: { targetingKey: customerId } }, { context: {} }, {}]) {
      const { body: flag } = await evaluate({ key: 'basic-dashboard', body, headers })
      expect([flag.value, flag.metadata.contextId]).toEqual([true, customerId])
      const { body: all } = await evaluate({ body, headers })
      expect(all.metadata.contextId).toBe(customerId)
    }
  })

  it('in X-API-Key is a token too', async () => {
    const reply = await post(`${PATH}/sso`, { 'X-API-Key': await tokenOf('pro-co') })
    expect([reply.status, reply.body.value]).toEqual([200, false])
  })

  it('knows of others no more than of whom nobody has made', async () => {
    const headers = { Authorization: `Bearer ${await tokenOf('pro-co')}` }
    const nobody = unique('nobody')
    const told = async (targetingKey: string, key?: string) => {
      const body = { context: { targetingKey } }
      const reply = await evaluate({ ...(key !== undefined && { key }), body, headers })
      const text = reply.text.replaceAll(targetingKey, 'X').replaceAll(/"asOf":"[^"]+"/g, '')
      const isTagged = reply.headers.has('ETag')
      return [reply.status, text, isTagged]
    }
    for (const key of [undefined, ...SECRETS])
      expect(await told('enterprise-co', key)).toEqual(await told(nobody, key))
  })

  it('for some features has no flags of others', async () => {
    const token = await tokenOf('enterprise-co', { featureIds: ['sso', 'storage'] })
    const headers = { Authorization: `Bearer ${token}` }
    const { body: all } = await evaluate({ body: {}, headers })
    const keys = all.flags.map(({ key }: { readonly key: string }) => key)
    expect(keys.toSorted()).toEqual(['sso', 'storage', 'storage.balance'])
    expect((await evaluate({ key: 'sso', body: {}, headers })).body.value).toBe(true)
    for (const key of ['white-label', 'api-calls.balance', 'white-labels']) {
      const { status, body } = await evaluate({ key, body: {}, headers })
      expect([status, body.errorDetails]).toEqual([404, `There is no flag '${key}'.`])
    }
  })
})

describe('a page of another origin', () => {
  const Origin = 'http://localhost:5173'
  const FOREIGN = 'https://elsewhere.example'

  it.each([PATH, `${PATH}/sso`])('may ask at %s with what clients send', async (path) => {
    const wish = {
      Origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,content-type,if-none-match,x-api-key',
    }
    const { status, headers } = await send({ method: 'OPTIONS', path, headers: wish })
    expect([status, headers.get('Access-Control-Allow-Origin')]).toEqual([204, Origin])
    const allowed = headers.get('Access-Control-Allow-Headers')?.toLowerCase() ?? ''
    const wanted = wish['Access-Control-Request-Headers'].split(',')
    expect(wanted.filter((name) => !allowed.includes(name))).toEqual([])
  })

  it('reads every answer, and its tag', async () => {
    const headers = { Authorization: `Bearer ${await tokenOf('pro-co')}`, Origin }
    const first = await evaluate({ body: {}, headers })
    const tag = { 'If-None-Match': first.headers.get('ETag') ?? '' }
    const replies = [
      first,
      await evaluate({ body: {}, headers: { ...headers, ...tag } }),
      await evaluate({ key: 'nothing', body: {}, headers }),
      await evaluate({ body: '{', headers }),
      await evaluate({ body: {}, headers: { Authorization: 'Bearer nothing', Origin } }),
    ]
    expect(replies.map(({ status }) => status)).toEqual([200, 304, 404, 400, 401])
    for (const reply of replies) {
      expect(reply.headers.get('Access-Control-Allow-Origin')).toBe(Origin)
      expect(reply.headers.get('Access-Control-Expose-Headers')).toContain('ETag')
    }
  })

  it.each(['Authorization', 'X-API-Key'])(
    'that nobody has named gets nothing for a token in %s',
    async (header) => {
      const token = await tokenOf('pro-co')
      const said = header === 'Authorization' ? `Bearer ${token}` : token
      const reply = await post(PATH, { [header]: said, Origin: FOREIGN })
      expect([reply.status, reply.body.errorCode]).toEqual([403, 'GENERAL'])
      expect(reply.headers.has('Access-Control-Allow-Origin')).toBe(false)
    },
  )
})

/** As an application's own backend mints one. */
async function tokenOf(customerId: string, fields: object = {}): Promise<string> {
  const { token } = await bodyOf(api.post(`/customers/${customerId}/tokens`, fields))
  return token
}
