/** The rows of the route table for what happened: one by one, and counted. */
import { type Route, route } from './route.ts'

const wire = () => import('../schema/wire/event.ts')
const handlers = () => import('./routes/event-log.ts')

const MANAGING = { scope: 'manage', token: false } as const

export const EVENT_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/events',
    operationId: 'listEvents',
    ...MANAGING,
    schemas: async () => (await wire()).listEvents,
    load: async () => (await handlers()).listEvents,
  }),
  route({
    method: 'GET',
    path: '/v1/events/:eventId',
    operationId: 'getEvent',
    ...MANAGING,
    schemas: async () => (await wire()).getEvent,
    load: async () => (await handlers()).getEvent,
  }),
  route({
    method: 'GET',
    path: '/v1/statistics',
    operationId: 'getStatistics',
    ...MANAGING,
    schemas: async () => (await import('../schema/wire/statistics.ts')).getStatistics,
    load: async () => (await import('./routes/statistics.ts')).getStatistics,
  }),
]
