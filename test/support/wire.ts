/** A client in a process whose time a test turns, on a wire that a test cuts. */
import { setImmediate } from 'node:timers/promises'
import type { SnapshotAnswer } from '../../schema/calls.ts'
import { decodeTokens } from '../../schema/token.ts'
import type {
  AskOptions,
  Client,
  Connection,
  Entitlements,
  ListQuestion,
  Question,
  Report,
  ServiceReply,
  ServiceRequest,
  Use,
  Verdict,
} from '../../sdk/contract.ts'
import type { Ports } from '../../sdk/local/ports.ts'
import type { InMemorySluice } from '../../sdk/testing.ts'

/** What becomes of what is sent; `is behind`: an edge answers that has read nothing since it first did. */
export type Fate = 'arrives' | 'is behind' | 'is refused' | 'is never answered'

/** The service at the other end, and what was asked of it. */
export class Wire implements Client, Connection {
  readonly asked: string[] = []
  /** Answers of snapshots with something in them: not those that say that there is nothing new. */
  brought = 0
  fate: Fate = 'arrives'
  /** Whether the service is a later one than the client knows. */
  isLater = false
  readonly #memory: InMemorySluice
  /** By path, the first answer; and by question. */
  readonly #first = new Map<string, ServiceReply<unknown>>()
  readonly #verdicts = new Map<string, Verdict>()

  constructor(memory: InMemorySluice) {
    this.#memory = memory
  }

  async check(question: Question, { consistencyToken = '' }: AskOptions = {}): Promise<Verdict> {
    this.asked.push(`check ${question.customerId} ${question.featureId}`)
    if (this.fate === 'is never answered') return new Promise(() => undefined)
    this.#memory.outage(this.fate === 'is refused')
    const verdict = await this.#memory.check(question)
    const name = JSON.stringify(question)
    const first = this.#verdicts.get(name) ?? verdict
    if (verdict.decidedBy === 'service') this.#verdicts.set(name, first)
    return this.fate === 'is behind' && isAtLeast(first, consistencyToken) ? first : verdict
  }

  async hasAccess(question: Question): Promise<boolean> {
    return (await this.check(question)).hasAccess
  }

  async entitlements(question?: ListQuestion): Promise<Entitlements> {
    this.asked.push(`entitlements ${question?.customerId}`)
    return this.#memory.entitlements(question)
  }

  consume(use: Use) {
    return this.#memory.consume(use)
  }

  reportUsage(report: Report) {
    return this.#memory.reportUsage(report)
  }

  async send<T>(request: ServiceRequest): Promise<ServiceReply<T>> {
    this.asked.push(`${request.method} ${request.path}`)
    if (this.fate === 'is never answered') return new Promise(() => undefined)
    this.#memory.outage(this.fate === 'is refused')
    const reply = this.#old<T>(request) ?? (await this.#memory.send<T>(request))
    if (reply.status === 200 && !this.#first.has(request.path)) this.#first.set(request.path, reply)
    if (reply.status === 200) this.brought += 1
    return this.isLater ? { ...reply, body: { ...reply.body, format: 2 } } : reply
  }

  #old<T>({ path, headers }: ServiceRequest): ServiceReply<T> | null {
    const first = this.fate === 'is behind' ? this.#first.get(path) : undefined
    if (first === undefined) return null
    const isKnown = headers?.['If-None-Match'] === first.headers.get('ETag')
    const body = { ...(first.body as SnapshotAnswer) }
    const aged = { ...body, ageMs: this.#memory.now.getTime() - Date.parse(body.asOf) }
    // The path is that of an answer of this kind.
    return { ...first, ...(isKnown && { status: 304 }), body: aged as T }
  }
}

/** Whether an answer may be given to who has this token. */
function isAtLeast({ customerId, version, revision }: Verdict, token: string): boolean {
  const floors = decodeTokens(token)
  if (floors === null) return true
  const { version: least = 0 } = floors.customers.get(customerId) ?? {}
  return version >= least && revision >= floors.catalogueRevision
}

interface Timer {
  readonly at: number
  readonly work: () => void
}

/** A process whose clock goes with that of the service, `aheadMs` before it, and never by itself. */
export class Process {
  readonly #memory: InMemorySluice
  readonly #timers = new Set<Timer>()
  readonly ports: Ports
  aheadMs: number

  constructor(memory: InMemorySluice, aheadMs = 0) {
    this.#memory = memory
    this.aheadMs = aheadMs
    const now = () => memory.now.getTime() + this.aheadMs
    this.ports = {
      now,
      random: () => 0.5,
      after: (ms, work) => {
        const timer = { at: now() + ms, work }
        this.#timers.add(timer)
        return () => this.#timers.delete(timer)
      },
    }
  }

  /** How many timers are waiting. */
  get waiting(): number {
    return this.#timers.size
  }

  /** Lets time go on, and everything happen that it brings. */
  async pass(ms: number): Promise<void> {
    const end = this.ports.now() + ms
    for (;;) {
      await setImmediate()
      const [next] = [...this.#timers].toSorted((a, b) => a.at - b.at)
      if (next === undefined || next.at > end) break
      this.#memory.advance(Math.max(0, next.at - this.ports.now()))
      this.#timers.delete(next)
      next.work()
    }
    this.#memory.advance(end - this.ports.now())
    await setImmediate()
  }
}
