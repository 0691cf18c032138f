/** What a test or a demonstration does to the account: it plays customers, banks, and time. */
import {
  type Account,
  found,
  idOf,
  makeCustomer,
  makePrice,
  makeProduct,
  Refused,
} from './account.ts'
import { type Deliveries, MODES } from './deliveries.ts'
import { dispute, intentOfInvoice, refund, save } from './invoicing.ts'
import { expireSession, paySession } from './pages.ts'
import { advance, cancel, retry, subscribe, update } from './subscriptions.ts'

/** How the API answers: as it should, with an error, never, or with a refusal of every change of a subscription. */
export const MOODS = ['up', 'down', 'hanging', 'stubborn'] as const

export interface Answered {
  readonly asked: string
  readonly status: number
  readonly text: string
}

export interface Double {
  account: Account
  /** A new account, at real time; ids go on where they were. */
  readonly open: () => Account
  readonly deliveries: Deliveries
  /** What was answered, by idempotency key. */
  readonly answers: Map<string, Answered>
  mood: (typeof MOODS)[number]
  /** How many calls of the API were answered. */
  calls: number
  /** How far its clock is ahead of real time. */
  aheadS: number
}

/** Fields of a command; what is absent has a default of its own. */
export type Said = Readonly<Record<string, string | number | undefined>>

type Command = (double: Double, said: Said) => object | Promise<object>

export const COMMANDS: Readonly<Record<string, Command>> = {
  /** Everything from the beginning. */
  reset: (double) => {
    double.account = double.open()
    double.answers.clear()
    double.deliveries.forget()
    double.mood = 'up'
    double.aheadS = 0
    return {}
  },
  pay: ({ account }, { session }) => paySession(account, String(session)),
  expire: ({ account }, { session }) => expireSession(account, String(session)),
  /** The next payments of a customer are declined, or go through again. */
  card: ({ account }, { customer, works }) => {
    if (works === 'no') account.declined.add(String(customer))
    else account.declined.delete(String(customer))
    return {}
  },
  /** Seconds; whatever is due on the way happens. */
  clock: (double, { to }) => {
    const { account } = double
    advance(account, Number(to))
    double.aheadS = account.now - Math.floor(Date.now() / 1000)
    return { now: account.now }
  },
  retry: ({ account }, said) => {
    retry(account, subscriptionOf(account, said))
    return {}
  },
  cancel: ({ account }, said) => cancel(account, subscriptionOf(account, said)),
  /** Somebody makes a price in Stripe's own dashboard. */
  price: ({ account }, { key, amount }) => {
    const product = makeProduct(account, { id: undefined, name: String(key), metadata: {} }).id
    const lookupKey = String(key)
    const fields = { product, amount: Number(amount), currency: 'usd', lookupKey, metadata: {} }
    return makePrice(account, { ...fields, interval: 'month', intervalCount: 1 }, true)
  },
  /** Somebody sells something in Stripe's own dashboard, with a note of the customer or without. */
  sell: ({ account }, { price: key, customer, trialEnd }) => {
    const price = [...account.prices.values()].find(({ lookup_key }) => lookup_key === key)
    if (price === undefined) throw new Refused(`No such price: ${String(key)}`)
    const { id } = makeCustomer(account, {})
    return subscribe(account, id, {
      price,
      quantity: 1,
      trialEnd: trialEnd === undefined ? null : Number(trialEnd),
      firstBillAt: null,
      metadata: customer === undefined ? {} : { sluice_customer: String(customer) },
    })
  },
  /** Somebody changes it in Stripe's own dashboard. */
  change: ({ account }, said) => {
    const price = [...account.prices.values()].find(
      ({ lookup_key }) => lookup_key === said['price'],
    )
    return update(account, subscriptionOf(account, said), {
      ...(price !== undefined && { price }),
      ...(said['quantity'] !== undefined && { quantity: Number(said['quantity']) }),
      invoices: true,
      fields: {},
    })
  },
  collection: ({ account }, said) =>
    save(account, {
      ...subscriptionOf(account, said),
      pause_collection: said['paused'] === 'yes' ? { behavior: 'void', resumes_at: null } : null,
    }),
  /** Any status, also one that nobody knows yet. */
  status: ({ account }, said) =>
    save(account, { ...subscriptionOf(account, said), status: String(said['status']) }),
  refund: ({ account }, said) => {
    const intent = intentOf(account, said)
    return refund(
      account,
      intent,
      said['amount'] === undefined ? undefined : Number(said['amount']),
    )
  },
  dispute: ({ account }, said) => {
    dispute(account, intentOf(account, said))
    return {}
  },
  /** Something that has nothing to do with anybody here. */
  tell: ({ account }, { type }) => {
    account.tell(String(type), { id: 'x_1', object: 'x' })
    return {}
  },
  deliver: ({ deliveries }, { mode, url, secret }) => {
    const wanted = MODES.find((each) => each === mode)
    if (wanted !== undefined) deliveries.mode = wanted
    if (url !== undefined) deliveries.destination = { url: String(url), secret: String(secret) }
    return { mode: deliveries.mode }
  },
  release: async ({ deliveries }, { copies = 1, seed = 0, together = 1 }) => {
    await deliveries.release(Number(copies), Number(seed), Number(together))
    return {}
  },
  settle: async ({ deliveries }) => ({ left: await deliveries.settle() }),
  api: (double, { mood }) => {
    double.mood = MOODS.find((each) => each === mood) ?? 'up'
    return { mood: double.mood }
  },
  state: ({ account, deliveries, calls }) => ({
    now: account.now,
    calls,
    told: deliveries.told,
    made: deliveries.made,
    ...Object.fromEntries(
      Object.entries(account).flatMap(([name, kept]) =>
        kept instanceof Map ? [[name, [...kept.values()]]] : [],
      ),
    ),
  }),
}

function subscriptionOf(account: Account, { subscription }: Said) {
  return found(account.subscriptions, 'subscription', String(subscription))
}

/** The payment that is named, or the one of a subscription's newest invoice. */
function intentOf(account: Account, said: Said): string {
  if (said['intent'] !== undefined) return String(said['intent'])
  const { latest_invoice } = subscriptionOf(account, said)
  return intentOfInvoice(
    account,
    said['invoice'] === undefined ? idOf(latest_invoice) : String(said['invoice']),
  )
}
