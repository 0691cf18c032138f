/** The rows of the route table for what payment providers tell. */
import { type Route, route } from './route.ts'

const wire = () => import('../schema/wire/payment.ts')
const handlers = () => import('./routes/payments.ts')

export const PAYMENT_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/webhooks/generic',
    operationId: 'postGenericWebhook',
    scope: 'none',
    token: false,
    bodyAs: 'text',
    schemas: async () => (await wire()).postGenericWebhook,
    load: async () => (await handlers()).postGenericWebhook,
  }),
  route({
    method: 'POST',
    path: '/webhooks/stripe',
    operationId: 'postStripeWebhook',
    scope: 'none',
    token: false,
    bodyAs: 'text',
    // An invoice shows its lines.
    bodyBytesMax: 512 * 1024,
    schemas: async () => (await wire()).postStripeWebhook,
    load: async () => (await handlers()).postStripeWebhook,
  }),
  route({
    method: 'GET',
    path: '/v1/settings/payments',
    operationId: 'getPaymentSettings',
    scope: 'manage',
    token: false,
    schemas: async () => (await import('../schema/wire/payment-status.ts')).getPaymentSettings,
    load: async () => (await import('./routes/payment-settings.ts')).getPaymentSettings,
  }),
  route({
    method: 'POST',
    path: '/v1/sandbox/subscriptions/:subscriptionId/payments',
    operationId: 'paySandbox',
    scope: 'manage',
    token: false,
    onlyIn: ['local', 'sandbox'],
    schemas: async () => (await wire()).paySandbox,
    load: async () => (await handlers()).paySandbox,
  }),
]
