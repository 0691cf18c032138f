import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, tick, unique } from '../support/service.ts'
import { bodyOf, consume, newCustomer, subscribe } from './customers.ts'
import { openReceiver, type Received, type Receiver } from './receiver.ts'

const ROOT = join(import.meta.dirname, '../..')

let receiver: Receiver
const made: string[] = []

beforeAll(async () => {
  receiver = await openReceiver()
})
beforeEach(() => receiver.answer(() => ({ status: 204 })))
afterAll(async () => {
  // Nobody answers there any more, and other files share the service.
  for (const id of made) await bodyOf(api.delete(`/webhooks/${id}`))
  await receiver.close()
})

interface Endpoint {
  readonly id: string
  readonly url: string
  readonly secret: string
  /** The first message at this endpoint that is about the customer and of the type. */
  first(customerId: string | null, type: string): Promise<Received>
}

/** An endpoint with a path of its own. */
async function listen(events: readonly string[]): Promise<Endpoint> {
  const path = `/hooks/${unique('path')}`
  const url = new URL(path, receiver.url).href
  const { id, secret } = await bodyOf(api.post('/webhooks', { url, events }))
  made.push(id)
  const first: Endpoint['first'] = (customerId, type) =>
    receiver.first(
      ({ path: at, event }) =>
        at === path && event.type === type && (event.customerId ?? null) === customerId,
    )
  return { id, url, secret, first }
}

const read = (secret: string, { body, headers }: Received) =>
  new Webhook(secret).verify(body, {
    'webhook-id': String(headers['webhook-id']),
    'webhook-timestamp': String(headers['webhook-timestamp']),
    'webhook-signature': String(headers['webhook-signature']),
  })

const at = (path: string) => receiver.received.filter((message) => message.path === path)

describe('a soft limit', () => {
  it('that is passed warns whoever listens, within seconds and signed, while use goes on', async () => {
    const feature = unique('soft')
    await bodyOf(api.put(`/features/${feature}`, { type: 'meter' }))
    const planId = unique('plan')
    const allowance = { limit: 10, enforcement: 'soft', reset: 'monthly', alertsAt: [80] }
    await bodyOf(api.put(`/plans/${planId}`, { allowances: { [feature]: allowance } }))
    const customerId = await newCustomer()
    await subscribe(customerId, planId)
    const endpoint = await listen(['usage.*'])
    expect(await consume(customerId, feature, 9)).toMatchObject({ consumed: true })
    const warning = await endpoint.first(customerId, 'usage.threshold_reached')
    expect(read(endpoint.secret, warning)).toMatchObject({
      type: 'usage.threshold_reached',
      customerId,
      data: { featureId: feature, percent: 80 },
    })
    const over = await consume(customerId, feature, 5)
    expect(over).toMatchObject({ consumed: true, entitlement: { reason: 'over_soft_limit' } })
    const told = await endpoint.first(customerId, 'usage.over_soft_limit')
    const { at: timestamp, ...event } = await bodyOf(api.get(`/events/${told.event.id}`))
    expect(read(endpoint.secret, told)).toEqual({ ...event, timestamp })
    expect(event).toMatchObject({
      id: told.headers['webhook-id'],
      type: 'usage.over_soft_limit',
      customerId,
      version: expect.any(Number),
      data: { featureId: feature, limit: 10, used: 14 },
    })
  })
})

describe('the receiver of docs/webhooks.md', () => {
  type Receive = (
    request: Request,
    secret: string,
    handle: (event: object) => Promise<void>,
  ) => Promise<Response>

  /** Where the packages of this repository are found, and nothing is kept. */
  const folder = join(ROOT, 'build/docs')
  const file = join(folder, 'receive.ts')

  async function receiveAsDocumented(): Promise<Receive> {
    const page = readFileSync(join(ROOT, 'docs/webhooks.md'), 'utf8')
    const [, code = ''] = /```ts\n([^]*?)```/.exec(page) ?? []
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, code)
    const { receive } = await import(/* @vite-ignore */ file)
    return receive
  }

  afterAll(() => rmSync(file, { force: true }))

  it('takes what is signed, and nothing else', async () => {
    const receive = await receiveAsDocumented()
    const endpoint = await listen(['customer.created'])
    const customerId = await newCustomer()
    const message = await endpoint.first(customerId, 'customer.created')
    const events: object[] = []
    const send = async (body: string, secret = endpoint.secret) => {
      const headers = Object.entries(message.headers).map(([name, value]) => [name, String(value)])
      const init = { method: 'POST', headers: Object.fromEntries(headers), body }
      const { status } = await receive(new Request(endpoint.url, init), secret, async (event) => {
        events.push(event)
      })
      return status
    }
    expect(await send(message.body)).toBe(204)
    expect(events).toEqual([message.event])
    expect(await send(message.body.replace(customerId, 'another'))).toBe(400)
    const { secret } = await listen(['customer.created'])
    expect(await send(message.body, secret)).toBe(400)
    expect(events).toHaveLength(1)
  })
})

describe('an endpoint', () => {
  it('hears of what is done to a customer, by its filter alone', async () => {
    const [subscriptions, customers] = [
      await listen(['subscription.*']),
      await listen(['customer.created']),
    ]
    const customerId = await newCustomer()
    await subscribe(customerId, 'pro')
    const subscribed = await subscriptions.first(customerId, 'subscription.created')
    const created = await customers.first(customerId, 'customer.created')
    expect(read(subscriptions.secret, subscribed)).toBeTruthy()
    expect(read(customers.secret, created)).toBeTruthy()
    expect(() => read(customers.secret, subscribed)).toThrow('No matching signature')
    const types = at(new URL(customers.url).pathname).map(({ event }) => event.type)
    expect(new Set(types)).toEqual(new Set(['customer.created']))
  })

  it('that fails is tried again under the same id', async () => {
    const endpoint = await listen(['customer.created'])
    const path = new URL(endpoint.url).pathname
    receiver.answer((message) => ({ status: at(message.path).length > 1 ? 200 : 500 }))
    const customerId = await newCustomer()
    const { headers } = await endpoint.first(customerId, 'customer.created')
    const id = headers['webhook-id']
    await receiver.first(
      (message) =>
        message.path === path &&
        at(path).indexOf(message) > 0 &&
        message.headers['webhook-id'] === id,
    )
    await tick()
    const { data } = await bodyOf(api.get(`/webhooks/${endpoint.id}/attempts`))
    const own = data.filter(({ eventId }: { readonly eventId: string }) => eventId === id)
    expect(own).toMatchObject([
      { number: 2, delivered: true, status: 200 },
      { number: 1, delivered: false, status: 500, failure: 'status' },
    ])
  })

  it('is tested, and what was sent is sent again', async () => {
    const endpoint = await listen(['customer.archived'])
    receiver.answer(() => ({ status: 200, body: 'Thanks' }))
    const tested = await bodyOf(api.post(`/webhooks/${endpoint.id}/test`))
    expect(tested).toMatchObject({ delivered: true, status: 200, response: 'Thanks' })
    const replay = `/webhooks/${endpoint.id}/attempts/${tested.id}/replay`
    expect(await bodyOf(api.post(replay))).toMatchObject({
      kind: 'replay',
      delivered: true,
      eventId: tested.eventId,
    })
    const sent = at(new URL(endpoint.url).pathname)
    expect(sent.map((message) => read(endpoint.secret, message))).toMatchObject([
      { id: tested.eventId, type: 'webhook.test' },
      { id: tested.eventId, type: 'webhook.test' },
    ])
  })

  it('signs with both secrets while one replaces the other', async () => {
    const endpoint = await listen(['customer.archived'])
    const { secret } = await bodyOf(
      api.post(`/webhooks/${endpoint.id}/rotate-secret`, { overlapSeconds: 3600 }),
    )
    await bodyOf(api.post(`/webhooks/${endpoint.id}/test`))
    const [message] = at(new URL(endpoint.url).pathname)
    if (message === undefined) throw new Error('nothing has come')
    for (const each of [secret, endpoint.secret]) expect(read(each, message)).toBeTruthy()
  })
})
