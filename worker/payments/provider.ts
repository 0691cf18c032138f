/**
 * What a payment provider is to Sluice: a page that takes money, a biller that is told what was decided here, and
 * someone who tells what became of it. Which provider it is, nobody but its own adapter knows.
 */
import type { Instant, Period } from '../../entitlements/instant.ts'
import type { Result } from '../../entitlements/result.ts'
import type { ChargePeriod } from '../../entitlements/subscription.ts'
import type { Price } from '../../schema/tables/catalogue.ts'
import type { Metadata } from '../../schema/tables/columns.ts'

/** A payment that a customer is asked for. */
export interface CheckoutRequest {
  readonly sessionId: string
  /** Null: the customer is made when the payment succeeds. */
  readonly customerId: string | null
  readonly plan: { readonly id: string; readonly name: string }
  readonly price: Price
  readonly quantity: number
  readonly trialDays: number
  /**
   * From when on it is to be paid: the end of the billing period where a plan of lower rank takes the place of another.
   * Null: at once, or when the trial is over.
   */
  readonly startsAt: Instant | null
  /**
   * Where the customer goes afterwards; complete, with nothing left to be replaced. It leads through a route of ours,
   * which asks `readCheckout` where the provider's word has not come yet.
   */
  readonly successUrl: string
  readonly cancelUrl: string | null
  readonly expiresAt: Instant
}

/** A page that waits for the customer. */
export interface OpenedCheckout {
  readonly url: string
  /** The provider's own name of the session. */
  readonly reference: string
}

/** The provider could not be reached, or refused; `retryable` when the same request may succeed later. */
export interface ProviderFailure {
  readonly code: 'provider_failed'
  readonly provider: string
  readonly retryable: boolean
  /** The provider's own word for it, for the operator's log. */
  readonly because: string
}

/** Who takes payments. Every call may be repeated: the same request has one effect at the provider. */
export interface PaymentProvider {
  readonly name: string
  openCheckout(request: CheckoutRequest): Promise<Result<OpenedCheckout, ProviderFailure>>
  /** Closes a page that nobody has paid on; one that is closed already is no failure. */
  expireCheckout(reference: string): Promise<Result<null, ProviderFailure>>
  /** What has become of a page. */
  readCheckout(reference: string): Promise<Result<PageState, ProviderFailure>>
}

/**
 * The event that says that a page is paid; else `open` while somebody may pay on it, `waiting` where the money is on its
 * way, `closed` where nobody will.
 */
export type PageState = PaymentEvent<CheckoutCompleted> | 'open' | 'waiting' | 'closed'

/** Names a subscription: by our id, or by what the provider calls it. */
export type SubscriptionRef = { readonly id: string } | { readonly reference: string }

/**
 * Something that a provider tells, in our words. What it means for a subscription is the lifecycle table's business;
 * an event that is older than the newest applied one of the same provider has no effect.
 */
export interface PaymentEvent<F extends PaymentFact = PaymentFact> {
  readonly provider: string
  /** The provider's own id of it: told twice, it is heard once. */
  readonly id: string
  readonly occurredAt: Instant
  readonly fact: F
}

export type PaymentFact = CheckoutFact | SubscriptionFact

/** What became of a page that was opened for a payment. */
export type CheckoutFact =
  | CheckoutCompleted
  | { readonly kind: 'checkout_expired'; readonly sessionId: string }

/** A page was paid on, or nothing is to be paid yet. */
export interface CheckoutCompleted {
  readonly kind: 'checkout_completed'
  readonly sessionId: string
  /** What the provider calls what was bought; null: it bills it no further. */
  readonly reference: string | null
  readonly period: Period | null
}

/** What became of a subscription at its provider. */
export type SubscriptionFact = Subscribed | FactOfOne

/** Somebody has taken a plan at the provider, without a page of ours. */
export interface Subscribed {
  readonly kind: 'subscribed'
  readonly customer: {
    readonly id: string
    /** Said of a customer who is made by it; one who is there stays as it is. */
    readonly name?: string
    readonly email?: string
  }
  /** What the provider will call it from now on. */
  readonly reference: string
  readonly planId: string
  readonly chargePeriod?: ChargePeriod
  readonly quantity: number
  readonly startAt?: Instant
  readonly trialDays?: number
  readonly period: Period | null
  readonly metadata?: Metadata
}

/** A fact about a subscription that is there. */
export type FactOfOne = { readonly subscription: SubscriptionRef } & (
  | {
      /** Paid: a debt settled; with the period that it was paid for also a renewal, where that is a new one. */
      readonly kind: 'payment_succeeded'
      readonly period: Period | null
    }
  | { readonly kind: 'payment_failed' }
  | {
      readonly kind: 'refunded'
      /** A refund in part has no effect. */
      readonly full: boolean
      readonly amount: number | null
    }
  | { readonly kind: 'disputed'; readonly amount: number | null }
  | {
      readonly kind: 'changed'
      readonly planId: string
      readonly chargePeriod?: ChargePeriod
      readonly quantity?: number
      readonly when: 'now' | 'period_end'
    }
  | {
      readonly kind: 'canceled'
      /** Null: the cancellation was taken back. */
      readonly when: 'now' | 'period_end' | { readonly at: Instant } | null
    }
  | { readonly kind: 'paused' }
  | { readonly kind: 'resumed' }
)
