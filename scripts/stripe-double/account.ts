/** An account at the double: everything that it knows, by id, its own clock, and what it tells of. */
import type Stripe from 'stripe'
import { type Notes, type PriceFields, customerOf, priceOf, productOf } from './goods.ts'

type Kept<T> = Map<string, T>

/** What happened, for whoever wants to hear of it. */
export type Tell = (type: string, object: object) => void

export interface Account {
  /** Stripe's time in whole seconds. */
  now: number
  readonly newId: (prefix: string) => string
  readonly tell: Tell
  readonly customers: Kept<Stripe.Customer>
  readonly products: Kept<Stripe.Product>
  readonly prices: Kept<Stripe.Price>
  readonly sessions: Kept<Stripe.Checkout.Session>
  /** What a page asks for, by its session. */
  readonly carts: Kept<Cart>
  readonly subscriptions: Kept<Stripe.Subscription>
  readonly schedules: Kept<Stripe.SubscriptionSchedule>
  readonly invoices: Kept<Stripe.Invoice>
  readonly invoicePayments: Kept<Stripe.InvoicePayment>
  readonly intents: Kept<Stripe.PaymentIntent>
  readonly charges: Kept<Stripe.Charge>
  readonly refunds: Kept<Stripe.Refund>
  /** Customers whose card is declined. */
  readonly declined: Set<string>
}

/** What is bought on a page, and what the bought thing will carry. */
export interface Cart {
  readonly price: Stripe.Price
  readonly quantity: number
  readonly trialEnd: number | null
  /** When it is billed first, where that is later than now without being a trial. */
  readonly firstBillAt: number | null
  readonly metadata: Notes
}

/** Something that Stripe refuses, in the words in which it does. */
export class Refused extends Error {
  readonly status: number
  readonly type: string
  readonly code: string | null
  readonly param: string | null

  constructor(message: string, { status = 400, type = INVALID, code, param }: Refusal = {}) {
    super(message)
    this.status = status
    this.type = type
    this.code = code ?? null
    this.param = param ?? null
  }
}

interface Refusal {
  readonly status?: number
  readonly type?: string
  readonly code?: string
  readonly param?: string
}

const INVALID = 'invalid_request_error'

/** A new account in which nothing has happened. */
export function openAccount(
  now: number,
  { newId, tell }: Pick<Account, 'newId' | 'tell'>,
): Account {
  return {
    now,
    newId,
    tell,
    customers: new Map(),
    products: new Map(),
    prices: new Map(),
    sessions: new Map(),
    carts: new Map(),
    subscriptions: new Map(),
    schedules: new Map(),
    invoices: new Map(),
    invoicePayments: new Map(),
    intents: new Map(),
    charges: new Map(),
    refunds: new Map(),
    declined: new Set(),
  }
}

/** The id of something that Stripe names by its id or shows whole; of nothing an empty one. */
export function idOf(reference: string | { readonly id: string } | null | undefined): string {
  return typeof reference === 'string' ? reference : (reference?.id ?? '')
}

/** One thing by its id, or the refusal that Stripe has for an id that it does not know. */
export function found<T>(kept: ReadonlyMap<string, T>, kind: string, id: string | undefined): T {
  const thing = id === undefined ? undefined : kept.get(id)
  if (thing !== undefined) return thing
  const known = { status: 404, code: 'resource_missing', param: kind === 'customer' ? kind : 'id' }
  throw new Refused(`No such ${kind}: '${String(id)}'`, known)
}

export function makeCustomer(
  account: Account,
  fields: { readonly email?: string; readonly name?: string; readonly metadata?: Notes },
): Stripe.Customer {
  const customer = customerOf(account.newId('cus'), account.now, fields)
  account.customers.set(customer.id, customer)
  account.tell('customer.created', customer)
  return customer
}

export function makeProduct(
  account: Account,
  { id, name, metadata }: { id: string | undefined; name: string; metadata: Notes },
): Stripe.Product {
  if (id !== undefined && account.products.has(id))
    throw new Refused(`Product already exists: '${id}'`, { code: 'resource_already_exists' })
  const product = productOf(id ?? account.newId('prod'), account.now, name, metadata)
  account.products.set(product.id, product)
  return product
}

/** A price; with `transfer` it takes its lookup key from whoever has it. */
export function makePrice(account: Account, fields: PriceFields, transfer: boolean): Stripe.Price {
  found(account.products, 'product', fields.product)
  const { lookupKey } = fields
  const holder = [...account.prices.values()].find(
    (each) => lookupKey !== null && each.lookup_key === lookupKey,
  )
  if (holder !== undefined && !transfer)
    throw new Refused(`A price (\`${holder.id}\`) already uses that lookup key.`, {
      code: 'resource_already_exists',
      param: 'lookup_key',
    })
  if (holder !== undefined) account.prices.set(holder.id, { ...holder, lookup_key: null })
  const price = priceOf(account.newId('price'), account.now, fields)
  account.prices.set(price.id, price)
  return price
}
