/** The rows of the route table that deployments for trying things out have, and production has not. */
import { type Route, route } from './route.ts'

const clockWire = () => import('../schema/wire/clock.ts')
const clockHandlers = () => import('./routes/clock.ts')

const CLOCK = '/v1/sandbox/customers/:customerId/clock'
const SANDBOX = { token: false, onlyIn: ['local', 'sandbox'] } as const

export const SANDBOX_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: CLOCK,
    operationId: 'getClock',
    scope: 'read',
    ...SANDBOX,
    schemas: async () => (await clockWire()).getClock,
    load: async () => (await clockHandlers()).getClock,
  }),
  route({
    method: 'PUT',
    path: CLOCK,
    operationId: 'putClock',
    scope: 'manage',
    ...SANDBOX,
    schemas: async () => (await clockWire()).putClock,
    load: async () => (await clockHandlers()).putClock,
  }),
  route({
    method: 'DELETE',
    path: CLOCK,
    operationId: 'deleteClock',
    scope: 'manage',
    ...SANDBOX,
    schemas: async () => (await clockWire()).deleteClock,
    load: async () => (await clockHandlers()).deleteClock,
  }),
]
