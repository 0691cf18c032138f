/**
 * Listening to one customer for as long as somebody wants to hear: over a socket where there can be one, by asking now and
 * then where not.
 *
 *   socket → it ends → (it could not be opened: ask once) → wait, a little longer each time → socket …
 */
import type { EntitlementsAnswer } from '../../schema/calls.ts'
import { CLOSINGS } from '../../schema/stream.ts'
import type { Credential } from '../client/credential.ts'
import { SluiceError } from '../client/error.ts'
import type { Ports } from '../client/ports.ts'
import { readReply } from '../client/reply.ts'
import type { Held, ServiceReply, Source } from '../contract.ts'
import { afterAnswer, afterMessage, messageFrom, streamUrl } from './known.ts'
import { type Ending, listen, type OpenSocket, type Timing } from './socket.ts'
import { whenOnline } from './when-online.ts'

/** `live`: over a socket. `polling`: there is none, so it is asked now and then. `ended`: nothing more will come. */
export type LiveStatus = 'idle' | 'connecting' | 'live' | 'polling' | 'ended'

export interface ListeningTerms {
  /** Without a slash at its end. */
  readonly url: string
  readonly customerId: string | undefined
  readonly credential: Credential
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Null: this process has no sockets. */
  readonly open: OpenSocket | null
  readonly pollMs: number
  readonly onProblem: (problem: SluiceError) => void
  readonly ports: Ports
  readonly timing: Timing
}

/** The first wait after a socket that had been open; each one without a success after it is up to twice as long. */
const FIRST_MS = 500
const LONGEST_MS = 30_000
/** The longest that asking takes. */
const ASKING_MS = 10_000
/** A component that is replaced by its like leaves for a moment: nobody hangs up for that. */
const LINGER_MS = 1_000

export class Listening implements Source {
  readonly #terms: ListeningTerms
  readonly #listeners = new Set<(held: Held) => void>()
  #held: Held | null = null
  /** Of what is held, where it was an answer: after anything that was heard, the same ETag may mean another state. */
  #etag: string | null = null
  #status: LiveStatus = 'idle'
  #running: AbortController | null = null
  #leaving: ReturnType<typeof setTimeout> | undefined
  /** Ends the wait for the next try. */
  #hurry: () => void = () => undefined

  constructor(terms: ListeningTerms) {
    this.#terms = terms
  }

  subscribe(listener: (held: Held) => void): () => void {
    // A function that is given twice is two listeners.
    const each = (held: Held): void => listener(held)
    this.#listeners.add(each)
    clearTimeout(this.#leaving)
    if (this.#running === null && this.#status !== 'ended') this.#start()
    return () => {
      if (!this.#listeners.delete(each) || this.#listeners.size > 0) return
      this.#leaving = setTimeout(() => this.#stop('idle'), LINGER_MS)
    }
  }

  current(): Held | null {
    return this.#held
  }

  status(): LiveStatus {
    return this.#status
  }

  close(): void {
    clearTimeout(this.#leaving)
    this.#listeners.clear()
    this.#stop('ended')
  }

  #start(): void {
    this.#running = new AbortController()
    const { signal } = this.#running
    const stopWatching = whenOnline(() => this.#hurry())
    signal.addEventListener('abort', stopWatching)
    void this.#run(signal)
  }

  #stop(status: LiveStatus): void {
    this.#running?.abort()
    this.#running = null
    this.#status = status
    this.#hurry()
  }

  async #run(signal: AbortSignal): Promise<void> {
    this.#status = 'connecting'
    for (let failures = 0; !signal.aborted;) {
      const ending = await this.#listen(signal)
      if (signal.aborted) return
      if (ending.code === CLOSINGS.archived) return this.#stop('ended')
      const isWell = ending.wasOpen && ending.code !== CLOSINGS.crowded
      const isWithout = !isWell && (await this.#poll(signal))
      if (signal.aborted) return
      failures = isWell || isWithout ? 0 : failures + 1
      this.#status = isWithout ? 'polling' : 'connecting'
      await this.#wait(isWithout ? this.#terms.pollMs : FIRST_MS * 2 ** failures, signal)
    }
  }

  /** Over one socket, for as long as it is open. */
  async #listen(signal: AbortSignal): Promise<Ending> {
    const { open, url, timing, credential } = this.#terms
    const shown = open === null ? null : await this.#show()
    if (open === null || shown === null || signal.aborted) return NEVER_OPEN
    const { text, customerId } = shown
    const ending = await listen({
      url: streamUrl(url, customerId, this.#held),
      credential: text,
      open,
      signal,
      timing,
      onOpen: () => {
        this.#status = 'live'
      },
      onText: (said) => {
        const message = messageFrom(said)
        if (message === null) return undefined
        if ('closing' in message) return CLOSINGS[message.closing]
        this.#etag = null
        this.#tell(afterMessage(this.#held, customerId, message))
        return undefined
      },
    })
    if (ending.code === CLOSINGS.expired) credential.renew(text)
    return ending
  }

  /** Asks once; whether there was an answer. */
  async #poll(signal: AbortSignal): Promise<boolean> {
    const shown = await this.#show()
    if (shown === null) return false
    const { url, credential } = this.#terms
    const { text, customerId } = shown
    try {
      const { status, body, headers } = await this.#ask(
        `${url}/v1/customers/${encodeURIComponent(customerId)}/entitlements`,
        { Authorization: `Bearer ${text}`, ...(this.#etag && { 'If-None-Match': this.#etag }) },
        signal,
      )
      if (signal.aborted || status === 304) return true
      const after = afterAnswer(this.#held, body)
      this.#etag = after === this.#held ? null : headers.get('ETag')
      this.#tell(after)
      return true
    } catch (problem) {
      if (problem instanceof SluiceError && problem.status === 401) credential.renew(text)
      if (!signal.aborted) this.#problem(problem)
      return false
    }
  }

  async #ask(
    url: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<ServiceReply<EntitlementsAnswer>> {
    const ended = new AbortController()
    const end = (): void => ended.abort()
    const timer = setTimeout(end, ASKING_MS)
    signal.addEventListener('abort', end)
    try {
      const { signal: either } = ended
      return await readReply(await this.#terms.fetch(url, { headers, signal: either }))
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
    }
  }

  /** What the service is shown, and whom it is about; null where there is nothing to show. */
  async #show(): Promise<{ readonly text: string; readonly customerId: string } | null> {
    const { credential, customerId: named } = this.#terms
    try {
      const text = await credential.text()
      const customerId = named ?? credential.customerId()
      if (customerId !== undefined) return { text, customerId }
      throw new SluiceError('token_unavailable', { message: 'The token names no customer.' })
    } catch (problem) {
      this.#problem(problem)
      return null
    }
  }

  #tell(held: Held | null): void {
    if (held === null || held === this.#held) return
    this.#held = held
    for (const listener of this.#listeners) {
      try {
        listener(held)
      } catch (error) {
        // Its own business, and nobody else's.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  #problem(cause: unknown): void {
    const { url, onProblem } = this.#terms
    const unreachable = { message: `${url} cannot be reached.`, retryable: true, cause }
    onProblem(cause instanceof SluiceError ? cause : new SluiceError('unreachable', unreachable))
  }

  /** Waits up to so long, never longer than `LONGEST_MS`, and not all alike: those who lost their sockets together. */
  #wait(most: number, signal: AbortSignal): Promise<void> {
    const ms = Math.min(most, LONGEST_MS) * (0.5 + 0.5 * this.#terms.ports.random())
    return new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const timer = setTimeout(resolve, ms)
      this.#hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

const NEVER_OPEN: Ending = { wasOpen: false, code: 1006 }
