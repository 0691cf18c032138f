/** What customers have bought, and how they buy it. */
import type { Connection } from '../contract.ts'
import { asked, type ManageOptions, pathOf, withQuery } from './asked.ts'
import type {
  Cancellation,
  Changed,
  CheckoutInput,
  CheckoutQuery,
  CheckoutSession,
  Page,
  PageQuery,
  Subscription,
  SubscriptionChange,
  SubscriptionInput,
  SubscriptionPreview,
  SubscriptionQuery,
} from './resources.ts'

type ChangedSubscription = Promise<Subscription & Changed>
type Action = (subscriptionId: string, options?: ManageOptions) => ChangedSubscription

export interface Subscriptions {
  create(
    customerId: string,
    subscription: SubscriptionInput,
    options?: ManageOptions,
  ): ChangedSubscription
  get(subscriptionId: string, options?: ManageOptions): Promise<Subscription>
  list(query?: SubscriptionQuery, options?: ManageOptions): Promise<Page<Subscription>>
  listOf(
    customerId: string,
    query?: PageQuery,
    options?: ManageOptions,
  ): Promise<Page<Subscription>>
  change(
    subscriptionId: string,
    change: SubscriptionChange,
    options?: ManageOptions,
  ): ChangedSubscription
  /** What `change` would do. */
  preview(
    subscriptionId: string,
    change: SubscriptionChange,
    options?: ManageOptions,
  ): Promise<SubscriptionPreview>
  cancel(
    subscriptionId: string,
    cancellation?: Cancellation,
    options?: ManageOptions,
  ): ChangedSubscription
  /** Takes back the pending change or cancellation. */
  undo: Action
  pause: Action
  resume: Action
  endTrial: Action
}

export interface Checkout {
  /** Send the customer to its `url`. */
  create(session: CheckoutInput, options?: ManageOptions): Promise<CheckoutSession>
  /** Once it is completed this client sees what was bought. */
  get(sessionId: string, options?: ManageOptions): Promise<CheckoutSession>
  list(query?: CheckoutQuery, options?: ManageOptions): Promise<Page<CheckoutSession>>
  expire(sessionId: string, options?: ManageOptions): Promise<CheckoutSession>
}

/** Those of `manage`. */
export function subscriptionsOf(to: Connection): Subscriptions {
  const one = (id: string) => pathOf`/v1/subscriptions/${id}`
  const post = <T>(path: string, body: object, options?: ManageOptions): Promise<T> =>
    asked(to, { method: 'POST', path, body }, options)
  const action =
    (segment: string): Action =>
    (id, options) =>
      post(`${one(id)}/${segment}`, {}, options)
  const ofCustomer = (id: string) => pathOf`/v1/customers/${id}/subscriptions`
  return {
    create: (customerId, body, options) => post(ofCustomer(customerId), body, options),
    get: (id, options) => asked(to, { method: 'GET', path: one(id) }, options),
    list: (query = {}, options) =>
      asked(to, { method: 'GET', path: withQuery('/v1/subscriptions', query) }, options),
    listOf: (customerId, query = {}, options) => {
      const path = withQuery(ofCustomer(customerId), query)
      return asked(to, { method: 'GET', path, customerIds: [customerId] }, options)
    },
    change: (id, body, options) => post(`${one(id)}/change`, body, options),
    preview: (id, body, options) => post(`${one(id)}/change?dryRun=true`, body, options),
    cancel: (id, body = {}, options) => post(`${one(id)}/cancel`, body, options),
    undo: action('undo'),
    pause: action('pause'),
    resume: action('resume'),
    endTrial: action('end-trial'),
  }
}

/** That of `manage`. */
export function checkoutOf(to: Connection): Checkout {
  const all = '/v1/checkout/sessions'
  const one = (id: string) => pathOf`/v1/checkout/sessions/${id}`
  return {
    create: (body, options) => asked(to, { method: 'POST', path: all, body }, options),
    get: (id, options) => asked(to, { method: 'GET', path: one(id) }, options),
    list: (query = {}, options) =>
      asked(to, { method: 'GET', path: withQuery(all, query) }, options),
    expire: (id, options) =>
      asked(to, { method: 'POST', path: `${one(id)}/expire`, body: {} }, options),
  }
}
