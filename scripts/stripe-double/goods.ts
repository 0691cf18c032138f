/** What is sold and to whom, in Stripe's own shapes: customers, products and prices. */
import type Stripe from 'stripe'

/** Stripe's notes: text by name. */
export type Notes = Readonly<Record<string, string>>

export function customerOf(
  id: string,
  created: number,
  { email = null, name = null, metadata = {} }: CustomerFields,
) {
  return {
    id,
    object: 'customer',
    address: null,
    balance: 0,
    created,
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email,
    invoice_prefix: null,
    invoice_settings: {
      custom_fields: null,
      default_payment_method: 'pm_card',
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: { ...metadata },
    name,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  } satisfies Stripe.Customer
}

interface CustomerFields {
  readonly email?: string | null
  readonly name?: string | null
  readonly metadata?: Notes
}

export function productOf(id: string, created: number, name: string, metadata: Notes) {
  return {
    id,
    object: 'product',
    active: true,
    created,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: { ...metadata },
    name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: created,
    url: null,
  } satisfies Stripe.Product
}

/** What a price says; without an interval it is paid once. */
export interface PriceFields {
  readonly product: string
  readonly amount: number
  readonly currency: string
  readonly interval: Stripe.Price.Recurring.Interval | null
  readonly intervalCount: number
  readonly lookupKey: string | null
  readonly metadata: Notes
}

export function priceOf(id: string, created: number, fields: PriceFields) {
  const { interval, intervalCount } = fields
  return {
    id,
    object: 'price',
    active: true,
    billing_scheme: 'per_unit',
    created,
    currency: fields.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: fields.lookupKey,
    metadata: { ...fields.metadata },
    nickname: null,
    product: fields.product,
    recurring:
      interval === null
        ? null
        : {
            interval,
            interval_count: intervalCount,
            meter: null,
            trial_period_days: null,
            usage_type: 'licensed',
          },
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: interval === null ? 'one_time' : 'recurring',
    unit_amount: fields.amount,
    unit_amount_decimal: null,
  } satisfies Stripe.Price
}

/** What items still carry of the time before prices. */
export function planOf({ id, created, currency, product, recurring, ...price }: Stripe.Price) {
  return {
    id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: null,
    billing_scheme: 'per_unit',
    created,
    currency,
    interval: recurring?.interval ?? 'month',
    interval_count: recurring?.interval_count ?? 1,
    livemode: false,
    metadata: {},
    meter: null,
    nickname: null,
    product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: 'licensed',
  } satisfies Stripe.Plan
}
