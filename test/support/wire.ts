/** A client in a process whose time a test turns, on a wire that a test cuts. */
import { setImmediate } from 'node:timers/promises'
import type {
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

/** What becomes of what is sent. */
export type Fate = 'arrives' | 'is refused' | 'is never answered'

/** The service at the other end, and what was asked of it. */
export class Wire implements Client, Connection {
  readonly asked: string[] = []
  /** Answers of snapshots with something in them: not those that say that there is nothing new. */
  brought = 0
  fate: Fate = 'arrives'
  /** Whether the service is a later one than the client knows. */
  isLater = false
  readonly #memory: InMemorySluice

  constructor(memory: InMemorySluice) {
    this.#memory = memory
  }

  async check(question: Question): Promise<Verdict> {
    this.asked.push(`check ${question.customerId} ${question.featureId}`)
    if (this.fate === 'is never answered') return new Promise(() => undefined)
    this.#memory.outage(this.fate === 'is refused')
    return this.#memory.check(question)
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
    const reply = await this.#memory.send<T>(request)
    if (reply.status === 200) this.brought += 1
    return this.isLater ? { ...reply, body: { ...reply.body, format: 2 } } : reply
  }
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
