/**
 * Reads one customer's intent from D1: everything decided about it, with the plans that it needs, at one moment.
 *
 * Raw SQL without an ORM, because the customer object and the check path load it. One `db.batch` on the primary is
 * one transaction, so head, plans and customer belong together.
 */
import type { Override } from '../entitlements/allowance.ts'
import type { Customer } from '../entitlements/customer.ts'
import type { Instant } from '../entitlements/instant.ts'
import type { Phase } from '../entitlements/subscription.ts'
import { readAllowancePatch } from './allowance.ts'
import { decodeHead, EMPTY_HEAD, encodeHead, type Head } from './head.ts'
import { fields, flag, integer, natural, nullable, storedList, string, word } from './read.ts'
import { subscriptionOf } from './subscription.ts'
import { CHARGE_PERIODS, ENDINGS } from './words.ts'

/** The part of D1 that building a statement needs. */
export type StatementPort = Pick<D1Database, 'prepare'>

/** One compiled plan as D1 holds it: the text that goes to KV as it is. */
export interface StoredDocument {
  readonly revision: number
  readonly text: string
}

/** What D1 says of a customer. */
export interface Intent {
  readonly customer: Customer
  readonly archived: boolean
  readonly head: Head
  readonly headText: string
  /** By plan: every plan of a listed subscription's phases, and the default plan. */
  readonly documents: ReadonlyMap<string, StoredDocument>
}

/** The newest revisions in D1. */
export interface Freshness {
  /** Null: there is no such customer. */
  readonly revision: number | null
  readonly catalogueRevision: number
  readonly archived: boolean
}

/**
 * The statements of one batch, whose results `intentFrom` reads.
 *
 * Of subscriptions that are over for good only the last is listed, because it gives the reason of a refusal (one
 * that was called off before it began only where there is no other); one that a payment can bring back is listed
 * for as long as it can. At most five statements, whatever the customer.
 *
 * @param since How far the reader's copy of the customer has been advanced; null where it has none. What ended since
 *   then is listed too: until its end it still counts in the time that the reader has yet to apply.
 */
export function intentStatements(
  db: StatementPort,
  customerId: string,
  since: Instant | null,
): D1PreparedStatement[] {
  return [
    db.prepare(CUSTOMER).bind(customerId),
    db.prepare(HEAD),
    db.prepare(SUBSCRIPTIONS).bind(customerId, since),
    db.prepare(OVERRIDES).bind(customerId),
    db.prepare(DOCUMENTS).bind(customerId, since),
  ]
}

/** Reads the batch's results. Throws on a row that no writer of ours can have written: a defect. */
export function intentFrom(results: readonly D1Result[]): Intent | 'unknown_customer' {
  const [customers, heads, subscriptions, overrides, documents] = results.map(rowsOf)
  const customer = customers?.[0]
  if (customer === undefined) return 'unknown_customer'
  const headText = headTextFrom(heads?.[0])
  return {
    customer: {
      id: string(customer['id']),
      revision: natural(customer['revision']),
      createdAt: natural(customer['created_at']),
      clockAt: nullable(customer['clock_at'], natural),
      subscriptions: (subscriptions ?? []).map(readSubscription),
      overrides: (overrides ?? []).map(readOverride),
    },
    archived: customer['archived_at'] !== null,
    head: readHead(headText),
    headText,
    documents: new Map((documents ?? []).map(readDocument)),
  }
}

/** One query that says how far a copy of this customer is behind; `freshnessFrom` reads its result. */
export function freshnessStatement(db: StatementPort, customerId: string): D1PreparedStatement {
  return db.prepare(FRESHNESS).bind(customerId)
}

/** Reads the only row of `freshnessStatement`. */
export function freshnessFrom(result: D1Result): Freshness {
  const row = rowsOf(result)[0] ?? {}
  return {
    revision: nullable(row['revision'] ?? null, natural),
    catalogueRevision: nullable(row['catalogue_revision'] ?? null, natural) ?? EMPTY_HEAD.revision,
    archived: (row['archived_at'] ?? null) !== null,
  }
}

const CUSTOMER =
  'SELECT id, revision, created_at, clock_at, archived_at FROM customers WHERE id = ?1'

const HEAD = 'SELECT head FROM catalogue'

/**
 * Over by an act, or by a dated cancellation that came before grace or an unpaid trial ran out: no payment brings it
 * back. Never NULL, so that its negation lists the rest.
 */
const OVER = `(ended_at IS NOT NULL OR (status = 'ended' AND cancel_at IS NOT NULL
  AND cancel_at <= coalesce(grace_ends_at, cancel_at)
  AND (ends_with_trial = 0 OR cancel_at <= coalesce(trial_end_at, cancel_at))))`

const LISTED = `customer_id = ?1 AND (NOT ${OVER} OR coalesce(ended_at, cancel_at) >= ?2 OR id = (
  SELECT id FROM subscriptions WHERE customer_id = ?1 AND ${OVER}
  ORDER BY coalesce(ended_at, cancel_at) >= start_at DESC, coalesce(ended_at, cancel_at) DESC, id DESC LIMIT 1))`

const SUBSCRIPTIONS = `SELECT id, start_at, phases, trial_end_at, ends_with_trial, grace_started_at, grace_ends_at,
  paused_at, cancel_at, cancel_at_period_end, ended_at, ended_because, period_start_at, period_end_at, provider_name
  FROM subscriptions WHERE ${LISTED} ORDER BY start_at, id`

const OVERRIDES = `SELECT feature_id, allowance, standalone, start_at, expires_at
  FROM overrides WHERE customer_id = ?1 ORDER BY feature_id`

const DOCUMENTS = `SELECT documents.plan_id, documents.revision, documents.document
  FROM documents JOIN plans ON plans.id = documents.plan_id AND plans.document_revision = documents.revision
  WHERE plans.id = (SELECT default_plan_id FROM catalogue) OR plans.id IN (
    SELECT json_extract(phase.value, '$.planId')
    FROM (SELECT phases FROM subscriptions WHERE ${LISTED}) AS listed, json_each(listed.phases) AS phase)`

const FRESHNESS = `SELECT (SELECT revision FROM customers WHERE id = ?1) AS revision,
  (SELECT archived_at FROM customers WHERE id = ?1) AS archived_at,
  (SELECT revision FROM catalogue) AS catalogue_revision`

type Row = Readonly<Record<string, unknown>>

function rowsOf(result: D1Result): readonly Row[] {
  return result.results.map(fields)
}

function headTextFrom(row: Row | undefined): string {
  return row === undefined ? encodeHead(EMPTY_HEAD) : string(row['head'])
}

function readHead(text: string): Head {
  const head = decodeHead(text)
  if (head === null) throw new Error('The catalogue row holds no readable head.')
  return head
}

function readSubscription(row: Row) {
  const instant = (column: string) => nullable(row[column], natural)
  return subscriptionOf({
    id: string(row['id']),
    startAt: natural(row['start_at']),
    phases: storedList(row['phases']).map(readPhase),
    trialEndAt: instant('trial_end_at'),
    endsWithTrial: flag(row['ends_with_trial']),
    graceStartedAt: instant('grace_started_at'),
    graceEndsAt: instant('grace_ends_at'),
    pausedAt: instant('paused_at'),
    cancelAt: instant('cancel_at'),
    cancelAtPeriodEnd: flag(row['cancel_at_period_end']),
    endedAt: instant('ended_at'),
    endedBecause: nullable(row['ended_because'], (each) => word(each, ENDINGS)),
    periodStartAt: instant('period_start_at'),
    periodEndAt: instant('period_end_at'),
    providerName: nullable(row['provider_name'], string),
  })
}

function readPhase(value: unknown): Phase {
  const phase = fields(value)
  return {
    planId: string(phase['planId']),
    chargePeriod: nullable(phase['chargePeriod'], (each) => word(each, CHARGE_PERIODS)),
    quantity: natural(phase['quantity']),
    from: integer(phase['from']),
    until: nullable(phase['until'], integer),
    atPeriodEnd: phase['atPeriodEnd'] === true,
  }
}

function readOverride(row: Row): Override {
  return {
    featureId: string(row['feature_id']),
    allowance: readAllowancePatch(JSON.parse(string(row['allowance']))),
    standalone: flag(row['standalone']),
    startAt: natural(row['start_at']),
    expiresAt: nullable(row['expires_at'], natural),
  }
}

function readDocument(row: Row): [string, StoredDocument] {
  const stored = { revision: natural(row['revision']), text: string(row['document']) }
  return [string(row['plan_id']), stored]
}
