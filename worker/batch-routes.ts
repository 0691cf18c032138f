/** The rows of the route table that bring many items in one request. */
import { parseAccessBatch, parseConsumeBatch, parseUsageBatch } from './ask/parse-batch.ts'
import { type Route, route } from './route.ts'

const handlers = () => import('./routes/batch.ts')
const usageWire = () => import('../schema/wire/usage.ts')

const BYTES_MAX = 1024 * 1024

export const BATCH_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/access/batch',
    operationId: 'checkAccessBatch',
    scope: 'read',
    token: false,
    bodyBytesMax: BYTES_MAX,
    schemas: async () => (await import('../schema/wire/access.ts')).checkAccessBatch,
    parse: parseAccessBatch,
    load: async () => (await handlers()).checkAccessBatch,
  }),
  route({
    method: 'POST',
    path: '/v1/consume/batch',
    operationId: 'consumeBatch',
    scope: 'usage',
    token: false,
    bodyBytesMax: BYTES_MAX,
    schemas: async () => (await usageWire()).consumeBatch,
    parse: parseConsumeBatch,
    load: async () => (await handlers()).consumeBatch,
  }),
  route({
    method: 'POST',
    path: '/v1/usage/batch',
    operationId: 'reportUsageBatch',
    scope: 'usage',
    token: false,
    bodyBytesMax: BYTES_MAX,
    schemas: async () => (await usageWire()).reportUsageBatch,
    parse: parseUsageBatch,
    load: async () => (await handlers()).reportUsageBatch,
  }),
  route({
    method: 'POST',
    path: '/v1/customers/batch',
    operationId: 'importCustomers',
    scope: 'manage',
    token: false,
    bodyBytesMax: BYTES_MAX,
    schemas: async () => (await import('../schema/wire/import.ts')).importCustomers,
    load: async () => (await import('./routes/customers.ts')).postCustomers,
  }),
]
