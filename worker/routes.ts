/**
 * The route table: every route of the service, once. Validation reads it, and so do documentation, authorisation
 * tests and fuzzing. Rows reach the check path statically and everything else through `load`.
 */
import { route, type Route } from './route.ts'

export const ROUTES: readonly Route[] = [
  // --- ask (worker/routes/access.ts, usage.ts) ---
  // --- catalogue (SCHEMA: worker/routes/catalogue.ts, features.ts, plans.ts) ---
  // --- customers, keys (SCHEMA) ---
  // --- subscriptions, overrides (LIFECYCLE) ---
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
    path: '/health',
    operationId: 'getHealth',
    scope: 'none',
    token: false,
    load: async () => (await import('./routes/health.ts')).getHealth,
  }),
]
