/**
 * What one customer object remembers between calls. All of it may be lost at any moment without harm: what has
 * to survive is in storage, and what is missing here is asked for again.
 */
import type { Instant } from '../entitlements/instant.ts'
import type { Waiting } from './group.ts'
import type { Reading } from './moved.ts'
import type { OutcomeMemory } from './outcomes.ts'
import type { ObjectPorts } from './ports.ts'
import type { Pulled } from './pull.ts'
import type { SocketPort } from './sockets.ts'
import type { Held } from './storage.ts'
import type { WrittenOut } from './tell.ts'

/** One customer object, as its verbs see it. */
export interface ObjectContext {
  readonly customerId: string
  readonly storage: DurableObjectStorage
  readonly ports: ObjectPorts
  readonly memory: Memory
  readonly sockets: SocketPort
}

export interface Memory {
  /** What is applied, decoded; null until it is loaded, and again after a transaction failed. */
  held: Held | null
  /** The first instant after the mark at which time changes something durable; belongs to `held`. */
  due: Instant | null
  /** `held` as the text that goes to KV. */
  snapshot: { readonly of: Held; readonly text: string } | null
  readonly outcomes: OutcomeMemory
  readonly freshness: FreshnessMemory
  readonly publication: PublicationMemory
  readonly outbox: OutboxMemory
  alarm: AlarmMemory
  /** When rows grow too old to be kept; null: not worked out, or none will. */
  pruneAt: Instant | null
  /** Whether what was pending before a restart has been taken up again. */
  resumed: boolean
  /** Calls that the next group decides. */
  waiting: Waiting[]
  /** When the last group was decided; null before the first. */
  decidedAt: Instant | null
  /** Uses that are in hand, from their arrival to their answer. */
  uses: number
  /** Whether the customer is archived, as far as D1 was asked since the object woke. */
  archived: boolean
  readonly stream: StreamMemory
  /** The pull that is under way. Calls of one object may wait for each other's promises. */
  pulling: Promise<Pulled> | null
}

export interface FreshnessMemory {
  /** When D1 was last asked with the answer that nothing newer exists, or with everything newer applied. */
  at: Instant | null
  comparing: Promise<boolean> | null
  failures: number
  /** Until when D1 is left alone after it has failed. */
  openUntil: Instant
}

export interface PublicationMemory {
  /** What KV holds; null when a restart has forgotten it. */
  published: Held | null
  /** Readings of `published`, worked out when first compared with. */
  readonly readings: Map<string, Reading>
  /** When the last put began, and when it was over, whatever became of it. */
  putAt: Instant
  inFlight: Promise<void> | null
  /** When the oldest change that is not in KV was made; null when KV has them all. */
  firstAt: Instant | null
  /** Whether what is pending may not wait. */
  urgent: boolean
  failures: number
}

export interface OutboxMemory {
  flushedAt: Instant
  inFlight: Promise<void> | null
  firstAt: Instant | null
  urgent: boolean
  failures: number
  /** `next_due` as D1 last heard it; undefined when a restart has forgotten it. */
  nextDue: Instant | null | undefined
}

/** Of those who listen. */
export interface StreamMemory {
  /** The sockets that are open; null: not asked for since the object woke. */
  sockets: Set<WebSocket> | null
  /** The texts that a socket was last sent or knows; one that is missing here is sent everything. */
  readonly sent: WeakMap<WebSocket, WrittenOut['texts']>
  /** The state that was last written out. */
  written: WrittenOut | null
  /** When sockets were last told, whatever it was. */
  toldAt: Instant
  /** Whether they are about to be told. */
  isOwed: boolean
  /** When the catalogue is to be looked at. */
  lookAt: Instant | null
  /** No later than the first of them is to be closed; null: not worked out. */
  endsAt: Instant | null
}

export interface AlarmMemory {
  /** When it will ring; null when it is not known to be set. */
  at: Instant | null
  /** How often in a row it rang before the time it was set to. */
  readonly early: number
}

export function emptyMemory(): Memory {
  return {
    held: null,
    due: null,
    snapshot: null,
    outcomes: { volume: null, droppedUntil: null },
    freshness: { at: null, comparing: null, failures: 0, openUntil: 0 },
    publication: {
      published: null,
      readings: new Map(),
      putAt: 0,
      inFlight: null,
      firstAt: null,
      urgent: false,
      failures: 0,
    },
    outbox: {
      flushedAt: 0,
      inFlight: null,
      firstAt: null,
      urgent: false,
      failures: 0,
      nextDue: undefined,
    },
    alarm: { at: null, early: 0 },
    pruneAt: null,
    resumed: false,
    waiting: [],
    decidedAt: null,
    uses: 0,
    archived: false,
    stream: {
      sockets: null,
      sent: new WeakMap(),
      written: null,
      toldAt: 0,
      isOwed: false,
      lookAt: null,
      endsAt: null,
    },
    pulling: null,
  }
}
