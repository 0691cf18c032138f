/** A whole Sluice in memory: its catalogue, its customers, and its clock, which stands still until it is told to go on. */
import { advance, type CustomerState } from '../../entitlements/advance.ts'
import type { Catalogue, CompiledPlan } from '../../entitlements/catalogue.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { type Instant, DAY_MS } from '../../entitlements/instant.ts'
import type { Freshness, SnapshotAnswer } from '../../schema/calls.ts'
import { encodeDocument } from '../../schema/document.ts'
import { encodeHead, type Head } from '../../schema/head.ts'
import { encodeSnapshot, SNAPSHOT_ANSWER_FORMAT } from '../../schema/snapshot.ts'
import { encodeToken } from '../../schema/token.ts'
import { type Offered, offeredBy } from './catalogue.ts'
import { acted, type Circumstance, customerOf, overridden, reverted, subscribed } from './holder.ts'
import { refused, reported } from './meters.ts'
import { instantOf, known, oneOf } from './reading.ts'
import type {
  ActionWords,
  CatalogueWords,
  CustomerWords,
  Moment,
  OverrideWords,
  SubscriptionWords,
  UsageWords,
} from './words.ts'

/** A customer, with what was used. */
export interface Holder {
  readonly state: CustomerState
  readonly version: number
  readonly graceDays: number | null
}

/** A length of time. */
export interface Span {
  readonly days?: number
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
}

export class World {
  readonly #holders = new Map<string, Holder>()
  #offered: Offered
  #now: Instant
  #made = 0

  constructor(catalogue: CatalogueWords, now: Instant) {
    this.#now = now
    this.#offered = offeredBy(catalogue, now, new Map())
  }

  get now(): Instant {
    return this.#now
  }

  get catalogue(): Catalogue {
    return this.#offered.catalogue
  }

  /** As the service's head has it. */
  get head(): Head {
    const { revision, features, defaultPlanId, plans } = this.catalogue
    const revisions = [...plans.values()].map((plan) => [plan.id, plan.revision] as const)
    return { revision, features, defaultPlanId, plans: new Map(revisions) }
  }

  holder(customerId: string): Holder | undefined {
    return this.#holders.get(customerId)
  }

  /** Lets time go on; backwards it never goes. */
  goOn(by: number | Span): void {
    const { days = 0, hours = 0, minutes = 0, seconds = 0 } = typeof by === 'number' ? {} : by
    const spanMs = days * DAY_MS + ((hours * 60 + minutes) * 60 + seconds) * 1_000
    this.goTo(new Date(this.#now + (typeof by === 'number' ? by : spanMs)))
  }

  goTo(moment: Moment): void {
    this.#now = Math.max(this.#now, instantOf(moment, this.#now, 'now'))
  }

  /** Puts another catalogue in force for everybody. */
  offer(words: CatalogueWords): void {
    const { revision, plans } = this.catalogue
    this.#offered = offeredBy(words, Math.max(revision + 1, this.#now), plans)
  }

  /** Makes a customer with what the words say, in place of an earlier one of its id. */
  put({ subscriptions = [], overrides = [], usage = [], ...words }: CustomerWords): void {
    const graceDays = words.graceDays ?? null
    const customer = customerOf(words, this.#counter(words.id), this.#now)
    const at = this.#circumstance({ graceDays })
    const held = subscriptions.reduce(
      (each, subscription) => subscribed(each, subscription, this.#idOf(subscription), at),
      customer,
    )
    const whole = overrides.reduce((each, override) => overridden(each, override, at), held)
    this.#keep({ customer: whole, lots: new Map(), advancedTo: 0 }, graceDays)
    for (const each of usage) this.#use(words.id, each)
  }

  remove(customerId: string): void {
    this.#holders.delete(customerId)
  }

  subscribe(customerId: string, words: SubscriptionWords): string {
    const id = this.#idOf(words)
    this.#change(customerId, (customer, at) => subscribed(customer, words, id, at))
    return id
  }

  /** Does an action to a subscription; to the customer's only one where none is named. */
  act(customerId: string, words: ActionWords, subscriptionId: string | null): void {
    this.#change(customerId, (customer, at) => {
      const all = new Map(customer.subscriptions.map((each) => [each.id, each]))
      const [only = ''] = all.size === 1 ? all.keys() : []
      const subject = known(all, subscriptionId ?? only, 'subscription')
      const subscriptions = customer.subscriptions.map((each) =>
        each === subject ? acted(each, words, at) : each,
      )
      return { ...customer, subscriptions }
    })
  }

  override(customerId: string, words: OverrideWords): void {
    this.#change(customerId, (customer, at) => overridden(customer, words, at))
  }

  revert(customerId: string, featureId: string): void {
    this.#change(customerId, (customer) => reverted(customer, featureId))
  }

  /** Takes over what a use has come to. */
  took(customerId: string, state: CustomerState): void {
    this.#keep(state, this.#existing(customerId).graceDays)
  }

  /** The holder whom a use is about; the service refuses to count for nobody. */
  mustHold(customerId: string): Holder {
    const holder = this.#holders.get(customerId)
    if (holder === undefined) throw refused('customer_not_found', 404, customerId)
    return holder
  }

  /** Of the customer's state now. */
  tokenOf(customerId: string): string {
    const { state, version } = this.mustHold(customerId)
    const { revision } = state.customer
    return encodeToken({
      customerId,
      revision,
      version,
      catalogueRevision: this.catalogue.revision,
    })
  }

  /** What `GET /v1/customers/{id}/snapshot` would bring, beside the freshness. */
  snapshotOf(customerId: string): Omit<SnapshotAnswer, keyof Freshness> {
    const { state, version } = this.mustHold(customerId)
    const catalogueRevision = this.catalogue.revision
    const publishedAt = this.#now
    return {
      format: SNAPSHOT_ANSWER_FORMAT,
      snapshot: encodeSnapshot({ ...state, version, catalogueRevision, publishedAt }),
      head: encodeHead(this.head),
      documents: this.#plansOf(state).map(encodeDocument),
    }
  }

  /** Every plan that evaluating the customer may need. */
  #plansOf({ customer }: CustomerState): readonly CompiledPlan[] {
    const { plans, defaultPlanId } = this.catalogue
    const phases = customer.subscriptions.flatMap((subscription) => subscription.phases)
    const planIds = new Set([...phases.map(({ planId }) => planId), defaultPlanId ?? ''])
    return [...planIds].flatMap((planId) => plans.get(planId) ?? [])
  }

  #existing(customerId: string): Holder {
    return known(this.#holders, customerId, 'customer')
  }

  /** Time is applied under what was known before anything becomes known. */
  #change(customerId: string, change: (customer: Customer, at: Circumstance) => Customer): void {
    const { state, graceDays } = this.#existing(customerId)
    const advanced = advance(state, this.catalogue, this.#now).state
    const changed = change(advanced.customer, this.#circumstance({ graceDays }))
    const customer = { ...changed, revision: this.#counter(customerId) }
    this.#keep({ ...advanced, customer }, graceDays)
  }

  #use(customerId: string, { behaviour = 'delta', ...words }: UsageWords): void {
    const { state } = this.#existing(customerId)
    const { featureId, value, enforce = false, occurredAt } = words
    const reading = {
      featureId,
      value,
      enforce,
      behaviour: oneOf(behaviour, ['delta', 'set'] as const, `${customerId}.usage.behaviour`),
      occurredAt: occurredAt === undefined ? null : instantOf(occurredAt, this.#now, 'occurredAt'),
    }
    this.took(customerId, reported(state, this.catalogue, reading, this.#now).state)
  }

  #keep(state: CustomerState, graceDays: number | null): void {
    const { id } = state.customer
    const { version = 0 } = this.#holders.get(id) ?? {}
    const advanced = advance(state, this.catalogue, this.#now).state
    this.#holders.set(id, {
      state: advanced,
      version: Math.max(version + 1, this.#now),
      graceDays,
    })
  }

  #circumstance({ graceDays }: Pick<Holder, 'graceDays'>): Circumstance {
    return { ...this.#offered, now: this.#now, graceDays }
  }

  #counter(customerId: string): number {
    const { revision = 0 } = this.#holders.get(customerId)?.state.customer ?? {}
    return Math.max(revision + 1, this.#now)
  }

  #idOf({ id }: SubscriptionWords): string {
    return id ?? `sub_${++this.#made}`
  }
}
