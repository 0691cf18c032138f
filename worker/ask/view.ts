/**
 * Brings together what evaluating a customer needs: the head, its plans, and the customer's snapshot.
 *
 * Memory answers while its copies are young and nothing newer has been seen; then KV, then the source. A copy
 * below what this isolate has shown, or what a token asks for, is never served: its object is asked instead.
 */
import type { Floor } from '../../durable-objects/calls.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { Asking } from '../attempt.ts'
import {
  type CustomerCopy,
  customerCopy,
  floorFor,
  type HeadCopy,
  headCopy,
  highest,
  isDoubtful,
} from '../isolate.ts'
import {
  type FromKv,
  readFreshness,
  readHeadFromSource,
  readKv,
  readObject,
  readPlans,
} from './copies.ts'

/** From this age on a copy is read again in the background; from the second on its reader waits. */
const SOFT_MS = 2_000
const HARD_MS = 5_000

const OBJECT_LIMIT_MS = 5_000

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
  /** What the caller's token asks for. */
  readonly atLeast: Floor
  /** Whom to ask at least, whatever the copies say; `source`: the object, after it has looked at D1. */
  readonly ask: 'anyone' | 'object' | 'source'
  /** How long to wait for the object. */
  readonly limitMs?: number
}

/** The view from memory, with a refresh behind it if it is due; null when memory cannot serve the demand. */
export function viewFromMemory(asking: Asking, demand: Demand): View | null {
  const { now } = asking
  const head = headCopy()
  const copy = customerCopy(demand.customerId)
  if (demand.ask !== 'anyone' || head === null || copy === undefined) return null
  if (isExpired(head, now) || isExpired(copy, now) || !hasPlans(head, copy)) return null
  if (!isServable(copy, demand) || !isCurrent(head, demand)) return null
  if (isDue(head, now) || isDue(copy, now)) refreshBehind(asking, demand.customerId, head, copy)
  return { status: 'found', head, copy, servedFrom: 'memory', degraded: false }
}

/** The view from wherever it can be had. */
export async function view(asking: Asking, demand: Demand): Promise<View | NoView> {
  return viewFromMemory(asking, demand) ?? readView(asking, demand)
}

/** Whether the state that a token names, or a later one, is what was found. */
export function satisfies(found: View | NoView, atLeast: Floor): boolean {
  if ((found.head?.head.revision ?? 0) < atLeast.catalogueRevision) return false
  return found.status !== 'unavailable' || (atLeast.revision === 0 && atLeast.version === 0)
}

async function readView(asking: Asking, demand: Demand): Promise<View | NoView> {
  const fromKv = await readKv(asking, wantedFromKv(asking.now, demand))
  const customer = await customerFor(asking, demand, fromKv)
  const head = await headFor(asking, demand, fromKv)
  if (customer === 'unknown_customer' || customer === 'unavailable' || head === null) {
    return { status: customer === 'unknown_customer' ? customer : 'unavailable', head }
  }
  const complete = await withPlans(asking, head, customer.copy)
  if (complete === null) return { status: 'unavailable', head }
  const degraded =
    customer.degraded || isExpired(complete, asking.now) || !isCurrent(complete, demand)
  return { ...customer, status: 'found', head: complete, degraded }
}

/** What is worth a KV read: not a customer whose copy is young but too old for the demand, for KV's is no newer. */
function wantedFromKv(now: Instant, demand: Demand) {
  const head = headCopy()
  const copy = customerCopy(demand.customerId)
  const readsCustomer = demand.ask === 'anyone' && (copy === undefined || isExpired(copy, now))
  return {
    head: head === null || isExpired(head, now),
    customerId: readsCustomer ? demand.customerId : null,
  }
}

type Customer = Pick<View, 'copy' | 'servedFrom' | 'degraded'>

async function customerFor(
  asking: Asking,
  demand: Demand,
  fromKv: FromKv,
): Promise<Customer | NoView['status']> {
  const known = customerCopy(demand.customerId)
  if (demand.ask === 'anyone' && known !== undefined && fromKv.customer !== 'absent') {
    const servedFrom =
      fromKv.customer === 'read' && known.readAt === known.askedAt ? 'kv' : 'memory'
    if (!isExpired(known, asking.now) && isServable(known, demand)) {
      return { copy: known, servedFrom, degraded: false }
    }
  }
  if (known === undefined) {
    const freshness = await readFreshness(asking, demand.customerId)
    if (freshness !== null && freshness.revision === null) return 'unknown_customer'
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
    republish: fromKv.customer === 'absent',
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

async function headFor(asking: Asking, demand: Demand, fromKv: FromKv): Promise<HeadCopy | null> {
  const known = headCopy()
  if (known !== null && !isExpired(known, asking.now) && isCurrent(known, demand)) return known
  return (await readHeadFromSource(asking, fromKv.head === 'absent')) ?? known
}

/** The head with every plan of the customer; a plan that the head does not list asks for a newer head. */
async function withPlans(
  asking: Asking,
  head: HeadCopy,
  copy: CustomerCopy,
): Promise<HeadCopy | null> {
  if (hasPlans(head, copy)) return head
  const listed = plansOf(head, copy).every((planId) => head.head.plans.has(planId))
  const newest = listed ? head : await readHeadFromSource(asking, false)
  if (newest === null) return null
  return (await readPlans(asking, newest, plansOf(newest, copy))) ? newest : null
}

function plansOf(head: HeadCopy, copy: CustomerCopy): readonly string[] {
  const { defaultPlanId } = head.head
  return defaultPlanId === null ? copy.planIds : [...copy.planIds, defaultPlanId]
}

function hasPlans(head: HeadCopy, copy: CustomerCopy): boolean {
  if (copy.evaluatedWith === head.catalogue) return true
  return plansOf(head, copy).every((planId) => head.plans.has(planId))
}

/** Reads again what is due, behind the answer that is being given. Nobody else does so meanwhile. */
function refreshBehind(
  asking: Asking,
  customerId: string,
  head: HeadCopy,
  copy: CustomerCopy,
): void {
  const { now } = asking
  const due = [head, copy].filter((each) => isDue(each, now) && !isBeingRead(each, now))
  if (due.length === 0) return
  for (const each of due) each.refreshingSince = now
  const done = () => {
    for (const each of due) each.refreshingSince = null
  }
  asking.waitUntil(
    refresh(asking, {
      head: due.includes(head),
      customerId: due.includes(copy) ? customerId : null,
    }).finally(done),
  )
}

async function refresh(
  asking: Asking,
  wanted: { readonly head: boolean; readonly customerId: string | null },
): Promise<void> {
  const fromKv = await readKv(asking, wanted)
  if (fromKv.head === 'absent') await readHeadFromSource(asking, true)
  const { customerId } = wanted
  if (customerId === null) return
  const copy = customerCopy(customerId)
  const atLeast = floorFor(customerId)
  if (fromKv.customer === 'absent' || (copy !== undefined && !meets(copy, atLeast))) {
    const republish = fromKv.customer === 'absent'
    const limitMs = OBJECT_LIMIT_MS
    await readObject(asking, customerId, { fresh: false, republish, atLeast, limitMs })
  }
  const [newest, head] = [customerCopy(customerId), headCopy()]
  if (newest !== undefined && head !== null) await withPlans(asking, head, newest)
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
