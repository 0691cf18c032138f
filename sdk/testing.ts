/**
 * Sluice for an application's tests: the same answers by the same rules, without a service, a network or a moving clock.
 */
import type { CustomerState } from '../entitlements/advance.ts'
import { accessTo, evaluate } from '../entitlements/evaluate.ts'
import { accessWithoutCustomer } from '../entitlements/policy.ts'
import { entitlementAnswer } from '../schema/answer.ts'
import type {
  ConsumptionAnswer,
  Entitlement,
  Freshness,
  SnapshotAnswer,
  UsageAnswer,
} from '../schema/calls.ts'
import { hintFor } from '../schema/hint.ts'
import { instantText } from '../schema/instant-text.ts'
import { SluiceError } from './client/error.ts'
import { type Fallbacks, LastKnown } from './client/fallback.ts'
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
} from './contract.ts'
import { consumed, refused, reported } from './testing/meters.ts'
import { instantOf } from './testing/reading.ts'
import { type Shorthand, spelledOut } from './testing/shorthand.ts'
import type {
  ActionWords,
  CatalogueWords,
  CustomerWords,
  Moment,
  OverrideWords,
  SubscriptionWords,
} from './testing/words.ts'
import { type Span, World } from './testing/world.ts'

/** A world in the words of the API, as a seed file has it. */
export interface InMemoryWords {
  readonly catalogue: CatalogueWords
  readonly customers?: readonly CustomerWords[]
}

export interface InMemoryOptions<F extends string = string> {
  /** When it begins, and stays until it is told to go on; the time at which it is made where absent. */
  readonly now?: Moment
  /** Whom a question without a customer is about, as with a customer's token. */
  readonly customerId?: string
  /** As for `Sluice`: what `check` says during an `outage`. */
  readonly fallback?: Fallbacks<F>
}

/**
 * A client that is a whole Sluice: `inMemorySluice({ acme: ['sso', { 'api-calls': 100 }] })`, or with a catalogue and
 * customers in the words of the API.
 */
export function inMemorySluice<F extends string = string>(
  world: Shorthand<F> | (InMemoryWords & { readonly now?: Moment }),
  options: InMemoryOptions<F> = {},
): InMemorySluice<F> {
  if (!isInWords(world)) return new InMemorySluice(spelledOut(world), options)
  const { now = options.now } = world
  return new InMemorySluice(world, now === undefined ? options : { ...options, now })
}

/** See `inMemorySluice`. */
export class InMemorySluice<F extends string = string> implements Client<F>, Connection {
  readonly #world: World
  readonly #customerId: string | undefined
  readonly #fallback: LastKnown
  /** By customer and idempotency key, what was said, and to what. */
  readonly #kept = new Map<string, { readonly request: string; readonly answer: object }>()
  #isOut = false

  constructor({ catalogue, customers = [] }: InMemoryWords, options: InMemoryOptions<F> = {}) {
    const begun = instantOf(options.now ?? new Date(), 0, 'now')
    this.#world = new World(catalogue, begun)
    this.#customerId = options.customerId
    this.#fallback = new LastKnown(options.fallback ?? {}, Infinity, () => this.#world.now)
    for (const customer of customers) this.#world.put(customer)
  }

  /** The time in this world. */
  get now(): Date {
    return new Date(this.#world.now)
  }

  /** Lets time go on: by milliseconds, or `{ days: 31 }`. */
  advance(by: number | Span): void {
    this.#world.goOn(by)
  }

  /** Lets time go on until then. */
  setNow(moment: Moment): void {
    this.#world.goTo(moment)
  }

  /** During an outage checks are answered by `fallback`, and everything else throws. */
  outage(isOut: boolean): void {
    this.#isOut = isOut
  }

  /** Puts another catalogue in force for everybody. */
  putCatalogue(catalogue: CatalogueWords): void {
    this.#world.offer(catalogue)
  }

  /** Makes a customer, in place of an earlier one of its id and all that it has used. */
  putCustomer(customer: CustomerWords): void {
    this.#world.put(customer)
  }

  removeCustomer(customerId: string): void {
    this.#world.remove(customerId)
  }

  /** Gives a customer a plan; returns the subscription's id. */
  subscribe(customerId: string, subscription: SubscriptionWords): string {
    return this.#world.subscribe(customerId, subscription)
  }

  /** Does what `POST /v1/subscriptions/{id}/{action}` does; to the customer's only subscription where none is named. */
  act(customerId: string, action: ActionWords, subscriptionId: string | null = null): void {
    this.#world.act(customerId, action, subscriptionId)
  }

  /** Gives a customer its own allowance of a feature. */
  override(customerId: string, override: OverrideWords): void {
    this.#world.override(customerId, override)
  }

  /** Takes an override back. */
  revert(customerId: string, featureId: F): void {
    this.#world.revert(customerId, featureId)
  }

  async check(question: Question<F>): Promise<Verdict> {
    if (this.#isOut) return this.#fallback.answer(question)
    const verdict = this.#verdict(question)
    this.#fallback.note(question, verdict)
    return verdict
  }

  async hasAccess(question: Question<F>): Promise<boolean> {
    return (await this.check(question)).hasAccess
  }

  /** As of a `LocalSluice` that holds everybody; null during an outage. */
  checkNow(question: Question<F>): Verdict | null {
    return this.#isOut ? null : this.#verdict(question)
  }

  hasAccessNow(question: Question<F>): boolean | null {
    return this.checkNow(question)?.hasAccess ?? null
  }

  async entitlements(question: ListQuestion = {}): Promise<Entitlements> {
    this.#mustBeThere()
    const customerId = this.#whom(question)
    const data = Array.from(this.#world.catalogue.features.keys(), (featureId) =>
      this.#told(customerId, featureId, 1),
    )
    return { customerId, data, ...this.#freshness(customerId), decidedBy: 'service' }
  }

  async consume(use: Use<F>): Promise<ConsumptionAnswer> {
    const { idempotencyKey, quantity = 1, ...rest } = use
    const request = { customerId: this.#whom(use), ...rest, quantity }
    mustBeQuantity(quantity)
    return this.#once(idempotencyKey, request, (state) =>
      consumed(state, this.#world.catalogue, use.featureId, quantity, this.#world.now),
    )
  }

  async reportUsage(report: Report<F>): Promise<UsageAnswer> {
    const { idempotencyKey, behaviour = 'delta', occurredAt, enforce = false, ...rest } = report
    const now = this.#world.now
    const at = occurredAt === undefined ? null : instantOf(occurredAt, now, 'occurredAt')
    const reading = { ...rest, behaviour, enforce, occurredAt: at }
    if (!Number.isSafeInteger(report.value) || (behaviour === 'set' && report.value < 0)) {
      throw refused('invalid_request', 400, '/value')
    }
    return this.#once(idempotencyKey, { customerId: this.#whom(report), ...reading }, (state) =>
      reported(state, this.#world.catalogue, reading, now),
    )
  }

  /**
   * Answers `GET /v1/customers/{id}/snapshot`, for who wraps this in `local`, and `…/entitlements`, for who keeps them by
   * their ETag as the React provider does; there is no other route.
   */
  async send<T>({ method, path, headers = {} }: ServiceRequest): Promise<ServiceReply<T>> {
    this.#mustBeThere()
    const [, id, what] = /^\/v1\/customers\/([^/]+)\/(snapshot|entitlements)$/.exec(path) ?? []
    if (method !== 'GET' || id === undefined) throw refused('route_not_found', 404, path)
    const customerId = decodeURIComponent(id)
    const { version, revision } = this.#freshness(customerId)
    const state = `${version}-${revision}`
    const etag = `W/"${what === 'snapshot' ? state : `${state}-${this.#world.now}`}"`
    const isKnown = headers['If-None-Match'] === etag
    const body =
      what === 'snapshot' ? this.#snapshot(customerId) : await this.entitlements({ customerId })
    // The caller says what it takes this route's answer for.
    const said = (isKnown ? undefined : body) as T
    return { status: isKnown ? 304 : 200, headers: new Headers({ ETag: etag }), body: said }
  }

  #snapshot(customerId: string): SnapshotAnswer {
    return { ...this.#world.snapshotOf(customerId), ...this.#freshness(customerId) }
  }

  #verdict(question: Question<F>): Verdict {
    const { featureId, quantity = 1 } = question
    mustBeQuantity(quantity)
    const customerId = this.#whom(question)
    const told = this.#told(customerId, featureId, quantity)
    return { ...told, quantity, ...this.#freshness(customerId), decidedBy: 'service' }
  }

  #told(customerId: string, featureId: string, quantity: number): Entitlement {
    const { catalogue, now, head } = this.#world
    const holder = this.#world.holder(customerId)
    if (holder === undefined) {
      const answer = accessWithoutCustomer('unknown_customer', catalogue.features, featureId)
      return entitlementAnswer({ customerId, ...answer, hint: hintFor(answer.entitlement, head) })
    }
    const { entitlement } = evaluate(holder.state, catalogue, featureId, now)
    const access = accessTo(entitlement, quantity, now)
    const hint = access.hasAccess ? null : hintFor(entitlement, head)
    return entitlementAnswer({ customerId, entitlement, access, hint })
  }

  #freshness(customerId: string): Freshness {
    const asOf = instantText(this.#world.now)
    const { version } = this.#world.holder(customerId) ?? { version: 0 }
    return {
      servedFrom: 'object',
      version,
      revision: this.#world.catalogue.revision,
      asOf,
      ageMs: 0,
      publishedAt: version === 0 ? null : asOf,
      confirmed: 'source',
      degraded: false,
    }
  }

  /** One effect for each key, and the answer to it again. */
  #once<T extends object>(
    key: string | undefined,
    { customerId, featureId, ...said }: { readonly customerId: string; readonly featureId: string },
    decide: (state: CustomerState) => {
      readonly state: CustomerState
      readonly said: T
      readonly asks: number
    },
  ) {
    this.#mustBeThere()
    const name = JSON.stringify([customerId, key])
    const request = JSON.stringify([featureId, said])
    const earlier = key === undefined ? undefined : this.#kept.get(name)
    if (earlier !== undefined) {
      if (earlier.request !== request) throw refused('idempotency_key_reused', 409, name)
      // Kept under the same request, so it is an answer of the same kind.
      return { ...(earlier.answer as Answered<T>), replayed: true as const }
    }
    const outcome = decide(this.#world.mustHold(customerId).state)
    this.#world.took(customerId, outcome.state)
    const entitlement = this.#told(customerId, featureId, outcome.asks)
    const consistencyToken = this.#world.tokenOf(customerId)
    const confirmed = 'source' as const
    const answer: Answered<T> = { ...outcome.said, entitlement, confirmed, consistencyToken }
    if (key !== undefined) this.#kept.set(name, { request, answer })
    return answer
  }

  #whom({ customerId = this.#customerId }: ListQuestion): string {
    if (customerId === undefined) throw refused('invalid_request', 400, '/customerId')
    return customerId
  }

  #mustBeThere(): void {
    if (!this.#isOut) return
    throw new SluiceError('unreachable', { message: 'There is an outage.', retryable: true })
  }
}

type Answered<T> = T & Pick<ConsumptionAnswer, 'entitlement' | 'confirmed' | 'consistencyToken'>

function isInWords(world: Shorthand | InMemoryWords): world is InMemoryWords {
  return world.catalogue !== undefined && !Array.isArray(world.catalogue)
}

function mustBeQuantity(quantity: number): void {
  if (!Number.isSafeInteger(quantity) || quantity < 1) {
    throw refused('invalid_request', 400, '/quantity')
  }
}
