/** Somebody who listens to a customer's object, and what was heard. */
import { vi } from 'vitest'
import type { ListenRequest } from '../../durable-objects/calls.ts'
import { listenRequest } from '../../durable-objects/upgrade.ts'
import type { StreamMessage } from '../../schema/calls.ts'
import { PONG } from '../../schema/stream.ts'
import { NO_FLOOR, objectOf } from './object.ts'

/** No credential lives so long; for tests that move the clock far. */
const NEVER = Date.parse('2199-01-01T00:00:00Z')

/** A socket to a customer's object. */
export interface Heard {
  readonly socket: WebSocket
  /** Every message, oldest first. */
  readonly messages: readonly StreamMessage[]
  /** How it was closed; null while it is open. */
  readonly closing: () => { readonly code: number; readonly reason: string } | null
  /** How many texts have come, of whatever kind. */
  readonly said: () => number
  /** What was said of a closing; null: nothing. */
  readonly announced: () => unknown
  /** Until it is closed. */
  readonly over: Promise<void>
  /** The first message of which `wanted` is true, after that which was waited for before. */
  readonly until: (wanted: (message: StreamMessage) => boolean) => Promise<StreamMessage>
}

/** Listens to a customer; what is left out bounds nothing. */
export async function listenTo(
  customerId: string,
  said: Partial<ListenRequest> = {},
): Promise<Heard> {
  const request = { featureIds: null, endsAt: NEVER, seen: null, ...said }
  const response = await objectOf(customerId).fetch(
    listenRequest({ atLeast: NO_FLOOR, ...request }),
  )
  const { webSocket } = response
  if (webSocket === null) throw new Error(`no socket: ${await response.text()}`)
  return heardOn(webSocket)
}

/** Collects what comes over a socket. */
export function heardOn(socket: WebSocket): Heard {
  const messages: StreamMessage[] = []
  let announced: unknown = null
  let texts = 0
  let closed: { code: number; reason: string } | null = null
  const { promise: over, resolve } = Promise.withResolvers<void>()
  socket.addEventListener('message', ({ data }) => {
    texts += 1
    const said: object = data === PONG ? {} : Object(JSON.parse(String(data)))
    if ('entitlements' in said) messages.push(said as StreamMessage)
    if ('closing' in said) announced = said.closing
  })
  socket.addEventListener('close', ({ code, reason }) => {
    closed = { code, reason }
    resolve()
  })
  socket.accept()
  let read = 0
  const until: Heard['until'] = (wanted) =>
    vi.waitFor(() => {
      const at = messages.findIndex((message, index) => index >= read && wanted(message))
      const found = messages[at]
      if (found === undefined) throw new Error(`heard ${JSON.stringify(messages.slice(read))}`)
      read = at + 1
      return found
    }, 5_000)
  return {
    socket,
    messages,
    said: () => texts,
    announced: () => announced,
    closing: () => closed,
    over,
    until,
  }
}

/** What a message says of one feature. */
export function toldOf({ entitlements }: StreamMessage, featureId: string) {
  return entitlements.find((each) => each.featureId === featureId)
}

/** The first message, which says everything. */
export function everything({ until }: Heard): Promise<StreamMessage> {
  return until(({ complete }) => complete)
}

/** Leaves, and waits until the other end has taken notice. */
export async function leave(open: readonly Heard[]): Promise<void> {
  for (const { socket } of open) socket.close()
  await Promise.all(open.map(({ over }) => over))
}
