/** What both ends of a stream have to agree on, beside the messages that `schema/calls.ts` describes. */
import type { StreamClosing } from './calls.ts'

/** The protocol that a WebSocket speaks here. */
export const STREAM_PROTOCOL = 'sluice'

/** A browser can send no header with a socket: it offers its credential as a second protocol, after this. */
export const CREDENTIAL_PREFIX = 'token.'

/** Why the service closes a socket: 4000 to 4999 are an application's own. */
export const CLOSINGS = {
  /** The credential has come to its end, or is to be shown again. */
  expired: 4401,
  /** The customer is archived: nothing more is to come. */
  archived: 4410,
  /** As many sockets as one customer may have are open. */
  crowded: 4429,
  /** Something was said, where nothing but `ping` is to be. */
  talkative: 1008,
  /** What is sent is not taken. */
  slow: 1013,
  /** The other end has left: it is answered in kind. */
  left: 1000,
  /** Nothing was heard for long after a ping. */
  silent: 1001,
} as const

/**
 * The message that announces a closing. A code reaches a program only when the connection is down, which can take its time.
 */
export function closingText(closing: StreamClosing['closing']): string {
  return JSON.stringify({ closing } satisfies StreamClosing)
}

/** Answered with `PONG` without waking anybody. */
export const PING = 'ping'
export const PONG = 'pong'
