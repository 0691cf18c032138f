/** What can be asked of Stripe here: the part of its API that Sluice uses, and nothing besides. */
import type Stripe from 'stripe'
import {
  type Account,
  found,
  makeCustomer,
  makePrice,
  makeProduct,
  Refused,
  idOf,
} from './account.ts'
import { refund, save } from './invoicing.ts'
import type { Parameters } from './parameters.ts'
import { phaseOf, scheduleOf } from './plans-ahead.ts'
import { expireSession, openSession, SESSION_PARAMETERS } from './pages.ts'
import { cancel, itemIn, periodOf, update, type Update } from './subscriptions.ts'

export interface Asked {
  readonly account: Account
  /** What the path names. */
  readonly id: string
  readonly parameters: Parameters
}

/** One endpoint; `:id` in its path is whatever is asked for. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly known: readonly string[]
  readonly answer: (asked: Asked) => object
}

const LIST = ['limit', 'starting_after', 'ending_before']
const INTERVALS = ['day', 'week', 'month', 'year'] as const

export const ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/v1/customers',
    known: ['email', 'name', 'metadata[*]'],
    answer: ({ account, parameters }) => {
      const email = parameters.text('email')
      const name = parameters.text('name')
      return makeCustomer(account, {
        ...(email !== undefined && { email }),
        ...(name !== undefined && { name }),
        metadata: parameters.notes('metadata'),
      })
    },
  },
  one('customers', 'customer', (account) => account.customers),
  one('checkout/sessions', 'checkout.session', (account) => account.sessions),
  one('subscriptions', 'subscription', (account) => account.subscriptions),
  one('payment_intents', 'payment_intent', (account) => account.intents),
  one('subscription_schedules', 'subscription_schedule', (account) => account.schedules),
  {
    method: 'POST',
    path: '/v1/products',
    known: ['id', 'name', 'metadata[*]'],
    answer: ({ account, parameters }) =>
      makeProduct(account, {
        id: parameters.text('id'),
        name: parameters.needed('name'),
        metadata: parameters.notes('metadata'),
      }),
  },
  {
    method: 'POST',
    path: '/v1/prices',
    known: [
      'product',
      'currency',
      'unit_amount',
      'recurring[interval]',
      'recurring[interval_count]',
      'lookup_key',
      'transfer_lookup_key',
      'metadata[*]',
    ],
    answer: postPrice,
  },
  {
    method: 'GET',
    path: '/v1/prices',
    known: [...LIST, 'active', 'lookup_keys[]'],
    answer: ({ account, parameters }) => {
      const keys = parameters.list('lookup_keys')
      return listOf('/v1/prices', account.prices, parameters, ({ lookup_key }) =>
        keys.includes(lookup_key ?? ''),
      )
    },
  },
  {
    method: 'POST',
    path: '/v1/checkout/sessions',
    known: SESSION_PARAMETERS,
    answer: openSession,
  },
  {
    method: 'POST',
    path: '/v1/checkout/sessions/:id/expire',
    known: [],
    answer: ({ account, id }) => expireSession(account, id),
  },
  {
    method: 'GET',
    path: '/v1/checkout/sessions',
    known: [...LIST, 'subscription', 'payment_intent'],
    answer: ({ account, parameters }) =>
      listOf('/v1/checkout/sessions', account.sessions, parameters, (each) =>
        parameters.has('subscription')
          ? each.subscription === parameters.text('subscription')
          : each.payment_intent === parameters.text('payment_intent'),
      ),
  },
  {
    method: 'POST',
    path: '/v1/subscriptions/:id',
    known: [
      'cancel_at',
      'cancel_at_period_end',
      'items[][id]',
      'items[][price]',
      'items[][quantity]',
      'metadata[*]',
      'pause_collection',
      'pause_collection[behavior]',
      'payment_behavior',
      'proration_behavior',
      'trial_end',
    ],
    answer: postSubscription,
  },
  {
    method: 'DELETE',
    path: '/v1/subscriptions/:id',
    known: ['invoice_now', 'prorate'],
    answer: ({ account, id }) => cancel(account, running(account, id)),
  },
  {
    method: 'POST',
    path: '/v1/subscriptions/:id/resume',
    known: [],
    answer: ({ account, id }) => save(account, { ...running(account, id), status: 'active' }),
  },
  {
    method: 'GET',
    path: '/v1/invoices',
    known: [...LIST, 'subscription', 'status'],
    answer: ({ account, parameters }) =>
      listOf(
        '/v1/invoices',
        account.invoices,
        parameters,
        ({ parent, status }) =>
          parent?.subscription_details?.subscription === parameters.needed('subscription') &&
          (!parameters.has('status') || status === parameters.text('status')),
      ),
  },
  {
    method: 'GET',
    path: '/v1/invoice_payments',
    known: [...LIST, 'payment[type]', 'payment[payment_intent]', 'invoice', 'status'],
    answer: ({ account, parameters }) =>
      listOf(
        '/v1/invoice_payments',
        account.invoicePayments,
        parameters,
        ({ payment }) => payment.payment_intent === parameters.needed('payment[payment_intent]'),
      ),
  },
  {
    method: 'POST',
    path: '/v1/refunds',
    known: ['payment_intent', 'amount', 'metadata[*]'],
    answer: ({ account, parameters }) =>
      refund(account, parameters.needed('payment_intent'), parameters.whole('amount')),
  },
  {
    method: 'POST',
    path: '/v1/subscription_schedules',
    known: ['from_subscription', 'metadata[*]'],
    answer: postSchedule,
  },
  {
    method: 'POST',
    path: '/v1/subscription_schedules/:id',
    known: [
      'end_behavior',
      'proration_behavior',
      ...['start_date', 'end_date', 'duration[interval]', 'duration[interval_count]'].map(inPhase),
      ...['proration_behavior', 'items[][price]', 'items[][quantity]', 'trial_end'].map(inPhase),
    ],
    answer: updateSchedule,
  },
  {
    method: 'POST',
    path: '/v1/subscription_schedules/:id/release',
    known: [],
    answer: ({ account, id }) => {
      const schedule = found(account.schedules, 'subscription_schedule', id)
      if (schedule.status !== 'active')
        throw new Refused(`You cannot release a schedule that is ${schedule.status}.`)
      const subscription = running(account, idOf(schedule.subscription))
      const released: Stripe.SubscriptionSchedule = {
        ...schedule,
        status: 'released',
        released_at: account.now,
        released_subscription: subscription.id,
        subscription: null,
      }
      account.schedules.set(id, released)
      save(account, { ...subscription, schedule: null })
      account.tell('subscription_schedule.released', released)
      return released
    },
  },
]

function inPhase(name: string): string {
  const at = name.indexOf('[')
  return at === -1 ? `phases[][${name}]` : `phases[][${name.slice(0, at)}]${name.slice(at)}`
}

function one(
  segment: string,
  kind: string,
  kept: (account: Account) => ReadonlyMap<string, object>,
): Endpoint {
  return {
    method: 'GET',
    path: `/v1/${segment}/:id`,
    known: [],
    answer: ({ account, id }) => found(kept(account), kind, id),
  }
}

/** Newest first, as Stripe lists everything. */
function listOf<T>(
  url: string,
  kept: ReadonlyMap<string, T>,
  parameters: Parameters,
  fits: (each: T) => boolean,
) {
  const fitting = [...kept.values()].toReversed().filter(fits)
  const limit = parameters.whole('limit') ?? 10
  return { object: 'list', data: fitting.slice(0, limit), has_more: fitting.length > limit, url }
}

function postPrice({ account, parameters }: Asked): object {
  const interval = parameters.word('recurring[interval]', INTERVALS)
  return makePrice(
    account,
    {
      product: parameters.needed('product'),
      amount: Number(parameters.needed('unit_amount')),
      currency: parameters.needed('currency'),
      interval: interval ?? null,
      intervalCount: parameters.whole('recurring[interval_count]') ?? 1,
      lookupKey: parameters.text('lookup_key') ?? null,
      metadata: parameters.notes('metadata'),
    },
    parameters.text('transfer_lookup_key') === 'true',
  )
}

const CANCELS = ['cancel_at', 'cancel_at_period_end']

function postSubscription({ account, id, parameters }: Asked): object {
  const former = running(account, id)
  if (former.schedule !== null && CANCELS.some((name) => parameters.has(name)))
    throw new Refused(
      'The subscription is managed by the subscription schedule, and updating any cancelation behavior directly is not allowed. Please update the schedule instead.',
    )
  if (parameters.has('items[0][price]') && parameters.text('items[0][id]') !== itemIn(former).id)
    throw new Refused('items[0][id] names no item of this subscription.', { param: 'items' })
  const priceId = parameters.text('items[0][price]')
  const quantity = parameters.whole('items[0][quantity]')
  const trialEnd = parameters.text('trial_end')
  const asked: Update = {
    ...(priceId !== undefined && { price: found(account.prices, 'price', priceId) }),
    ...(quantity !== undefined && { quantity }),
    ...(trialEnd !== undefined && {
      trialEnd: trialEnd === 'now' ? account.now : Number(trialEnd),
    }),
    invoices: parameters.text('proration_behavior') === 'always_invoice',
    fields: fieldsFrom(parameters, former, account.now),
  }
  return update(account, former, asked)
}

function fieldsFrom(
  parameters: Parameters,
  former: Stripe.Subscription,
  now: number,
): Partial<Stripe.Subscription> {
  const atEnd = parameters.text('cancel_at_period_end')
  const at = parameters.whole('cancel_at')
  if (CANCELS.every((name) => parameters.has(name)))
    throw new Refused(`You may only specify one of these parameters: ${CANCELS.join(', ')}.`)
  if (at !== undefined && at <= now)
    throw new Refused('`cancel_at` must be in the future.', { param: 'cancel_at' })
  const behavior = parameters.word('pause_collection[behavior]', ['void'] as const)
  return {
    ...(parameters.has('cancel_at') && { cancel_at: at ?? null, cancel_at_period_end: false }),
    ...(atEnd === 'true' && {
      cancel_at_period_end: true,
      cancel_at: periodOf(itemIn(former)).end,
      canceled_at: now,
    }),
    ...(atEnd === 'false' && { cancel_at_period_end: false, cancel_at: null, canceled_at: null }),
    ...(parameters.text('pause_collection') === '' && { pause_collection: null }),
    ...(behavior !== undefined && { pause_collection: { behavior, resumes_at: null } }),
    metadata: { ...former.metadata, ...parameters.notes('metadata') },
  }
}

function postSchedule({ account, parameters }: Asked): object {
  const subscription = running(account, parameters.needed('from_subscription'))
  if (subscription.schedule !== null)
    throw new Refused('You cannot migrate a subscription that is already attached to a schedule.')
  if (subscription.cancel_at !== null)
    throw new Refused('You cannot create a schedule for a subscription that is set to cancel.')
  const item = itemIn(subscription)
  const current = phaseOf({
    ...periodOf(item),
    price: item.price,
    quantity: item.quantity ?? 1,
  })
  const schedule = scheduleOf(account.newId('sub_sched'), account.now, subscription, [current])
  account.schedules.set(schedule.id, schedule)
  account.tell('subscription_schedule.created', schedule)
  save(account, { ...subscription, schedule: schedule.id })
  return schedule
}

/** Each phase begins where the one before it ends; one without an end lasts one interval of its price. */
function updateSchedule({ account, id, parameters }: Asked): object {
  const schedule = found(account.schedules, 'subscription_schedule', id)
  const phases: Stripe.SubscriptionSchedule.Phase[] = []
  for (let at = 0; parameters.has(`phases[${at}][items][0][price]`); at++) {
    const start = parameters.whole(`phases[${at}][start_date]`) ?? phases.at(-1)?.end_date
    if (start === undefined) throw new Refused('The first phase needs a start_date.')
    const price = found(account.prices, 'price', parameters.text(`phases[${at}][items][0][price]`))
    const interval = parameters.word(`phases[${at}][duration][interval]`, INTERVALS)
    const end = parameters.whole(`phases[${at}][end_date]`)
    if (end === undefined && interval === undefined)
      throw new Refused('A phase needs an end_date or a duration.', { param: 'phases' })
    phases.push(
      phaseOf({
        start,
        end: end ?? start + 86_400,
        price,
        quantity: parameters.whole(`phases[${at}][items][0][quantity]`) ?? 1,
      }),
    )
  }
  const updated = { ...schedule, phases }
  account.schedules.set(id, updated)
  account.tell('subscription_schedule.updated', updated)
  return updated
}

function running(account: Account, id: string): Stripe.Subscription {
  const subscription = found(account.subscriptions, 'subscription', id)
  if (subscription.status !== 'canceled') return subscription
  throw new Refused(`No such subscription: '${id}'`, {
    status: 404,
    code: 'resource_missing',
    param: 'id',
  })
}
