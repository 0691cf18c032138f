/** What goes over the wire for what is asked: together where it can be, with what this client knows of earlier changes. */
import type { ServerResponse } from 'node:http'
import { describe, expect, it, vi } from 'vitest'
import { decodeTokens, encodeToken } from '../../schema/token.ts'
import { Sluice, type Token } from '../../sdk/index.ts'
import {
  type Answering,
  handClock,
  json,
  problem,
  type Received,
  serving,
  verdictOn,
} from './serving.ts'

interface Item {
  readonly customerId: string
  readonly featureId: string
  readonly quantity?: number
}

/** Grants what does not begin with `no-`, one by one or together. */
const answering: Answering = (response, request) => {
  if (request.method === 'GET') return answerTo(response, request)
  const results = request.body.items.map((item: Item) => ({ ...item, ...verdict(item.featureId) }))
  json(response, { results })
}

function answerTo(response: ServerResponse, request: Received): void {
  json(response, verdictOn(request, verdict(request.query.get('featureId') ?? '')))
}

const verdict = (featureId: string) => ({ hasAccess: !featureId.startsWith('no-') })

async function asking(answer: Answering = answering, token?: () => string) {
  const { url, received } = await serving(answer)
  const ports = handClock()
  const sluice = new Sluice({ url, ports, ...(token === undefined ? { key: 'a key' } : { token }) })
  return { sluice, received, ports }
}

const of = (customerId: string, featureId: string, quantity?: number): Item => ({
  customerId,
  featureId,
  ...(quantity !== undefined && { quantity }),
})

const shape = ({ method, path, body }: Received) => [method, path, body?.items?.length]

describe('what is asked in one turn', () => {
  it('alone goes alone', async () => {
    const { sluice, received } = await asking()
    expect(await sluice.hasAccess(of('org/1 & co', 'sso', 3))).toBe(true)
    expect(received.map(shape)).toEqual([['GET', '/v1/access', undefined]])
    expect(Object.fromEntries(received[0]!.query)).toEqual({
      customerId: 'org/1 & co',
      featureId: 'sso',
      quantity: '3',
    })
    expect(received[0]!.headers).toMatchObject({ authorization: 'Bearer a key' })
  })

  it('together goes together, confirmed as single questions are, each to who asked it', async () => {
    const { sluice, received } = await asking()
    const asked = ['sso', 'no-export', 'seats'].map((id) => sluice.hasAccess(of('acme', id)))
    expect(await Promise.all(asked)).toEqual([true, false, true])
    expect(received.map(shape)).toEqual([['POST', '/v1/access/batch', 3]])
    expect(received[0]!.query.get('confirm')).toBe('true')
    expect(received[0]!.headers['idempotency-key']).toBeUndefined()
  })

  it('twice is asked once, and another quantity is another question', async () => {
    const { sluice, received } = await asking()
    await Promise.all([1, 1, 2, undefined].map((n) => sluice.check(of('acme', 'seats', n))))
    expect(received.map(shape)).toEqual([['POST', '/v1/access/batch', 2]])
    await Promise.all([1, undefined].map((n) => sluice.check(of('acme', 'seats', n))))
    expect(received.map(shape)[1]).toEqual(['GET', '/v1/access', undefined])
  })

  it('also by functions that only meet in the same turn', async () => {
    const { sluice, received } = await asking()
    const guard = async (featureId: string) => {
      await Promise.resolve()
      return sluice.hasAccess(of('acme', featureId))
    }
    await Promise.all([guard('a'), guard('b'), sluice.hasAccess(of('acme', 'c'))])
    expect(received.length).toBeLessThan(3)
  })

  it('is cut into what the service takes: 1,000 items, and as many customers as a request has tokens', async () => {
    const { sluice, received } = await asking()
    const many = Array.from({ length: 2_001 }, (_, n) => sluice.check(of('acme', `f-${n}`)))
    await Promise.all(many)
    const sizes = received.map(({ body }) => body?.items.length ?? 1)
    expect(sizes.toSorted((one, other) => one - other)).toEqual([1, 1000, 1000])
    const crowd = ['a', 'b', 'c'].flatMap((id) =>
      Array.from({ length: 50 }, (_, n) => of(`co-${n}`, id)),
    )
    const before = received.length
    await Promise.all(crowd.map((item) => sluice.check(item)))
    const sent = received.slice(before)
    expect(sent.length).toBe(3)
    for (const { body } of sent) {
      expect(new Set(body.items.map(({ customerId }: Item) => customerId)).size).toBeLessThan(20)
    }
  })

  it('does not fail for one of them: then each is asked alone', async () => {
    const { sluice, received } = await asking((response, request) => {
      const isBad = request.method === 'POST' || request.query.get('featureId') === ''
      if (isBad) problem(response, 400, 'invalid_request')
      else answerTo(response, request)
    })
    const asked = ['sso', '', 'no-export'].map((id) => sluice.hasAccess(of('acme', id)))
    const outcomes = await Promise.allSettled(asked)
    expect(outcomes).toMatchObject([
      { value: true },
      { reason: { code: 'invalid_request' } },
      { value: false },
    ])
    expect(received.length).toBe(4)
  })

  it.each([
    ['too few', { results: [] }],
    ['something else', { welcome: true }],
    ['no verdicts', { results: [{}, null] }],
  ])('is denied where the answer has %s', async (_, answer) => {
    const { sluice } = await asking((response) => json(response, answer))
    const asked = ['sso', 'seats'].map((id) => sluice.check(of('acme', id)))
    expect(await Promise.all(asked)).toMatchObject(
      Array(2).fill({ hasAccess: false, decidedBy: 'fallback' }),
    )
  })

  it('with a customer’s token goes one by one: it may not ask for many', async () => {
    const { sluice, received } = await asking(answering, () => 'a token')
    await Promise.all(['sso', 'sso', 'seats'].map((featureId) => sluice.check({ featureId })))
    expect(received.map(shape)).toEqual(Array(2).fill(['GET', '/v1/access', undefined]))
    expect(received[0]!.query.has('customerId')).toBe(false)
  })

  it('is read again where somebody wants it fresh', async () => {
    const { sluice, received } = await asking()
    await Promise.all([1, 2].map(() => sluice.check(of('acme', 'sso'), { fresh: true })))
    expect(received.map(({ query }) => query.get('fresh'))).toEqual(['true', 'true'])
  })
})

const tokenOf = (customerId: string | null, revision: number, version = 0, catalogueRevision = 0) =>
  encodeToken({ customerId, revision, version, catalogueRevision })

const sentToken = ({ headers }: Received) => {
  const text = headers['consistency-token']
  const floors = typeof text === 'string' ? decodeTokens(text) : null
  return floors === null ? null : { ...floors, customers: Object.fromEntries(floors.customers) }
}

describe('what a change has answered', () => {
  it('goes with every later question about that customer, and with no other', async () => {
    const { sluice, received } = await asking((response, request) =>
      request.path === '/v1/consume'
        ? json(response, {
            consumed: true,
            entitlement: {},
            consistencyToken: tokenOf('acme', 5, 9),
          })
        : json(response, { ...verdictOn(request), data: [] }),
    )
    expect(sluice.consistencyToken('acme')).toBeUndefined()
    await sluice.consume({ customerId: 'acme', featureId: 'seats' })
    await sluice.check(of('acme', 'seats'))
    await sluice.entitlements({ customerId: 'acme' })
    await sluice.consume({ customerId: 'acme', featureId: 'seats' })
    await sluice.check(of('other', 'seats'))
    const seen = { catalogueRevision: 0, customers: { acme: { revision: 5, version: 9 } } }
    expect(received.map(sentToken)).toEqual([null, seen, seen, seen, null])
    expect(sluice.consistencyToken('acme')).toBe(tokenOf('acme', 5, 9))
  })

  it('is the newest of all, in whatever order answers come', async () => {
    const tokens = [
      tokenOf('acme', 5, 9),
      tokenOf('acme', 4, 11, 3),
      tokenOf('acme', 6, 0),
      tokenOf(null, 0, 0, 7),
    ]
    const { sluice, received } = await asking((response, request, nth) =>
      json(response, { ...verdictOn(request), consistencyToken: tokens[nth] }),
    )
    for (const _ of tokens) await sluice.send({ method: 'PUT', path: '/v1/anything', body: {} })
    await sluice.check(of('acme', 'seats'))
    expect(sentToken(received.at(-1)!)).toEqual({
      catalogueRevision: 7,
      customers: { acme: { revision: 6, version: 11 } },
    })
  })

  it('can come from another process', async () => {
    const { sluice, received } = await asking()
    await sluice.check(of('acme', 'sso'), { consistencyToken: tokenOf('acme', 3) })
    expect(sentToken(received[0]!)).toMatchObject({
      customers: { acme: { revision: 3, version: 0 } },
    })
    const mistyped = sluice.check(of('acme', 'sso'), { consistencyToken: 'not one' })
    await expect(mistyped).rejects.toMatchObject({ code: 'invalid_consistency_token' })
  })

  it('is not asked for for ever: after a restore nobody could show it any more', async () => {
    const { sluice, received, ports } = await asking()
    await sluice.check(of('acme', 'sso'), { consistencyToken: tokenOf('acme', 3) })
    ports.pass(3_600_001)
    await sluice.check(of('acme', 'sso'))
    expect(received.map(sentToken).map((each) => each !== null)).toEqual([true, false])
  })

  it('that cannot be shown yet is waited for', async () => {
    const { sluice, received, ports } = await asking((response, request, nth) =>
      nth < 2 ? problem(response, 503, 'consistency_unavailable') : answerTo(response, request),
    )
    expect(await sluice.hasAccess(of('acme', 'sso'))).toBe(true)
    expect([received.length, ports.waits]).toEqual([3, [100, 200]])
  })
})

/** As the service makes them, as far as a client can read it. */
const jwt = (claims: object) =>
  ['{}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')

describe('a customer’s token', () => {
  it('is fetched once for all who wait for it, and its customer need not be named', async () => {
    const token = vi.fn<() => Promise<Token>>(async () => ({
      token: jwt({ sub: 'org/1' }),
      expiresAt: 'later',
    }))
    const { url, received } = await serving((response, request) =>
      json(response, {
        ...verdictOn(request),
        data: [],
        entitlement: {},
        consistencyToken: tokenOf('org/1', 4),
      }),
    )
    const sluice = new Sluice({ url, token })
    await Promise.all(['a', 'b', 'c'].map((featureId) => sluice.hasAccess({ featureId })))
    await sluice.consume({ featureId: 'a' })
    const { decidedBy } = await sluice.entitlements()
    expect(token).toHaveBeenCalledTimes(1)
    expect(decidedBy).toBe('service')
    expect(received.at(-2)!.body).toEqual({ featureId: 'a' })
    expect(received.at(-1)).toMatchObject({ path: '/v1/customers/org%2F1/entitlements' })
    expect(sentToken(received.at(-1)!)).toMatchObject({ customers: { 'org/1': { revision: 4 } } })
  })

  it('takes what the way back from a checkout says into its first question', async () => {
    const { sluice, received } = await asking(answering, () => jwt({ sub: 'acme' }))
    await sluice.check({ featureId: 'sso' }, { consistencyToken: tokenOf('acme', 3) })
    expect(sentToken(received[0]!)).toMatchObject({ customers: { acme: { revision: 3 } } })
  })

  it('is waited for no longer than an answer, also for a list', async () => {
    const { url, received } = await serving(answering)
    const token = () => new Promise<never>(() => undefined)
    const sluice = new Sluice({ url, token, timeoutMs: 30, retries: 0 })
    await expect(sluice.entitlements()).rejects.toMatchObject({ code: 'timed_out' })
    expect(await sluice.check({ featureId: 'sso' })).toMatchObject({ decidedBy: 'fallback' })
    expect(received).toEqual([])
  })

  it('is fetched again before its life ends, whatever the clocks say', async () => {
    // Years apart from this process's clock: only how long it lives counts.
    const token = vi.fn<() => string>(() => jwt({ iat: 4_000_000_000, exp: 4_000_000_100 }))
    const { sluice, ports } = await asking(answering, token)
    const ask = async () => {
      await sluice.check({ featureId: 'sso' })
      return token.mock.calls.length
    }
    expect(await ask()).toBe(1)
    ports.pass(79_000)
    expect(await ask()).toBe(1)
    ports.pass(1_000)
    expect(await ask()).toBe(2)
  })

  it('that the service refuses is fetched again at once, and the call made again', async () => {
    const tokens = ['old', 'new']
    const token = vi.fn<() => string>(() => tokens.shift() ?? 'none')
    const refusing: Answering = (response, request) =>
      request.headers.authorization === 'Bearer new'
        ? answerTo(response, request)
        : problem(response, 401, 'credential_invalid')
    const { sluice, received } = await asking(refusing, token)
    expect(
      await Promise.all(['a', 'b'].map((featureId) => sluice.hasAccess({ featureId }))),
    ).toEqual([true, true])
    expect(token).toHaveBeenCalledTimes(2)
    expect(received.length).toBe(4)
  })

  it('that is refused again is an error, not a loop', async () => {
    const token = vi.fn<() => string>(() => 'bad')
    const { sluice, received } = await asking((r) => problem(r, 401, 'credential_invalid'), token)
    await expect(sluice.check({ featureId: 'a' })).rejects.toMatchObject({
      code: 'credential_invalid',
    })
    expect([token.mock.calls.length, received.length]).toEqual([2, 2])
  })

  it('that cannot be fetched is tried again, and is an outage then', async () => {
    const token = vi.fn<() => string>(() => {
      throw new Error('Our own backend is down.')
    })
    const { sluice, received } = await asking(answering, token)
    expect(await sluice.check({ featureId: 'a' })).toMatchObject({ decidedBy: 'fallback' })
    expect([token.mock.calls.length, received.length]).toEqual([4, 0])
    await expect(sluice.consume({ featureId: 'a' })).rejects.toMatchObject({
      code: 'token_unavailable',
    })
  })

  it('that is due while our backend is down is used as long as the service takes it', async () => {
    let isDown = false
    const token = () => {
      if (isDown) throw new Error('Our own backend is down.')
      return jwt({ iat: 0, exp: 100 })
    }
    const { sluice, ports } = await asking(answering, token)
    await sluice.check({ featureId: 'a' })
    isDown = true
    ports.pass(90_000)
    expect(await sluice.check({ featureId: 'a' })).toMatchObject({ decidedBy: 'service' })
  })
})

describe('a client', () => {
  it('does not take a secret key into a browser', () => {
    vi.stubGlobal('document', {})
    const key = 'sluice_sk_production_…'
    expect(() => new Sluice({ url: 'https://sluice.example', key })).toThrow(/not for browsers/)
    vi.unstubAllGlobals()
    expect(() => new Sluice({ url: 'https://sluice.example', key })).not.toThrow()
  })

  it('wants an address', () => {
    expect(() => new Sluice({ url: 'sluice.example', key: 'a key' })).toThrow(TypeError)
  })

  it('reaches Sluice below a path, and over whatever fetches', async () => {
    const urls: string[] = []
    const fetch = async (url: string) => {
      urls.push(url)
      return Response.json({ hasAccess: true })
    }
    const sluice = new Sluice({ url: 'https://example.com/sluice/', key: 'a key', fetch })
    expect(await sluice.hasAccess(of('acme', 'sso'))).toBe(true)
    expect(urls).toEqual(['https://example.com/sluice/v1/access?customerId=acme&featureId=sso'])
  })

  it('sends what it is not asked for to nobody', async () => {
    const { sluice, received } = await asking()
    const question = { ...of('acme', 'sso'), user: 'somebody' }
    await Promise.all([sluice.check(question), sluice.check({ ...question, featureId: 'b' })])
    expect(received[0]!.body.items).toEqual([of('acme', 'sso'), of('acme', 'b')])
  })

  it('reports a delta unless told otherwise', async () => {
    const { sluice, received } = await asking((response) =>
      json(response, { recorded: true, entitlement: {} }),
    )
    const occurredAt = new Date('2026-02-10T12:00:00Z')
    await sluice.reportUsage({ customerId: 'acme', featureId: 'a', value: -2, occurredAt })
    await sluice.reportUsage({ customerId: 'acme', featureId: 'a', value: 7, behaviour: 'set' })
    expect(received.map(({ body }) => [body.behaviour, body.value, body.occurredAt])).toEqual([
      ['delta', -2, '2026-02-10T12:00:00.000Z'],
      ['set', 7, undefined],
    ])
  })

  it('keeps what it has, where the service says that nothing has changed', async () => {
    const { sluice } = await asking((response) => response.writeHead(304, { ETag: '"1"' }).end())
    const reply = await sluice.send({
      method: 'GET',
      path: '/v1/plans',
      headers: { 'If-None-Match': '"1"' },
    })
    expect([reply.status, reply.headers.get('ETag'), reply.body]).toEqual([304, '"1"', undefined])
  })
})
