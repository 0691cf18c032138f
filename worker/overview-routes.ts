/** The rows of the route table for what whoever runs the service looks at first. */
import { type Route, route } from './route.ts'

export const OVERVIEW_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/overview',
    operationId: 'getOverview',
    scope: 'read',
    token: false,
    schemas: async () => (await import('../schema/wire/overview.ts')).getOverview,
    load: async () => (await import('./routes/overview.ts')).getOverview,
  }),
]
