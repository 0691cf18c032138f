/**
 * The route table: every route of the service, once. Validation reads it, and so do documentation, authorisation
 * tests and fuzzing. Rows reach the check path statically and everything else through `load`.
 */
import { accessAtOnce } from './ask/at-once.ts'
import {
  parseAccess,
  parseConsume,
  parseEntitlements,
  parseReset,
  parseSnapshot,
  parseUsage,
} from './ask/parse.ts'
import { BATCH_ROUTES } from './batch-routes.ts'
import { BROWSER_ROUTES } from './browser-routes.ts'
import { CATALOGUE_ROUTES } from './catalogue-routes.ts'
import { CHECKOUT_ROUTES } from './checkout-routes.ts'
import { CUSTOMER_ROUTES } from './customer-routes.ts'
import { OVERVIEW_ROUTES } from './overview-routes.ts'
import { PAYMENT_ROUTES } from './payment-routes.ts'
import { EVENT_ROUTES } from './event-routes.ts'
import { route, type Route } from './route.ts'
import { getAccess, listEntitlements } from './routes/access.ts'
import { consume, reportUsage, resetUsage } from './routes/usage.ts'
import { PORTAL_ROUTES } from './portal-routes.ts'
import { SANDBOX_ROUTES } from './sandbox-routes.ts'
import { SESSION_ROUTES } from './session-routes.ts'
import { SUBSCRIPTION_ROUTES } from './subscription-routes.ts'
import { USAGE_ROUTES } from './usage-routes.ts'
import { WEBHOOK_ROUTES } from './webhook-routes.ts'

export const ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/access',
    operationId: 'getAccess',
    scope: 'read',
    token: true,
    customerIn: 'query',
    schemas: async () => (await import('../schema/wire/access.ts')).getAccess,
    parse: parseAccess,
    atOnce: accessAtOnce,
    load: async () => getAccess,
  }),
  route({
    method: 'GET',
    path: '/v1/customers/:customerId/entitlements',
    operationId: 'listEntitlements',
    scope: 'read',
    token: true,
    schemas: async () => (await import('../schema/wire/access.ts')).listEntitlements,
    parse: parseEntitlements,
    load: async () => listEntitlements,
  }),
  route({
    method: 'GET',
    path: '/v1/customers/:customerId/entitlements/:featureId',
    operationId: 'getEntitlement',
    scope: 'read',
    token: false,
    schemas: async () => (await import('../schema/wire/access.ts')).getEntitlement,
    load: async () => (await import('./routes/explain.ts')).getEntitlement,
  }),
  route({
    method: 'GET',
    path: '/v1/customers/:customerId/snapshot',
    operationId: 'getSnapshot',
    scope: 'read',
    token: false,
    schemas: async () => (await import('../schema/wire/snapshot.ts')).getSnapshot,
    parse: parseSnapshot,
    load: async () => (await import('./routes/snapshot.ts')).getSnapshot,
  }),
  route({
    method: 'GET',
    path: '/v1/customers/:customerId/stream',
    operationId: 'streamEntitlements',
    scope: 'read',
    token: true,
    schemas: async () => (await import('../schema/wire/stream.ts')).streamEntitlements,
    load: async () => (await import('./routes/stream.ts')).streamEntitlements,
  }),
  route({
    method: 'POST',
    path: '/v1/consume',
    operationId: 'consume',
    scope: 'usage',
    token: true,
    customerIn: 'body',
    schemas: async () => (await import('../schema/wire/usage.ts')).consume,
    parse: parseConsume,
    load: async () => consume,
  }),
  route({
    method: 'POST',
    path: '/v1/usage',
    operationId: 'reportUsage',
    scope: 'usage',
    token: true,
    customerIn: 'body',
    schemas: async () => (await import('../schema/wire/usage.ts')).reportUsage,
    parse: parseUsage,
    load: async () => reportUsage,
  }),
  route({
    method: 'POST',
    path: '/v1/customers/:customerId/entitlements/:featureId/reset',
    operationId: 'resetUsage',
    scope: 'manage',
    token: false,
    schemas: async () => (await import('../schema/wire/usage.ts')).resetUsage,
    parse: parseReset,
    load: async () => resetUsage,
  }),
  route({
    method: 'GET',
    path: '/v1/me',
    operationId: 'getMe',
    scope: 'any',
    token: true,
    schemas: async () => (await import('../schema/wire/key.ts')).getMe,
    load: async () => (await import('./routes/me.ts')).getMe,
  }),
  ...BATCH_ROUTES,
  ...BROWSER_ROUTES,
  ...CATALOGUE_ROUTES,
  ...CHECKOUT_ROUTES,
  ...CUSTOMER_ROUTES,
  ...EVENT_ROUTES,
  ...OVERVIEW_ROUTES,
  ...SESSION_ROUTES,
  ...SUBSCRIPTION_ROUTES,
  ...PAYMENT_ROUTES,
  ...SANDBOX_ROUTES,
  ...PORTAL_ROUTES,
  ...USAGE_ROUTES,
  ...WEBHOOK_ROUTES,
  route({
    method: 'GET',
    path: '/',
    operationId: 'getHome',
    scope: 'none',
    token: false,
    load: async () => (await import('./page/home.ts')).getHome,
  }),
  route({
    method: 'GET',
    path: '/ready',
    operationId: 'getReady',
    scope: 'any',
    token: false,
    load: async () => (await import('./routes/ready.ts')).getReady,
  }),
  route({
    method: 'GET',
    path: '/errors',
    operationId: 'getErrors',
    scope: 'none',
    token: false,
    load: async () => (await import('./routes/errors.ts')).getErrors,
  }),
  route({
    method: 'GET',
    path: '/health',
    operationId: 'getHealth',
    scope: 'none',
    token: false,
    load: async () => (await import('./routes/health.ts')).getHealth,
  }),
]
