import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type {
  EntriesCursor,
  HistoryAnswer,
  HistoryDay,
  HistoryRequest,
  LedgerRow,
} from '../../durable-objects/calls.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
import { fresh } from '../support/fresh.ts'
import { putCatalogue, putCustomer } from '../support/intent.ts'
import {
  consumption,
  heldBy,
  holdClock,
  newCustomerId,
  NO_FLOOR,
  objectOf,
  resetting,
  rowsOf,
  usage,
} from '../support/object.ts'
import { catalogue, customer, meter, METER, plan, subscription } from '../support/world.ts'

const START = Date.parse('2027-01-31T00:00:00Z')
const PERIOD_END = Date.parse('2027-02-28T00:00:00Z')

let acme: Customer

beforeEach(async () => {
  await fresh()
  holdClock(START)
  acme = customer({ id: newCustomerId(), subscriptions: [subscription('sub_1', 'pro', START)] })
  await putCatalogue(
    catalogue([
      plan('pro', {
        [METER]: meter({ limit: 1_000, rollover: { percent: 50, max: null } }),
        seats: meter({ limit: 50, reset: 'never' }),
        sso: { enabled: true },
      }),
    ]),
  )
  await putCustomer(acme)
})
afterEach(() => vi.useRealTimers())

const asked = (fields: Partial<HistoryRequest> = {}): HistoryRequest => ({
  featureId: METER,
  from: START,
  to: START + 400 * DAY_MS,
  atLeast: NO_FLOOR,
  ...fields,
})

function daysIn(answer: HistoryAnswer): readonly HistoryDay[] {
  if (answer.status === 'failed') throw new Error(`history failed: ${answer.failure.code}`)
  return answer.days
}

async function allEntries(featureId: string, limit: number): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = []
  let after: EntriesCursor | null = null
  do {
    const request = { featureId, after, limit, atLeast: NO_FLOOR }
    const page = await objectOf(acme.id).entries(request)
    if (page.status === 'failed') throw new Error(`entries failed: ${page.failure.code}`)
    expect(page.rows.length).toBeLessThanOrEqual(limit)
    rows.push(...page.rows)
    after = page.next
  } while (after !== null)
  return rows
}

const NOTHING = { consumed: 0, reported: 0, givenBack: 0, set: 0, reset: 0, closed: 0 }

describe('the history of a meter', () => {
  it('tells each day by what happened on it, and what was used at its end', async () => {
    const object = objectOf(acme.id)
    await object.consume(consumption({ quantity: 30 }))
    await object.consume(consumption({ featureId: 'seats', quantity: 4 }))
    vi.setSystemTime(START + 2 * DAY_MS + 5)
    await object.report(usage({ value: 20 }))
    await object.report(usage({ value: -5 }))
    await object.report(usage({ behaviour: 'set', value: 40 }))
    vi.setSystemTime(START + 3 * DAY_MS)
    await object.consume(consumption({ quantity: 2 }))
    await object.reset(resetting())
    const startAt = (days: number) => ({
      startAt: START + days * DAY_MS,
      endAt: START + (days + 1) * DAY_MS,
    })
    expect(daysIn(await object.history(asked()))).toEqual([
      { ...startAt(0), ...NOTHING, consumed: 30, closingUsed: 30 },
      { ...startAt(2), ...NOTHING, reported: 20, givenBack: 5, set: -5, closingUsed: 40 },
      { ...startAt(3), ...NOTHING, consumed: 2, reset: 42, closingUsed: 0 },
    ])
  })

  it('shows a period as closed on time, though nobody has looked since', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 30 }))
    vi.setSystemTime(PERIOD_END + 9 * DAY_MS)
    const days = daysIn(await objectOf(acme.id).history(asked()))
    expect(
      days.map(({ startAt, closed, closingUsed }) => ({ startAt, closed, closingUsed })),
    ).toEqual([
      { startAt: START, closed: 0, closingUsed: 30 },
      { startAt: PERIOD_END, closed: 30, closingUsed: 0 },
    ])
  })

  it('holds late usage on the day on which it happened', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 30 }))
    vi.setSystemTime(PERIOD_END + DAY_MS)
    await objectOf(acme.id).report(usage({ value: 7, occurredAt: PERIOD_END - DAY_MS }))
    const [, late] = daysIn(await objectOf(acme.id).history(asked()))
    expect(late).toMatchObject({ startAt: PERIOD_END - DAY_MS, reported: 7, closingUsed: 30 })
  })

  it('begins and ends with the days that are asked for', async () => {
    for (let day = 0; day < 6; day++) {
      vi.setSystemTime(START + day * DAY_MS + 3_600_000)
      await objectOf(acme.id).consume(consumption())
    }
    const noon = START + DAY_MS / 2
    const part = await objectOf(acme.id).history(
      asked({ from: noon + DAY_MS, to: START + 4 * DAY_MS }),
    )
    const used = daysIn(part).map(({ startAt, closingUsed }) => [startAt, closingUsed])
    expect(used).toEqual([1, 2, 3].map((day) => [START + day * DAY_MS, day + 1]))
    const none = await objectOf(acme.id).history(asked({ from: START, to: START }))
    expect(daysIn(none)).toEqual([])
  })

  it('is at most 400 days long, the newest', async () => {
    await objectOf(acme.id).consume(consumption({ featureId: 'seats' }))
    await rowsOf(
      acme.id,
      `WITH RECURSIVE days (day) AS (SELECT ?1 UNION ALL SELECT day + 1 FROM days WHERE day < ?1 + 450)
       INSERT INTO ledger SELECT day, 'gone', 'reset', 'seats', 0, 1, 0, 'system:time' FROM days`,
      START / DAY_MS + 1,
    )
    const to = START + 440 * DAY_MS
    const days = daysIn(await objectOf(acme.id).history(asked({ featureId: 'seats', to })))
    expect(days).toHaveLength(400)
    expect(days.at(-1)?.endAt).toBe(to)
  })

  it.each([
    ['a boolean feature', 'sso', 'feature_not_metered'],
    ['a feature that does not exist', 'constructor', 'feature_not_found'],
  ])('is refused for %s', async (_, featureId, code) => {
    const failure = { status: 'failed', failure: { code, featureId } }
    expect(await objectOf(acme.id).history(asked({ featureId }))).toEqual(failure)
    const request = { featureId, after: null, limit: 10, atLeast: NO_FLOOR }
    expect(await objectOf(acme.id).entries(request)).toEqual(failure)
  })

  it('of an unknown customer is refused, and leaves no object behind', async () => {
    const stranger = newCustomerId()
    const failure = { status: 'failed', failure: { code: 'customer_not_found' } }
    expect(await objectOf(stranger).history(asked())).toEqual(failure)
    expect(await rowsOf(stranger, "SELECT name FROM sqlite_master WHERE name = 'lots'")).toEqual([])
  })
})

describe('the ledger of a meter', () => {
  it('is paged without losing or doubling a row, the newest first', async () => {
    for (let day = 0; day < 40; day++) {
      vi.setSystemTime(START + day * DAY_MS)
      await objectOf(acme.id).consume(consumption({ quantity: 2 }))
      await objectOf(acme.id).report(usage({ value: -1 }))
      await objectOf(acme.id).consume(consumption({ featureId: 'seats' }))
    }
    const whole = await allEntries(METER, 400)
    expect(await allEntries(METER, 7)).toEqual(whole)
    const days = whole.map(({ day }) => day)
    expect(days).toEqual(days.toSorted((a, b) => b - a))
    const kinds = new Set(whole.map(({ kind }) => kind))
    expect([...kinds].toSorted()).toEqual(['carried', 'consume', 'give_back', 'period_closed'])
    const stored = await rowsOf(acme.id, 'SELECT 1 FROM ledger WHERE feature_id = ?', METER)
    expect(whole).toHaveLength(stored.length)
  })

  it('names who acted last, and how often', async () => {
    const actor = { kind: 'token', id: 'acme' } as const
    await objectOf(acme.id).consume(consumption({ quantity: 3 }))
    await objectOf(acme.id).consume(consumption({ quantity: 4, actor }))
    expect(await allEntries(METER, 10)).toEqual([
      {
        day: START / DAY_MS,
        lotId: `sub_1/${METER}/allowance/${START}`,
        kind: 'consume',
        quantity: 7,
        count: 2,
        lastAt: START,
        lastActor: 'token:acme',
      },
    ])
  })
})

describe('promise 12: history', () => {
  const step = fc.record({
    days: fc.integer({ min: 0, max: 9 }),
    act: fc.constantFrom('consume', 'report', 'give back', 'set', 'late', 'reset'),
    quantity: fc.integer({ min: 1, max: 90 }),
  })

  it('adds up from day to day to what is used now, after any uses', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        vi.setSystemTime(START)
        acme = { ...acme, id: newCustomerId(), subscriptions: [] }
        const own = subscription(`sub_${acme.id}`, 'pro', START)
        acme = { ...acme, subscriptions: [own] }
        await putCustomer(acme)
        for (const each of steps) {
          vi.setSystemTime(Date.now() + each.days * DAY_MS)
          await play(each)
        }
        const days = daysIn(await objectOf(acme.id).history(asked()))
        let used = 0
        for (const day of days) {
          used += day.consumed + day.reported - day.givenBack + day.set - day.reset - day.closed
          expect(day.closingUsed).toBe(used)
        }
        const lots = (await heldBy(acme.id)).lots.get(METER) ?? []
        expect(lots.reduce((sum, lot) => sum + lot.used, 0)).toBe(used)
      }),
      { numRuns: 15 },
    )
  })

  async function play({ act, quantity }: { act: string; quantity: number }): Promise<void> {
    const object = objectOf(acme.id)
    if (act === 'consume') await object.consume(consumption({ quantity }))
    if (act === 'report') await object.report(usage({ value: quantity }))
    if (act === 'give back') await object.report(usage({ value: -quantity }))
    if (act === 'set') await object.report(usage({ behaviour: 'set', value: quantity }))
    if (act === 'reset') await object.reset(resetting())
    const occurredAt = Date.now() - 34 * DAY_MS
    if (act === 'late') await object.report(usage({ value: quantity, occurredAt }))
  }
})
