/** Brings customers into this process, and keeps those that are asked about up to date. Never throws. */
import type { Connection } from '../contract.ts'
import { readBrought } from './brought.ts'
import type { Copies } from './copies.ts'
import type { Copy } from './copy.ts'
import type { Ports } from './ports.ts'

/** When to ask for something newer. */
export interface Pace {
  /** How old a copy in use becomes before it is asked for again. */
  readonly refreshMs: number
  /** How long one load may take. */
  readonly loadMs: number
}

/** Hears of what keeps a copy from coming. */
export type OnProblem = (problem: unknown) => void

/** How many customers are asked for at the same time in the background. */
const AT_ONCE = 8
/** How often the background looks for what is due, as a part of the pace. */
const LOOKS = 10
/** Failures in a row after which nobody waits for the service for a while. */
const FAILURES_MAX = 3
const PAUSE_MS = 2_000
/** How long a customer who is not there is not asked for again, and how many of them are remembered. */
const STRANGER_MS = 5_000
const STRANGERS_MAX = 1_000

interface Loading {
  readonly done: Promise<void>
  readonly startedAt: number
}

/** Loads copies, one request a customer at a time. */
export class Loader {
  readonly #connection: Connection
  readonly #copies: Copies
  readonly #pace: Pace
  readonly #ports: Ports
  readonly #onProblem: OnProblem
  readonly #loading = new Map<string, Loading>()
  readonly #strangers = new Map<string, number>()
  #callOff: (() => void) | null = null
  #failures = 0
  #pausedUntil = 0
  #ahead = 0

  constructor(
    connection: Connection,
    copies: Copies,
    pace: Pace,
    ports: Ports,
    onProblem: OnProblem,
  ) {
    this.#connection = connection
    this.#copies = copies
    this.#pace = pace
    this.#ports = ports
    this.#onProblem = onProblem
  }

  /** How far the service's clock is ahead of this process's, as far as its answers prove. */
  get ahead(): number {
    return this.#ahead
  }

  /** The service's time. */
  now(): number {
    return this.#ports.now() + this.#ahead
  }

  /** Whether the service has failed so often lately that waiting for it helps nobody. */
  isPaused(): boolean {
    return this.#ports.now() < this.#pausedUntil
  }

  /** Asks for the customer's newest snapshot, unless somebody is doing so, and waits for it. */
  load(customerId: string): Promise<void> {
    const now = this.#ports.now()
    const loading = this.#loading.get(customerId)
    // A load that never ends, as one of a request that is over may in a Worker, is nobody's any more.
    if (loading !== undefined && now - loading.startedAt < 2 * this.#pace.loadMs) {
      return loading.done
    }
    if (this.isPaused() || this.#isStranger(customerId, now)) return Promise.resolve()
    const done = this.#load(customerId, now).finally(() => {
      if (this.#loading.get(customerId)?.done === done) this.#loading.delete(customerId)
    })
    this.#loading.set(customerId, { done, startedAt: now })
    return done
  }

  /** Keeps what is in use up to date from now on, until nothing is. */
  watch(): void {
    if (this.#callOff !== null) return
    const look = this.#pace.refreshMs / LOOKS
    this.#callOff = this.#ports.after(look * (0.5 + this.#ports.random()), () => {
      this.#callOff = null
      void this.#refreshDue()
    })
  }

  /** Ends what goes on in the background. */
  stop(): void {
    this.#callOff?.()
    this.#callOff = null
  }

  /** Notes how a question to the service ended. */
  noteAnswer(succeeded: boolean): void {
    this.#failures = succeeded ? 0 : this.#failures + 1
    if (this.#failures >= FAILURES_MAX) this.#pausedUntil = this.#ports.now() + PAUSE_MS
  }

  async #load(customerId: string, sentAt: number): Promise<void> {
    const held = this.#copies.of(customerId)
    // What cannot be shown as it is needs another text, and not to hear that there is none.
    const etag = this.#copies.showable(customerId)?.etag ?? null
    try {
      const { status, headers, body } = await this.#connection.send<unknown>({
        method: 'GET',
        path: `/v1/customers/${encodeURIComponent(customerId)}/snapshot`,
        headers: etag === null ? {} : { 'If-None-Match': etag },
        customerIds: [customerId],
        budgetMs: this.#pace.loadMs,
      })
      this.noteAnswer(true)
      if (status === 304 && held !== undefined) {
        this.#copies.confirm(held, sentAt + this.#ahead, sentAt)
        return
      }
      this.#take(customerId, body, headers.get('ETag'), sentAt)
    } catch (problem) {
      if (isUnknownCustomer(problem)) {
        this.noteAnswer(true)
        this.#copies.forget(customerId)
        this.#noteStranger(customerId)
        return
      }
      this.noteAnswer(false)
      if (held !== undefined) held.failing = true
      this.#tell(problem)
    }
  }

  #take(customerId: string, body: unknown, etag: string | null, sentAt: number): void {
    const known = this.#copies.catalogue?.head ?? null
    const brought = readBrought(body, etag, customerId, known)
    if (brought === null) {
      // Another version of the service than this package knows: it is asked, and nothing is held.
      this.#copies.forget(customerId)
      this.#noteStranger(customerId)
      this.#tell(new Error(`The snapshot of '${customerId}' is not as this package knows it.`))
      return
    }
    const { answeredAt } = brought
    this.#ahead = nearest(0, answeredAt - this.#ports.now(), answeredAt - sentAt)
    this.#copies.take(brought, sentAt)
  }

  /** Who listens is not to keep a check from its answer. */
  #tell(problem: unknown): void {
    try {
      this.#onProblem(problem)
    } catch {
      // Its own affair.
    }
  }

  async #refreshDue(): Promise<void> {
    const now = this.#ports.now()
    const inUse = [...this.#copies.all].filter(({ used }) => used)
    const due = inUse.filter((copy) => this.#isDue(copy, now))
    const turn = async (): Promise<void> => {
      for (let copy = due.pop(); copy !== undefined; copy = due.pop()) {
        copy.used = false
        await this.load(copy.snapshot.customer.id)
      }
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, due.length) }, turn))
    if (inUse.length > 0) this.watch()
  }

  /** Up to a tenth early, each at its own time. */
  #isDue({ askedAt }: Copy, now: number): boolean {
    return now - askedAt >= this.#pace.refreshMs * (1 - this.#ports.random() / LOOKS)
  }

  #isStranger(customerId: string, now: number): boolean {
    return now - (this.#strangers.get(customerId) ?? -Infinity) < STRANGER_MS
  }

  #noteStranger(customerId: string): void {
    this.#strangers.delete(customerId)
    this.#strangers.set(customerId, this.#ports.now())
    const [oldest = ''] = this.#strangers.keys()
    if (this.#strangers.size > STRANGERS_MAX) this.#strangers.delete(oldest)
  }
}

/** What of `[least, most]` lies nearest to a number. */
function nearest(to: number, least: number, most: number): number {
  return Math.max(least, Math.min(to, most))
}

function isUnknownCustomer(problem: unknown): boolean {
  if (typeof problem !== 'object' || problem === null) return false
  return 'code' in problem && problem.code === 'customer_not_found'
}
