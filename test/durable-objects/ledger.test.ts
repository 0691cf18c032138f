import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LEDGER_DAYS } from '../../durable-objects/ledger.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
import { fresh } from '../support/fresh.ts'
import { putCatalogue, putCustomer } from '../support/intent.ts'
import {
  consumption,
  heldBy,
  holdClock,
  newCustomerId,
  objectOf,
  READ,
  resetting,
  rowsOf,
  usage,
} from '../support/object.ts'
import { catalogue, customer, meter, METER, plan, subscription } from '../support/world.ts'

const START = Date.parse('2027-01-31T00:00:00Z')
const PLANS = catalogue([
  plan('pro', {
    [METER]: meter({ limit: 100, rollover: { percent: 50, max: null } }),
    seats: meter({ limit: 10, reset: 'never' }),
    daily: meter({ limit: 5, reset: 'daily', enforcement: 'soft' }),
  }),
  plan('max', { [METER]: meter({ limit: 300, onPlanChange: 'reset' }), seats: meter() }),
])
const METERS = [METER, 'seats', 'daily'] as const

beforeEach(async () => {
  await fresh()
  holdClock(START)
  await putCatalogue(PLANS)
})
afterEach(() => vi.useRealTimers())

async function newCustomer(): Promise<string> {
  const id = newCustomerId()
  await putCustomer(customer({ id, subscriptions: [subscription(`sub_${id}`, 'pro', START)] }))
  return id
}

/** What each open lot has used, and what the ledger says of every lot that is not empty by it. */
async function bothSides(id: string): Promise<[unknown, unknown]> {
  const { lots } = await heldBy(id)
  const used = [...lots.values()].flat().filter((lot) => lot.used > 0)
  const rows = await rowsOf(
    id,
    `SELECT lot_id, SUM(quantity) AS used FROM ledger WHERE kind <> 'carried'
     GROUP BY lot_id HAVING SUM(quantity) <> 0 ORDER BY lot_id`,
  )
  const byId = used.map((lot) => ({ lot_id: lot.id, used: lot.used }))
  return [byId.toSorted((a, b) => (a.lot_id < b.lot_id ? -1 : 1)), rows]
}

const step = fc.record({
  days: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 45, noNaN: true })),
  featureId: fc.constantFrom(...METERS),
  quantity: fc.integer({ min: 1, max: 150 }),
  act: fc.constantFrom('consume', 'report', 'give back', 'set', 'late', 'reset', 'move', 'restart'),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

async function play(id: string, { act, featureId, quantity }: Step): Promise<void> {
  const object = objectOf(id)
  switch (act) {
    case 'consume':
      await object.consume(consumption({ featureId, quantity }))
      return
    case 'report':
      await object.report(usage({ featureId, value: quantity }))
      return
    case 'give back':
      await object.report(usage({ featureId, value: -quantity }))
      return
    case 'set':
      await object.report(usage({ featureId, behaviour: 'set', value: quantity }))
      return
    case 'late': {
      const occurredAt = Date.now() - 34 * DAY_MS
      await object.report(usage({ featureId, value: quantity, occurredAt }))
      return
    }
    case 'reset':
      await object.reset(resetting({ featureId }))
      return
    case 'restart':
      await object.read(READ)
      await evictDurableObject(object)
      return
    case 'move': {
      const planId = quantity % 2 === 0 ? 'pro' : 'max'
      const moved = subscription(`sub_${id}`, planId, START)
      await putCustomer(customer({ id, revision: Date.now(), subscriptions: [moved] }))
      await object.apply(Date.now())
      return
    }
  }
}

describe('the ledger', () => {
  it('adds up to what every lot has used, after any history', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async (steps) => {
        const id = await newCustomer()
        vi.setSystemTime(START)
        for (const each of steps) {
          vi.setSystemTime(Date.now() + Math.floor(each.days * DAY_MS))
          await play(id, each)
        }
        const [lots, rows] = await bothSides(id)
        expect(rows).toEqual(lots)
      }),
      { numRuns: 15 },
    )
  })

  it('has one row for a lot, day and kind, however often it is booked', async () => {
    const id = await newCustomer()
    for (let n = 0; n < 20; n++) await objectOf(id).consume(consumption({ quantity: 2 }))
    expect(await rowsOf(id, 'SELECT quantity, count FROM ledger')).toEqual([
      { quantity: 40, count: 20 },
    ])
  })

  it('is kept by day for 400 days, and of an open lot for ever', async () => {
    const id = await newCustomer()
    for (let n = 0; n < 3; n++) {
      vi.setSystemTime(START + n * DAY_MS)
      await objectOf(id).consume(consumption({ featureId: 'seats', quantity: 2 }))
      await objectOf(id).consume(consumption({ quantity: 2 }))
    }
    vi.setSystemTime(START + (LEDGER_DAYS + 40) * DAY_MS)
    for (let ring = 0; ring < 3; ring++) await runDurableObjectAlarm(objectOf(id))
    const [lots, rows] = await bothSides(id)
    expect(rows).toEqual(lots)
    const oldest = Math.floor(START / DAY_MS) + 39
    expect(await rowsOf(id, 'SELECT 1 FROM ledger WHERE day BETWEEN 1 AND ?', oldest)).toEqual([])
    expect(await rowsOf(id, 'SELECT feature_id, quantity FROM ledger WHERE day = 0')).toEqual([
      { feature_id: 'seats', quantity: 6 },
    ])
  })

  it('refuses what it could not add up exactly, and records nothing of it', async () => {
    const id = await newCustomer()
    await objectOf(id).consume(consumption({ featureId: 'daily' }))
    await rowsOf(
      id,
      'UPDATE ledger SET quantity = 4611686018427387904 WHERE feature_id = ?',
      'daily',
    )
    const answer = await objectOf(id).consume(consumption({ featureId: 'daily' }))
    const failure = { code: 'quantity_overflow', featureId: 'daily' }
    expect(answer).toEqual({ status: 'failed', failure })
    expect((await heldBy(id)).lots.get('daily')?.[0]?.used).toBe(1)
  })
})
