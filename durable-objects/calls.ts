/**
 * What the Worker and a customer object say to each other.
 *
 * Worker and object run different versions for a while on every deployment: fields are only ever added,
 * and a field that is not known is ignored.
 */
import type { Access } from '../entitlements/access.ts'
import type { Entitlement } from '../entitlements/entitlement.ts'
import type { Instant } from '../entitlements/instant.ts'

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
  readonly kind: 'key' | 'token' | 'system'
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

/** The answer to a use of a meter; `T` is what the idempotency key keeps. */
export type UseAnswer<T> =
  | {
      readonly status: 'done'
      readonly result: T
      readonly replayed: boolean
      readonly checked: Checked
      readonly floor: Floor
      /** The object's time of the decision. */
      readonly at: Instant
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
  | { readonly code: 'unavailable' }
  | { readonly code: 'consistency_unavailable' }

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
  /** Pull from D1 what is newer than what is applied (at least `revision`), then publish. */
  apply(revision: number): Promise<ApplyAnswer>
  /** Do what is due: close periods, write the ledger, publish. The cron's net under the alarm. */
  tick(): Promise<ApplyAnswer>
}
