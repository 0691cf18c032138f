/** The rows of the route table for what feeds meters, and their history. */
import { parseEvent } from './ask/parse-event.ts'
import { type Route, route } from './route.ts'

const wire = () => import('../schema/wire/history.ts')
const handlers = () => import('./routes/history.ts')

export const USAGE_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/usage/events',
    operationId: 'reportEvent',
    scope: 'usage',
    token: false,
    schemas: async () => (await import('../schema/wire/usage-event.ts')).reportEvent,
    parse: parseEvent,
    load: async () => (await import('./routes/events.ts')).reportEvent,
  }),
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
