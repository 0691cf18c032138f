/** A shop that sells by checkout, and a customer's browser in it. */
import { env } from 'cloudflare:workers'
import type { Subscribing } from '../../worker/change/subscriptions.ts'
import { asProvider } from '../../worker/payments/as-provider.ts'
import { completeCheckout } from '../../worker/payments/checkout-complete.ts'
import type { CheckoutCompleted } from '../../worker/payments/provider.ts'
import { portsFrom } from '../../worker/ports.ts'
import { startTiming } from '../../worker/timing.ts'
import { expectOk, type Manager } from './manager.ts'
import type { Reply } from './edge.ts'

const monthly = (amount: number) => [{ chargePeriod: 'monthly', amount, currency: 'USD' }]

const CATALOGUE = {
  features: [
    { id: 'sso', type: 'boolean', name: 'Single sign-on' },
    { id: 'api-calls', type: 'meter', unit: { singular: 'call', plural: 'calls' } },
  ],
  plans: [
    { id: 'free', rank: 0, allowances: { 'api-calls': { limit: 10 } } },
    {
      id: 'starter',
      name: 'Starter',
      rank: 1,
      prices: monthly(1900),
      allowances: { 'api-calls': { limit: 1000, reset: 'monthly' } },
    },
    {
      id: 'pro',
      name: 'Pro',
      rank: 2,
      parentId: 'starter',
      prices: [
        ...monthly(9900),
        { chargePeriod: 'yearly', amount: 99_000, currency: 'USD' },
        { chargePeriod: 'monthly', amount: 8900, currency: 'EUR' },
      ],
      allowances: { sso: { enabled: true } },
    },
    { id: 'tried', rank: 2, parentId: 'pro', trialDays: 14, prices: monthly(9900) },
    { id: 'given', rank: 1, parentId: 'pro', prices: monthly(0), trialDays: 14 },
    { id: 'deal', rank: 3, parentId: 'pro', visibility: 'private', prices: monthly(5000) },
    {
      id: 'pack',
      kind: 'addon',
      prices: [...monthly(500), { chargePeriod: 'one_time', amount: 700, currency: 'USD' }],
      trialDays: 7,
      allowances: { 'api-calls': { limit: 100 } },
    },
  ],
}

export const HOME = 'https://app.test/done'

export async function openShop(api: Manager): Promise<void> {
  await expectOk(api.put('/v1/catalogue', CATALOGUE))
}

/** What is asked for a session, but for what it says itself. */
export function sessionOf(input: object): object {
  return { planId: 'pro', chargePeriod: 'monthly', successUrl: HOME, ...input }
}

/** A session that must come to be; its answer. */
export async function opened(api: Manager, input: object = {}): Promise<Session> {
  const { body } = await expectOk(api.post('/v1/checkout/sessions', sessionOf(input)))
  return body as Session
}

/** A session as tests look at it. */
export interface Session extends Readonly<Record<string, unknown>> {
  readonly id: string
  readonly url: string
  readonly customerId: string | null
  readonly subscriptionId: string | null
  readonly consistencyToken: string | null
}

export async function sessionNow(api: Manager, { id }: Pick<Session, 'id'>): Promise<Session> {
  return (await expectOk(api.get(`/v1/checkout/sessions/${id}`))).body as Session
}

/** Presses a button of the page. */
export function press(api: Manager, { id }: Pick<Session, 'id'>, outcome: string): Promise<Reply> {
  return api.send('POST', `/checkout/${id}`, {
    body: `outcome=${outcome}`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  })
}

/** Pays, which must succeed; the session afterwards. */
export async function paid(api: Manager, session: Pick<Session, 'id'>): Promise<Session> {
  const { status, headers, body } = await press(api, session, 'pay')
  if (status !== 303 || !headers.get('Location')?.startsWith('https://app.test/'))
    throw new Error(`${status} ${JSON.stringify(body)}`)
  return sessionNow(api, session)
}

/** How many rows a table has. */
export async function countOf(table: string): Promise<unknown> {
  return env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first('n')
}

/** What a customer holds, newest first. */
export async function subscriptionsOf(
  api: Manager,
  customerId: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { body } = await expectOk(api.get(`/v1/customers/${customerId}/subscriptions`))
  return body['data'] as Record<string, unknown>[]
}

/** The answer to whether a customer may use a feature. */
export async function asked(
  api: Manager,
  customerId: string,
  featureId: string,
  token = '',
): Promise<Reply['body']> {
  const headers: Record<string, string> = token === '' ? {} : { 'Consistency-Token': token }
  const path = `/v1/access?customerId=${customerId}&featureId=${featureId}`
  return (await expectOk(api.get(path, headers))).body
}

/** Gives a customer a plan without any checkout. */
export function given(api: Manager, customerId: string, subscription: object): Promise<Reply> {
  return expectOk(api.post(`/v1/customers/${customerId}/subscriptions`, subscription))
}

/** What another provider tells of a session, as its own adapter would pass it on. */
export function told(
  { id: sessionId }: Session,
  fact: Partial<CheckoutCompleted> = {},
  id = 'evt_1',
) {
  const ports = portsFrom(env)
  const now = ports.clock.now()
  const call: Subscribing = {
    ports,
    now,
    requestId: 'r',
    environment: 'local',
    graceDays: 7,
    principal: { kind: 'key', id: 'k', scopes: [], role: null, expiresAt: null },
    idempotencyKey: null,
    request: new Request('https://sluice.test/webhooks/other', { method: 'POST' }),
    body: undefined,
    timing: startTiming(ports.clock.now),
    waitUntil: () => {},
  }
  return completeCheckout(asProvider(call, 'other'), {
    provider: 'other',
    id,
    occurredAt: now,
    fact: { kind: 'checkout_completed', sessionId, reference: 'sub_1', period: null, ...fact },
  })
}
