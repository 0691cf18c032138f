/** The rows of the route table for those who let browsers ask for themselves. */
import { type Route, route } from './route.ts'

const settingsWire = () => import('../schema/wire/settings.ts')
const settingsHandlers = () => import('./routes/settings.ts')

export const BROWSER_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/customers/:customerId/tokens',
    operationId: 'createCustomerToken',
    scope: 'manage',
    token: false,
    schemas: async () => (await import('../schema/wire/token.ts')).createCustomerToken,
    load: async () => (await import('./routes/tokens.ts')).createCustomerToken,
  }),
  route({
    method: 'GET',
    path: '/v1/settings/origins',
    operationId: 'getOrigins',
    scope: 'manage',
    token: false,
    schemas: async () => (await settingsWire()).getOrigins,
    load: async () => (await settingsHandlers()).getOrigins,
  }),
  route({
    method: 'PUT',
    path: '/v1/settings/origins',
    operationId: 'putOrigins',
    scope: 'manage',
    token: false,
    schemas: async () => (await settingsWire()).putOrigins,
    load: async () => (await settingsHandlers()).putOrigins,
  }),
]
