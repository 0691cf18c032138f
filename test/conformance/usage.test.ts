import { beforeAll, describe, expect, it } from 'vitest'
import { api, unique } from '../support/service.ts'
import { access, bodyOf, consume, customerOn, DAY_MS, newCustomer, report } from './customers.ts'

/** A plan with one meter of every rhythm, hard and soft, with and without rollover. */
const METERS = {
  monthly: { limit: 100, reset: 'monthly' },
  weekly: { limit: 100, reset: 'weekly' },
  daily: { limit: 100, reset: 'daily', anchor: 'calendar' },
  never: { limit: 100 },
  soft: { limit: 100, enforcement: 'soft', reset: 'monthly', alertsAt: [80, 100] },
  rollover: { limit: 100, reset: 'monthly', rollover: { percent: 50, max: 30 } },
} as const

const PLAN = unique('plan')
const featureOf = (rhythm: keyof typeof METERS) => `${PLAN}-${rhythm}`

beforeAll(async () => {
  const rhythms = Object.keys(METERS) as (keyof typeof METERS)[]
  await bodyOf(
    api.put('/catalogue', {
      features: rhythms.map((rhythm) => ({ id: featureOf(rhythm), type: 'meter' })),
      plans: [
        {
          id: PLAN,
          prices: [{ chargePeriod: 'monthly', amount: 1000, currency: 'USD' }],
          allowances: Object.fromEntries(
            rhythms.map((rhythm) => [featureOf(rhythm), METERS[rhythm]]),
          ),
        },
      ],
    }),
  )
})

describe('a hard limit', () => {
  it('refuses the next check, without a token, once the last unit is consumed; a SET below it grants again', async () => {
    const { customerId } = await customerOn('starter')
    const last = await consume(customerId, 'storage', 5)
    expect(last).toMatchObject({ consumed: true, entitlement: { used: 5, balance: 0 } })
    expect(await access(customerId, 'storage')).toMatchObject({
      hasAccess: false,
      reason: 'limit_reached',
      sources: [{ kind: 'plan', planId: 'starter' }],
    })
    await report(customerId, 'storage', 'set', 2)
    expect(await access(customerId, 'storage')).toMatchObject({
      hasAccess: true,
      reason: 'within_limit',
      balance: 3,
    })
  })

  it('takes all that is asked for, or nothing', async () => {
    const { customerId } = await customerOn('starter')
    await consume(customerId, 'storage', 3)
    expect(await consume(customerId, 'storage', 3)).toMatchObject({
      consumed: false,
      quantity: 3,
      entitlement: { used: 3, balance: 2, hasAccess: false, reason: 'limit_reached' },
    })
    expect(await consume(customerId, 'storage', 2)).toMatchObject({ consumed: true })
  })

  it('lets exactly 400 of 1,000 concurrent consumes through when 400 units are left', async () => {
    const { customerId } = await customerOn('starter')
    await report(customerId, 'api-calls', 'set', 600)
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => consume(customerId, 'api-calls')),
    )
    expect(answers.filter(({ consumed }) => consumed)).toHaveLength(400)
    expect(await access(customerId, 'api-calls')).toMatchObject({
      reason: 'limit_reached',
      used: 1_000,
      balance: 0,
      overage: 0,
    })
  })
})

describe('an idempotency key', () => {
  const once = (body: object, key: string) => api.post('/consume', body, { 'Idempotency-Key': key })

  it('counts once and answers the same again', async () => {
    const { customerId } = await customerOn('starter')
    const [body, key] = [{ customerId, featureId: 'storage', quantity: 2 }, unique('order')]
    const first = await once(body, key)
    const again = await once(body, key)
    expect(first.headers.get('Idempotent-Replayed')).toBeNull()
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    expect(again.body).toEqual(first.body)
    expect(await access(customerId, 'storage')).toMatchObject({ used: 2 })
  })

  it('counts once, however many retries arrive together', async () => {
    const { customerId } = await customerOn('starter')
    const [body, key] = [{ customerId, featureId: 'storage' }, unique('order')]
    const answers = await Promise.all(Array.from({ length: 20 }, () => once(body, key)))
    expect(new Set(answers.map(({ body: { consumed } }) => consumed))).toEqual(new Set([true]))
    expect(await access(customerId, 'storage')).toMatchObject({ used: 1 })
  })

  it('is refused for another body', async () => {
    const { customerId } = await customerOn('starter')
    const [body, key] = [{ customerId, featureId: 'storage' }, unique('order')]
    await once(body, key)
    for (const change of [
      { quantity: 2 },
      { metadata: { order: 2 } },
      { featureId: 'api-calls' },
    ]) {
      const other = await once({ ...body, ...change }, key)
      expect([other.status, other.body.code]).toEqual([409, 'idempotency_key_reused'])
    }
    expect(await access(customerId, 'storage')).toMatchObject({ used: 1 })
  })

  it('keeps a refusal too', async () => {
    const { customerId } = await customerOn('starter')
    await consume(customerId, 'storage', 5)
    const [body, key] = [{ customerId, featureId: 'storage' }, unique('order')]
    expect((await once(body, key)).body).toMatchObject({ consumed: false })
    await report(customerId, 'storage', 'set', 0)
    const again = await once(body, key)
    expect(again.body).toMatchObject({ consumed: false, entitlement: { reason: 'limit_reached' } })
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    expect((await once(body, unique('order'))).body).toMatchObject({ consumed: true })
  })

  it('belongs to one customer', async () => {
    const [one, other] = [await customerOn('starter'), await customerOn('starter')]
    const key = unique('order')
    await once({ customerId: one.customerId, featureId: 'storage' }, key)
    const answer = await once({ customerId: other.customerId, featureId: 'storage' }, key)
    expect(answer.headers.get('Idempotent-Replayed')).toBeNull()
    expect(answer.body).toMatchObject({ consumed: true })
  })

  it('makes a purchase safe to repeat', async () => {
    const customerId = await newCustomer()
    const buy = (planId: string, key: string) =>
      api.post(
        `/customers/${customerId}/subscriptions`,
        { planId, chargePeriod: 'monthly' },
        { 'Idempotency-Key': key },
      )
    const key = unique('purchase')
    const first = await buy('starter', key)
    const again = await buy('starter', key)
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.body.id).toBe(first.body.id)
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    expect((await buy('pro', key)).body).toMatchObject({ code: 'idempotency_key_reused' })
  })

  it.each([
    ['with a tab inside', 'a\tb'],
    ['of 256 characters', 'k'.repeat(256)],
    ['outside ASCII', 'schl\u00fcssel'],
  ])('%s is refused', async (_, key) => {
    const { status, body } = await once({ customerId: 'starter-co', featureId: 'sso' }, key)
    expect([status, body.code]).toEqual([400, 'invalid_idempotency_key'])
  })
})

describe('a report', () => {
  it('adds as DELTA and replaces as SET', async () => {
    const { customerId } = await customerOn('pro')
    expect(await report(customerId, 'storage', 'delta', 30)).toMatchObject({
      recorded: true,
      applied: 30,
      entitlement: { used: 30 },
    })
    expect(await report(customerId, 'storage', 'delta', 12)).toMatchObject({
      entitlement: { used: 42 },
    })
    expect(await report(customerId, 'storage', 'set', 7)).toMatchObject({
      applied: -35,
      entitlement: { used: 7, balance: 93 },
    })
  })

  it('takes the words in any case', async () => {
    const { customerId } = await customerOn('pro')
    const body = { customerId, featureId: 'storage', value: 3 }
    await bodyOf(api.post('/usage', { ...body, behaviour: 'DELTA' }))
    const { entitlement } = await bodyOf(api.post('/usage', { ...body, behaviour: 'Delta' }))
    expect(entitlement.used).toBe(6)
  })

  it('gives back, and never below nothing', async () => {
    const { customerId } = await customerOn('pro')
    await report(customerId, 'team-members', 'set', 4)
    expect(await report(customerId, 'team-members', 'delta', -1)).toMatchObject({
      applied: -1,
      clamped: false,
      entitlement: { used: 3 },
    })
    expect(await report(customerId, 'team-members', 'delta', -10)).toMatchObject({
      applied: -3,
      clamped: true,
      entitlement: { used: 0 },
    })
  })

  it('is a fact even past a hard limit, and access stops', async () => {
    const { customerId } = await customerOn('starter')
    expect(await report(customerId, 'storage', 'delta', 8)).toMatchObject({
      recorded: true,
      applied: 8,
      entitlement: { used: 8, balance: 0, overage: 3 },
    })
    expect(await access(customerId, 'storage')).toMatchObject({ reason: 'limit_reached' })
  })

  it('that is to be enforced is refused like a consume', async () => {
    const { customerId } = await customerOn('starter')
    expect(await report(customerId, 'storage', 'delta', 8, { enforce: true })).toMatchObject({
      recorded: false,
      entitlement: { used: 0, balance: 5 },
    })
  })

  it('of a feature that the plan does not give is kept as overage', async () => {
    const { customerId } = await customerOn('starter')
    expect(await consume(customerId, 'messages')).toMatchObject({
      consumed: false,
      entitlement: { reason: 'not_in_plan' },
    })
    expect(await report(customerId, 'messages', 'delta', 4)).toMatchObject({
      recorded: true,
      entitlement: { hasAccess: false, reason: 'not_in_plan' },
    })
  })

  it('from before the current period is history and takes nothing from it', async () => {
    const { customerId } = await customerOn('starter')
    const occurredAt = new Date(Date.now() - 2 * DAY_MS).toISOString()
    expect(await report(customerId, 'api-calls', 'delta', 5, { occurredAt })).toMatchObject({
      recorded: true,
      late: true,
      entitlement: { used: 0 },
    })
  })

  it.each([
    ['36 days back', -36 * DAY_MS],
    ['an hour ahead', DAY_MS / 24],
  ])('from %s is refused', async (_, distance) => {
    const { customerId } = await customerOn('starter')
    const occurredAt = new Date(Date.now() + distance).toISOString()
    const body = { customerId, featureId: 'api-calls', behaviour: 'delta', value: 1, occurredAt }
    const reply = await api.post('/usage', body)
    expect([reply.status, reply.body.code]).toEqual([422, 'occurred_at_out_of_range'])
  })

  it('never pretends: nothing is written for a stranger, or to a feature that is no meter', async () => {
    const stranger = { customerId: unique('stranger'), featureId: 'storage' }
    expect((await api.post('/consume', stranger)).body.code).toBe('customer_not_found')
    const noMeter = { customerId: 'pro-co', featureId: 'sso' }
    expect((await api.post('/consume', noMeter)).body.code).toBe('feature_not_metered')
    const misspelt = await api.post('/consume', { customerId: 'pro-co', featureId: 'api-call' })
    expect(misspelt.body).toMatchObject({
      code: 'feature_not_found',
      detail: expect.stringMatching(/Did you mean 'api-calls'\?/),
    })
  })
})

describe('a soft limit', () => {
  it('warns at its thresholds and lets use go on', async () => {
    const { customerId } = await customerOn(PLAN)
    const soft = featureOf('soft')
    expect(await consume(customerId, soft, 85)).toMatchObject({
      consumed: true,
      entitlement: { reason: 'within_limit', warnings: [{ code: 'threshold', percent: 80 }] },
    })
    expect(await consume(customerId, soft, 45)).toMatchObject({
      consumed: true,
      entitlement: { used: 130, balance: 0, overage: 30 },
    })
    const answer = await access(customerId, soft)
    expect(answer).toMatchObject({ hasAccess: true, reason: 'over_soft_limit' })
    expect(answer.warnings.map(({ code }: { code: string }) => code)).toContain('over_soft_limit')
  })
})

describe('a meter', () => {
  it('by the month ends its period on the day of the month on which the customer began', async () => {
    const startAt = anchoredOn15th()
    const { customerId } = await customerOn(PLAN, { startAt })
    const { period, resetAt } = await access(customerId, featureOf('monthly'))
    expect(resetAt).toBe(period.endAt)
    expect([period.startAt, period.endAt].map((text) => text.slice(7))).toEqual([
      startAt.slice(7),
      startAt.slice(7),
    ])
    expectAround(period)
  })

  it('by the week ends its period every seven days', async () => {
    const startAt = anchoredOn15th()
    const { customerId } = await customerOn(PLAN, { startAt })
    const { period } = await access(customerId, featureOf('weekly'))
    expect((Date.parse(period.startAt) - Date.parse(startAt)) % (7 * DAY_MS)).toBe(0)
    expect(Date.parse(period.endAt) - Date.parse(period.startAt)).toBe(7 * DAY_MS)
    expectAround(period)
  })

  it('by the calendar day ends its period at midnight', async () => {
    const { customerId } = await customerOn(PLAN)
    const { period } = await access(customerId, featureOf('daily'))
    expect(period.endAt).toMatch(/T00:00:00\.000Z$/)
    expectAround(period)
  })

  it('that never resets says so', async () => {
    const { customerId } = await customerOn(PLAN)
    expect(await access(customerId, featureOf('never'))).toMatchObject({ resetAt: null })
  })

  it('carries what was left into the next period, up to its bound, and spends that first', async () => {
    const { customerId } = await customerOn(PLAN, { startAt: anchoredOn15th() })
    const rollover = featureOf('rollover')
    expect(await access(customerId, rollover)).toMatchObject({
      limit: 100,
      carried: 30,
      balance: 130,
    })
    expect(await consume(customerId, rollover, 130)).toMatchObject({
      consumed: true,
      entitlement: { balance: 0 },
    })
    expect(await access(customerId, rollover)).toMatchObject({ reason: 'limit_reached' })
  })

  it('that an operator resets is full again and keeps its period', async () => {
    const { customerId } = await customerOn(PLAN)
    const monthly = featureOf('monthly')
    await consume(customerId, monthly, 100)
    const before = await access(customerId, monthly)
    expect(before.reason).toBe('limit_reached')
    const path = `/customers/${customerId}/entitlements/${monthly}/reset`
    const { entitlement } = await bodyOf(api.post(path, { reason: 'An outage of ours' }))
    expect(entitlement).toMatchObject({ used: 0, balance: 100, hasAccess: true })
    expect(await access(customerId, monthly)).toMatchObject({
      hasAccess: true,
      used: 0,
      period: before.period,
    })
  })
})

/** The 15th, at a time with milliseconds, at least one period of a month ago. */
function anchoredOn15th(): string {
  const now = new Date()
  return new Date(
    Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 2, 15, 6, 30, 0, 250),
  ).toISOString()
}

function expectAround({ startAt, endAt }: { startAt: string; endAt: string }): void {
  expect(Date.parse(startAt)).toBeLessThanOrEqual(Date.now())
  expect(Date.parse(endAt)).toBeGreaterThan(Date.now())
}
