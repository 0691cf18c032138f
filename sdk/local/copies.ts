/** The customers and the catalogue that this process holds. Bounded; whoever was asked about longest ago leaves first. */
import type { Catalogue, CompiledPlan } from '../../entitlements/catalogue.ts'
import { instantText } from '../../schema/instant-text.ts'
import { catalogueFrom, type Head } from '../../schema/head.ts'
import { encodeToken, type TokenFloors } from '../../schema/token.ts'
import type { Brought } from './brought.ts'
import { type Copy, copyOf } from './copy.ts'

/** The most that is held: customers, and bytes of their encoded snapshots. */
export interface Bounds {
  readonly customersMax: number
  readonly bytesMax: number
}

/** The catalogue with the plans that have been needed so far. */
export interface HeldCatalogue {
  readonly head: Head
  /** The same plans as `plans`: it gains them as they come. */
  readonly catalogue: Catalogue
  readonly plans: Map<string, CompiledPlan>
}

/** A state of a customer. */
interface Floor {
  readonly revision: number
  readonly version: number
}

/** What is held, and what has been seen beside it: nothing older is ever shown. */
export class Copies {
  readonly #bounds: Bounds
  readonly #copies = new Map<string, Copy>()
  /** The first raised first. */
  readonly #floors = new Map<string, Floor>()
  #catalogue: HeldCatalogue | null = null
  #catalogueFloor = 0
  #bytes = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  /** The catalogue at hand. */
  get catalogue(): HeldCatalogue | null {
    return this.#catalogue
  }

  /** Every customer that is held. */
  get all(): Iterable<Copy> {
    return this.#copies.values()
  }

  /** The copy of a customer, whether or not it may be shown. */
  of(customerId: string): Copy | undefined {
    return this.#copies.get(customerId)
  }

  /** The copy, if it contradicts nothing that was seen and can be evaluated under the catalogue at hand. */
  showable(customerId: string): Copy | null {
    const copy = this.#copies.get(customerId)
    const held = this.#catalogue
    if (copy === undefined || held === null) return null
    if (held.head.revision < this.#catalogueFloor) return null
    const floor = this.#floors.get(customerId)
    if (floor !== undefined && !isAtLeast(copy, floor)) return null
    return copy.evaluatedWith === held.catalogue || hasPlans(held, copy) ? copy : null
  }

  /** Takes over what the service brought, as far as it is newer than what is held. */
  take(brought: Brought, now: number): void {
    this.#takeCatalogue(brought)
    const { id } = brought.snapshot.customer
    const before = this.#copies.get(id)
    if (before !== undefined && isNewer(before, brought)) {
      before.askedAt = now
      before.failing = false
      return
    }
    const copy = copyOf(brought, now)
    if (before !== undefined) copy.usedAt = before.usedAt
    this.forget(id)
    this.#copies.set(id, copy)
    this.#bytes += copy.bytes
    this.#makeRoom(id)
  }

  /** Notes that the service has nothing newer than this copy. */
  confirm(copy: Copy, readAt: number, now: number): void {
    copy.askedAt = now
    copy.readAt = readAt
    copy.asOf = instantText(readAt)
    copy.degraded = false
    copy.failing = false
  }

  forget(customerId: string): void {
    this.#bytes -= this.#copies.get(customerId)?.bytes ?? 0
    this.#copies.delete(customerId)
  }

  /** Forgets everything. */
  clear(): void {
    this.#copies.clear()
    this.#floors.clear()
    this.#catalogue = null
    this.#bytes = 0
  }

  /** Notes a state that an answer has shown: from here on nothing older of this customer is. */
  raise(customerId: string, { revision, version }: Floor): void {
    const known = this.#floors.get(customerId)
    const raised = {
      revision: Math.max(revision, known?.revision ?? 0),
      version: Math.max(version, known?.version ?? 0),
    }
    this.#floors.delete(customerId)
    this.#floors.set(customerId, raised)
    if (this.#floors.size <= this.#bounds.customersMax) return
    const [oldest = ''] = this.#floors.keys()
    // Whoever is not known to be new enough is asked for again.
    if (this.showable(oldest) === null) this.forget(oldest)
    this.#floors.delete(oldest)
  }

  /** Notes a revision of the catalogue that an answer has shown. */
  raiseCatalogue(revision: number): void {
    this.#catalogueFloor = Math.max(this.#catalogueFloor, revision)
  }

  /** Notes what tokens speak of. */
  raiseAll({ customers, catalogueRevision }: TokenFloors): void {
    this.raiseCatalogue(catalogueRevision)
    for (const [customerId, floor] of customers) this.raise(customerId, floor)
  }

  /** Of all that was shown of a customer and the catalogue: who is asked with it shows nothing older. Undefined: nothing was. */
  tokenFor(customerId: string): string | undefined {
    const { revision = 0, version = 0 } = this.#floors.get(customerId) ?? {}
    const shown = this.#copies.get(customerId)?.snapshot
    const token = {
      customerId,
      revision: Math.max(revision, shown?.customer.revision ?? 0),
      version: Math.max(version, shown?.version ?? 0),
      catalogueRevision: Math.max(this.#catalogueFloor, this.#catalogue?.head.revision ?? 0),
    }
    const isNothing = token.revision + token.version + token.catalogueRevision === 0
    return isNothing ? undefined : encodeToken(token)
  }

  #takeCatalogue({ head, plans }: Brought): void {
    const before = this.#catalogue
    if (before === null || head.revision > before.head.revision) {
      const kept = [...(before?.plans ?? [])].filter(([, plan]) => isCurrent(head, plan))
      const held = new Map(kept)
      this.#catalogue = { head, plans: held, catalogue: catalogueFrom(head, held) }
    }
    const { head: current, plans: held } = this.#catalogue ?? { head, plans: new Map() }
    for (const plan of plans) {
      if (!held.has(plan.id) && isCurrent(current, plan)) held.set(plan.id, plan)
    }
  }

  #makeRoom(newestId: string): void {
    const { customersMax, bytesMax } = this.#bounds
    while (this.#copies.size > 1 && (this.#copies.size > customersMax || this.#bytes > bytesMax)) {
      let leaving: string | null = null
      let usedAt = Infinity
      for (const [id, copy] of this.#copies) {
        if (id === newestId || copy.usedAt >= usedAt) continue
        leaving = id
        usedAt = copy.usedAt
      }
      this.forget(leaving ?? newestId)
    }
  }
}

function hasPlans({ head, plans }: HeldCatalogue, { planIds }: Copy): boolean {
  const { defaultPlanId } = head
  if (defaultPlanId !== null && !plans.has(defaultPlanId)) return false
  return planIds.every((planId) => plans.has(planId))
}

function isCurrent(head: Head, plan: CompiledPlan): boolean {
  return head.plans.get(plan.id) === plan.revision
}

function isAtLeast({ snapshot }: Copy, { revision, version }: Floor): boolean {
  return snapshot.version >= version && snapshot.customer.revision >= revision
}

function isNewer({ snapshot }: Copy, brought: Brought): boolean {
  return snapshot.version > brought.snapshot.version
}
