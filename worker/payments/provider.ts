/**
 * What a payment provider is to Sluice: a page that takes money, a biller that is told what was decided here, and
 * someone who tells what became of it. Which provider it is, nobody but its own adapter knows.
 */
import type { Instant, Period } from '../../entitlements/instant.ts'
import type { Result } from '../../entitlements/result.ts'
import type { ChargePeriod } from '../../entitlements/subscription.ts'
import type { Price } from '../../schema/tables/catalogue.ts'

/** A payment that a customer is asked for. */
export interface CheckoutRequest {
  readonly sessionId: string
  /** Null: the customer is made when the payment succeeds. */
  readonly customerId: string | null
  readonly plan: { readonly id: string; readonly name: string }
  readonly price: Price
  readonly quantity: number
  readonly trialDays: number
  /** Where the customer goes afterwards; complete, with nothing left to be replaced. */
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
}

/** Who takes payments. Every call may be repeated: the same request has one effect at the provider. */
export interface PaymentProvider {
  readonly name: string
  openCheckout(request: CheckoutRequest): Promise<Result<OpenedCheckout, ProviderFailure>>
  /** Closes a page that nobody has paid on; one that is closed already is no failure. */
  expireCheckout(reference: string): Promise<Result<null, ProviderFailure>>
}

/** Names a subscription: by our id, or by what the provider calls it. */
export type SubscriptionRef = { readonly id: string } | { readonly reference: string }

/**
 * Something that a provider tells, in our words. What it means for a subscription is the lifecycle table's business;
 * an event that is older than the newest applied one of the same provider has no effect.
 */
export interface PaymentEvent {
  readonly provider: string
  /** The provider's own id of it: told twice, it is heard once. */
  readonly id: string
  readonly occurredAt: Instant
  readonly fact: PaymentFact
}

export type PaymentFact =
  | {
      readonly kind: 'checkout_completed'
      readonly sessionId: string
      /** What the provider calls what was bought; null: it bills it no further. */
      readonly reference: string | null
      readonly period: Period | null
    }
  | { readonly kind: 'checkout_expired'; readonly sessionId: string }
  | {
      /** Paid: a renewal where `period` is the next one, a debt settled where it is the current one. */
      readonly kind: 'payment_succeeded'
      readonly subscription: SubscriptionRef
      readonly period: Period | null
    }
  | { readonly kind: 'payment_failed'; readonly subscription: SubscriptionRef }
  | { readonly kind: 'refunded'; readonly subscription: SubscriptionRef; readonly full: boolean }
  | { readonly kind: 'disputed'; readonly subscription: SubscriptionRef }
  | {
      readonly kind: 'changed'
      readonly subscription: SubscriptionRef
      readonly planId: string
      readonly chargePeriod: ChargePeriod | null
      readonly quantity: number
    }
  | {
      readonly kind: 'canceled'
      readonly subscription: SubscriptionRef
      /** Null: the cancellation was taken back. */
      readonly when: 'now' | 'period_end' | { readonly at: Instant } | null
    }
  | { readonly kind: 'paused'; readonly subscription: SubscriptionRef }
  | { readonly kind: 'resumed'; readonly subscription: SubscriptionRef }
