/** The rows of the route table for the customer portal. Whoever has the link needs no other credential. */
import { type Route, route } from './route.ts'

const wire = () => import('../schema/wire/portal.ts')
const handlers = () => import('./routes/portal.ts')

const LINKED = { scope: 'none', token: false } as const
const HELD = '/portal/:token/subscriptions/:subscriptionId'

export const PORTAL_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/customers/:customerId/portal-sessions',
    operationId: 'createPortalSession',
    scope: 'manage',
    token: false,
    schemas: async () => (await wire()).createPortalSession,
    load: async () => (await handlers()).createPortalSession,
  }),
  route({
    method: 'GET',
    path: '/portal/:token',
    operationId: 'getPortal',
    ...LINKED,
    schemas: async () => (await wire()).getPortal,
    load: async () => (await handlers()).getPortal,
  }),
  route({
    method: 'GET',
    path: `${HELD}/cancel`,
    operationId: 'getPortalCancel',
    ...LINKED,
    schemas: async () => (await wire()).getPortalCancel,
    load: async () => (await handlers()).getPortalCancel,
  }),
  route({
    method: 'POST',
    path: `${HELD}/cancel`,
    operationId: 'cancelInPortal',
    ...LINKED,
    bodyAs: 'form',
    schemas: async () => (await wire()).cancelInPortal,
    load: async () => (await handlers()).cancelInPortal,
  }),
  route({
    method: 'POST',
    path: `${HELD}/undo`,
    operationId: 'undoInPortal',
    ...LINKED,
    bodyAs: 'form',
    schemas: async () => (await wire()).undoInPortal,
    load: async () => (await handlers()).undoInPortal,
  }),
]
