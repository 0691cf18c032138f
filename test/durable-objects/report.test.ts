import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Customer } from '../../entitlements/customer.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
import { fresh } from '../support/fresh.ts'
import { putCatalogue, putCustomer } from '../support/intent.ts'
import {
  consumption,
  heldBy,
  holdClock,
  newCustomerId,
  objectOf,
  resetting,
  resultOf,
  rowsOf,
  usage,
} from '../support/object.ts'
import { catalogue, customer, meter, METER, plan, subscription } from '../support/world.ts'

const START = Date.parse('2027-01-31T00:00:00Z')
const NOW = Date.parse('2027-03-10T12:00:00Z')
const PERIOD_START = Date.parse('2027-02-28T00:00:00Z')
const dayOf = (at: number) => Math.floor(at / DAY_MS)

let acme: Customer

beforeEach(async () => {
  await fresh()
  holdClock(NOW)
  acme = customer({ id: newCustomerId(), subscriptions: [subscription('sub_1', 'pro', START)] })
  const pro = plan('pro', { [METER]: meter(), storage: meter({ reset: 'never' }) })
  await putCatalogue(catalogue([pro]))
  await putCustomer(acme)
})
afterEach(() => vi.useRealTimers())

const ledger = () =>
  rowsOf(acme.id, 'SELECT day, kind, quantity, count FROM ledger ORDER BY day, kind')

describe('a report', () => {
  it('is recorded beyond a hard limit; access then stops', async () => {
    const answer = await objectOf(acme.id).report(usage({ value: 130 }))
    expect(resultOf(answer)).toMatchObject({
      recorded: true,
      applied: 130,
      access: { hasAccess: false, reason: 'limit_reached' },
      entitlement: { meter: { used: 130, balance: 0, overage: 30 } },
    })
  })

  it('that enforces is refused there like consumption', async () => {
    const answer = await objectOf(acme.id).report(usage({ value: 130, enforce: true }))
    expect(resultOf(answer)).toMatchObject({
      recorded: false,
      applied: 0,
      entitlement: { meter: { used: 0 } },
    })
    expect(await ledger()).toEqual([])
  })

  it('that gives back more than was used stops at zero and says so', async () => {
    await objectOf(acme.id).report(usage({ value: 5 }))
    const answer = await objectOf(acme.id).report(usage({ value: -9 }))
    expect(resultOf(answer)).toMatchObject({ applied: -5, clamped: true })
  })

  it('replaces the reading where it sets it', async () => {
    await objectOf(acme.id).report(usage({ value: 70 }))
    const answer = await objectOf(acme.id).report(usage({ behaviour: 'set', value: 20 }))
    expect(resultOf(answer)).toMatchObject({ applied: -50, entitlement: { meter: { used: 20 } } })
    expect(await ledger()).toMatchObject([
      { kind: 'report', quantity: 70 },
      { kind: 'set', quantity: -50 },
    ])
  })
})

describe('when usage happened', () => {
  it.each([
    ['35 days ago', NOW - 35 * DAY_MS, true],
    ['a millisecond earlier', NOW - 35 * DAY_MS - 1, false],
    ['in five minutes', NOW + 300_000, true],
    ['a millisecond later', NOW + 300_001, false],
  ])('%s', async (_, occurredAt, taken) => {
    const answer = await objectOf(acme.id).report(usage({ occurredAt }))
    const failure = {
      code: 'occurred_at_out_of_range',
      earliestAt: NOW - 35 * DAY_MS,
      latestAt: NOW + 300_000,
    }
    expect(answer).toMatchObject(taken ? { status: 'done' } : { status: 'failed', failure })
  })

  it('in the current period counts now, and shows in the ledger on its day', async () => {
    const occurredAt = PERIOD_START
    const answer = await objectOf(acme.id).report(usage({ value: 7, occurredAt }))
    expect(resultOf(answer)).toMatchObject({ late: false, applied: 7 })
    expect(await ledger()).toEqual([
      { day: dayOf(occurredAt), kind: 'report', quantity: 7, count: 1 },
    ])
  })

  it('before the current period is history only', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 3 }))
    const { version } = await heldBy(acme.id)
    const occurredAt = PERIOD_START - 1
    const answer = await objectOf(acme.id).report(usage({ value: 7, occurredAt }))
    expect(resultOf(answer)).toMatchObject({
      recorded: true,
      applied: 0,
      late: true,
      entitlement: { meter: { used: 3 } },
    })
    expect(await ledger()).toEqual([
      { day: dayOf(occurredAt), kind: 'period_closed', quantity: -7, count: 1 },
      { day: dayOf(occurredAt), kind: 'report', quantity: 7, count: 1 },
      { day: dayOf(NOW), kind: 'consume', quantity: 3, count: 1 },
    ])
    expect((await heldBy(acme.id)).version).toBe(version)
  })

  it('is never late for a meter that does not reset', async () => {
    const report = usage({ featureId: 'storage', value: 7, occurredAt: NOW - 34 * DAY_MS })
    expect(resultOf(await objectOf(acme.id).report(report))).toMatchObject({ late: false })
  })
})

describe('an operator’s reset', () => {
  it('gives the full quota again, keeps the period, and names the operator', async () => {
    await objectOf(acme.id).report(usage({ value: 130 }))
    const actor = { kind: 'key', id: 'key_ops' } as const
    const answer = await objectOf(acme.id).reset(resetting({ actor, reason: 'goodwill' }))
    expect(resultOf(answer)).toMatchObject({
      access: { hasAccess: true },
      entitlement: { meter: { used: 0, balance: 100, period: { startAt: PERIOD_START } } },
    })
    expect(await rowsOf(acme.id, "SELECT * FROM ledger WHERE kind = 'reset'")).toMatchObject([
      { quantity: -130, last_actor: 'key:key_ops' },
    ])
  })

  it('has one effect under its key', async () => {
    const request = resetting({ idempotencyKey: 'reset-1' })
    await objectOf(acme.id).reset(request)
    await objectOf(acme.id).report(usage({ value: 5 }))
    expect(await objectOf(acme.id).reset(request)).toMatchObject({ replayed: true })
    expect((await heldBy(acme.id)).lots.get(METER)?.[0]?.used).toBe(5)
  })
})
