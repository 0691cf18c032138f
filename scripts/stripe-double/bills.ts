/** What is owed, in Stripe's own shapes: subscriptions, their items and schedules, and invoices. */
import type Stripe from 'stripe'
import { idOf } from './account.ts'
import { type Notes, planOf } from './goods.ts'

/** A stretch of time in Stripe's seconds. */
export interface Seconds {
  readonly start: number
  readonly end: number
}

export interface SubscriptionFields {
  readonly id: string
  readonly created: number
  readonly customer: string
  readonly currency: string
  readonly anchor: number
  readonly trial: Seconds | null
  readonly items: readonly Stripe.SubscriptionItem[]
  readonly metadata: Notes
}

export function itemOf(
  id: string,
  subscription: string,
  price: Stripe.Price,
  { quantity, period, created }: { quantity: number; period: Seconds; created: number },
) {
  return {
    id,
    object: 'subscription_item',
    billing_thresholds: null,
    created,
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(price),
    price,
    quantity,
    subscription,
    tax_rates: [],
  } satisfies Stripe.SubscriptionItem
}

export function subscriptionOf(fields: SubscriptionFields): Stripe.Subscription {
  const { id, created, customer, currency, anchor, trial, items, metadata } = fields
  return {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: anchor,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: 'classic' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: 'charge_automatically',
    created,
    currency,
    customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: 'pm_card',
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: { object: 'list', data: [...items], has_more: false, url: '/v1/subscription_items' },
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: { ...metadata },
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: null,
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: created,
    status: trial === null ? 'active' : 'trialing',
    test_clock: null,
    transfer_data: null,
    trial_end: trial?.end ?? null,
    trial_settings: {
      end_behavior: { billing_cycle_anchor: null, missing_payment_method: 'create_invoice' },
    },
    trial_start: trial?.start ?? null,
  } satisfies Stripe.Subscription
}

/** What one line of an invoice bills. */
export interface LineFields {
  readonly item: Stripe.SubscriptionItem
  readonly amount: number
  readonly period: Seconds
  readonly proration: boolean
}

export function lineOf(
  id: string,
  invoice: string,
  { item, amount, period, proration }: LineFields,
) {
  return {
    id,
    object: 'line_item',
    amount,
    currency: item.price.currency,
    description: null,
    discount_amounts: [],
    discountable: !proration,
    discounts: [],
    invoice,
    livemode: false,
    metadata: {},
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration,
        proration_details: { credited_items: null },
        subscription: item.subscription,
        subscription_item: item.id,
      },
      type: 'subscription_item_details',
    },
    period: { ...period },
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: item.price.id, product: idOf(item.price.product) },
      type: 'price_details',
      unit_amount_decimal: null,
    },
    quantity: item.quantity ?? 1,
    quantity_decimal: null,
    subscription: item.subscription,
    subtotal: amount,
    taxes: [],
  } satisfies Stripe.InvoiceLineItem
}

export interface InvoiceFields {
  readonly id: string
  readonly created: number
  readonly subscription: Stripe.Subscription
  readonly reason: Stripe.Invoice.BillingReason
  readonly lines: readonly Stripe.InvoiceLineItem[]
}

/** A finalised invoice that nobody has paid yet. */
export function invoiceOf(fields: InvoiceFields): Stripe.Invoice {
  const { id, created, subscription, reason, lines } = fields
  const total = lines.reduce((sum, { amount }) => sum + amount, 0)
  const due = Math.max(0, total)
  return {
    ...QUIET,
    id,
    object: 'invoice',
    amount_due: due,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: due,
    amount_shipping: 0,
    attempt_count: 0,
    attempted: false,
    billing_reason: reason,
    created,
    currency: subscription.currency,
    customer: subscription.customer,
    effective_at: created,
    lines: { object: 'list', data: [...lines], has_more: false, url: `/v1/invoices/${id}/lines` },
    number: id,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: 'subscription_details',
    },
    period_end: created,
    period_start: created,
    status: 'open',
    status_transitions: {
      finalized_at: created,
      marked_uncollectible_at: null,
      paid_at: null,
      voided_at: null,
    },
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
  } satisfies Stripe.Invoice
}

export function invoicePaymentOf(id: string, invoice: Stripe.Invoice, intent: string) {
  const { created, currency, amount_due, amount_paid } = invoice
  const isPaid = invoice.status === 'paid'
  return {
    id,
    object: 'invoice_payment',
    amount_paid: isPaid ? amount_paid : null,
    amount_requested: amount_due,
    created,
    currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent, type: 'payment_intent' },
    status: isPaid ? 'paid' : 'open',
    status_transitions: { canceled_at: null, paid_at: isPaid ? created : null },
  } satisfies Stripe.InvoicePayment
}

/** What an invoice says that is the same for all of them here. */
const QUIET = {
  account_country: 'US',
  account_name: 'Double',
  account_tax_ids: null,
  application: null,
  auto_advance: true,
  automatic_tax: {
    disabled_reason: null,
    enabled: false,
    liability: null,
    provider: null,
    status: null,
  },
  automatically_finalizes_at: null,
  collection_method: 'charge_automatically',
  custom_fields: null,
  customer_account: null,
  customer_address: null,
  customer_email: null,
  customer_name: null,
  customer_phone: null,
  customer_shipping: null,
  customer_tax_exempt: 'none',
  customer_tax_ids: [],
  default_payment_method: null,
  default_source: null,
  default_tax_rates: [],
  description: null,
  discounts: [],
  due_date: null,
  ending_balance: 0,
  footer: null,
  from_invoice: null,
  issuer: { type: 'self' },
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  metadata: {},
  next_payment_attempt: null,
  on_behalf_of: null,
  payment_settings: {
    default_mandate: null,
    payment_method_options: null,
    payment_method_types: null,
  },
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  starting_balance: 0,
  statement_descriptor: null,
  test_clock: null,
  total_discount_amounts: [],
  total_pretax_credit_amounts: [],
  total_taxes: [],
  webhooks_delivered_at: null,
} satisfies Partial<Stripe.Invoice>
