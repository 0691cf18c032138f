/** The rows of the route table for those who let browsers ask for themselves. */
import { type Route, route } from './route.ts'

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
]
