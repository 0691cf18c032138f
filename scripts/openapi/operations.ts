/** What the reference says of each operation: its group, and a sentence. */

export interface Words {
  readonly group: Group
  readonly summary: string
  /** What the sentence cannot say. */
  readonly description?: string
}

/** In the order in which a reader meets them. */
export const GROUPS = {
  Ask: 'May this customer use this feature now? Refusals and unknown ids are answers, not errors.',
  Use: 'Count what is used. `consume` checks and counts in one step; a report records what has happened.',
  Catalogue: 'Features and plans. An edit is live at once and reaches every plan that inherits it.',
  Customers: 'Who has subscriptions and overrides.',
  Subscriptions: 'A customer’s plans, and what can be done to them.',
  Overrides: 'What one customer has instead of what its plans say.',
  Checkout: 'Selling a plan.',
  Sandbox: 'Pretended payments and customers’ own clocks. Not in production.',
  Events: 'What has happened, and who is told.',
  Access: 'Keys, tokens and who may call from where.',
  Service: 'Whether it is well.',
} as const

export type Group = keyof typeof GROUPS

export const OPERATIONS: Readonly<Record<string, Words>> = {
  getAccess: {
    group: 'Ask',
    summary: 'May this customer use (so much of) this feature?',
    description:
      'A yes may rest on a copy that is `ageMs` old; a no is confirmed at the source before it leaves. `consume` decides.',
  },
  checkAccessBatch: {
    group: 'Ask',
    summary: 'Ask up to 1,000 questions about up to 100 customers',
  },
  listEntitlements: {
    group: 'Ask',
    summary: 'Everything that a customer has, for a user interface',
  },
  getEntitlement: {
    group: 'Ask',
    summary: 'One entitlement, and with `explain` why and what would change it',
  },
  streamEntitlements: {
    group: 'Ask',
    summary: 'Hear of every change over a WebSocket',
    description:
      'Everything first, then what has changed, as text: `version`, `revision`, `asOf`, `complete` and `entitlements`. A browser offers the protocols `sluice` and `token.<token>`.',
  },
  getSnapshot: {
    group: 'Ask',
    summary: 'What evaluating a customer in another process needs',
  },
  getPricing: {
    group: 'Ask',
    summary: 'Public plans with their prices and allowances, for a pricing page',
  },
  consume: {
    group: 'Use',
    summary: 'Check and count in one step, all or nothing',
    description:
      'A refusal is 200 with `consumed: false`. Send an `Idempotency-Key`, and repeating it is safe.',
  },
  reportUsage: { group: 'Use', summary: 'Record use that has happened, or set a reading' },
  reportEvent: {
    group: 'Use',
    summary: 'Record a named event, which feeds the meters that count it',
  },
  consumeBatch: { group: 'Use', summary: 'Up to 500 consumptions, each its own effect' },
  reportUsageBatch: { group: 'Use', summary: 'Up to 500 reports, each its own effect' },
  resetUsage: { group: 'Use', summary: 'Set the readings of a meter to 0' },
  listUsage: { group: 'Use', summary: 'How a meter was used, by day or period' },
  listUsageEntries: { group: 'Use', summary: 'The ledger of a meter' },
  listFeatures: { group: 'Catalogue', summary: 'List features' },
  getFeature: { group: 'Catalogue', summary: 'One feature' },
  putFeature: { group: 'Catalogue', summary: 'Create a feature, or state it anew' },
  patchFeature: { group: 'Catalogue', summary: 'Change some fields of a feature' },
  deleteFeature: { group: 'Catalogue', summary: 'Archive a feature' },
  listPlans: { group: 'Catalogue', summary: 'List plans' },
  getPlan: { group: 'Catalogue', summary: 'One plan, with its own statements' },
  listPlanAllowances: { group: 'Catalogue', summary: 'What a plan gives, inherited and its own' },
  putPlan: { group: 'Catalogue', summary: 'Create a plan, or state it anew' },
  patchPlan: {
    group: 'Catalogue',
    summary: 'Change some fields of a plan',
    description:
      'In `allowances`, `null` returns a feature to what the parent says and `{"removed": true}` takes it away.',
  },
  deletePlan: { group: 'Catalogue', summary: 'Archive a plan' },
  getCatalogue: { group: 'Catalogue', summary: 'The whole catalogue as one document' },
  putCatalogue: { group: 'Catalogue', summary: 'Apply a whole catalogue at once' },
  listCustomers: { group: 'Customers', summary: 'Find customers' },
  getCustomer: { group: 'Customers', summary: 'One customer' },
  putCustomer: { group: 'Customers', summary: 'Create a customer, or state it anew' },
  patchCustomer: { group: 'Customers', summary: 'Change some fields of a customer' },
  deleteCustomer: { group: 'Customers', summary: 'Archive a customer without subscriptions' },
  importCustomers: {
    group: 'Customers',
    summary: 'Import up to 500 customers with their subscriptions',
  },
  createPortalSession: { group: 'Customers', summary: 'A link to the customer’s own page' },
  createCustomerToken: {
    group: 'Access',
    summary: 'A token with which a customer’s browser asks for itself',
    description:
      'For one customer, at most an hour. It is told this once; with an `Idempotency-Key` the same again.',
  },
  getOrigins: { group: 'Access', summary: 'Whose pages may call with a customer’s token' },
  putOrigins: { group: 'Access', summary: 'Set the origins whose pages may call' },
  listCustomerSubscriptions: { group: 'Subscriptions', summary: 'The subscriptions of a customer' },
  createSubscription: { group: 'Subscriptions', summary: 'Give a customer a plan' },
  listSubscriptions: { group: 'Subscriptions', summary: 'Find subscriptions' },
  getSubscription: { group: 'Subscriptions', summary: 'One subscription' },
  changeSubscription: {
    group: 'Subscriptions',
    summary: 'Change the plan',
    description:
      'Upgrades happen now, downgrades at the period’s end, unless `when` says otherwise.',
  },
  cancelSubscription: {
    group: 'Subscriptions',
    summary: 'Cancel at the period’s end, now or on a date',
  },
  undoSubscriptionChange: {
    group: 'Subscriptions',
    summary: 'Take back the change or cancellation that waits',
  },
  pauseSubscription: { group: 'Subscriptions', summary: 'Pause: access stops, periods run on' },
  resumeSubscription: { group: 'Subscriptions', summary: 'End a pause' },
  endTrial: { group: 'Subscriptions', summary: 'End a trial early' },
  renewSubscription: { group: 'Subscriptions', summary: 'Begin the next billing period' },
  recordPaymentFailed: { group: 'Subscriptions', summary: 'A payment failed: grace begins' },
  recordPaymentSucceeded: {
    group: 'Subscriptions',
    summary: 'A payment succeeded: access is restored',
  },
  refundSubscription: { group: 'Subscriptions', summary: 'A refund: in full, access ends' },
  listOverrides: { group: 'Overrides', summary: 'The overrides of a customer' },
  putOverride: { group: 'Overrides', summary: 'Override a feature for one customer' },
  deleteOverride: { group: 'Overrides', summary: 'Revert an override' },
  createCheckoutSession: { group: 'Checkout', summary: 'Open a page on which a plan is paid' },
  listCheckoutSessions: { group: 'Checkout', summary: 'List checkout sessions' },
  getCheckoutSession: { group: 'Checkout', summary: 'One checkout session, and what it came to' },
  expireCheckoutSession: { group: 'Checkout', summary: 'Close a checkout session' },
  postGenericWebhook: { group: 'Checkout', summary: 'What a biller of yours has to say, signed' },
  postStripeWebhook: { group: 'Checkout', summary: 'What Stripe has to say, signed' },
  paySandbox: { group: 'Sandbox', summary: 'Pretend a payment' },
  getClock: { group: 'Sandbox', summary: 'What time it is for a customer' },
  putClock: { group: 'Sandbox', summary: 'Set a customer’s clock forward' },
  deleteClock: { group: 'Sandbox', summary: 'Give a customer real time again' },
  listEvents: { group: 'Events', summary: 'What has happened' },
  getEvent: { group: 'Events', summary: 'One event' },
  listAudit: { group: 'Events', summary: 'Who changed what' },
  getStatistics: {
    group: 'Events',
    summary: 'How often features were asked about, and what was answered',
    description:
      'Counted by the hour, of all customers. Approximate: for charts, never for bills. At most 90 days and 10,000 rows; hours in which nothing was asked are left out.',
  },
  listWebhooks: { group: 'Events', summary: 'Webhook endpoints' },
  createWebhook: { group: 'Events', summary: 'Have events sent to a URL' },
  getWebhook: { group: 'Events', summary: 'One webhook endpoint' },
  patchWebhook: { group: 'Events', summary: 'Change a webhook endpoint' },
  deleteWebhook: { group: 'Events', summary: 'Remove a webhook endpoint' },
  rotateWebhookSecret: { group: 'Events', summary: 'A new secret, the old one valid for a while' },
  testWebhook: { group: 'Events', summary: 'Send a test event' },
  listWebhookAttempts: { group: 'Events', summary: 'What was sent, and what came back' },
  replayWebhookAttempt: { group: 'Events', summary: 'Send an event again' },
  createSession: {
    group: 'Access',
    summary: 'Exchange a key for the dashboard’s cookie',
    description: 'For people: the cookie lasts two hours after it was last used, twelve in all.',
  },
  getSession: { group: 'Access', summary: 'Who is signed in; asking keeps the session' },
  deleteSession: { group: 'Access', summary: 'Sign out' },
  getMe: { group: 'Access', summary: 'What this credential is and may do' },
  listKeys: { group: 'Access', summary: 'List keys' },
  createKey: { group: 'Access', summary: 'Make a key; its text is told this once' },
  rotateKey: { group: 'Access', summary: 'A new key, the old one valid for a while' },
  revokeKey: { group: 'Access', summary: 'Revoke a key' },
  getHealth: { group: 'Service', summary: 'Whether it runs; asks no store' },
  getOverview: {
    group: 'Service',
    summary: 'What needs a look: limits, grace, trials, and how far changes have got',
    description:
      'Lists of 20, counted to 100. Usage is what objects last told, from a minute on after it happened.',
  },
  getPaymentSettings: {
    group: 'Checkout',
    summary: 'Who takes payments here, what they told last, and what needs somebody',
  },
  getReady: { group: 'Service', summary: 'Whether each store answers' },
}
