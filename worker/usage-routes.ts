/** The rows of the route table for the history of meters. */
import { type Route, route } from './route.ts'

const wire = () => import('../schema/wire/history.ts')
const handlers = () => import('./routes/history.ts')

export const USAGE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/customers/:customerId/usage',
    operationId: 'listUsage',
    scope: 'read',
    token: false,
    schemas: async () => (await wire()).listUsage,
    load: async () => (await handlers()).listUsage,
  }),
  route({
    method: 'GET',
    path: '/v1/customers/:customerId/usage/entries',
    operationId: 'listUsageEntries',
    scope: 'read',
    token: false,
    schemas: async () => (await wire()).listUsageEntries,
    load: async () => (await handlers()).listUsageEntries,
  }),
]
