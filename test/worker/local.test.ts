import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Override } from '../../entitlements/allowance.ts'
import type { Catalogue } from '../../entitlements/catalogue.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { DAY_MS, type Instant } from '../../entitlements/instant.ts'
import { purchase, transition } from '../../entitlements/lifecycle.ts'
import { datesOf } from '../../entitlements/status.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { Sluice } from '../../sdk/index.ts'
import { local, type LocalSluice } from '../../sdk/local.ts'
import worker from '../../worker/index.ts'
import { clearIsolate } from '../../worker/isolate.ts'
import { meterPatches } from '../entitlements/arbitraries.ts'
import { edge, ORIGIN } from '../support/edge.ts'
import { putCatalogue, putCustomer } from '../support/intent.ts'
import { CUSTOMER, holder, openShop } from '../support/shop.ts'
import { catalogue, customer, meter, plan } from '../support/world.ts'

const NOW = Date.parse('2026-02-10T12:00:00Z')
const FEATURES = ['calls', 'nothing']

/** What the client sends. */
type Sent = Pick<RequestInit, 'method' | 'headers' | 'body'>

let key: string
let sluice: LocalSluice

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  key = await openShop()
  const send = async (url: string, { method = 'GET', headers = {}, body = null }: Sent) => {
    const request = new Request<unknown, IncomingRequestCfProperties>(url, {
      method,
      headers,
      body,
    })
    return await worker.fetch(request, env, createExecutionContext())
  }
  sluice = local(new Sluice({ url: ORIGIN, key, fetch: send }), {
    denials: 'local',
    refreshMs: 400 * DAY_MS,
  })
})

afterEach(() => {
  sluice.close()
  vi.useRealTimers()
})

it('says what the service says, whoever the customer is, at every boundary and beside it', async () => {
  await putCatalogue(OFFERED)
  const customers = fc.sample(holders, { numRuns: 12, seed: 20_260_210 })
  let [decided, left] = [0, 0]
  for (const [index, { usage, ...facts }] of customers.entries()) {
    vi.setSystemTime(NOW)
    clearIsolate()
    const customerId = `holder-${index}`
    await putCustomer({ ...facts, id: customerId })
    for (const [featureId, quantity] of usage) {
      await edge(key).post('/v1/consume', { customerId, featureId, quantity })
    }
    await sluice.hold([customerId])
    for (const at of instantsOf(facts)) {
      vi.setSystemTime(at)
      clearIsolate()
      const listed = await edge(key).get(`/v1/customers/${customerId}/entitlements?fresh=true`)
      const { data, decidedBy } = await sluice.entitlements({ customerId })
      expect(decidedBy).toBe('local')
      expect({ at: new Date(at), data }).toEqual({ at: new Date(at), data: listed.body['data'] })
      for (const featureId of FEATURES) {
        const verdict = sluice.checkNow({ customerId, featureId, quantity: 2 })
        if (verdict === null) {
          left += 1
          continue
        }
        decided += 1
        const path = `/v1/access?customerId=${customerId}&featureId=${featureId}&quantity=2`
        expect(restOf(verdict)).toEqual(restOf((await edge(key).get(path)).body))
      }
    }
  }
  // Some is always left: what is near a hard limit is not decided here.
  expect(decided).toBeGreaterThan(100)
  expect(left).toBeGreaterThan(0)
})

it('goes by the customer’s own clock, and not by that of this process', async () => {
  const clockAt = NOW + 40 * DAY_MS
  await putCustomer(holder(['starter'], { id: 'early', clockAt }))
  const { body } = await edge(key).get('/v1/access?customerId=early&featureId=api-calls')
  const verdict = await sluice.check({ customerId: 'early', featureId: 'api-calls' })
  expect(verdict.decidedBy).toBe('local')
  expect(verdict.resetAt).toBe(body['resetAt'])
  const { resetAt } = await sluice.check({ customerId: CUSTOMER, featureId: 'api-calls' })
  expect(Date.parse(String(verdict.resetAt))).toBeGreaterThan(Date.parse(String(resetAt)))
})

/** Without what an answer says of its copy. */
function restOf(answer: object) {
  return Object.fromEntries(Object.entries(answer).filter(([name]) => !OF_COPY.has(name)))
}

const OF_COPY: ReadonlySet<string> = new Set([
  'servedFrom',
  'version',
  'revision',
  'asOf',
  'ageMs',
  'publishedAt',
  'confirmed',
  'degraded',
  'decidedBy',
])

const OFFERED: Catalogue = (() => {
  const made = catalogue(
    [
      plan(
        'free',
        { calls: meter({ limit: 3 }), theme: { value: 'plain' } },
        { rank: 0, free: true },
      ),
      plan(
        'starter',
        {
          calls: meter({ limit: 20, alertsAt: [50, 100] }),
          messages: meter({ limit: 10, rollover: { percent: 50, max: 4 } }),
          theme: { value: 'light' },
        },
        { rank: 1 },
      ),
      plan(
        'pro',
        {
          calls: meter({ limit: 'unlimited' }),
          messages: meter({ limit: 30, enforcement: 'soft', reset: 'weekly' }),
          seats: meter({ limit: 5, reset: 'never' }),
          sso: { enabled: true },
          theme: { value: { dark: true } },
        },
        { rank: 2 },
      ),
      plan('extra', { calls: meter({ limit: 7 }), sso: { enabled: false } }, { kind: 'addon' }),
    ],
    'free',
  )
  return { ...made, revision: 2 }
})()

const days = (min: number, max: number) => fc.integer({ min, max }).map((count) => count * DAY_MS)

/** A subscription that has been through some of what befalls one. */
const subscriptions: fc.Arbitrary<Subscription> = fc
  .record({
    id: fc.uuid().map((uuid) => `sub_${uuid}`),
    planId: fc.constantFrom('starter', 'pro', 'extra'),
    quantity: fc.integer({ min: 1, max: 3 }),
    age: days(-5, 60),
    trialDays: fc.constantFrom(0, 0, 14),
    providerDriven: fc.boolean(),
    acts: fc.array(
      fc.constantFrom('pause', 'cancel', 'cancel now', 'fail', 'downgrade', 'refund'),
      { maxLength: 2 },
    ),
  })
  .map(({ age, acts, ...bought }) => {
    const fresh = purchase({
      ...bought,
      startAt: NOW - age,
      chargePeriod: 'monthly',
      graceMs: 7 * DAY_MS,
    })
    return acts.reduce(after, fresh)
  })

function after(subscription: Subscription, act: string): Subscription {
  const outcome = transition(subscription, actionOf(act), NOW)
  return outcome.ok ? outcome.value : subscription
}

function actionOf(act: string): Parameters<typeof transition>[1] {
  const to = { planId: 'free', chargePeriod: null, quantity: 1 }
  switch (act) {
    case 'pause':
      return { action: 'pause' }
    case 'cancel':
      return { action: 'cancel', when: { at: NOW + 3 * DAY_MS } }
    case 'cancel now':
      return { action: 'cancel', when: 'now' }
    case 'fail':
      return { action: 'payment_failed', failedAt: NOW - DAY_MS, graceMs: 7 * DAY_MS }
    case 'downgrade':
      return { action: 'change', to, fromRank: 1, toRank: 0, when: 'auto' }
    default:
      return { action: 'refund', full: true }
  }
}

const overrides: fc.Arbitrary<Override> = fc.record({
  featureId: fc.constantFrom('messages', 'seats'),
  allowance: meterPatches.map((patch) => ({ ...patch, limit: patch.limit ?? 8 })),
  standalone: fc.boolean(),
  startAt: days(-3, 3).map((since) => NOW + since),
  expiresAt: fc.option(days(4, 20).map((until) => NOW + until)),
})

const holders = fc
  .record({
    // Any number of add-ons, and one base plan.
    held: fc.uniqueArray(subscriptions, { maxLength: 3, selector: kindOf }),
    overrides: fc.uniqueArray(overrides, { maxLength: 2, selector: ({ featureId }) => featureId }),
    usage: fc.array(
      fc.tuple(fc.constantFrom('calls', 'messages', 'seats'), fc.integer({ min: 1, max: 9 })),
      { maxLength: 4 },
    ),
  })
  .map(({ held, usage, ...facts }) => ({
    ...customer({ subscriptions: held, createdAt: NOW - 90 * DAY_MS, ...facts }),
    usage,
  }))

function kindOf({ phases: [phase] }: Subscription): string {
  return phase?.planId === 'extra' ? 'addon' : 'base'
}

/** Now, and every date that the facts name or at which a period ends, with the milliseconds beside it. */
function instantsOf({ subscriptions: held, overrides: given }: Customer): readonly Instant[] {
  const dates = [
    ...held.flatMap(datesOf),
    ...given.flatMap(({ startAt, expiresAt }) => [startAt, expiresAt ?? NOW]),
    ...held.flatMap(({ startAt }) => [7, 28, 31].map((length) => startAt + length * DAY_MS)),
    Date.parse('2026-03-01T00:00:00Z'),
  ]
  const beside = dates.flatMap((date) => [date - 1, date, date + 1])
  return [...new Set([NOW, ...beside])].filter((at) => at >= NOW).toSorted((a, b) => a - b)
}
