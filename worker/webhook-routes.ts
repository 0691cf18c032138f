/** The rows of the route table for webhook endpoints. */
import { type Route, route } from './route.ts'

const wire = () => import('../schema/wire/webhook.ts')
const handlers = () => import('./routes/webhooks.ts')

const MANAGING = { scope: 'manage', token: false } as const

export const WEBHOOK_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/webhooks',
    operationId: 'listWebhooks',
    ...MANAGING,
    schemas: async () => (await wire()).listWebhooks,
    load: async () => (await handlers()).listWebhooks,
  }),
  route({
    method: 'POST',
    path: '/v1/webhooks',
    operationId: 'createWebhook',
    ...MANAGING,
    schemas: async () => (await wire()).createWebhook,
    load: async () => (await handlers()).createWebhook,
  }),
  route({
    method: 'GET',
    path: '/v1/webhooks/:webhookId',
    operationId: 'getWebhook',
    ...MANAGING,
    schemas: async () => (await wire()).getWebhook,
    load: async () => (await handlers()).getWebhook,
  }),
  route({
    method: 'PATCH',
    path: '/v1/webhooks/:webhookId',
    operationId: 'patchWebhook',
    ...MANAGING,
    schemas: async () => (await wire()).patchWebhook,
    load: async () => (await handlers()).patchWebhook,
  }),
  route({
    method: 'DELETE',
    path: '/v1/webhooks/:webhookId',
    operationId: 'deleteWebhook',
    ...MANAGING,
    schemas: async () => (await wire()).deleteWebhook,
    load: async () => (await handlers()).deleteWebhook,
  }),
  route({
    method: 'POST',
    path: '/v1/webhooks/:webhookId/rotate-secret',
    operationId: 'rotateWebhookSecret',
    ...MANAGING,
    schemas: async () => (await wire()).rotateWebhookSecret,
    load: async () => (await handlers()).rotateWebhookSecret,
  }),
  route({
    method: 'POST',
    path: '/v1/webhooks/:webhookId/test',
    operationId: 'testWebhook',
    ...MANAGING,
    schemas: async () => (await wire()).testWebhook,
    load: async () => (await handlers()).testWebhook,
  }),
  route({
    method: 'GET',
    path: '/v1/webhooks/:webhookId/attempts',
    operationId: 'listWebhookAttempts',
    ...MANAGING,
    schemas: async () => (await wire()).listWebhookAttempts,
    load: async () => (await handlers()).listWebhookAttempts,
  }),
  route({
    method: 'POST',
    path: '/v1/webhooks/:webhookId/attempts/:attemptId/replay',
    operationId: 'replayWebhookAttempt',
    ...MANAGING,
    schemas: async () => (await wire()).replayWebhookAttempt,
    load: async () => (await handlers()).replayWebhookAttempt,
  }),
]
