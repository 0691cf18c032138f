import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { api } from '../support/service.ts'
import {
  access,
  act,
  bodyOf,
  customerOn,
  DAY_MS,
  newCustomer,
  report,
  subscribe,
} from './customers.ts'
import { kelviq, kelviqByFetch, raw } from './kelviq.ts'

const { customers, features } = JSON.parse(readFileSync('scripts/demo.json', 'utf8'))
const idsOf = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id)
/** Of the demo; other files make their own beside them. */
const CUSTOMERS = idsOf(customers)
const FEATURES = idsOf(features)

interface Sent {
  readonly featureId: string
  readonly featureType: string
  readonly hasAccess: boolean
  readonly hardLimit: boolean
  readonly remaining: number | null
}

/** What Kelviq's SDK for Python decided before its version 2: of a meter, by `hardLimit` and `remaining`. */
function inPython({ featureType, hasAccess, hardLimit, remaining }: Sent): boolean {
  if (featureType !== 'METER') return hasAccess
  return !(hardLimit && (remaining === null || remaining <= 0))
}

/** One feature through `/v1/access`, each way of Kelviq's SDK, what was sent, and Python's rule. */
async function verdicts(customerId: string, featureId: string) {
  const ours = await access(customerId, featureId)
  const asked = { customerId, featureId }
  const one = await kelviq.entitlements.getEntitlement(asked)
  const all = await kelviq.entitlements.getEntitlements({ customerId })
  const sent = (await kelviq.entitlements.getRawEntitlement(asked)).entitlements
  return {
    ours: ours.hasAccess,
    theirs: [
      await kelviq.entitlements.hasAccess(asked),
      await kelviqByFetch.entitlements.hasAccess(asked),
      one?.hasAccess ?? false,
      all[featureId]?.hasAccess ?? false,
      ...sent.map((each) => each.hasAccess),
      sent.every((each) => inPython(each as Sent)) && sent.length > 0,
    ],
    sent,
  }
}

/** Everybody says the same, and this is what is sent. */
async function expectVerdict(
  customerId: string,
  featureId: string,
  hasAccess: boolean,
  sent?: object,
) {
  const said = await verdicts(customerId, featureId)
  expect(said.ours).toBe(hasAccess)
  expect(new Set(said.theirs)).toEqual(new Set([hasAccess]))
  if (sent === undefined) expect(said.sent).toEqual([])
  else expect(said.sent).toEqual([expect.objectContaining({ featureId, ...sent })])
}

describe('Kelviq’s SDK comes to the verdict of /v1/access', () => {
  it('for every customer and every feature of the demo, one by one and as a list', async () => {
    expect([CUSTOMERS.length, FEATURES.length >= 16]).toEqual([20, true])
    let granted = 0
    for (const customerId of CUSTOMERS) {
      const items = FEATURES.map((featureId) => ({ customerId, featureId }))
      const { results } = await bodyOf(api.post('/access/batch', { items }))
      const ours = results.map((each: Sent) => [each.featureId, each.hasAccess])
      const listed = await kelviq.entitlements.getEntitlements({ customerId })
      const single = await Promise.all(
        items.map(async (asked) => [asked.featureId, await kelviq.entitlements.hasAccess(asked)]),
      )
      expect([customerId, single]).toEqual([customerId, ours])
      expect(FEATURES.map((id) => [id, listed[id]?.hasAccess ?? false])).toEqual(ours)
      const { entitlements } = await kelviq.entitlements.getRawEntitlements({ customerId })
      for (const each of entitlements) {
        expect([each.featureId, inPython(each as Sent)]).toEqual([each.featureId, each.hasAccess])
        granted += Number(each.hasAccess)
      }
    }
    expect(granted).toBeGreaterThan(60)
  })

  it('within a limit and at its end', async () => {
    const { customerId } = await customerOn('starter')
    await report(customerId, 'api-calls', 'set', 12)
    const meter = { featureType: 'METER', hardLimit: true, usageLimit: 1000 }
    const within = { ...meter, currentUsage: 12, remaining: 988, reason: 'within_limit' }
    await expectVerdict(customerId, 'api-calls', true, { ...within, hasAccess: true })
    await report(customerId, 'api-calls', 'set', 1000)
    const spent = { ...meter, hasAccess: false, currentUsage: 1000, remaining: 0 }
    await expectVerdict(customerId, 'api-calls', false, { ...spent, reason: 'limit_reached' })
    await report(customerId, 'api-calls', 'set', 1010)
    await expectVerdict(customerId, 'api-calls', false, { currentUsage: 1010, remaining: -10 })
  })

  it('beyond a soft limit, which grants, and says what is included', async () => {
    const { customerId } = await customerOn('us-pro')
    await report(customerId, 'ai-tokens', 'set', 199_999)
    const soft = { featureType: 'METER', hasAccess: true, hardLimit: false }
    await expectVerdict(customerId, 'ai-tokens', true, {
      ...soft,
      usageLimit: 200_000,
      remaining: 1,
    })
    await report(customerId, 'ai-tokens', 'set', 231_000)
    await expectVerdict(customerId, 'ai-tokens', true, {
      ...soft,
      usageLimit: null,
      remaining: null,
      currentUsage: 231_000,
      softLimit: true,
      includedUsage: 200_000,
      overage: 31_000,
    })
  })

  it('where one source is unlimited and another is a spent top-up', async () => {
    const { customerId } = await customerOn('enterprise')
    await subscribe(customerId, 'extra-calls')
    await report(customerId, 'api-calls', 'set', 25_000)
    await expectVerdict(customerId, 'api-calls', true, {
      hasAccess: true,
      hardLimit: false,
      usageLimit: null,
      remaining: null,
      currentUsage: 25_000,
    })
  })

  it('where a plan and add-ons add up to one entry', async () => {
    const { customerId } = await customerOn('starter')
    await subscribe(customerId, 'extra-calls', { quantity: 2 })
    await report(customerId, 'api-calls', 'set', 20_999)
    await expectVerdict(customerId, 'api-calls', true, { usageLimit: 21_000, remaining: 1 })
    await report(customerId, 'api-calls', 'delta', 1)
    await expectVerdict(customerId, 'api-calls', false, { usageLimit: 21_000, remaining: 0 })
  })

  it('with units that were carried over inside the limit', async () => {
    const { customerId, subscriptionId } = await customerOn('us-pro')
    await report(customerId, 'messages', 'set', 400)
    const { currentPeriod } = await bodyOf(api.get(`/subscriptions/${subscriptionId}`))
    const now = new Date(Date.parse(currentPeriod.endAt) + 1).toISOString()
    await bodyOf(api.put(`/sandbox/customers/${customerId}/clock`, { now }))
    const next = { usageLimit: 1300, hardLimit: true }
    await expectVerdict(customerId, 'messages', true, { ...next, currentUsage: 0, remaining: 1300 })
    await report(customerId, 'messages', 'delta', 1299)
    await expectVerdict(customerId, 'messages', true, { ...next, remaining: 1 })
    await report(customerId, 'messages', 'delta', 1)
    await expectVerdict(customerId, 'messages', false, { ...next, remaining: 0 })
  })

  it('under an override, of a meter and of a switch, and after it is taken back', async () => {
    const { customerId } = await customerOn('starter')
    const at = (featureId: string) => `/customers/${customerId}/overrides/${featureId}`
    await report(customerId, 'api-calls', 'set', 1200)
    await bodyOf(api.put(at('api-calls'), { allowance: { limit: 5000 } }))
    await bodyOf(api.put(at('basic-dashboard'), { allowance: { enabled: false } }))
    const over = { overridden: true, usageLimit: 5000, remaining: 3800 }
    await expectVerdict(customerId, 'api-calls', true, over)
    const off = { featureType: 'BOOLEAN', hasAccess: false, reason: 'disabled' }
    await expectVerdict(customerId, 'basic-dashboard', false, off)
    await bodyOf(api.delete(at('api-calls')))
    await bodyOf(api.delete(at('basic-dashboard')))
    await expectVerdict(customerId, 'api-calls', false, { overridden: false, usageLimit: 1000 })
    await expectVerdict(customerId, 'basic-dashboard', true, { hasAccess: true })
  })

  it('while a subscription is paused, is over, or was never there', async () => {
    const held = await customerOn('pro')
    await report(held.customerId, 'api-calls', 'set', 5)
    await act(held, 'pause')
    await expectVerdict(held.customerId, 'api-calls', false)
    await expectVerdict(held.customerId, 'advanced-analytics', false)
    await act(held, 'resume')
    await expectVerdict(held.customerId, 'api-calls', true, { currentUsage: 5 })
    await act(held, 'cancel', { when: 'now' })
    await expectVerdict(held.customerId, 'api-calls', false)
    await expectVerdict(await newCustomer(), 'basic-dashboard', false)
  })

  it('of a limit of nothing, and of a feature that is not in the plan', async () => {
    const { customerId } = await customerOn('starter')
    await bodyOf(api.put(`/customers/${customerId}/overrides/storage`, { allowance: { limit: 0 } }))
    const nothing = { hardLimit: true, usageLimit: 0, currentUsage: 0, remaining: 0 }
    await expectVerdict(customerId, 'storage', false, { ...nothing, hasAccess: false })
    await expectVerdict(customerId, 'messages', false)
    await expectVerdict(customerId, 'sso', false)
  })

  it('of values: a number rides in the limit, whatever else beside it', async () => {
    const number = { featureType: 'CUSTOMIZABLE', hasAccess: true, usageLimit: 5, value: 5 }
    await expectVerdict('boston-co', 'webhook-retries', true, number)
    const list = { usageLimit: null, value: ['us-east', 'us-west'] }
    await expectVerdict('boston-co', 'regions', true, list)
    await expectVerdict('berlin-co', 'regions', true, { value: ['eu-central', 'eu-west'] })
    const entitlement = await kelviq.entitlements.getEntitlement({
      customerId: 'boston-co',
      featureId: 'webhook-retries',
    })
    expect(entitlement).toMatchObject({ usageLimit: 5, remaining: 5, hardLimit: false })
  })

  it('when the next period has begun, at its millisecond', async () => {
    const { customerId, subscriptionId } = await customerOn('starter')
    await report(customerId, 'api-calls', 'set', 1000)
    await expectVerdict(customerId, 'api-calls', false, { usageLimit: 1000 })
    const { currentPeriod } = await bodyOf(api.get(`/subscriptions/${subscriptionId}`))
    const clock = `/sandbox/customers/${customerId}/clock`
    await bodyOf(api.put(clock, { now: currentPeriod.endAt }))
    const resetAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)
    await expectVerdict(customerId, 'api-calls', true, { currentUsage: 0, resetAt })
    expect(DAY_MS).toBeLessThan(Date.parse(currentPeriod.endAt) - Date.now())
  })
})

describe('entitlements on Kelviq’s wire', () => {
  it('are one list, with a slash or without, and say how fresh they are', async () => {
    for (const path of ['/entitlements?customer_id=pro-co', '/entitlements/?customer_id=pro-co']) {
      const { status, body } = await raw('GET', path)
      expect(status).toBe(200)
      expect(body).toMatchObject({ customerId: 'pro-co', degraded: false })
      expect(Object.keys(body)).toEqual(expect.arrayContaining(['version', 'asOf', 'servedFrom']))
      const ids = body.entitlements.map((each: Sent) => each.featureId)
      expect(ids.length).toBe(new Set(ids).size)
      expect(ids).toEqual(
        expect.arrayContaining(['basic-dashboard', 'advanced-analytics', 'api-calls', 'storage']),
      )
      expect(ids).not.toContain('sso')
    }
  })

  it('of nobody are an empty list, whatever the id', async () => {
    for (const id of ['nobody-at-all', 'c+1%2F%C3%A9%26', 'x'.repeat(300), '..']) {
      expect(await raw('GET', `/entitlements?customer_id=${id}&feature_id=sso`)).toMatchObject({
        status: 200,
        body: { entitlements: [] },
      })
    }
    expect(await kelviq.entitlements.hasAccess({ customerId: 'c 1/é&', featureId: 'sso' })).toBe(
      false,
    )
    expect(await kelviq.entitlements.getEntitlements({ customerId: 'nobody-at-all' })).toEqual({})
  })

  it('are asked for by `customer_id`, which must be there', async () => {
    for (const query of ['', '?customerId=pro-co', '?customer_id=']) {
      expect(await raw('GET', `/entitlements${query}`)).toMatchObject({
        status: 400,
        body: { customerId: [expect.any(String)], detail: expect.stringContaining('customer_id') },
      })
    }
  })
})
