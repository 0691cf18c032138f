/**
 * A request that succeeds, for every row of the route table, and what must have happened before it. What a request
 * touches belongs to it alone, so many can be prepared side by side.
 */
import type { Route } from '../../worker/route.ts'
import { signedByBiller } from './biller.ts'
import { expectOk, type Manager, openTiers } from './manager.ts'

export type Step = readonly [method: string, path: string, body?: object]

/** A request whose world stands. */
export interface Prepared {
  readonly row: Route
  readonly customerId: string
  /** In every id and name that is the request's own. */
  readonly own: string
  readonly method: string
  readonly path: string
  /** Text where what is sent is no JSON. */
  readonly body: object | string | undefined
  /** What the request itself needs, beside whatever says who sends it. */
  readonly headers: Readonly<Record<string, string>>
}

/** A small catalogue that every request finds. */
export async function openWorld(api: Manager): Promise<void> {
  await openTiers(api)
  const meter = { event: 'called', aggregate: 'count' }
  await expectOk(api.patch('/v1/features/api-calls', { meter }))
  const prices = [{ chargePeriod: 'monthly', amount: 500, currency: 'USD' }]
  await expectOk(api.put('/v1/plans/extra', { kind: 'addon', prices }))
}

/**
 * Whether a route is there with what these tests set. Stripe's webhook needs Stripe, or a double of it: it is walked
 * over sockets, in `test/conformance/stripe-webhook.test.ts`. A session needs a cookie: `test/worker/session.test.ts`.
 */
export function isThere({ operationId }: Pick<Route, 'operationId'>): boolean {
  return !ELSEWHERE.includes(operationId)
}

const ELSEWHERE = ['postStripeWebhook', 'createSession', 'getSession', 'deleteSession']

/** Makes a customer, a subscription of it to `starter`, a key and an endpoint, as far as they are needed, takes the route's steps but the last, and returns that. */
export async function prepare(api: Manager, row: Route): Promise<Prepared> {
  const own = crypto.randomUUID().slice(0, 13)
  const customerId = `acme-${own}`
  const made = { sub: '', key: '', cs: '', wh: '', att: '', evt: '', token: '' }
  const world = { own, c: customerId, ...made }
  const taken = async (step: Step) => {
    const [method, path, body] = filled(step, world)
    const reply = await expectOk(api.send(method, path, body === undefined ? {} : { body }))
    const [listed] = (reply.body['data'] ?? []) as readonly { readonly id: string }[]
    if (path.startsWith('/v1/events')) world.evt = listed?.id ?? ''
    const id = String(reply.body['id'])
    if (id.startsWith('sub_')) world.sub = id
    if (id.startsWith('key_')) world.key = id
    if (id.startsWith('wh_')) world.wh = id
    if (id.startsWith('att_')) world.att = id
    if (id.startsWith('cs_')) world.cs = id
    const [, token] = /\/portal\/(.+)/.exec(String(reply.body['url'])) ?? []
    if (token !== undefined) world.token = token
  }
  const steps = stepsOf(row)
  const text = JSON.stringify(steps)
  if (text.includes('{cs}')) await taken(OPEN_CHECKOUT)
  const needsSubscription = /\{sub\}|api-calls|called/.test(text)
  if (needsSubscription || /\{c\}|\{token\}/.test(text)) await taken(MAKE_OWN)
  if (needsSubscription) await taken(SUBSCRIBE)
  if (text.includes('{key}')) await taken(MAKE_KEY)
  if (text.includes('{wh}')) await taken(MAKE_WEBHOOK)
  if (text.includes('{token}')) await taken(INVITE)
  for (const step of steps.slice(0, -1)) await taken(step)
  const [method, path, body] = filled(steps.at(-1) ?? ['', ''], world)
  return { row, customerId, own, method, path, ...asSent(row, body, own) }
}

/** A body as its route reads it: a form, something signed, or JSON. */
function asSent(
  { operationId, bodyAs }: Route,
  body: object | undefined,
  own: string,
): Pick<Prepared, 'body' | 'headers'> {
  if (operationId === 'postGenericWebhook') {
    return signedByBiller(JSON.stringify(body), { id: `msg-${own}` })
  }
  if (operationId === 'streamEntitlements') return { body, headers: { Upgrade: 'websocket' } }
  if (bodyAs !== 'form') return { body, headers: {} }
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  return { body: new URLSearchParams({ ...body }).toString(), headers }
}

/** The steps of a route, the request itself last. A new route that only reads needs none but its path. */
export function stepsOf({ operationId, method, path }: Route): readonly Step[] {
  const steps = STEPS[operationId]
  if (steps !== undefined) return steps
  if (method === 'GET')
    return [[method, path.replaceAll(/:(\w+)/g, (_, name: string) => PARAMS[name] ?? name)]]
  throw new Error(`${operationId} changes something: give it a request in test/support/requests.ts`)
}

function filled(
  [method, path, body]: Step,
  world: Readonly<Record<string, string>>,
): readonly [string, string, object | undefined] {
  const fill = (text: string) =>
    text.replaceAll(/\{(\w+)\}/g, (all, name: string) => world[name] ?? all)
  return [method, fill(path), body && JSON.parse(fill(JSON.stringify(body)))]
}

const PARAMS: Readonly<Record<string, string>> = {
  customerId: '{c}',
  featureId: 'api-calls',
  planId: 'pro',
  subscriptionId: '{sub}',
  keyId: '{key}',
  webhookId: '{wh}',
  sessionId: '{cs}',
  token: '{token}',
}

const MAKE_OWN: Step = ['PUT', '/v1/customers/{c}', {}]
const SUBSCRIBE: Step = ['POST', '/v1/customers/{c}/subscriptions', { planId: 'starter' }]
const MAKE_KEY: Step = ['POST', '/v1/keys', { name: 'old-{own}', scopes: ['read'] }]
/** Nobody listens there, and what it wants to hear of does not happen here. */
const MAKE_WEBHOOK: Step = [
  'POST',
  '/v1/webhooks',
  { url: 'http://127.0.0.1:9/{own}', events: ['override.expired'] },
]
const TEST: Step = ['POST', '/v1/webhooks/{wh}/test']

const SALE = { planId: 'extra', chargePeriod: 'monthly', successUrl: 'https://app.test/done' }
const OPEN_CHECKOUT: Step = ['POST', '/v1/checkout/sessions', { ...SALE, customerId: '{c}-cs' }]

const INVITE: Step = ['POST', '/v1/customers/{c}/portal-sessions', {}]
const HELD = '/portal/{token}/subscriptions/{sub}'

const CALLS = { customerId: '{c}', featureId: 'api-calls' }
const MAKE_FEATURE: Step = ['PUT', '/v1/features/f-{own}', { type: 'boolean' }]
const MAKE_PLAN: Step = ['PUT', '/v1/plans/p-{own}', {}]
const MAKE_CUSTOMER: Step = ['PUT', '/v1/customers/{c}-2', {}]
const OVERRIDE = '/v1/customers/{c}/overrides/sso'
const GIVE: Step = ['PUT', OVERRIDE, { allowance: { enabled: true }, reason: 'Promised' }]
const USE: Step = ['POST', '/v1/consume', { ...CALLS, quantity: 3 }]

const act = (verb: string, body: object = {}): Step => [
  'POST',
  `/v1/subscriptions/{sub}/${verb}`,
  body,
]

const CLOCK = '/v1/sandbox/customers/{c}/clock'
/** As far as a clock may be moved, and as often. */
const AHEAD = `${new Date().getUTCFullYear() + 1}-07-01T00:00:00Z`
const OTHERS_SUBSCRIPTION = '/v1/customers/{c}-2/subscriptions'

const EVENTS = '/v1/events?customerId={c}'

const STEPS: Readonly<Record<string, readonly Step[]>> = {
  getAccess: [['GET', '/v1/access?customerId={c}&featureId=api-calls']],
  checkAccessBatch: [['POST', '/v1/access/batch', { items: [CALLS] }]],
  consume: [USE],
  consumeBatch: [
    [
      'POST',
      '/v1/consume/batch',
      { items: [{ ...CALLS, quantity: 3, idempotencyKey: 'i-{own}' }] },
    ],
  ],
  reportUsage: [['POST', '/v1/usage', { ...CALLS, behaviour: 'delta', value: 3 }]],
  reportUsageBatch: [
    [
      'POST',
      '/v1/usage/batch',
      { items: [{ ...CALLS, behaviour: 'delta', value: 3, idempotencyKey: 'i-{own}' }] },
    ],
  ],
  resetUsage: [
    USE,
    ['POST', '/v1/customers/{c}/entitlements/api-calls/reset', { reason: 'An outage of ours' }],
  ],
  listCustomers: [['GET', '/v1/customers?q=acme-{own}&planId=starter&status=active']],
  reportEvent: [['POST', '/v1/usage/events', { customerId: '{c}', event: 'called' }]],
  listUsage: [USE, ['GET', '/v1/customers/{c}/usage?featureId=api-calls']],
  listUsageEntries: [USE, ['GET', '/v1/customers/{c}/usage/entries?featureId=api-calls']],
  putFeature: [MAKE_FEATURE],
  patchFeature: [MAKE_FEATURE, ['PATCH', '/v1/features/f-{own}', { name: 'Named' }]],
  deleteFeature: [MAKE_FEATURE, ['DELETE', '/v1/features/f-{own}']],
  putPlan: [MAKE_PLAN],
  patchPlan: [MAKE_PLAN, ['PATCH', '/v1/plans/p-{own}', { rank: 7 }]],
  deletePlan: [MAKE_PLAN, ['DELETE', '/v1/plans/p-{own}']],
  putCatalogue: [
    ['PUT', '/v1/catalogue', { features: [{ id: 'c-{own}', type: 'boolean' }], plans: [] }],
  ],
  importCustomers: [['POST', '/v1/customers/batch', { items: [{ id: '{c}-3' }] }]],
  putCustomer: [MAKE_CUSTOMER],
  patchCustomer: [['PATCH', '/v1/customers/{c}', { name: 'Acme' }]],
  deleteCustomer: [MAKE_CUSTOMER, ['DELETE', '/v1/customers/{c}-2']],
  createKey: [['POST', '/v1/keys', { name: 'k-{own}', scopes: ['read'] }]],
  rotateKey: [['POST', '/v1/keys/{key}/rotate', { overlapSeconds: 60 }]],
  revokeKey: [['DELETE', '/v1/keys/{key}']],
  createSubscription: [MAKE_CUSTOMER, ['POST', OTHERS_SUBSCRIPTION, { planId: 'pro' }]],
  getSubscription: [['GET', '/v1/subscriptions/{sub}']],
  changeSubscription: [act('change', { planId: 'pro' })],
  cancelSubscription: [act('cancel', { when: 'now' })],
  undoSubscriptionChange: [act('cancel', { at: '2099-01-01T00:00:00Z' }), act('undo')],
  pauseSubscription: [act('pause')],
  resumeSubscription: [act('pause'), act('resume')],
  endTrial: [
    MAKE_CUSTOMER,
    ['POST', OTHERS_SUBSCRIPTION, { planId: 'pro', trialDays: 7 }],
    act('end-trial'),
  ],
  renewSubscription: [
    act('renew', { period: { startAt: '2026-01-01T00:00:00Z', endAt: '2099-01-01T00:00:00Z' } }),
  ],
  recordPaymentFailed: [act('payment-failed')],
  recordPaymentSucceeded: [act('payment-failed'), act('payment-succeeded')],
  refundSubscription: [act('refund', { full: true })],
  paySandbox: [['POST', '/v1/sandbox/subscriptions/{sub}/payments', { outcome: 'failed' }]],
  postGenericWebhook: [
    [
      'POST',
      '/v1/customers/{c}/subscriptions',
      { planId: 'starter', provider: { name: 'generic', reference: 'bill-{own}' } },
    ],
    [
      'POST',
      '/webhooks/generic',
      {
        type: 'payment_failed',
        timestamp: '2026-01-31T00:00:00Z',
        data: { reference: 'bill-{own}' },
      },
    ],
  ],
  createCheckoutSession: [
    ['POST', '/v1/checkout/sessions', { ...SALE, customerId: '{c}', metadata: { own: '{own}' } }],
  ],
  expireCheckoutSession: [['POST', '/v1/checkout/sessions/{cs}/expire']],
  postCheckoutPage: [['POST', '/checkout/{cs}', { outcome: 'pay' }]],
  createPortalSession: [INVITE],
  createCustomerToken: [['POST', '/v1/customers/{c}/tokens', { ttlSeconds: 60 }]],
  cancelInPortal: [['POST', `${HELD}/cancel`]],
  undoInPortal: [['POST', `${HELD}/undo`]],
  putOrigins: [['PUT', '/v1/settings/origins', { origins: ['https://{own}.example'] }]],
  putOverride: [GIVE],
  deleteOverride: [GIVE, ['DELETE', OVERRIDE]],
  putClock: [['PUT', CLOCK, { now: AHEAD }]],
  deleteClock: [
    ['PUT', CLOCK, { advanceSeconds: 0 }],
    ['DELETE', CLOCK],
  ],
  listEvents: [['GET', EVENTS]],
  getEvent: [
    ['GET', EVENTS],
    ['GET', '/v1/events/{evt}'],
  ],
  createWebhook: [MAKE_WEBHOOK],
  patchWebhook: [['PATCH', '/v1/webhooks/{wh}', { description: 'For {own}' }]],
  deleteWebhook: [['DELETE', '/v1/webhooks/{wh}']],
  rotateWebhookSecret: [['POST', '/v1/webhooks/{wh}/rotate-secret', { overlapSeconds: 60 }]],
  testWebhook: [TEST],
  listWebhookAttempts: [TEST, ['GET', '/v1/webhooks/{wh}/attempts']],
  replayWebhookAttempt: [TEST, ['POST', '/v1/webhooks/{wh}/attempts/{att}/replay']],
}
