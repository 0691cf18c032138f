/**
 * Customer snapshots: everything of one customer that evaluating it needs, as one compact text for KV and memory.
 *
 * Positional arrays instead of objects, and one table of the plan and holding ids that lots repeat: a customer with
 * forty meters takes about a tenth of what named fields would. A field is only ever added, at the end of its array.
 */
import type { Override } from '../entitlements/allowance.ts'
import type { Customer } from '../entitlements/customer.ts'
import type { Instant, Period } from '../entitlements/instant.ts'
import { type Lot, lotIdOf, type Lots } from '../entitlements/lot.ts'
import type { EndedBecause, Phase, Subscription } from '../entitlements/subscription.ts'
import { readAllowancePatch } from './allowance.ts'
import {
  Unreadable,
  decoded,
  entries,
  flag,
  integer,
  list,
  natural,
  nullable,
  string,
  toFlag,
  wordAt,
} from './read.ts'
import { CHARGE_PERIODS, ENDINGS, LOT_KINDS } from './words.ts'

/** One customer as the customer object knows it. Only that object writes it. */
export interface Snapshot {
  readonly customer: Customer
  readonly lots: Lots
  /** The object's high-water mark: no input was counted before it. */
  readonly advancedTo: Instant
  /** The object's counter. */
  readonly version: number
  /** The catalogue under which the lots were last advanced. */
  readonly catalogueRevision: number
  /** When the object made this copy. */
  readonly publishedAt: Instant
}

/** The number of the encoding; a reader that does not know it treats the snapshot as a miss. */
export const SNAPSHOT_FORMAT = 1

/** The number of what `GET /v1/customers/{id}/snapshot` answers: a snapshot, the head, and documents. */
export const SNAPSHOT_ANSWER_FORMAT = 1

/** Where KV holds a customer's snapshot. At most 137 of KV's 512 bytes, since ids are ASCII. */
export const customerKey = (customerId: string): string => `customer:${customerId}`

/** Packs a snapshot. Equal snapshots give equal text. */
export function encodeSnapshot(snapshot: Snapshot): string {
  const { customer, lots, version, catalogueRevision, publishedAt, advancedTo } = snapshot
  const names = namesOf(lots)
  return JSON.stringify([
    SNAPSHOT_FORMAT,
    version,
    catalogueRevision,
    publishedAt,
    advancedTo,
    packCustomer(customer),
    [...names.keys()],
    [...lots].map(([featureId, each]) => [featureId, each.map((lot) => packLot(lot, names))]),
  ])
}

/** Reads a snapshot; null when any part of it is unreadable, which is a miss, never a denial. */
export function decodeSnapshot(text: string): Snapshot | null {
  return decoded(text, (value) => {
    const [format, version, catalogueRevision, publishedAt, advancedTo, customer, names, lots] =
      list(value)
    if (format !== SNAPSHOT_FORMAT) return null
    const table = list(names).map(string)
    return {
      customer: readCustomer(customer),
      lots: entries(lots, ([featureId, each]) =>
        list(each).map((lot) => readLot(lot, string(featureId), table)),
      ),
      advancedTo: integer(advancedTo),
      version: natural(version),
      catalogueRevision: natural(catalogueRevision),
      publishedAt: integer(publishedAt),
    }
  })
}

type Names = ReadonlyMap<string, number>

function namesOf(lots: Lots): Names {
  const names = new Map<string, number>()
  const add = (name: string | null) => {
    if (name !== null && !names.has(name)) names.set(name, names.size)
  }
  for (const each of lots.values()) {
    for (const lot of each) {
      add(lot.holdingId)
      add(lot.planId)
    }
  }
  return names
}

/** An id that says what the other fields say is 0, any other is stored as it is; the last three fields are left out where they are usual. */
function packLot(lot: Lot, names: Names): unknown[] {
  const usual = lot.granted === 0 && !lot.zeroed && lot.alerted === 0
  return [
    lot.id === lotIdOf(lot) ? 0 : lot.id,
    LOT_KINDS.indexOf(lot.kind),
    names.get(lot.holdingId),
    lot.planId === null ? null : names.get(lot.planId),
    lot.startAt,
    lot.endsAt,
    lot.used,
    ...(usual ? [] : [lot.granted, toFlag(lot.zeroed), lot.alerted]),
  ]
}

function readLot(value: unknown, featureId: string, names: readonly string[]): Lot {
  const [id, kind, holding, plan, startAt, endsAt, used, granted = 0, zeroed = 0, alerted = 0] =
    list(value)
  const lot = {
    featureId,
    holdingId: nameAt(holding, names),
    kind: wordAt(kind, LOT_KINDS),
    planId: nullable(plan, (each) => nameAt(each, names)),
    startAt: integer(startAt),
    endsAt: nullable(endsAt, integer),
    used: natural(used),
    granted: natural(granted),
    zeroed: flag(zeroed),
    alerted: natural(alerted),
  }
  return { id: id === 0 ? lotIdOf(lot) : string(id), ...lot }
}

function nameAt(value: unknown, names: readonly string[]): string {
  return string(names[natural(value)])
}

function packCustomer(customer: Customer): unknown[] {
  return [
    customer.id,
    customer.revision,
    customer.createdAt,
    customer.clockAt,
    customer.subscriptions.map(packSubscription),
    customer.overrides.map(packOverride),
  ]
}

function readCustomer(value: unknown): Customer {
  const [id, revision, createdAt, clockAt, subscriptions, overrides] = list(value)
  return {
    id: string(id),
    revision: natural(revision),
    createdAt: integer(createdAt),
    clockAt: nullable(clockAt, integer),
    subscriptions: list(subscriptions).map(readSubscription),
    overrides: list(overrides).map(readOverride),
  }
}

function packSubscription(subscription: Subscription): unknown[] {
  const { grace, ended, billingPeriod } = subscription
  return [
    subscription.id,
    subscription.startAt,
    subscription.phases.map(packPhase),
    subscription.trialEndAt,
    toFlag(subscription.endsWithTrial),
    grace && [grace.startedAt, grace.endsAt],
    subscription.pausedAt,
    subscription.cancelAt,
    toFlag(subscription.cancelAtPeriodEnd),
    ended && [ended.at, ENDINGS.indexOf(ended.because)],
    billingPeriod && [billingPeriod.startAt, billingPeriod.endAt],
    toFlag(subscription.providerDriven),
  ]
}

function readSubscription(value: unknown): Subscription {
  const [id, startAt, phases, trialEndAt, endsWithTrial, grace, pausedAt, ...ending] = list(value)
  const [cancelAt, cancelAtPeriodEnd, ended, billingPeriod, providerDriven] = ending
  return {
    id: string(id),
    startAt: integer(startAt),
    phases: readPhases(phases),
    trialEndAt: nullable(trialEndAt, integer),
    endsWithTrial: flag(endsWithTrial),
    grace: nullable(grace, readGrace),
    pausedAt: nullable(pausedAt, integer),
    cancelAt: nullable(cancelAt, integer),
    cancelAtPeriodEnd: flag(cancelAtPeriodEnd),
    ended: nullable(ended, readEnding),
    billingPeriod: nullable(billingPeriod, readPeriod),
    providerDriven: flag(providerDriven),
  }
}

function packPhase(phase: Phase): unknown[] {
  const { planId, chargePeriod, quantity, from, until, atPeriodEnd } = phase
  const charge = chargePeriod && CHARGE_PERIODS.indexOf(chargePeriod)
  return [planId, charge, quantity, from, until, toFlag(atPeriodEnd)]
}

function readPhases(value: unknown): Phase[] {
  const phases = list(value).map(readPhase)
  if (phases.length === 0) throw new Unreadable('a subscription without a phase')
  return phases
}

function readPhase(value: unknown): Phase {
  const [planId, chargePeriod, quantity, from, until, atPeriodEnd] = list(value)
  return {
    planId: string(planId),
    chargePeriod: nullable(chargePeriod, (each) => wordAt(each, CHARGE_PERIODS)),
    quantity: natural(quantity),
    from: integer(from),
    until: nullable(until, integer),
    atPeriodEnd: flag(atPeriodEnd),
  }
}

function readGrace(value: unknown): { startedAt: Instant; endsAt: Instant } {
  const [startedAt, endsAt] = list(value)
  return { startedAt: integer(startedAt), endsAt: integer(endsAt) }
}

function readEnding(value: unknown): { at: Instant; because: EndedBecause } {
  const [at, because] = list(value)
  return { at: integer(at), because: wordAt(because, ENDINGS) }
}

function readPeriod(value: unknown): Period {
  const [startAt, endAt] = list(value)
  return { startAt: integer(startAt), endAt: integer(endAt) }
}

function packOverride(override: Override): unknown[] {
  const { featureId, allowance, standalone, startAt, expiresAt } = override
  return [featureId, allowance, toFlag(standalone), startAt, expiresAt]
}

function readOverride(value: unknown): Override {
  const [featureId, allowance, standalone, startAt, expiresAt] = list(value)
  return {
    featureId: string(featureId),
    allowance: readAllowancePatch(allowance),
    standalone: flag(standalone),
    startAt: integer(startAt),
    expiresAt: nullable(expiresAt, integer),
  }
}
