/** Rows of the customer object into values and back. What is decided about them is decided elsewhere. */
import type { CustomerState } from '../entitlements/advance.ts'
import type { Catalogue, CompiledPlan } from '../entitlements/catalogue.ts'
import type { Customer } from '../entitlements/customer.ts'
import type { Instant } from '../entitlements/instant.ts'
import { invariant } from '../entitlements/invariant.ts'
import type { Lot, LotKind, Lots } from '../entitlements/lot.ts'
import { decodeDocument } from '../schema/document.ts'
import { catalogueFrom, decodeHead } from '../schema/head.ts'
import { decodeSnapshot, encodeSnapshot } from '../schema/snapshot.ts'
import { hasTables } from './migrations.ts'
import { sharing } from './sharing.ts'

/** What has been applied to the object and not been published yet by that alone. */
export interface Held {
  readonly state: CustomerState
  /** The catalogue's head with the plans that this customer needs. */
  readonly catalogue: Catalogue
  /** Counts committed changes; never smaller than the real time of the change. */
  readonly version: number
}

/** What outlives a customer row that cannot be read: usage, and how far versions and time have come. */
export interface Rest {
  readonly lots: Lots
  readonly version: number
  readonly advancedTo: Instant
}

/** How far a duty towards another store has been done. */
export interface Done {
  readonly version: number
  readonly at: Instant
}

export type Duty = 'publish' | 'outbox'

/** Everything that is applied; null when nothing is, or when a newer format is needed to read it. */
export function loadHeld(sql: SqlStorage): Held | null {
  if (!hasTables(sql)) return null
  const [row] = sql.exec<{ known: string }>('SELECT known FROM customer').toArray()
  const customer = row === undefined ? null : (decodeSnapshot(row.known)?.customer ?? null)
  const catalogue = loadCatalogue(sql)
  if (customer === null || catalogue === null) return null
  const { lots, version, advancedTo } = loadRest(sql)
  return { state: { customer, lots, advancedTo }, catalogue, version }
}

/**
 * The version and the mark are the newest of all rows: a consume writes them into the lot that it writes anyway,
 * so that an increment costs three rows (lot, ledger, outcome) and not four.
 */
export function loadRest(sql: SqlStorage): Rest {
  const rows = sql.exec<LotRow>('SELECT * FROM lots ORDER BY feature_id, id').toArray()
  const [customer] = sql
    .exec<{ version: number; advanced_to: number }>('SELECT version, advanced_to FROM customer')
    .toArray()
  const marked = customer === undefined ? rows : [customer, ...rows]
  return {
    lots: lotsFrom(rows),
    version: Math.max(0, ...marked.map((row) => row.version)),
    advancedTo: Math.max(0, ...marked.map((row) => row.advanced_to)),
  }
}

/** Reads one row. Storage access fails in an instance that another has replaced: memory alone would not notice. */
export function touch(sql: SqlStorage): void {
  const rows = sql.exec('SELECT version FROM customer').toArray()
  invariant(rows.length === 1, 'an object that holds a customer has its row')
}

export function saveCustomer(sql: SqlStorage, customer: Customer, done: Omit<Rest, 'lots'>): void {
  const known = encodeSnapshot({
    customer,
    lots: new Map(),
    advancedTo: 0,
    version: 0,
    catalogueRevision: 0,
    publishedAt: 0,
  })
  sql.exec(
    `INSERT INTO customer (id, known, version, advanced_to) VALUES (1, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE
     SET known = excluded.known, version = excluded.version, advanced_to = excluded.advanced_to`,
    known,
    done.version,
    done.advancedTo,
  )
}

/**
 * Replaces the plans at hand, and the head unless it is null. The texts are kept as they came, so that nothing is
 * lost by re-encoding.
 */
export function saveCatalogue(
  sql: SqlStorage,
  head: string | null,
  documents: ReadonlyMap<string, string>,
): void {
  if (head !== null) {
    sql.exec(
      `INSERT INTO head (id, text) VALUES (1, ?)
       ON CONFLICT (id) DO UPDATE SET text = excluded.text`,
      head,
    )
  }
  sql.exec('DELETE FROM documents')
  for (const [planId, text] of documents) {
    sql.exec('INSERT INTO documents (plan_id, text) VALUES (?, ?)', planId, text)
  }
}

/** The plan documents at hand, as they came from D1. */
export function loadDocuments(sql: SqlStorage): ReadonlyMap<string, string> {
  const rows = sql.exec<{ plan_id: string; text: string }>('SELECT plan_id, text FROM documents')
  return new Map(rows.toArray().map((row) => [row.plan_id, row.text]))
}

export function saveLot(sql: SqlStorage, lot: Lot, done: Omit<Rest, 'lots'>): void {
  sql.exec(
    `INSERT INTO lots (feature_id, id, holding_id, kind, plan_id, start_at, ends_at, used, granted, zeroed,
                       alerted, version, advanced_to)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (feature_id, id) DO UPDATE
     SET holding_id = excluded.holding_id, kind = excluded.kind, plan_id = excluded.plan_id,
         start_at = excluded.start_at, ends_at = excluded.ends_at, used = excluded.used,
         granted = excluded.granted, zeroed = excluded.zeroed, alerted = excluded.alerted,
         version = excluded.version, advanced_to = excluded.advanced_to`,
    lot.featureId,
    lot.id,
    lot.holdingId,
    lot.kind,
    lot.planId,
    lot.startAt,
    lot.endsAt,
    lot.used,
    lot.granted,
    Number(lot.zeroed),
    lot.alerted,
    done.version,
    done.advancedTo,
  )
}

export function dropLot(sql: SqlStorage, lot: Lot): void {
  sql.exec('DELETE FROM lots WHERE feature_id = ? AND id = ?', lot.featureId, lot.id)
}

/** How far a duty has been done; version 0 before the first time. */
export function loadDone(sql: SqlStorage, duty: Duty): Done {
  const [row] = sql
    .exec<{ version: number; at: number }>('SELECT version, at FROM duties WHERE duty = ?', duty)
    .toArray()
  return row ?? { version: 0, at: 0 }
}

export function saveDone(sql: SqlStorage, duty: Duty, done: Done): void {
  sql.exec(
    `INSERT INTO duties (duty, version, at) VALUES (?, ?, ?)
     ON CONFLICT (duty) DO UPDATE SET version = excluded.version, at = excluded.at`,
    duty,
    done.version,
    done.at,
  )
}

type LotRow = {
  feature_id: string
  id: string
  holding_id: string
  kind: string
  plan_id: string | null
  start_at: number
  ends_at: number | null
  used: number
  granted: number
  zeroed: number
  alerted: number
  version: number
  advanced_to: number
}

function loadCatalogue(sql: SqlStorage): Catalogue | null {
  const [row] = sql.exec<{ text: string }>('SELECT text FROM head').toArray()
  const head = row === undefined ? null : readHead(row.text)
  if (head === null) return null
  const plans = decodePlans(loadDocuments(sql))
  return plans === null ? null : catalogueFrom(head, plans)
}

const readHead = sharing(decodeHead)
const readPlan = sharing(decodeDocument)

/** Null when any plan is unreadable: a customer must not lose a plan silently. */
export function decodePlans(
  documents: ReadonlyMap<string, string>,
): ReadonlyMap<string, CompiledPlan> | null {
  const plans = new Map<string, CompiledPlan>()
  for (const [planId, text] of documents) {
    const plan = readPlan(text)
    if (plan === null) return null
    plans.set(planId, plan)
  }
  return plans
}

function lotsFrom(rows: readonly LotRow[]): Lots {
  const lots = new Map<string, Lot[]>()
  for (const row of rows) {
    const lot = lotFrom(row)
    const each = lots.get(lot.featureId)
    if (each === undefined) lots.set(lot.featureId, [lot])
    else each.push(lot)
  }
  return lots
}

function lotFrom(row: LotRow): Lot {
  return {
    id: row.id,
    featureId: row.feature_id,
    holdingId: row.holding_id,
    // The column's CHECK admits nothing else.
    kind: row.kind as LotKind,
    planId: row.plan_id,
    startAt: row.start_at,
    endsAt: row.ends_at,
    used: row.used,
    granted: row.granted,
    zeroed: row.zeroed === 1,
    alerted: row.alerted,
  }
}
