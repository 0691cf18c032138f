/**
 * The sockets of those who want to be told of every change. The platform keeps them open while the object sleeps, each with
 * what is attached to it: what whoever wakes has to know of its listener.
 */
import { earliest, type Instant } from '../entitlements/instant.ts'
import type { StreamClosing } from '../schema/calls.ts'
import { CLOSINGS, closingText, PING, PONG } from '../schema/stream.ts'
import type { ObjectContext } from './memory.ts'

/** What the object uses of the platform's sockets. */
export type SocketPort = Pick<
  DurableObjectState,
  | 'acceptWebSocket'
  | 'getWebSockets'
  | 'setWebSocketAutoResponse'
  | 'getWebSocketAutoResponseTimestamp'
>

/** What is attached to a socket. */
export interface Listener {
  /** When the socket is closed. */
  readonly endsAt: Instant
  /** The only features that it may hear of; null: all of them. */
  readonly featureIds: readonly string[] | null
  /** What it was last told; null: nothing that still counts. */
  readonly told: Told | null
}

/** A state that a listener knows whole. */
export interface Told {
  readonly version: number
  /** Of the catalogue. */
  readonly revision: number
  /** When time alone changes what was told; null: never. */
  readonly until: Instant | null
}

/** How much may wait to be taken off a socket. */
const WAITING_BYTES_MAX = 1_048_576
/** Who has pinged before and has not for so long is gone, whatever the network says of it. */
const SILENCE_MS = 2 * 60_000

const OPEN = 1

/** The sockets that are open. Asked for once while the object is awake, for every use of a meter looks here. */
export function socketsOf({ memory: { stream }, sockets }: ObjectContext): Set<WebSocket> {
  stream.sockets ??= new Set(
    sockets.getWebSockets().filter(({ readyState }) => readyState === OPEN),
  )
  return stream.sockets
}

/** Keeps a socket, and answers its pings without waking. */
export function keepSocket(context: ObjectContext, socket: WebSocket, listener: Listener): void {
  const open = socketsOf(context)
  context.sockets.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG))
  context.sockets.acceptWebSocket(socket)
  attach(socket, listener)
  open.add(socket)
  const { stream } = context.memory
  stream.endsAt = earliest(stream.endsAt, listener.endsAt)
}

/** No later than the first socket is to be closed; null: none is. */
export function firstEnd(context: ObjectContext): Instant | null {
  const { stream } = context.memory
  const ends = () => [...socketsOf(context)].map((socket) => listenerOf(socket).endsAt)
  stream.endsAt ??= earliest(...ends())
  return stream.endsAt
}

/** Attaches what has to be known of a listener, also after a sleep. */
export function attach(socket: WebSocket, listener: Listener): void {
  socket.serializeAttachment(listener)
}

/** What is known of a listener. */
export function listenerOf(socket: WebSocket): Listener {
  // Nothing but `attach` writes it.
  return socket.deserializeAttachment() as Listener
}

/** Sends a text, and waits for nothing. Whoever does not take it is let go. */
export function sendTo(context: ObjectContext, socket: WebSocket, text: string): void {
  if (socket.bufferedAmount > WAITING_BYTES_MAX) return letGo(context, socket, 'slow')
  try {
    socket.send(text)
  } catch {
    dropSocket(context, socket)
  }
}

/** Closes a socket and says why. */
export function letGo(
  context: ObjectContext,
  socket: WebSocket,
  because: keyof typeof CLOSINGS,
): void {
  dropSocket(context, socket)
  closeSocket(socket, because)
}

/** Closes a socket, kept or not, and says why. */
export function closeSocket(socket: WebSocket, because: keyof typeof CLOSINGS): void {
  try {
    if (isAnnounced(because)) socket.send(closingText(because))
    socket.close(CLOSINGS[because], because)
  } catch {
    // It is closed already.
  }
}

/** What its listener has to act on at once. */
function isAnnounced(because: keyof typeof CLOSINGS): because is StreamClosing['closing'] {
  return because === 'expired' || because === 'archived' || because === 'crowded'
}

/** A socket that is no longer open. */
export function dropSocket(context: ObjectContext, socket: WebSocket): void {
  const open = socketsOf(context)
  open.delete(socket)
  if (open.size > 0) return
  // For who comes next nothing is planned, and nothing is kept for nobody.
  Object.assign(context.memory.stream, { written: null, lookAt: null, endsAt: null })
}

/** Lets go of those whose time is over and of those who are gone. */
export function dropOldSockets(context: ObjectContext, now: Instant): void {
  for (const socket of socketsOf(context)) {
    if (listenerOf(socket).endsAt <= now) letGo(context, socket, 'expired')
    else if (isSilent(context, socket, now)) letGo(context, socket, 'silent')
  }
  context.memory.stream.endsAt = null
}

/** Nobody has to ping. Who does, and stops, is no longer there. */
function isSilent({ sockets }: ObjectContext, socket: WebSocket, now: Instant): boolean {
  const pingedAt = sockets.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? now
  return now - pingedAt > SILENCE_MS
}
