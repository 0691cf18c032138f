/**
 * What the people may do whom keys were made for. A key without a role is a program's, and its scopes say all.
 *
 * Whoever may manage may read; only who looks after keys sees them. What changes something names who may.
 */
import type { Role } from '../schema/keys.ts'
import type { Route } from './route.ts'

/** Operations that change something, by who may beside an admin. */
const ALLOWED: Readonly<Record<Exclude<Role, 'admin'>, ReadonlySet<string>>> = {
  viewer: new Set(),
  support: new Set([
    'putCustomer',
    'patchCustomer',
    'deleteCustomer',
    'importCustomers',
    'createCustomerToken',
    'createPortalSession',
    'createSubscription',
    'changeSubscription',
    'cancelSubscription',
    'undoSubscriptionChange',
    'pauseSubscription',
    'resumeSubscription',
    'endTrial',
    'renewSubscription',
    'recordPaymentFailed',
    'recordPaymentSucceeded',
    'refundSubscription',
    'createCheckoutSession',
    'expireCheckoutSession',
    'putOverride',
    'deleteOverride',
    'resetUsage',
    'consume',
    'consumeBatch',
    'reportUsage',
    'reportUsageBatch',
    'reportEvent',
    'paySandbox',
    'putClock',
    'deleteClock',
  ]),
  catalogue: new Set([
    'putFeature',
    'patchFeature',
    'deleteFeature',
    'putPlan',
    'patchPlan',
    'deletePlan',
    'putCatalogue',
  ]),
}

/** Reading them is looking after the deployment itself. */
const ADMINS_ALONE: ReadonlySet<string> = new Set(['listKeys'])

/** Roles that may call a route; a program's key goes by its scopes. */
export function rolesFor({ operationId, method, scope }: RoleBound): readonly Role[] {
  if (ADMINS_ALONE.has(operationId)) return ['admin']
  const isReading = method === 'GET' || scope === 'read' || scope === 'any' || scope === 'none'
  if (isReading) return ['viewer', 'support', 'catalogue', 'admin']
  const named = (['viewer', 'support', 'catalogue'] as const).filter((role) =>
    ALLOWED[role].has(operationId),
  )
  return [...named, 'admin']
}

export type RoleBound = Pick<Route, 'operationId' | 'method' | 'scope'>
