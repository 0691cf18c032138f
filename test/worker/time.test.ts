/** Every boundary in time is data: with cron and D1 down, it is kept to the millisecond, at the edge and in the object. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clearIsolate } from '../../worker/isolate.ts'
import { down } from '../support/bindings.ts'
import { edge, makeKey } from '../support/edge.ts'
import { fresh } from '../support/fresh.ts'
import { hostile } from '../support/hostile.ts'
import { putCatalogue, putCustomer } from '../support/intent.ts'
import { accessPath, CUSTOMER, holder, plans } from '../support/shop.ts'
import { subscription } from '../support/world.ts'

const START = Date.parse('2027-12-31T09:30:00Z')

let key: string

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
  await fresh()
  await putCatalogue(plans())
  key = await makeKey()
})

afterEach(() => {
  vi.useRealTimers()
})

const METER = { customerId: CUSTOMER, featureId: 'api-calls' }
const at = (text: string) => vi.setSystemTime(Date.parse(text))

/** Everything that the customer needs is in KV and in its object; then D1 goes down for good. */
async function cutOff(): Promise<ReturnType<typeof edge>> {
  const there = edge(key)
  await there.get(accessPath('dashboard'))
  await there.settle()
  for (let tries = 0; (await env.KV.get(`customer:${CUSTOMER}`)) === null; tries++) {
    expect(tries).toBeLessThan(1_000)
    await scheduler.wait(5)
  }
  clearIsolate()
  hostile.object = (ports) => ({ ...ports, intent: down.DB })
  return edge(key, { DB: down.DB })
}

describe('grace', () => {
  it('ends at its millisecond', async () => {
    const grace = { startedAt: START, endsAt: Date.parse('2028-01-07T09:30:00.000Z') }
    await putCustomer(
      holder([], { subscriptions: [subscription('sub_1', 'starter', START, { grace })] }),
    )
    const there = await cutOff()
    at('2028-01-07T09:29:59.999Z')
    expect((await there.get(accessPath('dashboard'))).body).toMatchObject({
      hasAccess: true,
      grace: { endsAt: '2028-01-07T09:30:00.000Z' },
      warnings: [{ code: 'in_grace' }],
    })
    at('2028-01-07T09:30:00.000Z')
    expect((await there.get(accessPath('dashboard'))).body).toMatchObject({
      hasAccess: false,
      reason: 'grace_ended',
    })
    const used = await there.post('/v1/consume', METER)
    expect(used.body).toMatchObject({ consumed: false, entitlement: { reason: 'grace_ended' } })
  })
})

describe('an override', () => {
  it('ends at its millisecond, in memory too', async () => {
    const override = {
      featureId: 'sso',
      allowance: { enabled: true },
      standalone: false,
      startAt: START,
      expiresAt: START + 1_500,
    }
    await putCustomer(holder(['starter'], { overrides: [override] }, START))
    const there = await cutOff()
    await there.get(accessPath('sso'))
    vi.setSystemTime(START + 1_499)
    expect((await there.get(accessPath('sso'))).body).toMatchObject({
      hasAccess: true,
      overridden: true,
      servedFrom: 'memory',
    })
    vi.setSystemTime(START + 1_500)
    expect((await there.get(accessPath('sso'))).body['hasAccess']).toBe(false)
  })
})

describe('a meter anchored on the 31st', () => {
  const resets = ['2028-01-31', '2028-02-29', '2028-03-31', '2028-04-30', '2028-05-31']

  it('resets on the last day of shorter months, in the object and at the edge', async () => {
    await putCustomer(holder(['starter'], {}, START))
    const there = await cutOff()
    for (const day of resets) {
      const end = `${day}T09:30:00.000Z`
      const all = await there.post('/v1/consume', { ...METER, quantity: 100 })
      expect(all.body).toMatchObject({ consumed: true, entitlement: { balance: 0, resetAt: end } })
      vi.setSystemTime(Date.parse(end) - 1)
      expect((await there.get(accessPath('api-calls'))).body).toMatchObject({
        hasAccess: false,
        resetAt: end,
      })
      expect((await there.post('/v1/consume', METER)).body['consumed']).toBe(false)
      at(end)
      expect((await there.get(accessPath('api-calls'))).body).toMatchObject({
        hasAccess: true,
        used: 0,
      })
    }
  })

  it('resets at an edge that hears from nobody', async () => {
    await putCustomer(holder(['starter'], {}, START))
    const there = await cutOff()
    await there.post('/v1/consume', { ...METER, quantity: 60 })
    const alone = edge(key, { DB: down.DB, CUSTOMERS: down.CUSTOMERS })
    clearIsolate()
    at('2028-01-31T09:30:00.000Z')
    expect((await alone.get(accessPath('api-calls'))).body).toMatchObject({
      used: 0,
      balance: 100,
      period: { startAt: '2028-01-31T09:30:00.000Z', endAt: '2028-02-29T09:30:00.000Z' },
    })
  })
})
