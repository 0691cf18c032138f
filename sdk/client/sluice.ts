/** The client: asks Sluice over HTTP. */
import type {
  AccessAnswer,
  ConsumptionAnswer,
  EntitlementsAnswer,
  UsageAnswer,
} from '../../schema/calls.ts'
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
  UseOptions,
  Verdict,
} from '../contract.ts'
import { Consistency } from './consistency.ts'
import { credentialFrom, type CredentialOptions } from './credential.ts'
import { SluiceError } from './error.ts'
import { type Fallbacks, LastKnown } from './fallback.ts'
import { type Ports, PORTS } from './ports.ts'
import { unreadable } from './reply.ts'
import { type AskOne, ticks } from './ticks.ts'
import { type Sequel, type Terms, transport } from './transport.ts'
import { until } from './until.ts'

/** How to reach Sluice, and what to do where that fails. */
export type SluiceOptions<F extends string = string> = CredentialOptions & {
  /** Where Sluice runs, such as `https://sluice.example.workers.dev`. */
  readonly url: string
  /** The platform's own where absent; with a service binding `(url, init) => env.SLUICE.fetch(url, init)`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** The longest that one attempt takes; 2 s where absent. */
  readonly timeoutMs?: number
  /** The longest that a call takes, with all its attempts; 5 s where absent. */
  readonly budgetMs?: number
  /** Attempts after the first; 3 where absent. */
  readonly retries?: number
  /** Retries that all calls together have, earned back by successes, ten for one; 20 where absent. */
  readonly retryBudget?: number
  /** What `check` says while Sluice cannot be asked; no access where absent. */
  readonly fallback?: Fallbacks<F>
  /** How long `last_known` knows; 15 minutes where absent. */
  readonly lastKnownMs?: number
  /** Hears of what its callers do not: an attempt that is made again, a check that is answered by `fallback`. */
  readonly onProblem?: (problem: SluiceError, sequel: Sequel) => void
  /** For tests. */
  readonly ports?: Partial<Ports>
}

/** Asks Sluice. One for a process is enough: it remembers what it has changed, and gathers what is asked at once. */
export class Sluice<F extends string = string> implements Client<F>, Connection {
  readonly #connection: Connection
  readonly #consistency: Consistency
  readonly #lastKnown: LastKnown
  readonly #ask: AskOne
  readonly #onProblem: Terms['onProblem']

  constructor(options: SluiceOptions<F>) {
    const {
      url,
      key,
      timeoutMs = 2_000,
      budgetMs = 5_000,
      retries = 3,
      retryBudget = 20,
      fallback = {},
      lastKnownMs = 900_000,
    } = options
    const ports = { ...PORTS, ...options.ports }
    this.#consistency = new Consistency(ports.now)
    this.#lastKnown = new LastKnown(fallback, lastKnownMs, ports.now)
    this.#onProblem = carefully(options.onProblem)
    this.#connection = transport({
      url: new URL(url).href.replace(/\/+$/, ''),
      credential: credentialFrom(options, ports),
      fetch: options.fetch ?? ((...request) => fetch(...request)),
      timeoutMs,
      budgetMs,
      retries,
      retryBudget: { left: retryBudget, most: retryBudget },
      consistency: this.#consistency,
      onProblem: this.#onProblem,
      ports,
    })
    const askOne: AskOne = (question) => this.#askOne(question, {})
    this.#ask = ticks(this, askOne, key !== undefined)
  }

  async check(question: Question<F>, options: AskOptions = {}): Promise<Verdict> {
    this.#see(options)
    const { customerId, featureId, quantity } = question
    const asked = { customerId, featureId, quantity } as Question
    try {
      const { fresh = false, signal } = options
      const answer = await (fresh ? this.#askOne(asked, options) : until(signal, this.#ask(asked)))
      if (typeof answer?.hasAccess !== 'boolean') throw unreadable(200, true)
      const verdict = { ...answer, decidedBy: 'service' } as const
      this.#lastKnown.note(asked, verdict)
      return verdict
    } catch (problem) {
      if (!(problem instanceof SluiceError && problem.retryable)) throw problem
      this.#onProblem(problem, 'fallback')
      return this.#lastKnown.answer(asked)
    }
  }

  async hasAccess(question: Question<F>, options?: AskOptions): Promise<boolean> {
    return (await this.check(question, options)).hasAccess
  }

  async entitlements(question: ListQuestion = {}, options: AskOptions = {}): Promise<Entitlements> {
    this.#see(options)
    const { fresh = false, signal } = options
    const { customerId } = question
    const { body, status } = await this.send<EntitlementsAnswer>({
      method: 'GET',
      path: `/v1/customers/${whom(customerId)}/entitlements?fresh=${fresh}`,
      customerIds: [customerId],
      signal,
    })
    if (!Array.isArray(body.data)) throw unreadable(status, true)
    return { ...body, decidedBy: 'service' }
  }

  consume(use: Use<F>, options: UseOptions = {}): Promise<ConsumptionAnswer> {
    return this.#use<ConsumptionAnswer>('/v1/consume', use, options)
  }

  reportUsage(report: Report<F>, options: UseOptions = {}): Promise<UsageAnswer> {
    return this.#use<UsageAnswer>('/v1/usage', { behaviour: 'delta', ...report }, options)
  }

  /** A request of any route, with all that this client does for its own. */
  send<T>(request: ServiceRequest): Promise<ServiceReply<T>> {
    return this.#connection.send<T>(request)
  }

  /**
   * Of the newest state of a customer that this client knows of: give it to another process, which then sees that state or a
   * later one. Undefined: this client has changed nothing.
   */
  consistencyToken(customerId: string): string | undefined {
    return this.#consistency.tokenFor([customerId])
  }

  async #askOne(
    { customerId, featureId, quantity }: Question,
    { fresh, signal }: AskOptions,
  ): Promise<AccessAnswer> {
    // JSON leaves out what nobody has said.
    const said = JSON.stringify({ customerId, featureId, quantity, fresh })
    const query = new URLSearchParams(JSON.parse(said))
    const customerIds = [customerId]
    const path = `/v1/access?${query}`
    return (await this.send<AccessAnswer>({ method: 'GET', path, customerIds, signal })).body
  }

  async #use<T extends Pick<UsageAnswer, 'entitlement'>>(
    path: string,
    { idempotencyKey, ...body }: Use | Report,
    { signal }: UseOptions,
  ): Promise<T> {
    const customerIds = [body.customerId]
    const request = { method: 'POST', path, body, idempotencyKey, customerIds, signal } as const
    const { body: answer, status } = await this.send<T>(request)
    if (!answer.entitlement) throw unreadable(status, true)
    return answer
  }

  #see({ consistencyToken: token }: AskOptions): void {
    if (token === undefined || this.#consistency.note(token)) return
    throw new SluiceError('invalid_consistency_token', { message: token })
  }
}

/** As a path has it; a token names its own customer. */
function whom(customerId: string | undefined): string {
  return customerId === undefined ? '{customerId}' : encodeURIComponent(customerId)
}

/** A hook that throws must not change an answer. */
function carefully(onProblem: Terms['onProblem'] | undefined): Terms['onProblem'] {
  return (...told) => {
    try {
      onProblem?.(...told)
    } catch {
      // Its own business.
    }
  }
}
