/**
 * What another Worker says to Sluice over a service binding. Types alone, without an import, so that a caller can take
 * this one file. docs/rpc.md shows how to bind.
 */

/** `env.SLUICE`. Each call answers what its route answers over HTTP; none throws for what the caller said. */
export interface SluiceCalls {
  /** `GET /v1/access`: may it use (so much) more? Advises; `consume` decides. */
  hasAccess(question: AccessQuestion): Promise<Outcome<AccessAnswer>>
  /** `GET /v1/customers/{id}/entitlements`: everything of one customer. */
  entitlements(question: EntitlementsQuestion): Promise<Outcome<EntitlementsAnswer>>
  /** `POST /v1/consume`: check and count in one step, all or nothing. */
  consume(use: Consumption): Promise<Outcome<ConsumptionAnswer>>
  /** `POST /v1/usage`: record what has happened. */
  reportUsage(report: UsageReport): Promise<Outcome<UsageAnswer>>
}

/** What the binding says of the caller: `props` in the caller's wrangler.toml, which no request can forge. */
export interface SluiceProps {
  /** Named in the ledger as `binding:{caller}`; `unnamed` where absent. */
  readonly caller?: string
  /** Narrows what the binding may do; both where absent. */
  readonly scopes?: readonly ('read' | 'usage')[]
}

/** The answer, or what kept the call from one: look at `problem` first. A refused access is an answer. */
export type Outcome<T> =
  | (T & { readonly status: number; readonly problem?: undefined })
  | { readonly status: number; readonly problem: Problem }

/** Of one customer, or more of them and the catalogue joined by a comma: the answer shows that state or a later one. */
interface Consistent {
  readonly consistencyToken?: string
}

export interface AccessQuestion extends Consistent {
  readonly customerId: string
  readonly featureId: string
  /** Units; 1 where absent. */
  readonly quantity?: number
  /** Ask the customer object, whatever the copies say. */
  readonly fresh?: boolean
}

export interface EntitlementsQuestion extends Consistent {
  readonly customerId: string
  /** All of them where absent. */
  readonly featureId?: string
  readonly fresh?: boolean
}

interface Use extends Consistent {
  readonly customerId: string
  readonly featureId: string
  /** Without one the call is not safe to repeat. */
  readonly idempotencyKey?: string
  readonly metadata?: { readonly [name: string]: unknown }
}

export interface Consumption extends Use {
  /** 1 where absent. */
  readonly quantity?: number
}

export interface UsageReport extends Use {
  /** `delta` adds, and gives back where it is negative; `set` replaces the reading. */
  readonly behaviour: 'delta' | 'set'
  readonly value: number
  /** RFC 3339; now where absent. */
  readonly occurredAt?: string
  /** Refuse what goes beyond a limit, as `consume` does. */
  readonly enforce?: boolean
}

export type AccessAnswer = Entitlement & Freshness & { readonly quantity: number }

export type EntitlementsAnswer = Freshness & {
  readonly customerId: string
  readonly data: readonly Entitlement[]
}

/** `GET /v1/customers/{id}/snapshot`: what evaluating the customer elsewhere needs, each text as it is encoded. */
export type SnapshotAnswer = Freshness & {
  readonly format: number
  readonly snapshot: string
  readonly head: string
  readonly documents: readonly string[]
}

/**
 * What is said to who listens at `GET /v1/customers/{id}/stream`, as JSON text: everything first, then what has changed.
 * After a break, `version`, `revision` and `asOf` of the last one as query parameters: nothing is said twice.
 */
export interface StreamMessage {
  readonly version: number
  /** Of the catalogue. */
  readonly revision: number
  readonly asOf: string
  /** Whether `entitlements` are all that there are; else those that have changed, if any. */
  readonly complete: boolean
  readonly entitlements: readonly Entitlement[]
}

/** The last message before the service closes a socket for a reason of its own. */
export interface StreamClosing {
  /** `expired`: come again with a valid credential. `archived`: nothing more will come. `crowded`: ask, and come later. */
  readonly closing: 'expired' | 'archived' | 'crowded'
}

interface Used {
  readonly entitlement: Entitlement
  /** How far a refusal was checked. */
  readonly confirmed: 'object' | 'source'
  readonly consistencyToken: string
  /** Whether the idempotency key brought back an earlier answer. */
  readonly replayed?: true
}

export interface ConsumptionAnswer extends Used {
  readonly consumed: boolean
  readonly quantity: number
}

export interface UsageAnswer extends Used {
  readonly recorded: boolean
  readonly applied: number
  readonly clamped: boolean
  readonly late: boolean
}

export interface Entitlement {
  readonly customerId: string
  readonly featureId: string
  /** Null for a feature that the catalogue does not have. */
  readonly type: 'boolean' | 'meter' | 'customizable' | null
  readonly hasAccess: boolean
  /** One of a fixed list; docs list it. */
  readonly reason: string
  /** Of a customizable feature: any JSON but null. */
  readonly value?: unknown
  readonly limit?: number | 'unlimited' | undefined
  readonly used?: number | undefined
  readonly balance?: number | 'unlimited' | undefined
  readonly overage?: number | undefined
  readonly carried?: number | undefined
  readonly enforcement?: 'hard' | 'soft' | undefined
  readonly period?: { readonly startAt: string; readonly endAt: string } | null | undefined
  readonly resetAt?: string | null | undefined
  readonly sources: readonly {
    readonly kind: 'plan' | 'default_plan' | 'override'
    readonly planId?: string | undefined
    readonly inheritedFrom?: string | undefined
    readonly subscriptionId?: string | undefined
    readonly expiresAt?: string | undefined
  }[]
  readonly inherited: boolean
  readonly overridden: boolean
  readonly grace: { readonly endsAt: string } | null
  readonly warnings: readonly {
    readonly code: 'threshold' | 'over_soft_limit' | 'in_grace' | 'override_expires'
    readonly message: string
    readonly percent?: number | undefined
  }[]
  readonly hint?: string | undefined
}

/** How old the state is that the answer rests on, and how far it was checked. */
export interface Freshness {
  readonly servedFrom: 'memory' | 'kv' | 'object' | 'policy'
  readonly version: number
  readonly revision: number
  readonly asOf: string
  readonly ageMs: number
  readonly publishedAt: string | null
  readonly confirmed: false | 'object' | 'source'
  readonly degraded: boolean
}

export interface Problem {
  /** Where the problem is documented, relative to the service. */
  readonly type: string
  readonly title: string
  readonly status: number
  /** What to do. */
  readonly detail: string
  readonly code: string
  readonly requestId: string
  readonly errors?: readonly {
    readonly pointer: string
    readonly code: string
    readonly expected: string
    readonly received?: string
  }[]
}
