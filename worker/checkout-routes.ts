/** The rows of the route table for checkout sessions, and for the pages that they send customers to. */
import { route, type Route } from './route.ts'

const wire = () => import('../schema/wire/checkout.ts')
const handlers = () => import('./routes/checkout.ts')
const pages = () => import('./routes/checkout-page.ts')

export const CHECKOUT_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/checkout/sessions',
    operationId: 'createCheckoutSession',
    scope: 'manage',
    token: false,
    schemas: async () => (await wire()).createCheckoutSession,
    load: async () => (await handlers()).createCheckoutSession,
  }),
  route({
    method: 'GET',
    path: '/v1/checkout/sessions',
    operationId: 'listCheckoutSessions',
    scope: 'read',
    token: false,
    schemas: async () => (await wire()).listCheckoutSessions,
    load: async () => (await handlers()).listCheckoutSessions,
  }),
  route({
    method: 'GET',
    path: '/v1/checkout/sessions/:sessionId',
    operationId: 'getCheckoutSession',
    scope: 'read',
    token: false,
    schemas: async () => (await wire()).getCheckoutSession,
    load: async () => (await handlers()).getCheckoutSession,
  }),
  route({
    method: 'POST',
    path: '/v1/checkout/sessions/:sessionId/expire',
    operationId: 'expireCheckoutSession',
    scope: 'manage',
    token: false,
    schemas: async () => (await wire()).expireCheckoutSession,
    load: async () => (await handlers()).expireCheckoutSession,
  }),
  route({
    method: 'GET',
    path: '/checkout/:sessionId/return',
    operationId: 'returnFromCheckout',
    scope: 'none',
    token: false,
    schemas: async () => (await wire()).returnFromCheckout,
    load: async () => (await pages()).returnFromCheckout,
  }),
  route({
    method: 'GET',
    path: '/checkout/:sessionId',
    operationId: 'getCheckoutPage',
    scope: 'none',
    token: false,
    onlyIn: ['local', 'sandbox'],
    schemas: async () => (await wire()).getCheckoutPage,
    load: async () => (await pages()).getCheckoutPage,
  }),
  route({
    method: 'POST',
    path: '/checkout/:sessionId',
    operationId: 'postCheckoutPage',
    scope: 'none',
    token: false,
    bodyAs: 'form',
    onlyIn: ['local', 'sandbox'],
    schemas: async () => (await wire()).postCheckoutPage,
    load: async () => (await pages()).postCheckoutPage,
  }),
]
