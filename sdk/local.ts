/**
 * Checks in this process: it holds the snapshots of the customers that it is asked about, and the plans that they need,
 * and evaluates them by the same rules as the service.
 *
 * What the edge would not decide alone, this does not either: a grant near a hard limit, and (unless told otherwise) a
 * denial, are asked of the service. Uses and changes always are.
 */
import type { ConsumptionAnswer, UsageAnswer } from '../schema/calls.ts'
import { decodeTokens } from '../schema/token.ts'
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
  Source,
  Use,
  UseOptions,
  Verdict,
} from './contract.ts'
import { until } from './client/until.ts'
import { Copies, type HeldCatalogue } from './local/copies.ts'
import type { Copy } from './local/copy.ts'
import { Loader } from './local/loader.ts'
import {
  type Denials,
  freshnessOf,
  judge,
  type Judged,
  mayDecide,
  toldOf,
  verdictOf,
} from './local/judge.ts'
import { type Ports, PORTS } from './local/ports.ts'

/** What may be left out has the value that is named. */
export interface LocalOptions {
  /** The most customers that are held; 10,000. */
  readonly customersMax?: number
  /** The most bytes of snapshots that are held, as they are encoded; 32 MiB. In memory they take several times as much. */
  readonly bytesMax?: number
  /** How old a copy in use becomes before it is asked for again; 30 s. One of twice that age is not used unless that fails. */
  readonly refreshMs?: number
  /** How old a copy may become while the service cannot be reached; 10 minutes. Then the service's `fallback` decides. */
  readonly ageMaxMs?: number
  /** `confirm` has denials confirmed by the service, so that nobody who has just paid is turned away; `local` does not. `confirm`. */
  readonly denials?: Denials
  /** How long a verdict waits for its confirmation; 1 s. */
  readonly confirmMs?: number
  /** How long a question waits for a copy; 2 s. */
  readonly loadMs?: number
  /** Hears of what keeps copies from coming: an outage, a key that may not read, a service of another version. */
  readonly onProblem?: (problem: unknown) => void
  /** For tests. */
  readonly ports?: Partial<Ports>
}

/** Evaluates in this process; asks `service` for everything else. */
export function local<F extends string>(
  service: Client<F> & Connection,
  options: LocalOptions = {},
): LocalSluice<F> {
  return new LocalSluice(service, options)
}

/** A client that answers checks by itself. Needs a secret key with `read`. */
export class LocalSluice<F extends string = string> implements Client<F>, Connection {
  readonly #service: Client<F> & Connection
  readonly #copies: Copies
  readonly #loader: Loader
  readonly #ports: Ports
  readonly #refreshMs: number
  readonly #ageMaxMs: number
  readonly #denials: Denials
  readonly #confirmMs: number
  readonly #loadMs: number
  readonly #following = new Set<() => void>()
  #closed = false

  constructor(service: Client<F> & Connection, options: LocalOptions = {}) {
    const { customersMax = 10_000, bytesMax = 32 * 1024 * 1024 } = options
    this.#service = service
    this.#ports = { ...PORTS, ...options.ports }
    this.#refreshMs = options.refreshMs ?? 30_000
    this.#ageMaxMs = options.ageMaxMs ?? 600_000
    this.#denials = options.denials ?? 'confirm'
    this.#confirmMs = options.confirmMs ?? 1_000
    this.#loadMs = options.loadMs ?? 2_000
    this.#copies = new Copies({ customersMax, bytesMax })
    const pace = { refreshMs: this.#refreshMs, loadMs: this.#loadMs }
    const { onProblem = () => undefined } = options
    this.#loader = new Loader(service, this.#copies, pace, this.#ports, onProblem)
  }

  /**
   * The verdict, at once and without a promise; null where this process may not give it: the customer is not held (and is
   * now being asked for), or the service has to be asked. Then `check` has the answer.
   */
  checkNow({ customerId, featureId, quantity = 1 }: Question<F>): Verdict | null {
    const judged = this.#judgedNow(customerId, featureId, quantity)
    if (judged === null || !mayDecide(judged, this.#denials)) return null
    return verdictOf(judged, judged.copy.failing)
  }

  /** `checkNow`, as a boolean. */
  hasAccessNow({ customerId, featureId, quantity = 1 }: Question<F>): boolean | null {
    const judged = this.#judgedNow(customerId, featureId, quantity)
    if (judged === null || !mayDecide(judged, this.#denials)) return null
    return judged.access.hasAccess
  }

  check(question: Question<F>, options: AskOptions = {}): Promise<Verdict> {
    return until(options.signal, this.#checked(question, options))
  }

  async hasAccess(question: Question<F>, options?: AskOptions): Promise<boolean> {
    const known = options === undefined ? this.hasAccessNow(question) : null
    return known ?? (await this.check(question, options)).hasAccess
  }

  /** Everything of a customer, denials too, as the copy has it. */
  async entitlements(question: ListQuestion = {}, options: AskOptions = {}): Promise<Entitlements> {
    const { customerId } = question
    if (this.#heed(options) && customerId !== undefined) {
      await this.#bring(customerId)
      const shown = this.#shownNow(customerId)
      if (shown !== null) return this.#listed(shown.copy, shown.held)
    }
    const listed = await this.#service.entitlements(question, options)
    this.#see(listed)
    return listed
  }

  async consume(use: Use<F>, options?: UseOptions): Promise<ConsumptionAnswer> {
    const answer = await this.#service.consume(use, options)
    this.#seeToken(answer.consistencyToken)
    return answer
  }

  async reportUsage(report: Report<F>, options?: UseOptions): Promise<UsageAnswer> {
    const answer = await this.#service.reportUsage(report, options)
    this.#seeToken(answer.consistencyToken)
    return answer
  }

  /** A request of any route; what it changes is seen by what is asked here afterwards. */
  async send<T>(request: ServiceRequest): Promise<ServiceReply<T>> {
    const reply = await this.#service.send<T>(request)
    this.#seeToken(reply.headers.get('Consistency-Token'))
    return reply
  }

  /** Brings customers here before they are asked about. Never throws; who cannot be brought is asked for again later. */
  async hold(customerIds: readonly string[]): Promise<void> {
    await Promise.all(customerIds.map((customerId) => this.#loader.load(customerId)))
  }

  /** Asks for a newer copy as soon as `source` tells of a change. Returns how to stop. */
  follow(source: Source): () => void {
    const stop = source.subscribe((held) => {
      const isNews = (this.#copies.of(held.customerId)?.snapshot.version ?? 0) < held.version
      this.#see(held)
      if (isNews) void this.#loader.load(held.customerId)
    })
    this.#following.add(stop)
    return () => {
      stop()
      this.#following.delete(stop)
    }
  }

  /** Ends what goes on in the background and holds nobody any more; from here on the service is asked. */
  close(): void {
    this.#closed = true
    this.#loader.stop()
    for (const stop of this.#following) stop()
    this.#following.clear()
    this.#copies.clear()
  }

  async #checked(question: Question<F>, options: AskOptions): Promise<Verdict> {
    const { customerId, featureId, quantity = 1 } = question
    if (!this.#heed(options) || customerId === undefined || !isQuantity(quantity)) {
      return this.#asked(question, options)
    }
    await this.#bring(customerId)
    const judged = this.#judgedNow(customerId, featureId, quantity)
    if (judged === null) return this.#asked(question, options)
    if (mayDecide(judged, this.#denials)) return verdictOf(judged, judged.copy.failing)
    return this.#confirmed(judged, question, options)
  }

  /** What the copy at hand says; null where there is none that may be shown. */
  #judgedNow(customerId: string | undefined, featureId: string, quantity: number): Judged | null {
    if (customerId === undefined || this.#closed || !isQuantity(quantity)) return null
    const shown = this.#shownNow(customerId)
    if (shown === null) return null
    const { held, copy, now } = shown
    return judge(held, copy, featureId, quantity, now + this.#loader.ahead)
  }

  /** The copy at hand with the catalogue that it may be shown under; where there is none it is now being asked for. */
  #shownNow(customerId: string): Shown | null {
    const copy = this.#copies.showable(customerId)
    const held = this.#copies.catalogue
    const now = this.#ports.now()
    if (copy === null || held === null || !this.#isUsable(copy, now)) {
      void this.#loader.load(customerId)
      return null
    }
    this.#noteUse(copy, now)
    return { held, copy, now }
  }

  /** Brings a customer of whom nothing can be shown. */
  async #bring(customerId: string): Promise<void> {
    // Twice: what was under way may have been sent before what has to be seen.
    for (let tries = 0; tries < 2; tries++) {
      const copy = this.#copies.showable(customerId)
      if (copy !== null && this.#isUsable(copy, this.#ports.now())) return
      await this.#within(this.#loadMs, this.#loader.load(customerId))
    }
  }

  /** Whether a copy is young, or the best that there is while the service cannot be reached. */
  #isUsable({ askedAt, failing }: Copy, now: number): boolean {
    const ageMs = now - askedAt
    if (ageMs < 2 * this.#refreshMs) return true
    return ageMs <= this.#ageMaxMs && (failing || this.#loader.isPaused())
  }

  #noteUse(copy: Copy, now: number): void {
    copy.usedAt = now
    if (!copy.used) {
      copy.used = true
      this.#loader.watch()
    }
    // Where no timer runs, as between the requests of a Worker, use is what keeps it up to date.
    if (now - copy.askedAt >= this.#refreshMs) void this.#loader.load(copy.snapshot.customer.id)
  }

  /** The service's word on what the copy may not decide; the copy's own where the service says nothing in time. */
  async #confirmed(judged: Judged, question: Question<F>, options: AskOptions): Promise<Verdict> {
    const { copy } = judged
    const asked = this.#loader.isPaused()
      ? null
      : await this.#within(this.#confirmMs, this.#asked(question, options))
    if (asked === null || asked.decidedBy !== 'service') {
      if (!this.#loader.isPaused()) this.#loader.noteAnswer(false)
      return verdictOf(judged, true)
    }
    this.#loader.noteAnswer(true)
    const { version, confirmed } = asked
    // Somewhere else the service still shows an older state than this process has.
    if (version < copy.snapshot.version) return verdictOf(judged, copy.failing)
    if (version === copy.snapshot.version && confirmed !== false) {
      copy.vouched = { by: confirmed, at: this.#loader.now() }
    }
    return asked
  }

  async #asked(question: Question<F>, options: AskOptions): Promise<Verdict> {
    const { customerId } = question
    const shown = customerId === undefined ? undefined : this.#copies.tokenFor(customerId)
    const tokens = [options.consistencyToken, shown].filter((each) => each !== undefined)
    const verdict = await this.#service.check(
      question,
      tokens.length === 0 ? options : { ...options, consistencyToken: tokens.join() },
    )
    if (verdict.decidedBy === 'service') this.#see(verdict)
    return verdict
  }

  #listed(copy: Copy, held: HeldCatalogue): Entitlements {
    const now = this.#loader.now()
    const data = Array.from(held.catalogue.features.keys(), (featureId) =>
      toldOf(judge(held, copy, featureId, 1, now)),
    )
    const { id: customerId } = copy.snapshot.customer
    return { customerId, data, ...freshnessOf(copy, held, copy.failing, now), decidedBy: 'local' }
  }

  /** Whether a question can be answered here; notes what its token asks for. */
  #heed({ fresh, consistencyToken }: AskOptions): boolean {
    if (this.#closed || fresh === true) return false
    return consistencyToken === undefined || this.#seeToken(consistencyToken)
  }

  /** Nothing older than what was shown is shown again. */
  #see({
    customerId,
    version,
    revision,
  }: Pick<Entitlements, 'customerId' | 'version' | 'revision'>) {
    this.#copies.raise(customerId, { version, revision: 0 })
    this.#copies.raiseCatalogue(revision)
  }

  /** Whether it is a token of the service. */
  #seeToken(token: string | null): boolean {
    const floors = token === null ? null : decodeTokens(token)
    if (floors === null) return false
    this.#copies.raiseAll(floors)
    return true
  }

  /** The outcome, or null where it takes too long. */
  async #within<T>(ms: number, outcome: Promise<T>): Promise<T | null> {
    let callOff = (): void => undefined
    const late = new Promise<null>((resolve) => {
      callOff = this.#ports.after(ms, () => resolve(null))
    })
    try {
      return await Promise.race([outcome, late])
    } finally {
      callOff()
      outcome.catch(() => undefined)
    }
  }
}

interface Shown {
  readonly held: HeldCatalogue
  readonly copy: Copy
  /** By this process's clock. */
  readonly now: number
}

function isQuantity(quantity: number): boolean {
  return Number.isSafeInteger(quantity) && quantity >= 1
}
