/**
 * What the Worker and a customer object say to each other.
 *
 * Worker and object run different versions for a while on every deployment: fields are only ever added,
 * and a field that is not known is ignored.
 */
import type { Access } from '../entitlements/access.ts'
import type { Entitlement } from '../entitlements/entitlement.ts'
import type { Instant } from '../entitlements/instant.ts'
import type { LedgerKind } from '../entitlements/ledger.ts'
import type { DecidedText } from './decided.ts'

/** The oldest state that an answer may rest on: 0 where it does not matter. */
export interface Floor {
  /** `customers.revision` in D1. */
  readonly revision: number
  /** The object's own counter. */
  readonly version: number
  readonly catalogueRevision: number
}

export interface ReadRequest {
  /** Ask D1 for a newer customer or catalogue first, at most once a second. */
  readonly fresh: boolean
  /** The catalogue's only where D1 can be asked for it: a reader evaluates under one of its own. */
  readonly atLeast: Floor
  /** The caller asked KV and it had no copy: publish again, whatever was published before. */
  readonly republish: boolean
}

/** How far an answer was checked: against D1, or against the object alone. */
export type Checked = 'source' | 'object'

export type ReadAnswer =
  | {
      readonly status: 'found'
      /** As `schema/snapshot.ts` encodes it: the very text that goes to KV. */
      readonly snapshot: string
      readonly floor: Floor
      readonly checked: Checked
    }
  /** D1 has no such customer; nothing was stored. */
  | { readonly status: 'unknown_customer' }
  /** D1 cannot be asked and the object has no applied state, or cannot reach the floor. */
  | { readonly status: 'unavailable' }

/** Who is asking, for the ledger. */
export interface Actor {
  readonly kind:
    | 'key'
    | 'person'
    | 'token'
    | 'binding'
    | 'provider'
    | 'portal'
    | 'checkout'
    | 'system'
  readonly id: string
}

/** What every use of a meter carries. */
export interface UseRequest {
  readonly featureId: string
  readonly actor: Actor
  readonly requestId: string
  /** Null: the caller takes the risk of counting twice when it retries. */
  readonly idempotencyKey: string | null
  /** Digest of everything in the request that decides its effect. */
  readonly fingerprint: string
  readonly atLeast: Floor
  /** The newest catalogue that the caller has seen: decided under it where D1 can be asked for it. */
  readonly catalogueSeen?: number
}

export interface ConsumeRequest extends UseRequest {
  /** ≥ 1. */
  readonly quantity: number
}

export interface ReportRequest extends UseRequest {
  readonly behaviour: 'delta' | 'set'
  readonly value: number
  readonly occurredAt: Instant | null
  readonly enforce: boolean
}

export interface ResetRequest extends UseRequest {
  readonly reason: string | null
}

/** Several uses of one customer's meters in one call, decided in their order, each with its own effect. */
export interface ManyRequest<I> {
  readonly actor: Actor
  readonly requestId: string
  readonly atLeast: Floor
  readonly catalogueSeen?: number
  /** 1 to `ITEMS_MAX`. */
  readonly items: readonly I[]
}

/** What is each item's own: everything but what `ManyRequest` says once for all. */
export type ItemOf<R extends UseRequest> = Omit<
  R,
  'actor' | 'requestId' | 'atLeast' | 'catalogueSeen'
>

/** How many uses one call may bring. */
export const ITEMS_MAX = 500

export interface ConsumeResult {
  readonly consumed: boolean
  readonly quantity: number
  readonly access: Access
  readonly entitlement: Entitlement
}

export interface ReportResult {
  readonly recorded: boolean
  /** Signed change of the reading; 0 when refused or late. */
  readonly applied: number
  readonly clamped: boolean
  readonly late: boolean
  readonly access: Access
  readonly entitlement: Entitlement
}

export interface ResetResult {
  readonly access: Access
  readonly entitlement: Entitlement
}

/** The answer to a use of a meter. */
export type UseAnswer<T> =
  | {
      readonly status: 'done'
      /** The very text that the idempotency key keeps. */
      readonly decided: DecidedText<T>
      readonly replayed: boolean
      readonly floor: Floor
    }
  | { readonly status: 'failed'; readonly failure: UseFailure }

export type UseFailure =
  | { readonly code: 'customer_not_found' }
  | { readonly code: 'feature_not_found'; readonly featureId: string }
  | { readonly code: 'feature_not_metered'; readonly featureId: string }
  | { readonly code: 'idempotency_key_reused'; readonly key: string }
  | { readonly code: 'key_expired'; readonly key: string }
  | { readonly code: 'quantity_overflow'; readonly featureId: string }
  | {
      readonly code: 'occurred_at_out_of_range'
      readonly earliestAt: Instant
      readonly latestAt: Instant
    }
  /** Too many uses wait at this object; nothing was counted. */
  | { readonly code: 'customer_overloaded' }
  | { readonly code: 'unavailable' }
  | { readonly code: 'consistency_unavailable' }

export interface HistoryRequest {
  readonly featureId: string
  /** The UTC days from the one of `from` to the last that begins before `to`, the newest `ROWS_MAX` of them. */
  readonly from: Instant | null
  /** Null: to the customer's now. */
  readonly to: Instant | null
  readonly atLeast: Floor
}

/** How many days of history, or entries of the ledger, one answer holds. */
export const ROWS_MAX = 400

/**
 * What became of one meter on one UTC day, over all its lots. A sum beyond 2^53 − 1 shows as 2^53 − 1.
 *
 * The reading at the end of the day before + `consumed` + `reported` − `givenBack` + `set` − `reset` − `closed` is
 * `closingUsed`.
 */
export interface HistoryDay {
  readonly startAt: Instant
  readonly endAt: Instant
  readonly consumed: number
  readonly reported: number
  readonly givenBack: number
  /** Signed: what `set` changed. */
  readonly set: number
  /** What an operator, or a plan being entered, took away. */
  readonly reset: number
  /** What closing periods took away. */
  readonly closed: number
  /** What was used, at the end of the day, or now where the day is not over. */
  readonly closingUsed: number
}

/** Days on which nothing happened are left out. Oldest first. */
export type HistoryAnswer =
  | { readonly status: 'found'; readonly days: readonly HistoryDay[]; readonly floor: Floor }
  | { readonly status: 'failed'; readonly failure: UseFailure }

/** Where a page of the ledger ended: the key of its last row. */
export interface EntriesCursor {
  readonly day: number
  readonly lotId: string
  readonly kind: LedgerKind
}

export interface EntriesRequest {
  readonly featureId: string
  /** Null: from the newest. */
  readonly after: EntriesCursor | null
  /** 1 to `ROWS_MAX`. */
  readonly limit: number
  readonly atLeast: Floor
}

/** One row of the ledger: one lot, one UTC day, one kind. */
export interface LedgerRow extends EntriesCursor {
  /** Days since the epoch; 0 for all that is older than 400 days. */
  readonly day: number
  /** Signed change of what is used; for `carried` the units granted. */
  readonly quantity: number
  /** How many changes make up the row. */
  readonly count: number
  readonly lastAt: Instant
  /** `key:key_…`, `token:…` or `system:…`. */
  readonly lastActor: string
}

/** Newest day first. */
export type EntriesAnswer =
  | {
      readonly status: 'found'
      readonly rows: readonly LedgerRow[]
      /** Null: there are no more. */
      readonly next: EntriesCursor | null
      readonly floor: Floor
    }
  | { readonly status: 'failed'; readonly failure: UseFailure }

/** What a listener was told last. */
export interface Seen {
  readonly version: number
  /** Of the catalogue. */
  readonly revision: number
  readonly asOf: Instant
}

/** Somebody wants to be told of every change; said by `listenRequest`, because only a request can hand on a socket. */
export interface ListenRequest {
  /** The only features that it may hear of; null: all of them. */
  readonly featureIds: readonly string[] | null
  /** When the socket is closed. */
  readonly endsAt: Instant
  /** Null: nothing, so it is told everything. */
  readonly seen: Seen | null
  readonly atLeast: Floor
}

/** Why there is no socket. */
export interface ListenRefusal {
  readonly status: 'unknown_customer' | 'unavailable' | 'behind'
}

/** What the object has applied and owes, for the Worker to write back to D1. */
export type ApplyAnswer =
  | {
      readonly status: 'applied'
      readonly floor: Floor
      readonly nextDue: Instant | null
    }
  | { readonly status: 'unknown_customer' }
  | { readonly status: 'unavailable' }

/** The customer object as the Worker calls it. One call a request; each is billed. */
export interface CustomerCalls {
  read(request: ReadRequest): Promise<ReadAnswer>
  consume(request: ConsumeRequest): Promise<UseAnswer<ConsumeResult>>
  report(request: ReportRequest): Promise<UseAnswer<ReportResult>>
  reset(request: ResetRequest): Promise<UseAnswer<ResetResult>>
  /** One answer an item, in their order. Whatever fails fails for its item alone. */
  consumeMany(
    request: ManyRequest<ItemOf<ConsumeRequest>>,
  ): Promise<readonly UseAnswer<ConsumeResult>[]>
  reportMany(
    request: ManyRequest<ItemOf<ReportRequest>>,
  ): Promise<readonly UseAnswer<ReportResult>[]>
  /** What became of a meter, day by day. */
  history(request: HistoryRequest): Promise<HistoryAnswer>
  /** The ledger of a meter, row by row. */
  entries(request: EntriesRequest): Promise<EntriesAnswer>
  /** Pull from D1 what is newer than what is applied (at least `revision`), then publish. */
  apply(revision: number): Promise<ApplyAnswer>
  /** Do what is due: close periods, write the ledger, publish. The cron's net under the alarm. */
  tick(): Promise<ApplyAnswer>
  /** Answers `listenRequest`: with a socket, or with a `ListenRefusal` as JSON. */
  fetch(request: Request): Promise<Response>
}
