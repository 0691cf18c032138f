/**
 * What every client of Sluice does, whether it asks the service, evaluates a copy in process or stands in for both in a
 * test. `F` is the catalogue's feature ids, where they were generated; any text without.
 */
import type {
  AccessAnswer,
  ConsumptionAnswer,
  EntitlementsAnswer,
  UsageAnswer,
} from '../schema/calls.ts'

/** Whom and what a question is about. */
export interface Question<F extends string = string> {
  /** May be left out where the credential is a customer's token. */
  readonly customerId?: string
  readonly featureId: F
  /** Units, from 1; 1 where absent. */
  readonly quantity?: number
}

export interface ListQuestion {
  /** May be left out where the credential is a customer's token. */
  readonly customerId?: string
}

/** A use of a meter that is to be checked and counted in one step. */
export interface Use<F extends string = string> extends Question<F> {
  /** One effect for each key. Made where absent, and kept across the client's own retries. */
  readonly idempotencyKey?: string
  readonly metadata?: { readonly [name: string]: unknown }
}

/** A use that has happened. */
export interface Report<F extends string = string> {
  readonly customerId?: string
  readonly featureId: F
  /** `delta` (where absent) adds, and gives back where `value` is negative; `set` replaces the reading. */
  readonly behaviour?: 'delta' | 'set'
  readonly value: number
  /** Now where absent. */
  readonly occurredAt?: Date | string
  /** Refuse what goes beyond a limit, as `consume` does. */
  readonly enforce?: boolean
  readonly idempotencyKey?: string
  readonly metadata?: { readonly [name: string]: unknown }
}

/** An answer, with who gave it. */
export type Verdict = AccessAnswer & {
  /**
   * `service`: Sluice itself. `local`: this process, by the same rules from a copy. `fallback`: nobody could be asked, so
   * the application's own default speaks; its `reason` is `unavailable`.
   */
  readonly decidedBy: 'service' | 'local' | 'fallback'
}

export type Entitlements = EntitlementsAnswer & Pick<Verdict, 'decidedBy'>

/** Beside a question. */
export interface AskOptions {
  /** Ends the caller's wait: the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Of an answer that another process was given: this one shows that state or a later one. */
  readonly consistencyToken?: string
  /** Ask the customer object, whatever the copies say. */
  readonly fresh?: boolean
}

/** Beside a use or a change. */
export type UseOptions = Pick<AskOptions, 'signal'>

/** What every client does. */
export interface Client<F extends string = string> {
  /** May it use (so much) more? The whole answer. Advises; `consume` decides. Never throws for an outage: see `fallback`. */
  check(question: Question<F>, options?: AskOptions): Promise<Verdict>
  /** `check`, as a boolean. */
  hasAccess(question: Question<F>, options?: AskOptions): Promise<boolean>
  /** Everything that a customer has. */
  entitlements(question?: ListQuestion, options?: AskOptions): Promise<Entitlements>
  /** Checks and counts in one step, all or nothing. A refusal is an answer; an outage throws `SluiceError`. */
  consume(use: Use<F>, options?: UseOptions): Promise<ConsumptionAnswer>
  /** Records what has happened. */
  reportUsage(report: Report<F>, options?: UseOptions): Promise<UsageAnswer>
}

/** A request of any route, as the client sends its own. */
export interface ServiceRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** With its query, such as `/v1/plans?pageSize=100`. `{customerId}` is the customer of the client's token. */
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Made for each POST where absent. `null`: none, for it does no harm to send this twice. */
  readonly idempotencyKey?: string | null | undefined
  /** Whom the request is about, undefined for the token's customer: what this client has changed of them is seen. */
  readonly customerIds?: readonly (string | undefined)[]
  readonly signal?: AbortSignal | undefined
  /** Of one attempt, where it is not the client's. */
  readonly timeoutMs?: number
  /** Of all attempts, where it is not the client's. */
  readonly budgetMs?: number
}

export interface ServiceReply<T> {
  /** 200 to 299, or 304 where the request had `If-None-Match`. */
  readonly status: number
  readonly headers: Headers
  readonly body: T
}

/** Who reaches the service with a credential, retries, timeouts and consistency tokens; `Sluice` does. */
export interface Connection {
  /** Throws `SluiceError` for anything but an answer. */
  send<T>(request: ServiceRequest): Promise<ServiceReply<T>>
}

/** All that is known of a customer at one version. What `entitlements` answers is one. */
export type Held = Pick<Entitlements, 'customerId' | 'version' | 'revision' | 'asOf' | 'data'> &
  Partial<Pick<Entitlements, 'ageMs'>>

/** Who tells of a customer's changes by itself: `live()` of `@sluice/sdk/live`, or something of the application's. */
export interface Source {
  /** Calls `listener` with each newer state, from now on. Returns how to stop; ends its work when nobody listens. */
  subscribe(listener: (held: Held) => void): () => void
  /** The newest that was heard; null before the first. */
  current(): Held | null
}
