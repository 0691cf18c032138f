/** Hearing of a customer's changes as they happen. docs/live.md shows how. */
import { credentialFrom, type CredentialOptions } from './client/credential.ts'
import type { SluiceError } from './client/error.ts'
import { type Ports, PORTS } from './client/ports.ts'
import type { Source } from './contract.ts'
import { Listening, type LiveStatus } from './live/listening.ts'
import type { OpenSocket, Timing } from './live/socket.ts'

export type { Held, Source } from './contract.ts'
export type { LiveStatus } from './live/listening.ts'
export type { OpenSocket, SocketLike } from './live/socket.ts'

/** How to reach Sluice, and whom to hear of. */
export type LiveOptions = CredentialOptions & {
  /** Where Sluice runs, such as `https://sluice.example.workers.dev`. */
  readonly url: string
  /** May be left out where a token names it. */
  readonly customerId?: string
  /** How often to ask where a socket cannot be opened; 10 s where absent. */
  readonly pollMs?: number
  /** Opens a socket where the process has no `WebSocket` of its own; null: never, it only asks. */
  readonly open?: OpenSocket | null
  /** The platform's own where absent. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** Hears why there is no answer; it is tried again in any case. */
  readonly onProblem?: (problem: SluiceError) => void
  /** For tests. */
  readonly ports?: Partial<Ports>
  /** For tests. */
  readonly timing?: Partial<Timing>
}

/** Tells of each change of one customer. It listens while somebody has subscribed, and not before. */
export interface Live extends Source {
  /** Over which way it hears now. */
  status(): LiveStatus
  /** Ends it for good, whoever has subscribed. */
  close(): void
}

const TIMING: Timing = { openMs: 10_000, pingMs: 25_000 }

/**
 * Listens over a WebSocket. After a break it connects again, with what it knows, so that nothing is said twice; where sockets
 * do not work, it asks now and then.
 */
export function live(options: LiveOptions): Live {
  const { customerId, pollMs = 10_000, onProblem = () => undefined } = options
  const ports = { ...PORTS, ...options.ports }
  const credential = credentialFrom(options, ports)
  const url = new URL(options.url).href.replace(/\/+$/, '')
  const open = options.open === undefined ? platformSocket() : options.open
  const timing = { ...TIMING, ...options.timing }
  return new Listening({
    url,
    customerId,
    credential,
    fetch: options.fetch ?? ((...request) => fetch(...request)),
    open,
    pollMs,
    onProblem,
    ports,
    timing,
  })
}

function platformSocket(): OpenSocket | null {
  if (!('WebSocket' in globalThis)) return null
  return (url, protocols) => new WebSocket(url, protocols)
}
