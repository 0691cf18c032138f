/** A subscription's life at Stripe: how it begins, what changes it, and what time does to it. */
import type Stripe from 'stripe'
import { type Account, type Cart, found, idOf } from './account.ts'
import { itemOf, type LineFields, type Seconds, subscriptionOf } from './bills.ts'
import { bill, collect, openInvoices, save } from './invoicing.ts'
import { periodAt } from './periods.ts'

/** What somebody has bought. The first invoice is paid at once; in a trial it is one of nothing. */
export function subscribe(account: Account, customer: string, cart: Cart): Stripe.Subscription {
  const { price, quantity, trialEnd, firstBillAt, metadata } = cart
  const id = account.newId('sub')
  const anchor = trialEnd ?? firstBillAt ?? account.now
  const trial = trialEnd === null ? null : { start: account.now, end: trialEnd }
  const isFree = anchor > account.now
  const period = isFree ? { start: account.now, end: anchor } : periodAt(price, anchor, account.now)
  const item = itemOf(account.newId('si'), id, price, { quantity, period, created: account.now })
  const subscription = subscriptionOf({
    id,
    created: account.now,
    customer,
    currency: price.currency,
    anchor,
    trial,
    items: [item],
    metadata,
  })
  account.subscriptions.set(id, subscription)
  account.tell('customer.subscription.created', subscription)
  const amount = isFree ? 0 : costOf(price, quantity)
  return bill(account, subscription, 'subscription_create', [
    { item, amount, period, proration: false },
  ])
}

/** What an update may say of a subscription. */
export interface Update {
  readonly price?: Stripe.Price
  readonly quantity?: number
  readonly invoices: boolean
  readonly trialEnd?: number
  readonly fields: Partial<Stripe.Subscription>
}

/**
 * Changes a subscription. Another price of the same interval keeps the period and bills the difference of what is left
 * of it; one of another interval begins a period now. Both only where the caller wants to be invoiced.
 */
export function update(
  account: Account,
  former: Stripe.Subscription,
  { price: to, quantity: count, invoices, trialEnd, fields }: Update,
): Stripe.Subscription {
  const next = { ...former, ...fields }
  if (trialEnd !== undefined && trialEnd <= account.now) return endTrial(account, next)
  const item = itemIn(former)
  const price = to ?? item.price
  const quantity = count ?? item.quantity ?? 1
  const changes = price.id !== item.price.id || quantity !== item.quantity
  if (!changes) return save(account, next)
  const moves = !sameInterval(price, item.price) && former.status !== 'trialing'
  const anchor = moves ? account.now : former.billing_cycle_anchor
  const period = moves ? periodAt(price, anchor, account.now) : periodOf(item)
  const entered = withItem({ ...next, billing_cycle_anchor: anchor }, price, quantity, period)
  const saved = save(account, entered)
  if (!invoices || former.status === 'trialing') return saved
  const left = (at: Seconds) => (at.end - account.now) / (at.end - at.start)
  const unused = Math.round(-costOf(item.price, item.quantity ?? 1) * left(periodOf(item)))
  const due = Math.round(costOf(price, quantity) * left(period))
  const stub = { start: account.now, end: periodOf(item).end }
  return bill(account, saved, 'subscription_update', [
    { item, amount: unused, period: stub, proration: true },
    {
      item: itemIn(saved),
      amount: due,
      period: moves ? period : { start: account.now, end: period.end },
      proration: !moves,
    },
  ])
}

/** Ends a subscription now. */
export function cancel(account: Account, former: Stripe.Subscription): Stripe.Subscription {
  const ended: Stripe.Subscription = {
    ...former,
    status: 'canceled',
    canceled_at: former.canceled_at ?? account.now,
    ended_at: account.now,
    schedule: null,
  }
  account.subscriptions.set(ended.id, ended)
  account.tell('customer.subscription.deleted', ended)
  return ended
}

/** Moves the account's clock, and has everything happen that was due on the way, in its order. */
export function advance(account: Account, to: number): void {
  for (;;) {
    const due = nextDue(account, to)
    if (due === null) break
    account.now = Math.max(account.now, due.at)
    passBoundary(account, due.subscription)
  }
  account.now = Math.max(account.now, to)
}

/** Tries again what is owed, oldest first. */
export function retry(account: Account, subscription: Stripe.Subscription): void {
  for (const invoice of openInvoices(account, subscription))
    collect(account, found(account.subscriptions, 'subscription', subscription.id), invoice)
}

/** The only item: nothing else is sold here. */
export function itemIn({ items }: Stripe.Subscription): Stripe.SubscriptionItem {
  const [item] = items.data
  if (item === undefined) throw new Error('a subscription without an item')
  return item
}

export function periodOf(item: Stripe.SubscriptionItem): Seconds {
  return { start: item.current_period_start, end: item.current_period_end }
}

function nextDue(account: Account, until: number) {
  const due = [...account.subscriptions.values()]
    .filter(({ status }) => status !== 'canceled')
    .map((subscription) => ({
      subscription,
      at: Math.min(subscription.cancel_at ?? Infinity, periodOf(itemIn(subscription)).end),
    }))
    .filter(({ at }) => at <= until)
    .toSorted((a, b) => a.at - b.at)
  return due[0] ?? null
}

/** The end of a period, of a trial, or of everything. */
function passBoundary(account: Account, subscription: Stripe.Subscription): void {
  const ends =
    subscription.cancel_at_period_end || (subscription.cancel_at ?? Infinity) <= account.now
  if (ends) return void cancel(account, subscription)
  if (subscription.status === 'trialing') return void endTrial(account, subscription)
  const entered = enterPhase(account, subscription)
  const item = itemIn(entered)
  const moved = item.price.id !== itemIn(subscription).price.id
  const anchor =
    moved && !sameInterval(item.price, itemIn(subscription).price)
      ? account.now
      : entered.billing_cycle_anchor
  const period = periodAt(item.price, anchor, account.now)
  const next = withItem(
    { ...entered, billing_cycle_anchor: anchor },
    item.price,
    item.quantity ?? 1,
    period,
  )
  charge(account, save(account, next), 'subscription_cycle')
}

function endTrial(account: Account, subscription: Stripe.Subscription): Stripe.Subscription {
  const entered = enterPhase(account, subscription)
  const item = itemIn(entered)
  const period = periodAt(item.price, account.now, account.now)
  const active: Stripe.Subscription = {
    ...entered,
    status: 'active',
    trial_end: account.now,
    billing_cycle_anchor: account.now,
  }
  const saved = save(account, withItem(active, item.price, item.quantity ?? 1, period))
  return charge(account, saved, 'subscription_cycle')
}

function charge(
  account: Account,
  subscription: Stripe.Subscription,
  reason: Stripe.Invoice.BillingReason,
): Stripe.Subscription {
  const item = itemIn(subscription)
  const line: LineFields = {
    item,
    amount: costOf(item.price, item.quantity ?? 1),
    period: periodOf(item),
    proration: false,
  }
  return bill(account, subscription, reason, [line])
}

/** What a schedule has planned for now; its last phase runs out into a subscription without one. */
function enterPhase(account: Account, subscription: Stripe.Subscription): Stripe.Subscription {
  if (subscription.schedule === null) return subscription
  const schedule = found(account.schedules, 'subscription_schedule', idOf(subscription.schedule))
  const phase = schedule.phases.findLast(({ start_date }) => start_date <= account.now)
  if (phase === undefined || phase.end_date <= account.now) {
    account.schedules.set(schedule.id, { ...schedule, status: 'released', subscription: null })
    return { ...subscription, schedule: null }
  }
  const { start_date, end_date } = phase
  account.schedules.set(schedule.id, { ...schedule, current_phase: { start_date, end_date } })
  const [planned] = phase.items
  const price = found(account.prices, 'price', idOf(planned?.price))
  const { start, end } = periodOf(itemIn(subscription))
  return withItem(subscription, price, planned?.quantity ?? 1, { start, end })
}

function withItem(
  subscription: Stripe.Subscription,
  price: Stripe.Price,
  quantity: number,
  period: Seconds,
): Stripe.Subscription {
  const { id, created } = itemIn(subscription)
  const item = itemOf(id, subscription.id, price, { quantity, period, created })
  return { ...subscription, items: { ...subscription.items, data: [item] } }
}

function costOf({ unit_amount }: Stripe.Price, quantity: number): number {
  return (unit_amount ?? 0) * quantity
}

function sameInterval(a: Stripe.Price, b: Stripe.Price): boolean {
  return (
    a.recurring?.interval === b.recurring?.interval &&
    a.recurring?.interval_count === b.recurring?.interval_count
  )
}
