import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Entitlement, StreamMessage } from '../../schema/calls.ts'
import type { SluiceError } from '../../sdk/client/error.ts'
import type { Held } from '../../sdk/contract.ts'
import { live, type LiveOptions, type OpenSocket } from '../../sdk/live.ts'
import { afterAnswer, afterMessage, messageFrom, streamUrl } from '../../sdk/live/known.ts'
import { json, problem, serving } from './serving.ts'

const AS_OF = '2026-11-26T10:00:00.000Z'

const sso: Entitlement = {
  customerId: 'acme',
  featureId: 'sso',
  type: 'boolean',
  hasAccess: false,
  reason: 'not_in_plan',
  sources: [],
  inherited: false,
  overridden: false,
  grace: null,
  warnings: [],
}
const seats: Entitlement = { ...sso, featureId: 'seats' }
const bought: Entitlement = { ...sso, hasAccess: true, reason: 'enabled' }

const message = (fields: Partial<StreamMessage>): StreamMessage => ({
  version: 1,
  revision: 1,
  asOf: AS_OF,
  complete: false,
  entitlements: [],
  ...fields,
})
const held = (fields: Partial<Held> = {}): Held => ({
  customerId: 'acme',
  version: 1,
  revision: 1,
  asOf: AS_OF,
  data: [sso, seats],
  ...fields,
})

describe('what is known after a message', () => {
  it.each<[string, Held | null, StreamMessage, Held | null]>([
    ['everything', null, message({ complete: true, entitlements: [sso, seats] }), held()],
    ['everything anew', held(), message({ complete: true }), held({ data: [] })],
    [
      'what has changed, in its place',
      held(),
      message({ version: 2, entitlements: [bought] }),
      held({ version: 2, data: [bought, seats] }),
    ],
    [
      'a feature that is new',
      held({ data: [seats] }),
      message({ revision: 2, entitlements: [sso] }),
      held({ revision: 2, data: [seats, sso] }),
    ],
    ['nothing that can be seen', held(), message({ version: 2 }), held({ version: 2 })],
    ['a change in something unknown', null, message({ entitlements: [bought] }), null],
  ])('%s', (_, before, said, after) => {
    expect(afterMessage(before, 'acme', said)).toEqual(after)
  })

  it('is what was heard, where an answer is older', () => {
    const freshness = { servedFrom: 'kv', ageMs: 0, publishedAt: null, confirmed: false } as const
    const answer = { ...held({ version: 1, data: [] }), ...freshness, degraded: false }
    const known = held({ version: 2 })
    expect(afterAnswer(known, answer)).toBe(known)
    expect(afterAnswer(held(), answer)?.data).toEqual([])
  })

  it.each(['pong', '', 'null', '[]', '{"entitlements": 5}', '{"closing": 5}'])(
    'is what it was, after %o',
    (text) => {
      expect(messageFrom(text)).toBeNull()
    },
  )
})

it.each([
  ['https://sluice.example', 'wss://sluice.example/v1/customers/org%2F1/stream'],
  ['http://127.0.0.1:8787/below', 'ws://127.0.0.1:8787/below/v1/customers/org%2F1/stream'],
])('the stream of %s is at %s', (service, url) => {
  expect(streamUrl(service, 'org/1', null)).toBe(url)
  const back = new URL(streamUrl(service, 'org/1', held()))
  expect(Object.fromEntries(back.searchParams)).toEqual({
    version: '1',
    revision: '1',
    asOf: AS_OF,
  })
})

describe('a process without sockets', () => {
  const closing: (() => void)[] = []
  afterEach(() => {
    for (const close of closing.splice(0)) close()
  })

  function listen(url: string, options: Partial<LiveOptions> = {}) {
    const problems: string[] = []
    const heard: Held[] = []
    const { key, token, ...rest } = options
    const source = live({
      url,
      open: null,
      pollMs: 5,
      ports: { random: () => 0 },
      onProblem: ({ code }: SluiceError) => problems.push(code),
      ...rest,
      ...(token === undefined ? { key: key ?? 'key', customerId: 'acme' } : { token }),
    })
    const leave = source.subscribe((each) => heard.push(each))
    closing.push(() => source.close())
    return { source, heard, problems, leave }
  }

  it('asks, and asks again with what it knows', async () => {
    const { url, received } = await serving((response, { headers }, nth) => {
      if (headers['if-none-match'] === 'W/"1"' && nth !== 4) response.writeHead(304).end()
      else json(response, held({ version: nth }), 200, { ETag: 'W/"1"' })
    })
    const { source, heard } = listen(url)
    await vi.waitFor(() => expect(heard.length).toBe(2))
    expect(heard.map(({ version }) => version)).toEqual([0, 4])
    expect(source.status()).toBe('polling')
    expect(source.current()).toBe(heard[1])
    expect(received[0]).toMatchObject({
      path: '/v1/customers/acme/entitlements',
      headers: { authorization: 'Bearer key' },
    })
  })

  it('names no tag of an answer that it did not take over', async () => {
    const { url, received } = await serving((response, _, nth) =>
      json(response, held({ version: nth === 1 ? 0 : 1 }), 200, { ETag: `W/"${nth}"` }),
    )
    listen(url)
    await vi.waitFor(() => expect(received.length).toBeGreaterThan(3))
    const tags = received.slice(0, 4).map(({ headers }) => headers['if-none-match'])
    expect(tags).toEqual([undefined, 'W/"0"', undefined, 'W/"2"'])
  })

  it('names no tag of an answer after it has heard of a change: what came back to it has the same', async () => {
    const { url, received } = await serving((response) =>
      json(response, held(), 200, { ETag: 'W/"1"' }),
    )
    const sockets = [null, message({ version: 2, entitlements: [bought] }), null]
    const open: OpenSocket = () => {
      const said = sockets.shift()
      if (!said) throw new Error('no socket')
      const target = new EventTarget()
      setTimeout(() => {
        target.dispatchEvent(new Event('open'))
        target.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(said) }))
        target.dispatchEvent(new Event('close'))
      })
      return Object.assign(target, { send: () => undefined, close: () => undefined })
    }
    const { heard } = listen(url, { open })
    await vi.waitFor(() => expect(received.length).toBeGreaterThan(1), 5_000)
    expect(heard.map(({ version }) => version)).toContain(2)
    expect(received[1]?.headers['if-none-match']).toBeUndefined()
  })

  it('says why there is no answer, and goes on', async () => {
    const { url } = await serving((response, _, nth) => {
      if (nth === 0) response.destroy()
      else if (nth === 1) response.end('<html>')
      else json(response, held())
    })
    const { heard, problems } = listen(url)
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0), 10_000)
    expect(problems).toEqual(['unreachable', 'unreadable'])
  })

  it('shows another token where one is refused, and waits for one that does not come', async () => {
    const { url, received } = await serving((response, { headers }) => {
      if (headers.authorization?.endsWith('.new') === true) json(response, held())
      else problem(response, 401, 'credential_invalid')
    })
    const claims = btoa(JSON.stringify({ sub: 'acme', iat: 0, exp: 900 })).replaceAll('=', '')
    const tokens = [`head.${claims}.old`, null, `head.${claims}.new`]
    const token = vi.fn<() => string>(() => {
      const next = tokens.shift()
      if (typeof next !== 'string') throw new Error('not now')
      return next
    })
    const { heard, problems } = listen(url, { token })
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0), 10_000)
    expect([...new Set(problems)]).toEqual(['credential_invalid', 'token_unavailable'])
    expect(received.map(({ path }) => path)).toEqual(
      received.map(() => '/v1/customers/acme/entitlements'),
    )
  })

  it('tells everybody, whatever one of them makes of it', async () => {
    const { url } = await serving((response) => json(response, held()))
    const thrown = vi.fn<(error: unknown) => void>()
    process.once('uncaughtException', thrown)
    const source = live({ url, open: null, key: 'key', customerId: 'acme' })
    closing.push(() => source.close())
    source.subscribe(() => {
      throw new Error('its own')
    })
    const heard = vi.fn<(held: Held) => void>()
    source.subscribe(heard)
    await vi.waitFor(() => expect(heard).toHaveBeenCalled())
    await vi.waitFor(() => expect(thrown).toHaveBeenCalledTimes(1))
  })

  it('asks no more once nobody listens, and never again once it is closed', async () => {
    const { url, received } = await serving((response) => json(response, held()))
    const { source, leave } = listen(url)
    await vi.waitFor(() => expect(received.length).toBeGreaterThan(1))
    leave()
    await vi.waitFor(() => expect(source.status()).toBe('idle'), 5_000)
    source.close()
    const asked = received.length
    source.subscribe(() => undefined)
    expect(source.status()).toBe('ended')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(received.length).toBe(asked)
  })
})
