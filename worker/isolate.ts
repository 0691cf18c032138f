/**
 * What this isolate remembers between requests, all of it: copies that any store can give back, and the floors
 * below which it would contradict itself. Plain values only, never a promise; every collection is bounded.
 */
import type { Floor } from '../durable-objects/calls.ts'
import type { Catalogue, CompiledPlan } from '../entitlements/catalogue.ts'
import type { Entitlement } from '../entitlements/entitlement.ts'
import { type Evaluated, nothingEvaluated } from '../entitlements/evaluated.ts'
import type { Instant } from '../entitlements/instant.ts'
import { catalogueFrom, type Head } from '../schema/head.ts'
import type { KeyRecord } from '../schema/keys.ts'
import type { Snapshot } from '../schema/snapshot.ts'
import { instantText } from '../schema/instant-text.ts'

/** When a copy was read, and whether somebody is reading it again. */
interface Copied {
  /** When this very content was read. */
  readAt: Instant
  /** When a store was last asked for something newer, and answered. */
  askedAt: Instant
  /** Since when a refresh has been under way in some request's background. */
  refreshingSince: Instant | null
}

/** The catalogue's head with the plans that have been needed so far. */
export interface HeadCopy extends Copied {
  readonly head: Head
  /** The same plans as `plans`: it gains them as they are read. */
  readonly catalogue: Catalogue
  readonly plans: Map<string, CompiledPlan>
}

/** How far the customer object looked before it handed out a copy. */
export interface Vouched {
  readonly by: 'object' | 'source'
  /** Whether it was asked to look at the source; then nobody knows better, even where it could not. */
  readonly sought: boolean
  readonly at: Instant
}

/** One customer's snapshot, with what has been evaluated from it. */
export interface CustomerCopy extends Copied, Evaluated {
  readonly snapshot: Snapshot
  /** `readAt` and when it was published, as answers show them: written out once, not once a check. */
  asOf: string
  readonly publishedAt: string
  /** Every plan that evaluating it may need, beside the default plan. */
  readonly planIds: readonly string[]
  /** Length of its encoding: what it counts for in the bound. */
  readonly bytes: number
  vouched: Vouched | null
}

/** What the edge knows of a key, and since when. */
export interface KeyCopy {
  readonly record: KeyRecord
  readonly readAt: Instant
}

/** What anybody may read of the catalogue. */
export interface PriceList {
  readonly revision: number
  readonly body: object
  readonly readAt: Instant
}

/** An answer as it was last written out for one entitlement. */
export interface Written {
  readonly quantity: number
  readonly hasAccess: boolean
  readonly text: string
  readonly bytes: Uint8Array
}

interface Isolate {
  head: HeadCopy | null
  /** When the head was last read where it is decided. */
  headConfirmedAt: Instant
  /** The least recently read first. */
  readonly customers: Map<string, CustomerCopy>
  customerBytes: number
  readonly keys: Map<string, KeyCopy>
  /** Texts that are no key, and when D1 said so; apart, so that guessing pushes no key out. */
  readonly strangers: Map<string, Instant>
  /** The least recently raised first. */
  readonly floors: Map<string, Floor>
  /** The floors that had to be forgotten, together: below it only the object itself is believed. */
  forgottenFloor: Floor
  catalogueFloor: number
  readonly confirming: Breaker
  readonly askingForHead: Breaker
  /** When KV entries that it had lost were last put back. */
  readonly putBack: Map<string, Instant>
  /** By id, when the use of a key was last written down. */
  readonly keysUsed: Map<string, Instant>
  priceList: PriceList | null
  /** They go with their entitlement, or all at once when there are too many. */
  written: { readonly answers: WeakMap<Entitlement, Written>; bytes: number }
}

interface Breaker {
  failures: number
  openUntil: Instant
}

/** Bounds: entries, and bytes of encoded snapshots (decoded they take a few times as much). */
const CUSTOMER_BYTES_MAX = 8 * 1024 * 1024
const KEYS_MAX = 2_000
const FLOORS_MAX = 20_000
const PUT_BACK_MAX = 1_000
const WRITTEN_BYTES_MAX = 16 * 1024 * 1024

export const NO_FLOOR: Floor = { revision: 0, version: 0, catalogueRevision: 0 }

let isolate: Isolate = empty()

/** Forgets everything, as a new isolate would. */
export function clearIsolate(): void {
  isolate = empty()
}

export function headCopy(): HeadCopy | null {
  return isolate.head
}

/** Keeps the newer of this head and the one at hand, with the plans that both have in common. */
export function rememberHead(head: Head, now: Instant): HeadCopy {
  const before = isolate.head
  if (before !== null && before.head.revision >= head.revision) {
    if (before.head.revision === head.revision) before.readAt = now
    before.askedAt = now
    return before
  }
  const kept =
    before === null ? [] : [...before.plans].filter(([id, plan]) => isCurrent(head, id, plan))
  const plans = new Map(kept)
  const catalogue = catalogueFrom(head, plans)
  isolate.head = { head, catalogue, plans, readAt: now, askedAt: now, refreshingSince: null }
  return isolate.head
}

export function headConfirmedAt(): Instant {
  return isolate.headConfirmedAt
}

export function noteHeadConfirmed(now: Instant): void {
  isolate.headConfirmedAt = now
}

export function customerCopy(customerId: string): CustomerCopy | undefined {
  return isolate.customers.get(customerId)
}

/** Keeps the newer of this snapshot and the one at hand. */
export function rememberCustomer(
  snapshot: Snapshot,
  bytes: number,
  vouched: Vouched | null,
  now: Instant,
): CustomerCopy {
  const { id } = snapshot.customer
  const before = isolate.customers.get(id)
  forgetCustomer(id)
  const copy =
    before === undefined || isNewer(snapshot, before.snapshot)
      ? copyOf(snapshot, bytes, now)
      : before
  if (snapshot.version === copy.snapshot.version) {
    copy.readAt = now
    copy.asOf = instantText(now)
  }
  if (vouched !== null) copy.vouched = vouched
  copy.askedAt = now
  isolate.customers.set(id, copy)
  isolate.customerBytes += copy.bytes
  while (isolate.customerBytes > CUSTOMER_BYTES_MAX && isolate.customers.size > 1) {
    forgetCustomer(firstKey(isolate.customers))
  }
  return copy
}

export function forgetCustomer(customerId: string): void {
  isolate.customerBytes -= isolate.customers.get(customerId)?.bytes ?? 0
  isolate.customers.delete(customerId)
}

/** By the key's text: hashing it anew would cost more than the whole check. */
export function keyCopy(text: string): KeyCopy | undefined {
  return isolate.keys.get(text)
}

export function rememberKey(text: string, copy: KeyCopy): void {
  putLast(isolate.keys, text, copy, KEYS_MAX)
}

/** When a text was last found to be no key. */
export function strangerSince(text: string): Instant | undefined {
  return isolate.strangers.get(text)
}

export function rememberStranger(text: string, now: Instant): void {
  putLast(isolate.strangers, text, now, KEYS_MAX)
}

/** Remembers a state that an object's answer or a change has shown; nothing older is served from here on. */
export function raiseFloor(customerId: string, floor: Floor): void {
  const raised = highest(isolate.floors.get(customerId) ?? NO_FLOOR, floor)
  isolate.floors.delete(customerId)
  isolate.floors.set(customerId, raised)
  raiseCatalogueFloor(floor.catalogueRevision)
  if (isolate.floors.size <= FLOORS_MAX) return
  const oldest = firstKey(isolate.floors)
  isolate.forgottenFloor = highest(isolate.forgottenFloor, isolate.floors.get(oldest) ?? NO_FLOOR)
  isolate.floors.delete(oldest)
}

/** Remembers a revision of the catalogue that an answer or a change has shown. */
export function raiseCatalogueFloor(revision: number): void {
  isolate.catalogueFloor = Math.max(isolate.catalogueFloor, revision)
}

/** The oldest revision of the catalogue that this isolate may still show. */
export function catalogueFloor(): number {
  return isolate.catalogueFloor
}

/** The oldest state of the customer that this isolate may still show. */
export function floorFor(customerId: string): Floor {
  const own = isolate.floors.get(customerId) ?? NO_FLOOR
  return { ...own, catalogueRevision: isolate.catalogueFloor }
}

/**
 * Whether a copy might be older than a floor that had to be forgotten. A customer's counters say nothing of
 * another's, so such a copy is not refused: its object is asked, and believed.
 */
export function isDoubtful(snapshot: Snapshot): boolean {
  const { revision, version } = isolate.forgottenFloor
  if (snapshot.version >= version && snapshot.customer.revision >= revision) return false
  return !isolate.floors.has(snapshot.customer.id)
}

/** The floor that satisfies both. */
export function highest(a: Floor, b: Floor): Floor {
  return {
    revision: Math.max(a.revision, b.revision),
    version: Math.max(a.version, b.version),
    catalogueRevision: Math.max(a.catalogueRevision, b.catalogueRevision),
  }
}

/** Failures in a row after which denials go out unconfirmed for a while, so that a slow store slows no answer. */
const BREAKER_FAILURES = 5
const BREAKER_OPEN_MS = 2_000

export function isBreakerOpen(now: Instant): boolean {
  return isOpen(isolate.confirming, now)
}

export function noteConfirmation(succeeded: boolean, now: Instant): void {
  note(isolate.confirming, succeeded, now)
}

/** Whether the head that is at hand has to do, because its source has not answered several times in a row. */
export function isHeadBreakerOpen(now: Instant): boolean {
  return isOpen(isolate.askingForHead, now)
}

export function noteHeadAnswer(succeeded: boolean, now: Instant): void {
  note(isolate.askingForHead, succeeded, now)
}

function isOpen({ openUntil }: Breaker, now: Instant): boolean {
  return now < openUntil
}

function note(breaker: Breaker, succeeded: boolean, now: Instant): void {
  breaker.failures = succeeded ? 0 : breaker.failures + 1
  if (breaker.failures >= BREAKER_FAILURES) breaker.openUntil = now + BREAKER_OPEN_MS
}

/** How long one put of a lost KV entry is given before another request tries it again. */
const PUT_BACK_MS = 5_000

/** Whether this request is to put a lost KV entry back: of all that miss it at once, the first. */
export function mayPutBack(name: string, now: Instant): boolean {
  if (now - (isolate.putBack.get(name) ?? -Infinity) < PUT_BACK_MS) return false
  putLast(isolate.putBack, name, now, PUT_BACK_MAX)
  return true
}

/** How long a key's use goes unwritten after it was written down. */
export const USE_WRITTEN_MS = 5 * 60_000

/** Whether this request is to write down that a key is in use. */
export function mayWriteUse(keyId: string, now: Instant): boolean {
  if (now - (isolate.keysUsed.get(keyId) ?? -Infinity) < USE_WRITTEN_MS) return false
  putLast(isolate.keysUsed, keyId, now, KEYS_MAX)
  return true
}

export function priceList(): PriceList | null {
  return isolate.priceList
}

export function rememberPriceList(list: PriceList): void {
  isolate.priceList = list
}

/** The answer about an entitlement, if it was last written out for this quantity. */
export function writtenAnswer(entitlement: Entitlement, quantity: number): Written | null {
  const written = isolate.written.answers.get(entitlement)
  return written?.quantity === quantity ? written : null
}

export function rememberAnswer(entitlement: Entitlement, written: Written): void {
  const bytes = written.text.length + written.bytes.length
  isolate.written.bytes += bytes
  if (isolate.written.bytes > WRITTEN_BYTES_MAX) {
    isolate.written = { answers: new WeakMap(), bytes }
  }
  isolate.written.answers.set(entitlement, written)
}

function empty(): Isolate {
  return {
    head: null,
    headConfirmedAt: -Infinity,
    customers: new Map(),
    customerBytes: 0,
    keys: new Map(),
    strangers: new Map(),
    floors: new Map(),
    forgottenFloor: NO_FLOOR,
    catalogueFloor: 0,
    confirming: { failures: 0, openUntil: 0 },
    askingForHead: { failures: 0, openUntil: 0 },
    putBack: new Map(),
    keysUsed: new Map(),
    priceList: null,
    written: { answers: new WeakMap(), bytes: 0 },
  }
}

function isCurrent(head: Head, planId: string, plan: CompiledPlan): boolean {
  return head.plans.get(planId) === plan.revision
}

function isNewer(a: Snapshot, b: Snapshot): boolean {
  return a.version > b.version
}

function copyOf(snapshot: Snapshot, bytes: number, now: Instant): CustomerCopy {
  const phases = snapshot.customer.subscriptions.flatMap((subscription) => subscription.phases)
  return {
    snapshot,
    asOf: instantText(now),
    publishedAt: instantText(snapshot.publishedAt),
    planIds: [...new Set(phases.map((phase) => phase.planId))],
    bytes,
    readAt: now,
    askedAt: now,
    refreshingSince: null,
    vouched: null,
    ...nothingEvaluated(),
  }
}

/** Bounded: the entry that was put first makes room. */
function putLast<T>(map: Map<string, T>, key: string, value: T, sizeMax: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > sizeMax) map.delete(firstKey(map))
}

/** Of a map that is not empty; maps keep the order in which they were filled. */
function firstKey(map: ReadonlyMap<string, unknown>): string {
  const [first] = map.keys()
  return first ?? ''
}
