/**
 * What this isolate remembers between requests, all of it: copies that any store can give back, and the floors
 * below which it would contradict itself. Plain data only; every collection is bounded.
 */
import type { Floor } from '../durable-objects/calls.ts'

const ZERO: Floor = { revision: 0, version: 0, catalogueRevision: 0 }

/** How many customers' floors are kept apart. */
const FLOORS_MAX = 10_000

interface Isolate {
  floors: Map<string, Floor>
  /** What the floors that had to be forgotten amount to: it holds for every customer. */
  commonFloor: Floor
}

let isolate: Isolate = empty()

/** Forgets everything, as a new isolate would. */
export function clearIsolate(): void {
  isolate = empty()
}

/** Remembers a state of the customer that an answer or a change has shown; nothing older is served from here on. */
export function raiseFloor(customerId: string, floor: Floor): void {
  const raised = highest(isolate.floors.get(customerId) ?? ZERO, floor)
  isolate.floors.delete(customerId)
  isolate.floors.set(customerId, raised)
  raiseCatalogueFloor(floor.catalogueRevision)
  if (isolate.floors.size > FLOORS_MAX) forgetOldestFloor()
}

/** Remembers a revision of the catalogue that a change or an answer has shown. */
export function raiseCatalogueFloor(revision: number): void {
  if (revision <= isolate.commonFloor.catalogueRevision) return
  isolate.commonFloor = { ...isolate.commonFloor, catalogueRevision: revision }
}

/** The oldest state of the customer that this isolate may still serve. */
export function floorFor(customerId: string): Floor {
  const own = isolate.floors.get(customerId)
  return own === undefined ? isolate.commonFloor : highest(own, isolate.commonFloor)
}

/** The floor that satisfies both. */
export function highest(a: Floor, b: Floor): Floor {
  return {
    revision: Math.max(a.revision, b.revision),
    version: Math.max(a.version, b.version),
    catalogueRevision: Math.max(a.catalogueRevision, b.catalogueRevision),
  }
}

function forgetOldestFloor(): void {
  const [oldest] = isolate.floors
  if (oldest === undefined) return
  isolate.floors.delete(oldest[0])
  isolate.commonFloor = highest(isolate.commonFloor, oldest[1])
}

function empty(): Isolate {
  return { floors: new Map(), commonFloor: ZERO }
}
