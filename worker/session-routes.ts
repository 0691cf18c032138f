/** The rows of the route table for people: their session with the dashboard. */
import { type Route, route } from './route.ts'

const wire = () => import('../schema/wire/session.ts')
const handlers = () => import('./routes/session.ts')

export const SESSION_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/session',
    operationId: 'createSession',
    scope: 'none',
    token: false,
    schemas: async () => (await wire()).createSession,
    load: async () => (await handlers()).createSession,
  }),
  route({
    method: 'GET',
    path: '/v1/session',
    operationId: 'getSession',
    scope: 'none',
    token: false,
    schemas: async () => (await wire()).getSession,
    load: async () => (await handlers()).getSession,
  }),
  route({
    method: 'DELETE',
    path: '/v1/session',
    operationId: 'deleteSession',
    scope: 'any',
    token: false,
    schemas: async () => (await wire()).deleteSession,
    load: async () => (await handlers()).deleteSession,
  }),
]
