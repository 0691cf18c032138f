const INSTANT = '2026-01-31T00:00:00Z'

const FEATURE = {
  type: 'meter',
  name: 'Storage',
  description: 'Files at rest',
  unit: { singular: 'GB', plural: 'GB' },
  meter: { event: 'stored', aggregate: 'sum', property: 'gigabytes' },
  onUnavailable: 'deny',
}

const PLAN = {
  name: 'Pro',
  description: 'For teams',
  parentId: 'starter',
  kind: 'base',
  rank: 20,
  visibility: 'public',
  trialDays: 14,
  graceDays: 7,
  prices: [{ chargePeriod: 'monthly', amount: 9900, currency: 'USD' }],
  allowances: {
    sso: { enabled: true },
    storage: {
      limit: 100,
      enforcement: 'hard',
      reset: 'monthly',
      anchor: 'calendar',
      rollover: { percent: 50, max: 10 },
      alertsAt: [80, 100],
      onPlanChange: 'carry',
    },
  },
}

const CUSTOMER = { name: 'Acme', email: 'ops@acme.example', graceDays: 3 }

const SUBSCRIPTION = {
  planId: 'extra-calls',
  chargePeriod: 'monthly',
  quantity: 2,
  startAt: INSTANT,
  trialDays: 14,
  provider: { name: 'stripe', reference: 'sub_1' },
}

const EVENT = { occurredAt: INSTANT, reference: 'evt_1' }

/** A full body of every route that changes something, by operation; null where the route takes none. */
export const EXAMPLES: Readonly<Record<string, object | null>> = {
  consume: { customerId: 'pro-co', featureId: 'storage', quantity: 1 },
  reportUsage: {
    customerId: 'pro-co',
    featureId: 'storage',
    behaviour: 'set',
    value: 1,
    occurredAt: INSTANT,
    enforce: false,
  },
  checkAccessBatch: { items: [{ customerId: 'pro-co', featureId: 'storage', quantity: 1 }] },
  consumeBatch: {
    items: [{ customerId: 'pro-co', featureId: 'storage', quantity: 1, idempotencyKey: 'a' }],
  },
  reportUsageBatch: {
    items: [
      {
        customerId: 'pro-co',
        featureId: 'storage',
        behaviour: 'set',
        value: 1,
        occurredAt: INSTANT,
        enforce: false,
        idempotencyKey: 'a',
      },
    ],
  },
  reportEvent: {
    customerId: 'pro-co',
    event: 'stored',
    occurredAt: INSTANT,
  },
  resetUsage: { reason: 'An outage of ours' },
  putFeature: FEATURE,
  patchFeature: FEATURE,
  deleteFeature: null,
  putPlan: PLAN,
  patchPlan: PLAN,
  deletePlan: null,
  putCatalogue: {
    features: [{ id: 'storage', ...FEATURE }],
    plans: [{ id: 'pro', ...PLAN }],
    defaultPlanId: 'pro',
  },
  putCustomer: CUSTOMER,
  patchCustomer: CUSTOMER,
  deleteCustomer: null,
  importCustomers: {
    items: [{ id: 'acme', ...CUSTOMER, subscriptions: [SUBSCRIPTION] }],
  },
  createSession: { key: 'sluice_sk_sandbox_nobodys' },
  deleteSession: null,
  createKey: { name: 'CI', scopes: ['read'], expiresAt: '2099-01-01T00:00:00Z' },
  rotateKey: { overlapSeconds: 3600 },
  revokeKey: null,
  createSubscription: SUBSCRIPTION,
  changeSubscription: {
    planId: 'enterprise',
    chargePeriod: 'monthly',
    quantity: 1,
    when: 'now',
  },
  cancelSubscription: { when: 'now' },
  undoSubscriptionChange: {},
  pauseSubscription: {},
  resumeSubscription: {},
  endTrial: {},
  renewSubscription: {
    period: { startAt: INSTANT, endAt: '2026-02-28T00:00:00Z' },
    ...EVENT,
  },
  recordPaymentFailed: EVENT,
  recordPaymentSucceeded: EVENT,
  refundSubscription: { full: true, ...EVENT },
  paySandbox: { outcome: 'refunded', amount: 1 },
  createCheckoutSession: {
    planId: 'extra-calls',
    chargePeriod: 'monthly',
    currency: 'USD',
    quantity: 2,
    customerId: 'pro-co',
    when: 'now',
    successUrl: 'https://app.example/done?session={CHECKOUT_SESSION_ID}',
    cancelUrl: 'https://app.example/pricing',
  },
  expireCheckoutSession: {},
  putOverride: {
    allowance: { limit: 5, enforcement: 'soft', alertsAt: [80] },
    standalone: true,
    startAt: INSTANT,
    expiresAt: '2099-01-01T00:00:00Z',
    reason: 'Promised',
  },
  deleteOverride: null,
  createCustomerToken: { ttlSeconds: 600, scopes: ['read', 'usage'], featureIds: ['storage'] },
  putOrigins: { origins: ['https://app.example'] },
  createPortalSession: { returnUrl: 'https://app.example/account', ttlSeconds: 600 },
  putClock: { advanceSeconds: 3600 },
  deleteClock: null,
  createWebhook: {
    url: 'https://example.com/webhooks',
    events: ['usage.*', 'subscription.ended'],
    description: 'Billing',
  },
  patchWebhook: {
    url: 'https://example.com/webhooks',
    events: ['*'],
    description: 'Billing',
    enabled: true,
  },
  deleteWebhook: null,
  rotateWebhookSecret: { overlapSeconds: 3600 },
  testWebhook: {},
  replayWebhookAttempt: {},
}
