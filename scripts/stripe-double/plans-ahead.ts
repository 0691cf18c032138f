/** What is to come, in Stripe's own shapes: schedules of subscriptions, and pages that wait for a payment. */
import type Stripe from 'stripe'
import { type Notes, planOf } from './goods.ts'
import type { Seconds } from './bills.ts'

/** One phase of a schedule. */
export interface PhaseFields extends Seconds {
  readonly price: Stripe.Price
  readonly quantity: number
}

export function phaseOf({ start, end, price, quantity }: PhaseFields) {
  return {
    add_invoice_items: [],
    application_fee_percent: null,
    billing_cycle_anchor: null,
    billing_thresholds: null,
    collection_method: null,
    currency: price.currency,
    default_payment_method: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    end_date: end,
    invoice_settings: null,
    items: [
      {
        billing_thresholds: null,
        discounts: [],
        metadata: {},
        plan: planOf(price).id,
        price: price.id,
        quantity,
        tax_rates: [],
      },
    ],
    metadata: {},
    on_behalf_of: null,
    proration_behavior: 'none',
    start_date: start,
    transfer_data: null,
    trial_end: null,
  } satisfies Stripe.SubscriptionSchedule.Phase
}

export function scheduleOf(
  id: string,
  created: number,
  subscription: Stripe.Subscription,
  phases: readonly Stripe.SubscriptionSchedule.Phase[],
): Stripe.SubscriptionSchedule {
  const [current] = phases
  return {
    id,
    object: 'subscription_schedule',
    application: null,
    billing_mode: { flexible: null, type: 'classic' },
    canceled_at: null,
    completed_at: null,
    created,
    current_phase:
      current === undefined ? null : { start_date: current.start_date, end_date: current.end_date },
    customer: subscription.customer,
    customer_account: null,
    default_settings: {
      application_fee_percent: null,
      billing_cycle_anchor: 'automatic',
      billing_thresholds: null,
      collection_method: null,
      default_payment_method: null,
      description: null,
      invoice_settings: {
        account_tax_ids: null,
        custom_fields: null,
        days_until_due: null,
        description: null,
        footer: null,
        issuer: { type: 'self' },
      },
      on_behalf_of: null,
      transfer_data: null,
    },
    end_behavior: 'release',
    livemode: false,
    metadata: {},
    pause_schedules: [],
    phases: [...phases],
    released_at: null,
    released_subscription: null,
    status: 'active',
    subscription: subscription.id,
    test_clock: null,
  } satisfies Stripe.SubscriptionSchedule
}

/** A page that sells one thing. */
export interface SessionFields {
  readonly id: string
  readonly created: number
  readonly url: string
  readonly mode: 'subscription' | 'payment'
  readonly customer: string | null
  readonly email: string | null
  readonly reference: string | null
  readonly successUrl: string
  readonly cancelUrl: string | null
  readonly expiresAt: number
  readonly amount: number
  readonly currency: string
  readonly metadata: Notes
}

export function sessionOf(fields: SessionFields): Stripe.Checkout.Session {
  return {
    ...PLAIN,
    id: fields.id,
    object: 'checkout.session',
    amount_subtotal: fields.amount,
    amount_total: fields.amount,
    cancel_url: fields.cancelUrl,
    client_reference_id: fields.reference,
    created: fields.created,
    currency: fields.currency,
    customer: fields.customer,
    customer_email: fields.email,
    expires_at: fields.expiresAt,
    metadata: { ...fields.metadata },
    mode: fields.mode,
    payment_status: 'unpaid',
    status: 'open',
    success_url: fields.successUrl,
    url: fields.url,
  } satisfies Stripe.Checkout.Session
}

/** What every page says here. */
const PLAIN = {
  adaptive_pricing: null,
  after_expiration: null,
  allow_promotion_codes: null,
  allowed_payment_method_types: null,
  automatic_tax: { enabled: false, liability: null, provider: null, status: null },
  billing_address_collection: null,
  client_secret: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: [],
  custom_text: {
    after_submit: null,
    shipping_address: null,
    submit: null,
    terms_of_service_acceptance: null,
  },
  customer_account: null,
  customer_creation: 'if_required',
  customer_details: null,
  discounts: [],
  integration_identifier: null,
  invoice: null,
  invoice_creation: null,
  livemode: false,
  locale: null,
  managed_payments: null,
  origin_context: null,
  payment_intent: null,
  payment_link: null,
  payment_method_collection: 'always',
  payment_method_configuration_details: null,
  payment_method_options: null,
  payment_method_types: ['card'],
  permissions: null,
  recovered_from: null,
  saved_payment_method_options: null,
  setup_intent: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [],
  submit_type: null,
  subscription: null,
  total_details: null,
  ui_mode: 'hosted_page',
  wallet_options: null,
} satisfies Partial<Stripe.Checkout.Session>
