import { beforeAll, describe, expect, it } from 'vitest'
import { makeSecretKey, SECRET_RANDOM_BYTES } from '../../schema/keys.ts'
import type { Route } from '../../worker/route.ts'
import { ROUTES } from '../../worker/routes.ts'
import { api, apiWith, KEY, makeKey, send, unique } from '../support/service.ts'
import { bodyOf } from './customers.ts'

/** What each route asks of a key, as the API's page has it. */
const SCOPES: Readonly<Record<string, Route['scope']>> = {
  getAccess: 'read',
  listEntitlements: 'read',
  streamEntitlements: 'read',
  checkAccessBatch: 'read',
  getEntitlement: 'read',
  getSnapshot: 'read',
  consume: 'usage',
  reportUsage: 'usage',
  consumeBatch: 'usage',
  reportUsageBatch: 'usage',
  reportEvent: 'usage',
  resetUsage: 'manage',
  listUsage: 'read',
  listUsageEntries: 'read',
  getMe: 'any',
  createSession: 'none',
  getSession: 'none',
  deleteSession: 'any',
  listFeatures: 'read',
  getFeature: 'read',
  putFeature: 'manage',
  patchFeature: 'manage',
  deleteFeature: 'manage',
  listPlans: 'read',
  getPlan: 'read',
  listPlanAllowances: 'read',
  putPlan: 'manage',
  patchPlan: 'manage',
  deletePlan: 'manage',
  getPricing: 'none',
  getCatalogue: 'read',
  putCatalogue: 'manage',
  listCustomers: 'read',
  getCustomer: 'read',
  putCustomer: 'manage',
  patchCustomer: 'manage',
  deleteCustomer: 'manage',
  importCustomers: 'manage',
  listKeys: 'manage',
  createKey: 'manage',
  rotateKey: 'manage',
  revokeKey: 'manage',
  listAudit: 'manage',
  getOverview: 'read',
  listEvents: 'manage',
  getEvent: 'manage',
  getStatistics: 'manage',
  listCustomerSubscriptions: 'read',
  createSubscription: 'manage',
  listSubscriptions: 'read',
  getSubscription: 'read',
  changeSubscription: 'manage',
  cancelSubscription: 'manage',
  undoSubscriptionChange: 'manage',
  pauseSubscription: 'manage',
  resumeSubscription: 'manage',
  endTrial: 'manage',
  renewSubscription: 'manage',
  recordPaymentFailed: 'manage',
  recordPaymentSucceeded: 'manage',
  refundSubscription: 'manage',
  postGenericWebhook: 'none',
  postStripeWebhook: 'none',
  paySandbox: 'manage',
  listOverrides: 'read',
  putOverride: 'manage',
  deleteOverride: 'manage',
  createPortalSession: 'manage',
  createCustomerToken: 'manage',
  getPaymentSettings: 'manage',
  getOrigins: 'manage',
  putOrigins: 'manage',
  getPortal: 'none',
  getPortalCancel: 'none',
  cancelInPortal: 'none',
  undoInPortal: 'none',
  getClock: 'read',
  putClock: 'manage',
  deleteClock: 'manage',
  listWebhooks: 'manage',
  createWebhook: 'manage',
  getWebhook: 'manage',
  patchWebhook: 'manage',
  deleteWebhook: 'manage',
  rotateWebhookSecret: 'manage',
  testWebhook: 'manage',
  listWebhookAttempts: 'manage',
  replayWebhookAttempt: 'manage',
  createCheckoutSession: 'manage',
  listCheckoutSessions: 'read',
  getCheckoutSession: 'read',
  expireCheckoutSession: 'manage',
  returnFromCheckout: 'none',
  getCheckoutPage: 'none',
  postCheckoutPage: 'none',
  getHome: 'none',
  getReady: 'any',
  getErrors: 'none',
  getHealth: 'none',
}

const WITH_KEY = ROUTES.filter(({ scope }) => scope !== 'none')
const keys = { read: '', usage: '', manage: '', expired: '', revoked: '' }

beforeAll(async () => {
  for (const scope of ['read', 'usage', 'manage'] as const)
    keys[scope] = await makeKey({ scopes: [scope] })
  keys.expired = await makeKey({ scopes: ['manage'], expiresAt: Date.now() + 1 })
  const { id, key } = await bodyOf(
    api.post('/keys', { name: 'to be revoked', scopes: ['read', 'usage', 'manage'] }),
  )
  keys.revoked = key
  await bodyOf(api.delete(`/keys/${id}`))
})

it('every route says what it asks of a key', () => {
  const stated = ROUTES.map(({ operationId, scope }) => [operationId, scope])
  expect(Object.fromEntries(stated)).toEqual(SCOPES)
})

describe.each(WITH_KEY.map((row) => [`${row.method} ${row.path}`, row] as const))(
  '%s',
  (_, row) => {
    it('asks for a key, and says where keys come from', async () => {
      const { status, body, headers } = await call(row, {})
      expect([status, body.code]).toEqual([401, 'credential_missing'])
      expect(body.detail).toContain('`npm run dev` printed a key')
      expect(headers.get('WWW-Authenticate')).toBe('Bearer')
    })

    it('takes no key that is malformed, mistyped, unknown, expired or revoked, and does not say which', async () => {
      const strangers = {
        malformed: 'sluice_sk_sandbox_short',
        mistyped: mistyped(KEY),
        unknown: randomKey('sandbox'),
        expired: keys.expired,
        revoked: keys.revoked,
      }
      const codes = await Promise.all(
        Object.entries(strangers).map(async ([what, key]) => {
          const { status, body } = await call(row, { Authorization: `Bearer ${key}` })
          return [what, status, body.code]
        }),
      )
      expect(codes).toEqual(Object.keys(strangers).map((what) => [what, 401, 'credential_invalid']))
    })

    it('refuses a key of production and names both environments', async () => {
      const { status, body } = await call(row, {
        Authorization: `Bearer ${randomKey('production')}`,
      })
      expect([status, body.code]).toEqual([403, 'wrong_environment'])
      expect(body.detail).toMatch(/for production; this is local/)
    })

    it('lets through exactly the scopes that reach it', async () => {
      const answers = await Promise.all(
        (['read', 'usage', 'manage'] as const).map(async (scope) => {
          const { status, body } = await call(row, { Authorization: `Bearer ${keys[scope]}` })
          return { scope, isIn: status !== 401 && status !== 403, code: body?.code }
        }),
      )
      const letIn = answers.filter(({ isIn }) => isIn).map(({ scope }) => scope)
      const wanted = row.scope === 'any' ? ['read', 'usage', 'manage'] : [row.scope, 'manage']
      expect(letIn).toEqual([...new Set(wanted)])
      for (const { isIn, code } of answers) if (!isIn) expect(code).toBe('scope_missing')
    })
  },
)

describe('a key', () => {
  it('is told apart by /me', async () => {
    expect(await bodyOf(apiWith(keys.read).get('/me'))).toMatchObject({
      kind: 'key',
      environment: 'sandbox',
      scopes: ['read'],
      expiresAt: null,
    })
  })

  it('is shown once, works at once, and stops when it is revoked', async () => {
    const { id, key, lastFour } = await bodyOf(
      api.post('/keys', { name: unique('key'), scopes: ['manage'] }),
    )
    expect(key.endsWith(lastFour)).toBe(true)
    expect((await apiWith(key).get('/keys')).status).toBe(200)
    const { text } = await api.get('/keys?pageSize=100')
    expect(text).toContain(id)
    expect(text).not.toContain(key)
    await bodyOf(api.delete(`/keys/${id}`))
    expect((await apiWith(key).get('/keys')).body.code).toBe('credential_invalid')
  })

  it('without the scope is told which is missing', async () => {
    const { body } = await apiWith(keys.read).post('/consume', {})
    expect(body.detail).toBe("This route needs the scope 'usage'; the key has 'read'.")
  })
})

/** A request that reaches nothing: its ids are nobody's, its body is empty. */
function call({ method, path }: Route, headers: Readonly<Record<string, string>>) {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => NOBODY[name] ?? 'nobody')
  const hasBody = method !== 'GET' && method !== 'DELETE'
  return send({
    method,
    path: filled,
    headers: { ...headers, ...(hasBody && { 'Content-Type': 'application/json' }) },
    body: hasBody ? '{"nothing": 1}' : undefined,
  })
}

const NOBODY: Readonly<Record<string, string>> = {
  subscriptionId: 'sub_00000000000000000000000000',
  keyId: 'key_00000000000000000000000000',
  webhookId: 'wh_00000000000000000000000000',
  attemptId: 'att_00000000000000000000000000',
}

function randomKey(environment: 'sandbox' | 'production'): string {
  return makeSecretKey(environment, crypto.getRandomValues(new Uint8Array(SECRET_RANDOM_BYTES)))
}

/** The key with its last character, part of the checksum, changed. */
function mistyped(key: string): string {
  return key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A')
}
