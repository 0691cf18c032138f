/** The rows of the route table for customers, API keys and the log of changes. */
import { type Route, route } from './route.ts'

const customerWire = () => import('../schema/wire/customer.ts')
const customerHandlers = () => import('./routes/customers.ts')
const keyWire = () => import('../schema/wire/key.ts')
const keyHandlers = () => import('./routes/keys.ts')

const READING = { scope: 'read', token: false } as const
const MANAGING = { scope: 'manage', token: false } as const

export const CUSTOMER_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/customers',
    operationId: 'listCustomers',
    ...READING,
    schemas: async () => (await customerWire()).listCustomers,
    load: async () => (await customerHandlers()).listCustomers,
  }),
  route({
    method: 'GET',
    path: '/v1/customers/:customerId',
    operationId: 'getCustomer',
    ...READING,
    schemas: async () => (await customerWire()).getCustomer,
    load: async () => (await customerHandlers()).getCustomer,
  }),
  route({
    method: 'PUT',
    path: '/v1/customers/:customerId',
    operationId: 'putCustomer',
    ...MANAGING,
    schemas: async () => (await customerWire()).putCustomer,
    load: async () => (await customerHandlers()).putCustomer,
  }),
  route({
    method: 'PATCH',
    path: '/v1/customers/:customerId',
    operationId: 'patchCustomer',
    ...MANAGING,
    schemas: async () => (await customerWire()).patchCustomer,
    load: async () => (await customerHandlers()).patchCustomer,
  }),
  route({
    method: 'DELETE',
    path: '/v1/customers/:customerId',
    operationId: 'deleteCustomer',
    ...MANAGING,
    schemas: async () => (await customerWire()).deleteCustomer,
    load: async () => (await customerHandlers()).deleteCustomer,
  }),
  route({
    method: 'GET',
    path: '/v1/keys',
    operationId: 'listKeys',
    ...MANAGING,
    schemas: async () => (await keyWire()).listKeys,
    load: async () => (await keyHandlers()).listKeys,
  }),
  route({
    method: 'POST',
    path: '/v1/keys',
    operationId: 'createKey',
    ...MANAGING,
    schemas: async () => (await keyWire()).createKey,
    load: async () => (await keyHandlers()).createKey,
  }),
  route({
    method: 'DELETE',
    path: '/v1/keys/:keyId',
    operationId: 'revokeKey',
    ...MANAGING,
    schemas: async () => (await keyWire()).revokeKey,
    load: async () => (await keyHandlers()).revokeKey,
  }),
  route({
    method: 'POST',
    path: '/v1/keys/:keyId/rotate',
    operationId: 'rotateKey',
    ...MANAGING,
    schemas: async () => (await keyWire()).rotateKey,
    load: async () => (await keyHandlers()).rotateKey,
  }),
  route({
    method: 'GET',
    path: '/v1/audit',
    operationId: 'listAudit',
    ...MANAGING,
    schemas: async () => (await import('../schema/wire/audit.ts')).listAudit,
    load: async () => (await import('./routes/audit.ts')).listAudit,
  }),
]
