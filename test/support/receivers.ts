/** Whoever listens to events, the clock by which they answer, and events to hear of. */
import { env } from 'cloudflare:workers'
import { Webhook } from 'standardwebhooks'
import { vi } from 'vitest'
import type { EventType } from '../../schema/wire/event.ts'
import { runBatch } from '../../worker/change/database.ts'
import { eventStatement } from '../../worker/events/write.ts'
import { type Ports, portsFrom } from '../../worker/ports.ts'
import { deliver, type Share } from '../../worker/webhooks/deliver.ts'
import { expectOk, type Manager } from './manager.ts'

/** A message as it came in. */
export interface Received {
  readonly at: number
  readonly url: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  /** What its sender does where it is sent elsewhere. */
  readonly redirect: string
}

/** How a receiver answers; `hangs`: never; `breaks`: the connection. */
export type Answering = (
  message: Received,
  before: readonly Received[],
) => Response | 'hangs' | 'breaks'

/** What a minute's tick sends at most, and in which time. */
const SENDS_MAX = 300
const SENDING_MS = 30_000
const QUERIES_MAX = 500

/** What was made of it by `POST /v1/webhooks`. */
export interface Endpoint {
  readonly id: string
  readonly secret: string
}

/** An entry of the log of what was sent, as it is answered. */
export type Attempt = Readonly<Record<string, unknown>>

/** A world of receivers, by their addresses, with a clock that stands still unless it is turned. */
export interface World {
  readonly ports: Ports
  readonly received: readonly Received[]
  now(): number
  pass(ms: number): void
  answer(url: string, how: Answering): void
  /** What one address has received. */
  at(url: string): readonly Received[]
  /** Sends what is due; `over` stands in for some of the ports. */
  deliver(share?: Partial<Share>, over?: Partial<Ports>): Promise<void>
}

/** Receivers that take everything until they are told to do otherwise. */
export function openWorld(startedAt: number): World {
  const real = portsFrom(env)
  const answers = new Map<string, Answering>()
  const received: Received[] = []
  const timers = new Set<{ readonly at: number; readonly late: () => void }>()
  let now = startedAt
  const pass = (ms: number) => {
    now += ms
    for (const timer of timers) {
      if (timer.at > now) continue
      timers.delete(timer)
      timer.late()
    }
  }
  const fetch = async (request: Request): Promise<Response> => {
    const { url, redirect } = request
    const headers = Object.fromEntries(request.headers)
    const message = { at: now, url, headers, redirect, body: await request.text() }
    const before = received.filter((each) => each.url === url)
    received.push(message)
    const answer = answers.get(url)?.(message, before) ?? new Response(null, { status: 204 })
    if (answer === 'breaks') throw new TypeError('Network connection lost.')
    return answer === 'hangs' ? new Promise(() => {}) : answer
  }
  const ports: Ports = {
    ...real,
    fetch,
    clock: {
      now: () => now,
      wait: async (ms) => pass(ms),
      after: (ms, late) => {
        const timer = { at: now + ms, late }
        timers.add(timer)
        return () => timers.delete(timer)
      },
    },
  }
  return {
    ports,
    received,
    now: () => now,
    pass,
    answer: (url, how) => answers.set(url, how),
    at: (url) => received.filter((each) => each.url === url),
    deliver: (share = {}, over = {}) =>
      deliver(
        { ports: { ...ports, ...over }, environment: 'local' },
        {
          until: now + SENDING_MS,
          sendsMax: SENDS_MAX,
          queriesMax: QUERIES_MAX,
          failingToo: true,
          ...share,
        },
      ),
  }
}

/** Has what the Worker itself sends reach these receivers too, until mocks are restored. */
export function connect({ ports }: World): void {
  vi.spyOn(globalThis, 'fetch').mockImplementation((request) => ports.fetch(new Request(request)))
}

/** Makes an endpoint; nothing of what goes on behind the answer is left over. */
export async function listen(
  api: Manager,
  url: string,
  events: readonly string[] = ['*'],
): Promise<Endpoint> {
  const { body } = await expectOk(api.post('/v1/webhooks', { url, events }))
  await api.settle()
  return { id: String(body['id']), secret: String(body['secret']) }
}

/** The log of what was sent to an endpoint, newest first. */
export async function attemptsOf(api: Manager, { id }: Endpoint): Promise<readonly Attempt[]> {
  const { body } = await expectOk(api.get(`/v1/webhooks/${id}/attempts?pageSize=100`))
  return body['data'] as readonly Attempt[]
}

/** How many messages are owed. */
export const owed = () => env.DB.prepare('SELECT count(*) AS n FROM webhook_deliveries').first('n')

/** The ids of messages. */
export const idsOf = (received: readonly Received[]) =>
  received.map(({ headers }) => headers['webhook-id'])

/** The types of their events. */
export const typesOf = (received: readonly Received[]) =>
  received.map(({ body }) => (JSON.parse(body) as { readonly type: string }).type)

/** A receiver that always says no. */
export function refuse(status: number, headers: Readonly<Record<string, string>> = {}): Answering {
  return () => new Response('No', { status, headers })
}

/** Writes events down as a change does; their ids are those of the clock. */
export async function happen(
  { ports }: Pick<World, 'ports'>,
  types: readonly EventType[],
  data: object = { featureId: 'api-calls' },
): Promise<void> {
  const now = ports.clock.now()
  const events = types.map((type) => ({ type, at: now, customerId: 'acme', data }))
  await runBatch(env.DB, [eventStatement(ports, events, crypto.randomUUID(), now)])
}

/** What a message says, if it is signed with the secret, as the package that receivers use reads it. */
export function verified(secret: string, message: Received | undefined): unknown {
  if (message === undefined) throw new Error('nothing has come')
  return new Webhook(secret).verify(message.body, message.headers)
}
