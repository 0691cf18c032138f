/**
 * Brings together what evaluating a customer needs: the head, its plans, and the customer's snapshot.
 *
 * Memory answers while its copies are young and nothing newer has been seen; then KV, then the source. A copy
 * below what this isolate has shown, or what a token asks for, is never served: its object is asked instead.
 */
import type { Floor } from '../../durable-objects/calls.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { type Asking, attempt } from '../attempt.ts'
import {
  type CustomerCopy,
  customerCopy,
  floorFor,
  type HeadCopy,
  headCopy,
  highest,
  isDoubtful,
  isHeadBreakerOpen,
  noteHeadAnswer,
} from '../isolate.ts'
import { type Reach, reachesCustomer } from '../reach.ts'
import { eachBounded } from './bounded.ts'
import {
  type FromKv,
  NOTHING_READ,
  readHeadFromSource,
  readKv,
  readObject,
  readPlans,
  readStrangers,
  type Wanted,
} from './copies.ts'

/** From this age on a copy is read again in the background; from the second on its reader waits. */
const SOFT_MS = 2_000
const HARD_MS = 5_000

const OBJECT_LIMIT_MS = 5_000
/** How long the source of the head is waited for where another head is at hand. */
const HEAD_LIMIT_MS = 300
/** How many objects one request calls at the same time. */
const OBJECTS_AT_ONCE = 16

/** Everything that is needed to evaluate a customer. */
export interface View {
  readonly status: 'found'
  readonly head: HeadCopy
  readonly copy: CustomerCopy
  readonly servedFrom: 'memory' | 'kv' | 'object'
  /** Whether something newer should have been read and could not be. */
  readonly degraded: boolean
}

/** No view: there is no such customer, or nothing can be known. The head is there where it is known. */
export interface NoView {
  readonly status: 'unknown_customer' | 'unavailable'
  readonly head: HeadCopy | null
}

export interface Demand {
  readonly customerId: string
  /** Whom the caller may know of. */
  readonly reach: Reach
  /** What the caller's token asks for. */
  readonly atLeast: Floor
  /** Whom to ask at least, whatever the copies say; `source`: the object, after it has looked at D1. */
  readonly ask: 'anyone' | 'object' | 'source'
  /** How long to wait for the object. */
  readonly limitMs?: number
}

/** The view from memory, while its copies are so young that nobody need read them again; null: there is none. */
export function youngView(now: Instant, demand: Demand): View | null {
  if (!isReached(demand)) return null
  const known = viewFromMemory(now, demand)
  return known === null || isDue(known.head, now) || isDue(known.copy, now) ? null : known
}

/** The view from wherever it can be had. */
export async function view(asking: Asking, demand: Demand): Promise<View | NoView> {
  if (!isReached(demand)) return beyondReach(asking, demand)
  const known = viewFromMemory(asking.now, demand)
  if (known === null) return (await readViews(asking, [demand]))[0] ?? NOTHING_KNOWN
  const { head, copy } = known
  if (isDue(head, asking.now) || isDue(copy, asking.now)) refreshBehind(asking, head, [copy])
  return known
}

/** The same for several customers, each named once; in the order of the demands. */
export async function views(
  asking: Asking,
  demands: readonly Demand[],
): Promise<readonly (View | NoView)[]> {
  if (!demands.every(isReached)) return Promise.all(demands.map((demand) => view(asking, demand)))
  const known = demands.map((demand) => viewFromMemory(asking.now, demand))
  const missing = demands.filter((_, at) => known[at] === null)
  if (missing.length === 0) {
    const found = known.filter((each) => each !== null)
    // What is due waits for its turn while others are read: one look at KV a request.
    if (found[0] !== undefined)
      refreshBehind(
        asking,
        found[0].head,
        found.map(({ copy }) => copy),
      )
    return found
  }
  const read = (await readViews(asking, missing)).values()
  return known.map((each) => each ?? read.next().value ?? NOTHING_KNOWN)
}

/** The head alone, for what concerns the catalogue. Null: nothing can be known. */
export async function headView(asking: Asking, demand: Demand): Promise<HeadCopy | null> {
  const known = headCopy()
  const isAtHand = known !== null && !isExpired(known, asking.now)
  const fromKv = isAtHand ? NOTHING_READ : await readKv(asking, { head: true, customerIds: [] })
  return headFor(asking, [demand], fromKv)
}

/**
 * Whether the state that a token names, or a later one, is what was found. Customers are never dropped: whoever does
 * not know the one that a token names is behind it.
 */
export function satisfies(found: View | NoView, atLeast: Floor): boolean {
  if ((found.head?.head.revision ?? 0) < atLeast.catalogueRevision) return false
  return found.status === 'found' || (atLeast.revision === 0 && atLeast.version === 0)
}

function isReached({ reach, customerId }: Demand): boolean {
  return reachesCustomer(reach, customerId)
}

/** Beyond a caller's reach there is no customer, and nobody is asked whether there is one. */
async function beyondReach(asking: Asking, demand: Demand): Promise<NoView> {
  return withoutView(UNKNOWN, await headView(asking, demand))
}

const NOTHING_KNOWN: NoView = { status: 'unavailable', head: null }

/** The view from memory; null when memory cannot serve the demand. */
function viewFromMemory(now: Instant, demand: Demand): View | null {
  const head = headCopy()
  const copy = customerCopy(demand.customerId)
  if (demand.ask !== 'anyone' || head === null || copy === undefined) return null
  if (isExpired(head, now) || isExpired(copy, now) || !hasPlans(head, copy)) return null
  if (!isServable(copy, demand) || !isCurrent(head, demand)) return null
  return { status: 'found', head, copy, servedFrom: 'memory', degraded: false }
}

/** One look at KV for all of them, then the source for each that needs it, then the plans of all. */
async function readViews(
  asking: Asking,
  demands: readonly Demand[],
): Promise<readonly (View | NoView)[]> {
  const fromKv = await readKv(asking, wantedFromKv(asking.now, demands))
  const unseen = demands.map(({ customerId }) => customerId).filter(isUnseen)
  const strangers = await readStrangers(asking, unseen)
  const customers = await eachBounded(demands, OBJECTS_AT_ONCE, (demand) =>
    strangers.has(demand.customerId) ? UNKNOWN : customerFor(asking, demand, fromKv),
  )
  const head = await headFor(asking, demands, fromKv)
  if (head === null) return customers.map((customer) => withoutView(customer, null))
  const copies = customers.flatMap((each) => (typeof each === 'string' ? [] : each.copy))
  const complete = await withPlans(asking, head, copies)
  return customers.map((customer, at) => {
    const demand = demands[at]
    if (typeof customer === 'string' || demand === undefined || !hasPlans(complete, customer.copy))
      return withoutView(customer, complete)
    const degraded =
      customer.degraded || isExpired(complete, asking.now) || !isCurrent(complete, demand)
    return { ...customer, status: 'found', head: complete, degraded }
  })
}

function isUnseen(customerId: string): boolean {
  return customerCopy(customerId) === undefined
}

const UNKNOWN = 'unknown_customer'

function withoutView(customer: Customer | NoView['status'], head: HeadCopy | null): NoView {
  return { status: customer === UNKNOWN ? UNKNOWN : 'unavailable', head }
}

/** What is worth a KV read: not a customer whose copy is young but too old for the demand, for KV's is no newer. */
function wantedFromKv(now: Instant, demands: readonly Demand[]): Wanted {
  const head = headCopy()
  const unread = demands.filter(({ ask, customerId }) => {
    const copy = customerCopy(customerId)
    return ask === 'anyone' && (copy === undefined || isExpired(copy, now))
  })
  return {
    head: head === null || isExpired(head, now),
    customerIds: unread.map(({ customerId }) => customerId),
  }
}

type Customer = Pick<View, 'copy' | 'servedFrom' | 'degraded'>

async function customerFor(
  asking: Asking,
  demand: Demand,
  fromKv: FromKv,
): Promise<Customer | NoView['status']> {
  const known = customerCopy(demand.customerId)
  const inKv = fromKv.customers.get(demand.customerId)
  if (demand.ask === 'anyone' && known !== undefined && inKv !== 'absent') {
    const servedFrom = inKv === 'read' && known.readAt === known.askedAt ? 'kv' : 'memory'
    if (!isExpired(known, asking.now) && isServable(known, demand)) {
      return { copy: known, servedFrom, degraded: false }
    }
  }
  return (await customerFromObject(asking, demand, fromKv)) ?? lastKnown(demand)
}

async function customerFromObject(
  asking: Asking,
  demand: Demand,
  fromKv: FromKv,
): Promise<Customer | 'unknown_customer' | null> {
  const own = highest(floorFor(demand.customerId), demand.atLeast)
  const known = customerCopy(demand.customerId)
  const copy = await readObject(asking, demand.customerId, {
    fresh: demand.ask === 'source' || (known !== undefined && isDoubtful(known.snapshot)),
    republish: fromKv.customers.get(demand.customerId) === 'absent',
    atLeast: own,
    limitMs: demand.limitMs ?? OBJECT_LIMIT_MS,
  })
  if (copy === 'unknown_customer') return copy
  if (copy === 'unavailable' || !meets(copy, own)) return null
  return { copy, servedFrom: 'object', degraded: false }
}

/** Memory, however old, while it contradicts nothing that has been shown. */
function lastKnown(demand: Demand): Customer | 'unavailable' {
  const copy = customerCopy(demand.customerId)
  if (copy === undefined || !isServable(copy, demand)) return 'unavailable'
  return { copy, servedFrom: 'memory', degraded: true }
}

async function headFor(
  asking: Asking,
  demands: readonly Demand[],
  fromKv: FromKv,
): Promise<HeadCopy | null> {
  const known = headCopy()
  if (known !== null && !isExpired(known, asking.now)) {
    if (demands.every((demand) => isCurrent(known, demand))) return known
  }
  const isLost = fromKv.head === 'absent'
  const mayDo = demands.every(({ atLeast }) => isAtLeast(known, atLeast))
  if (known === null || !mayDo) return (await readHeadFromSource(asking, isLost)) ?? known
  return (await headInTime(asking, isLost)) ?? known
}

/** The head from its source, for whom the one at hand would do: it is waited for no longer than a denial's confirmation. */
async function headInTime(asking: Asking, isLost: boolean): Promise<HeadCopy | null> {
  if (isHeadBreakerOpen(asking.now)) return null
  // What comes later than that is there for the next.
  const reading = readHeadFromSource(asking, isLost)
  asking.waitUntil(reading.catch(() => undefined))
  const answer = await attempt(asking, 'd1', HEAD_LIMIT_MS, () => reading)
  const head = answer.ok ? answer.value : null
  noteHeadAnswer(head !== null, asking.ports.clock.now())
  return head
}

function isAtLeast(copy: HeadCopy | null, { catalogueRevision }: Floor): boolean {
  return (copy?.head.revision ?? 0) >= catalogueRevision
}

/** The head with the customers' plans, as far as they can be had; one that it does not list asks for a newer head. */
async function withPlans(
  asking: Asking,
  head: HeadCopy,
  copies: readonly CustomerCopy[],
): Promise<HeadCopy> {
  const lacking = copies.filter((copy) => !hasPlans(head, copy))
  if (lacking.length === 0) return head
  const needed = (of: HeadCopy) => [...new Set(lacking.flatMap((copy) => plansOf(of, copy)))]
  const isListed = needed(head).every((planId) => head.head.plans.has(planId))
  const newest = isListed ? head : ((await readHeadFromSource(asking, false)) ?? head)
  await readPlans(asking, newest, needed(newest))
  return newest
}

/** Every plan that evaluating the customer may need; one may be named twice. */
export function plansOf(head: HeadCopy, copy: CustomerCopy): readonly string[] {
  const { defaultPlanId } = head.head
  return defaultPlanId === null ? copy.planIds : [...copy.planIds, defaultPlanId]
}

function hasPlans(head: HeadCopy, copy: CustomerCopy): boolean {
  if (copy.evaluatedWith === head.catalogue) return true
  return plansOf(head, copy).every((planId) => head.plans.has(planId))
}

/** Reads again what is due, behind the answer that is being given. Nobody else does so meanwhile. */
function refreshBehind(asking: Asking, head: HeadCopy, copies: readonly CustomerCopy[]): void {
  const { now } = asking
  const isOurs = (each: HeadCopy | CustomerCopy) => isDue(each, now) && !isBeingRead(each, now)
  const due = copies.filter(isOurs)
  const all = isOurs(head) ? [head, ...due] : due
  if (all.length === 0) return
  for (const each of all) each.refreshingSince = now
  const done = () => {
    for (const each of all) each.refreshingSince = null
  }
  const customerIds = due.map(({ snapshot }) => snapshot.customer.id)
  asking.waitUntil(refresh(asking, { head: all.length > due.length, customerIds }).finally(done))
}

async function refresh(asking: Asking, wanted: Wanted): Promise<void> {
  const fromKv = await readKv(asking, wanted)
  if (fromKv.head === 'absent') await readHeadFromSource(asking, true)
  await eachBounded(wanted.customerIds, OBJECTS_AT_ONCE, async (customerId) => {
    const copy = customerCopy(customerId)
    const atLeast = floorFor(customerId)
    const republish = fromKv.customers.get(customerId) === 'absent'
    if (!republish && (copy === undefined || meets(copy, atLeast))) return
    const limitMs = OBJECT_LIMIT_MS
    await readObject(asking, customerId, { fresh: false, republish, atLeast, limitMs })
  })
  const head = headCopy()
  const copies = wanted.customerIds.flatMap((id) => customerCopy(id) ?? [])
  if (head !== null) await withPlans(asking, head, copies)
}

function isDue({ askedAt }: { readonly askedAt: Instant }, now: Instant): boolean {
  return now - askedAt >= SOFT_MS
}

function isExpired({ askedAt }: { readonly askedAt: Instant }, now: Instant): boolean {
  return now - askedAt >= HARD_MS
}

/** A request that was cancelled leaves its mark behind: it counts only for a while. */
function isBeingRead(
  { refreshingSince }: { readonly refreshingSince: Instant | null },
  now: Instant,
): boolean {
  return refreshingSince !== null && now - refreshingSince < HARD_MS
}

function isServable(copy: CustomerCopy, { customerId, atLeast }: Demand): boolean {
  return meets(copy, floorFor(customerId)) && meets(copy, atLeast) && !isDoubtful(copy.snapshot)
}

function meets({ snapshot }: CustomerCopy, floor: Floor): boolean {
  return snapshot.version >= floor.version && snapshot.customer.revision >= floor.revision
}

function isCurrent({ head }: HeadCopy, { customerId, atLeast }: Demand): boolean {
  const { catalogueRevision } = floorFor(customerId)
  return head.revision >= Math.max(catalogueRevision, atLeast.catalogueRevision)
}
