import { createExecutionContext, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CLOSINGS } from '../../schema/stream.ts'
import worker from '../../worker/index.ts'
import { flaky } from '../support/bindings.ts'
import { makeKey, ORIGIN } from '../support/edge.ts'
import { coldIsolate, type Issuer, openIssuer } from '../support/holders.ts'
import { everything, type Heard, heardOn, leave } from '../support/listener.ts'
import { expectOk } from '../support/manager.ts'
import { objectOf } from '../support/object.ts'

const NOW = Date.parse('2027-02-10T12:00:00Z')
const HOUR_MS = 3_600_000
const PAGE = 'https://app.example'
const PATH = '/v1/customers/acme/stream'

let issuer: Issuer
let open: Heard[] = []

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  issuer = await openIssuer()
})

afterEach(async () => {
  await leave(open)
  open = []
  vi.useRealTimers()
})

/** Asks to become a WebSocket. */
async function upgrade(
  headers: Readonly<Record<string, string>>,
  path = PATH,
  bindings: Partial<Env> = {},
): Promise<Response> {
  const request = new Request<unknown, IncomingRequestCfProperties>(ORIGIN + path, {
    headers: { Upgrade: 'websocket', ...headers },
  })
  return worker.fetch(request, { ...env, ...bindings }, createExecutionContext())
}

async function listen(headers: Readonly<Record<string, string>>): Promise<Heard> {
  const { webSocket, status } = await upgrade(headers)
  if (webSocket === null) throw new Error(`no socket: ${status}`)
  const heard = heardOn(webSocket)
  open.push(heard)
  return heard
}

const codeOf = async (response: Response) => [
  response.status,
  (await response.json<{ readonly code: string }>()).code,
]

const withKey = (key: string) => ({ Authorization: `Bearer ${key}` })
const offering = (token: string) => ({ 'Sec-WebSocket-Protocol': `sluice, token.${token}` })

describe('a page that listens', () => {
  it('may, where its origin may call with a token', async () => {
    const { api, mint } = issuer
    const page = { Origin: PAGE, ...offering(await mint()) }
    expect(await codeOf(await upgrade(page))).toEqual([403, 'origin_not_allowed'])
    await expectOk(api.put('/v1/settings/origins', { origins: [PAGE] }))
    coldIsolate()
    const heard = await listen({ Origin: PAGE, ...offering(await mint()) })
    expect((await everything(heard)).entitlements.length).toBeGreaterThan(0)
  })

  it('is told of another customer what it is told of none', async () => {
    const token = await issuer.mint()
    const answers = await Promise.all(
      ['other', 'nobody'].map(async (id) => {
        const response = await upgrade(offering(token), `/v1/customers/${id}/stream`)
        const { requestId: _, ...said } = await response.json<Record<string, unknown>>()
        return JSON.stringify([response.status, said]).replaceAll(id, '…')
      }),
    )
    expect(answers[0]).toBe(answers[1])
    expect(answers[0]).toContain('customer_not_found')
  })

  it('shows its token as a protocol, and nowhere else', async () => {
    const token = await issuer.mint()
    for (const [headers, path] of [
      [{}, `${PATH}?token=${token}`],
      [{ 'Sec-WebSocket-Protocol': `sluice, ${token}` }, PATH],
      [{ 'Sec-WebSocket-Protocol': 'sluice, token.' }, PATH],
      [{ Cookie: `token=${token}` }, PATH],
    ] as const) {
      const { status } = await upgrade(headers, path)
      expect(status).toBe(401)
    }
  })
})

describe('a credential that listens', () => {
  it.each([
    ['a token that lives ten minutes', 10 * 60_000],
    ['a key that ends in a day: it is shown again within the hour', HOUR_MS],
    ['a key that ends in a minute', 60_000],
  ])('%s', async (what, livesMs) => {
    const day = NOW + (livesMs === HOUR_MS ? 24 * HOUR_MS : livesMs)
    const heard = what.includes('token')
      ? await listen(offering(await issuer.mint({ ttlSeconds: livesMs / 1_000 })))
      : await listen(withKey(await makeKey(['read'], { expiresAt: day })))
    await everything(heard)
    vi.setSystemTime(NOW + livesMs - 1)
    await runDurableObjectAlarm(objectOf('acme'))
    expect(heard.closing()).toBeNull()
    vi.setSystemTime(NOW + livesMs)
    await runDurableObjectAlarm(objectOf('acme'))
    await vi.waitFor(() => expect(heard.closing()?.code).toBe(CLOSINGS.expired))
  })
})

it('an object that cannot be reached is no end: it can be tried again', async () => {
  const { key } = issuer.api
  const CUSTOMERS = flaky((method) => method === 'fetch')
  const response = await upgrade(withKey(key), PATH, { CUSTOMERS })
  expect(response.headers.get('Retry-After')).toBe('1')
  expect(await codeOf(response)).toEqual([503, 'unavailable'])
})

it('a request that is none for a WebSocket is told so, and in which protocol to come', async () => {
  const response = await upgrade({ ...withKey(issuer.api.key), Upgrade: 'h2c' })
  expect(response.headers.get('Upgrade')).toBe('websocket')
  expect(await codeOf(response)).toEqual([426, 'upgrade_required'])
})
