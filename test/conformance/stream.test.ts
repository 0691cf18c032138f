/** Live updates as applications hear them: over real sockets, by the client that the package holds. */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Entitlement } from '../../schema/calls.ts'
import type { Held } from '../../sdk/contract.ts'
import { live, type Live, type LiveOptions } from '../../sdk/live.ts'
import { api, KEY, ORIGIN, send, unique } from '../support/service.ts'
import { bodyOf, consume, customerOn, newCustomer, subscribe } from './customers.ts'
import { type Line, lineTo } from './line.ts'

interface Hearing {
  readonly source: Live
  /** Everything that was heard, oldest first. */
  readonly heard: readonly Held[]
  /** The entitlement, once `wanted` is true of what was heard last. */
  readonly until: (
    featureId: string,
    wanted: (entitlement: Entitlement) => boolean,
  ) => Promise<Entitlement>
}

/** Over before the next test begins. */
const ending: (() => unknown)[] = []
const delays: [string, number][] = []

afterEach(async () => {
  await Promise.all(ending.splice(0).map((end) => end()))
})

function listen(options: Partial<LiveOptions> & { readonly customerId?: string }): Hearing {
  const { key, token, ...rest } = options
  const credential = token === undefined ? { key: key ?? KEY } : { token }
  const source = live({ url: ORIGIN, ...rest, ...credential })
  const heard: Held[] = []
  source.subscribe((held) => heard.push(held))
  ending.push(() => source.close())
  const until: Hearing['until'] = (featureId, wanted) =>
    vi.waitFor(
      () => {
        const found = heard.at(-1)?.data.find((each) => each.featureId === featureId)
        if (found === undefined || !wanted(found)) throw new Error(JSON.stringify(found ?? heard))
        return found
      },
      { timeout: 10_000, interval: 2 },
    )
  return { source, heard, until }
}

/** Makes a change and waits until it is heard of. How long that takes depends on the machine, and is only told. */
async function delayOf(what: string, change: () => Promise<unknown>, heard: Promise<unknown>) {
  const startedAt = performance.now()
  await Promise.all([
    change(),
    heard.then(() => delays.push([what, performance.now() - startedAt])),
  ])
}

async function tokenFor(customerId: string, fields: object = {}): Promise<string> {
  return (await bodyOf(api.post(`/customers/${customerId}/tokens`, fields))).token
}

async function line(carriesSockets = true): Promise<Line> {
  const made = await lineTo(ORIGIN, carriesSockets)
  ending.push(made.close)
  return made
}

describe('a browser that listens', () => {
  it('hears of a purchase, an override and an exhausted meter without asking', async () => {
    const customerId = await newCustomer()
    const fetch = vi.fn<typeof globalThis.fetch>(globalThis.fetch)
    const token = () => tokenFor(customerId)
    const { source, heard, until } = listen({ token, fetch: (url, init) => fetch(url, init) })
    await until('api-calls', ({ hasAccess }) => !hasAccess)
    expect(source.status()).toBe('live')

    const bought = until('api-calls', ({ hasAccess }) => hasAccess)
    await delayOf('a purchase', () => subscribe(customerId, 'starter'), bought)

    const sso = '/overrides/sso'
    const given = until('sso', ({ hasAccess, overridden }) => hasAccess && overridden)
    const allow = { allowance: { enabled: true } }
    await delayOf(
      'an override',
      () => bodyOf(api.put(`/customers/${customerId}${sso}`, allow)),
      given,
    )

    const { balance } = await bought
    const empty = until('api-calls', ({ reason }) => reason === 'limit_reached')
    await delayOf(
      'an exhausted meter',
      () => consume(customerId, 'api-calls', Number(balance)),
      empty,
    )
    const told = delays.map(([what, ms]) => `${what} after ${ms.toFixed(0)} ms`)
    console.info(`heard of, from when it was asked for: ${told.join(', ')}`)
    expect(fetch).not.toHaveBeenCalled()
    const versions = heard.map(({ version }) => version)
    expect(versions).toEqual(versions.toSorted((a, b) => a - b))
  })

  it('is told what GET /v1/customers/{id}/entitlements says', async () => {
    const { customerId } = await customerOn('pro')
    const { heard, until } = listen({ token: () => tokenFor(customerId) })
    await until('sso', () => true)
    const told = await bodyOf(api.get(`/customers/${customerId}/entitlements?fresh=true`))
    expect(heard.at(-1)?.data).toEqual(told.data)
    expect(heard.at(-1)).toMatchObject({ version: told.version, revision: told.revision })
  })

  it('hears of the features that its token reaches, and of no other customer', async () => {
    const { customerId } = await customerOn('pro')
    const featureIds = ['api-calls', 'sso']
    const token = () => tokenFor(customerId, { featureIds })
    const { heard, until } = listen({ token })
    await until('sso', () => true)
    await consume(customerId, 'storage')
    await consume(customerId, 'api-calls')
    await until('api-calls', ({ used }) => used === 1)
    expect(heard.flatMap(({ data }) => data.map((each) => each.featureId)).toSorted()).toEqual(
      heard.flatMap(() => featureIds).toSorted(),
    )
    const other = await customerOn('pro')
    const asked = await Promise.all(
      [other.customerId, unique('nobody')].map(async (id) =>
        upgradeRefused(id, await token()).then(({ status, body }) => [
          status,
          body.code,
          body.detail.replace(id, ''),
        ]),
      ),
    )
    expect(asked[0]).toEqual(asked[1])
    expect(asked[0]?.[0]).toBe(404)
  })

  it('shows a new token when the old one has ended, and misses nothing', async () => {
    const { customerId } = await customerOn('pro')
    const token = vi.fn<() => Promise<string>>(() => tokenFor(customerId, { ttlSeconds: 60 }))
    let isShort = true
    const { heard, until } = listen({
      token: async () => {
        const text = isShort ? await tokenFor(customerId, { ttlSeconds: 1 }) : await token()
        isShort = false
        return text
      },
    })
    await until('api-calls', () => true)
    const first = heard.length
    await vi.waitFor(() => expect(token).toHaveBeenCalled(), 10_000)
    await consume(customerId, 'api-calls')
    await until('api-calls', ({ used }) => used === 1)
    expect(heard.length).toBe(first + 1)
  })
})

describe('a line that breaks', () => {
  it('is opened again; what is known is not said twice, what was missed is', async () => {
    const { customerId } = await customerOn('pro')
    const { url, cut, upgrades } = await line()
    const { source, heard, until } = listen({ url, customerId })
    await until('api-calls', () => true)
    cut()
    await vi.waitFor(() => expect(upgrades()).toBe(2), 10_000)
    await vi.waitFor(() => expect(source.status()).toBe('live'), 10_000)
    await consume(customerId, 'api-calls')
    await until('api-calls', ({ used }) => used === 1)
    expect(heard.length).toBe(2)
    cut()
    await consume(customerId, 'api-calls', 2)
    await until('api-calls', ({ used }) => used === 3)
    const told = await bodyOf(api.get(`/customers/${customerId}/entitlements?fresh=true`))
    expect(heard.at(-1)?.data).toEqual(told.data)
  })

  it('is noticed though nobody says so: no answer to a ping', async () => {
    const { customerId } = await customerOn('pro')
    const { url, upgrades } = await line()
    // Nothing can be answered so fast.
    const timing = { pingMs: 0 }
    const { until } = listen({ url, customerId, timing })
    await until('api-calls', () => true)
    await vi.waitFor(() => expect(upgrades()).toBeGreaterThan(1), 10_000)
  })

  it('that carries no sockets is asked over instead, and is heard over as soon as it does', async () => {
    const { customerId } = await customerOn('pro')
    const way = await line(false)
    const { source, heard, until } = listen({ url: way.url, customerId, pollMs: 100 })
    await until('api-calls', () => true)
    await vi.waitFor(() => expect(source.status()).toBe('polling'), 10_000)
    await consume(customerId, 'api-calls', 5)
    await until('api-calls', ({ used }) => used === 5)
    const asked = heard.length
    const before = way.upgrades()
    await vi.waitFor(() => expect(way.upgrades()).toBeGreaterThan(before + 2), 10_000)
    // It is asked again and again, and nothing is news.
    expect(heard.length).toBe(asked)
    way.carriesSockets = true
    await vi.waitFor(() => expect(source.status()).toBe('live'), 10_000)
    await consume(customerId, 'api-calls')
    await until('api-calls', ({ used }) => used === 6)
  })

  it('is hung up when nobody listens, and opened for the next who does', async () => {
    const { customerId } = await customerOn('pro')
    const { url, upgrades } = await line()
    const source = live({ url, key: KEY, customerId })
    ending.push(() => source.close())
    expect(upgrades()).toBe(0)
    const heard = vi.fn<(held: Held) => void>()
    const leave = source.subscribe(heard)
    await vi.waitFor(() => expect(heard).toHaveBeenCalled(), 10_000)
    leave()
    await vi.waitFor(() => expect(source.status()).toBe('idle'), 10_000)
    const back = vi.fn<(held: Held) => void>()
    source.subscribe(back)
    await vi.waitFor(() => expect(source.status()).toBe('live'), 10_000)
    await consume(customerId, 'api-calls')
    await vi.waitFor(() => expect(back).toHaveBeenCalledTimes(1), 10_000)
    expect(heard).toHaveBeenCalledTimes(1)
  })
})

describe('many who listen', () => {
  it('hear of it all; one more than a hundred is turned away and asks', async () => {
    const { customerId } = await customerOn('pro')
    const hearings = Array.from({ length: 100 }, () => listen({ customerId }))
    await Promise.all(hearings.map(({ until }) => until('api-calls', () => true)))
    const late = listen({ customerId, pollMs: 200 })
    await late.until('api-calls', () => true)
    await vi.waitFor(() => expect(late.source.status()).toBe('polling'), 10_000)
    const startedAt = performance.now()
    await consume(customerId, 'api-calls')
    await Promise.all(hearings.map(({ until }) => until('api-calls', ({ used }) => used === 1)))
    console.info(`a hundred have heard ${(performance.now() - startedAt).toFixed(0)} ms after`)
    await late.until('api-calls', ({ used }) => used === 1)
  })

  it('do not keep a meter from being used', async () => {
    const { customerId } = await customerOn('enterprise')
    const hearings = Array.from({ length: 20 }, () => listen({ customerId }))
    await Promise.all(hearings.map(({ until }) => until('api-calls', () => true)))
    const uses = await Promise.all(
      Array.from({ length: 200 }, () => consume(customerId, 'api-calls')),
    )
    expect(uses.every(({ consumed }) => consumed)).toBe(true)
    await Promise.all(hearings.map(({ until }) => until('api-calls', ({ used }) => used === 200)))
    expect(Math.max(...hearings.map(({ heard }) => heard.length))).toBeLessThan(60)
  })
})

describe('the route', () => {
  let customerId: string
  beforeAll(async () => {
    customerId = await newCustomer()
  })

  it('is a WebSocket, and says so to who asks otherwise', async () => {
    const { status, body } = await api.get(`/customers/${customerId}/stream`)
    expect([status, body.code]).toEqual([426, 'upgrade_required'])
  })

  it('takes all of what was heard last, or nothing', async () => {
    const { status, body } = await upgradeRefused(`${customerId}`, KEY, '?version=5')
    expect([status, body.code]).toEqual([400, 'invalid_request'])
  })

  it('speaks the protocol that is offered', async () => {
    const url = `${ORIGIN.replace('http', 'ws')}/v1/customers/${customerId}/stream`
    const socket = new WebSocket(url, ['sluice', `token.${await tokenFor(customerId)}`])
    ending.push(() => socket.close())
    const first = await new Promise<MessageEvent>((resolve) => {
      socket.addEventListener('message', resolve, { once: true })
    })
    expect(socket.protocol).toBe('sluice')
    expect(JSON.parse(first.data)).toMatchObject({ complete: true })
  })

  it('ends for a customer who is archived: nothing more will come', async () => {
    const { source, until } = listen({ customerId })
    await until('api-calls', () => true)
    await bodyOf(api.delete(`/customers/${customerId}`))
    await vi.waitFor(() => expect(source.status()).toBe('ended'), 10_000)
  })
})

/** A request to become a WebSocket that is refused. */
function upgradeRefused(customerId: string, credential: string, query = '') {
  return send({
    method: 'GET',
    path: `/v1/customers/${customerId}/stream${query}`,
    headers: {
      Authorization: `Bearer ${credential}`,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    },
  })
}
