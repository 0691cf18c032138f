/** The rows of the route table for subscriptions and overrides. */
import { type Handler, type Route, route, type Schemas } from './route.ts'

type Wire = typeof import('../schema/wire/subscription.ts')
type Handlers = typeof import('./routes/subscriptions.ts')

const wire = () => import('../schema/wire/subscription.ts')
const handlers = () => import('./routes/subscriptions.ts')
const overrideWire = () => import('../schema/wire/override.ts')
const overrideHandlers = () => import('./routes/overrides.ts')

export const SUBSCRIPTION_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/customers/:customerId/subscriptions',
    operationId: 'listCustomerSubscriptions',
    scope: 'read',
    token: false,
    schemas: async () => (await wire()).listCustomerSubscriptions,
    load: async () => (await handlers()).listCustomerSubscriptions,
  }),
  route({
    method: 'POST',
    path: '/v1/customers/:customerId/subscriptions',
    operationId: 'createSubscription',
    scope: 'manage',
    token: false,
    schemas: async () => (await wire()).createSubscription,
    load: async () => (await handlers()).postSubscription,
  }),
  route({
    method: 'GET',
    path: '/v1/subscriptions',
    operationId: 'listSubscriptions',
    scope: 'read',
    token: false,
    schemas: async () => (await wire()).listSubscriptions,
    load: async () => (await handlers()).listSubscriptions,
  }),
  route({
    method: 'GET',
    path: '/v1/subscriptions/:subscriptionId',
    operationId: 'getSubscription',
    scope: 'read',
    token: false,
    schemas: async () => (await wire()).getSubscription,
    load: async () => (await handlers()).getSubscription,
  }),
  action(
    'change',
    'changeSubscription',
    (all) => all.changeSubscription,
    (all) => all.changeSubscription,
  ),
  action(
    'cancel',
    'cancelSubscription',
    (all) => all.cancelSubscription,
    (all) => all.cancelSubscription,
  ),
  action(
    'undo',
    'undoSubscriptionChange',
    (all) => all.undoSubscriptionChange,
    (all) => all.undoSubscriptionChange,
  ),
  action(
    'pause',
    'pauseSubscription',
    (all) => all.pauseSubscription,
    (all) => all.pauseSubscription,
  ),
  action(
    'resume',
    'resumeSubscription',
    (all) => all.resumeSubscription,
    (all) => all.resumeSubscription,
  ),
  action(
    'end-trial',
    'endTrial',
    (all) => all.endTrial,
    (all) => all.endTrial,
  ),
  action(
    'renew',
    'renewSubscription',
    (all) => all.renewSubscription,
    (all) => all.renewSubscription,
  ),
  action(
    'payment-failed',
    'recordPaymentFailed',
    (all) => all.recordPaymentFailed,
    (all) => all.recordPaymentFailed,
  ),
  action(
    'payment-succeeded',
    'recordPaymentSucceeded',
    (all) => all.recordPaymentSucceeded,
    (all) => all.recordPaymentSucceeded,
  ),
  action(
    'refund',
    'refundSubscription',
    (all) => all.refundSubscription,
    (all) => all.refundSubscription,
  ),
  route({
    method: 'GET',
    path: '/v1/customers/:customerId/overrides',
    operationId: 'listOverrides',
    scope: 'read',
    token: false,
    schemas: async () => (await overrideWire()).listOverrides,
    load: async () => (await overrideHandlers()).listOverrides,
  }),
  route({
    method: 'PUT',
    path: '/v1/customers/:customerId/overrides/:featureId',
    operationId: 'putOverride',
    scope: 'manage',
    token: false,
    schemas: async () => (await overrideWire()).putOverride,
    load: async () => (await overrideHandlers()).putOverride,
  }),
  route({
    method: 'DELETE',
    path: '/v1/customers/:customerId/overrides/:featureId',
    operationId: 'deleteOverride',
    scope: 'manage',
    token: false,
    schemas: async () => (await overrideWire()).deleteOverride,
    load: async () => (await overrideHandlers()).deleteOverride,
  }),
]

/** Something that is done to a subscription. */
function action<P, Q, B>(
  segment: string,
  operationId: string,
  schemas: (wire: Wire) => Schemas<P, Q, B>,
  handler: (handlers: Handlers) => Handler<P, Q, B>,
): Route {
  return route({
    method: 'POST',
    path: `/v1/subscriptions/:subscriptionId/${segment}`,
    operationId,
    scope: 'manage',
    token: false,
    schemas: async () => schemas(await wire()),
    load: async () => handler(await handlers()),
  })
}
