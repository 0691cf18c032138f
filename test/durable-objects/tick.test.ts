import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
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
  publishedOf,
  READ,
  resultOf,
  rowsOf,
  surround,
  usage,
  wasConsumed,
  withoutD1,
} from '../support/object.ts'
import { catalogue, customer, meter, METER, plan, subscription } from '../support/world.ts'

const START = Date.parse('2027-01-31T00:00:00Z')
const NOW = Date.parse('2027-02-10T12:00:00Z')
const PERIOD_END = Date.parse('2027-02-28T00:00:00Z')

let acme: Customer

beforeEach(async () => {
  await fresh()
  holdClock(NOW)
  acme = customer({ id: newCustomerId(), subscriptions: [subscription('sub_1', 'pro', START)] })
  await putCatalogue(catalogue([plan('pro', { [METER]: meter(), seats: meter({ limit: 3 }) })]))
  await putCustomer(acme)
})
afterEach(() => vi.useRealTimers())

const alarmAt = (): Promise<number | null> =>
  runInDurableObject(objectOf(acme.id), (_, { storage }) => storage.getAlarm())

/** Rings, a minute apart, until everything that was owed has been done and only `at` is left to wake for. */
async function untilAlarmIs(at: number | null): Promise<void> {
  await vi.waitFor(async () => {
    vi.setSystemTime(Date.now() + 60_000)
    await runDurableObjectAlarm(objectOf(acme.id))
    expect(await alarmAt()).toBe(at)
  })
}

describe('a period that ends while nobody asks', () => {
  const ring = () => runDurableObjectAlarm(objectOf(acme.id))
  const sweep = () => objectOf(acme.id).tick()

  it.each([
    ['the alarm', ring],
    ['cron', sweep],
  ])('is closed by %s: ledger, snapshot and KV say so', async (_, wake) => {
    await objectOf(acme.id).consume(consumption({ quantity: 60 }))
    const { version } = await heldBy(acme.id)
    vi.setSystemTime(PERIOD_END)
    surround(withoutD1)
    await wake()
    const held = await heldBy(acme.id)
    expect(held.version).toBeGreaterThan(version)
    expect(held.lots.get(METER)).toMatchObject([{ used: 0, startAt: PERIOD_END }])
    expect(
      await rowsOf(acme.id, "SELECT quantity FROM ledger WHERE kind = 'period_closed'"),
    ).toEqual([{ quantity: -60 }])
    await vi.waitFor(async () => expect((await publishedOf(acme.id))?.version).toBe(held.version))

    await wake()
    expect((await heldBy(acme.id)).version).toBe(held.version)
  })

  it('leaves the alarm at what is due next', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 60 }))
    await untilAlarmIs(PERIOD_END)
    expect(await objectOf(acme.id).tick()).toMatchObject({ nextDue: PERIOD_END })
  })

  it('is nothing to wake for when nothing was used', async () => {
    await objectOf(acme.id).read(READ)
    await untilAlarmIs(null)
    expect(await objectOf(acme.id).tick()).toMatchObject({ nextDue: null })
  })

  it('closes at its millisecond for whoever asks, without alarm, cron or D1 (promise 7)', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 100 }))
    surround(withoutD1)
    vi.setSystemTime(PERIOD_END - 1)
    expect(wasConsumed(await objectOf(acme.id).consume(consumption()))).toBe(false)
    vi.setSystemTime(PERIOD_END)
    expect(wasConsumed(await objectOf(acme.id).consume(consumption({ quantity: 100 })))).toBe(true)
    vi.setSystemTime('2027-03-31T00:00:00Z')
    expect(wasConsumed(await objectOf(acme.id).consume(consumption({ quantity: 100 })))).toBe(true)
  })

  it('of one meter is closed before another is consumed past it', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 60 }))
    vi.setSystemTime(PERIOD_END + DAY_MS)
    await objectOf(acme.id).consume(consumption({ featureId: 'seats' }))
    expect((await heldBy(acme.id)).lots.get(METER)).toMatchObject([{ used: 0 }])
  })
})

describe('grace', () => {
  it('ends at its millisecond with D1 down', async () => {
    const endsAt = NOW + 7 * DAY_MS
    const overdue = subscription('sub_1', 'pro', START, { grace: { startedAt: NOW, endsAt } })
    await putCustomer({ ...acme, revision: 2, subscriptions: [overdue] })
    await objectOf(acme.id).consume(consumption())
    surround(withoutD1)
    vi.setSystemTime(endsAt - 1)
    expect(wasConsumed(await objectOf(acme.id).consume(consumption()))).toBe(true)
    vi.setSystemTime(endsAt)
    const refused = resultOf(await objectOf(acme.id).consume(consumption()))
    expect(refused).toMatchObject({ consumed: false, access: { reason: 'grace_ended' } })
  })

  it('that ends while nobody asks gives the snapshot a new version, once', async () => {
    const endsAt = NOW + 7 * DAY_MS
    const overdue = subscription('sub_1', 'pro', START, { grace: { startedAt: NOW, endsAt } })
    await putCustomer({ ...acme, revision: 2, subscriptions: [overdue] })
    expect(await objectOf(acme.id).tick()).toMatchObject({ nextDue: endsAt })
    vi.setSystemTime(endsAt)
    const swept = await objectOf(acme.id).tick()
    expect(swept).toMatchObject({ floor: { version: endsAt }, nextDue: null })
    expect(await publishedOf(acme.id)).toMatchObject({ version: endsAt, advancedTo: endsAt })
    vi.setSystemTime(endsAt + 60_000)
    expect(await objectOf(acme.id).tick()).toEqual(swept)
  })
})

describe('a customer with a clock of its own', () => {
  it('stays where its clock stands, whoever rings', async () => {
    await putCustomer({ ...acme, revision: 2, clockAt: NOW })
    await objectOf(acme.id).consume(consumption({ quantity: 60 }))
    vi.setSystemTime(PERIOD_END + DAY_MS)
    await runDurableObjectAlarm(objectOf(acme.id))
    expect(await objectOf(acme.id).tick()).toMatchObject({ nextDue: null })
    expect((await heldBy(acme.id)).lots.get(METER)).toMatchObject([{ used: 60 }])
  })

  it('does what is due when its clock is moved', async () => {
    await putCustomer({ ...acme, revision: 2, clockAt: NOW })
    await objectOf(acme.id).consume(consumption({ quantity: 60 }))
    await putCustomer({ ...acme, revision: 3, clockAt: PERIOD_END })
    await objectOf(acme.id).apply(3)
    expect((await heldBy(acme.id)).lots.get(METER)).toMatchObject([{ used: 0 }])
  })
})

describe('outcomes', () => {
  const keep = async (count: number): Promise<void> => {
    await objectOf(acme.id).report(usage({ idempotencyKey: 'first' }))
    const sql = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO outcomes SELECT 1, 'key' || i, 'body', '{}' FROM n`
    await rowsOf(acme.id, sql, count)
  }
  const kept = async () => (await rowsOf(acme.id, 'SELECT COUNT(*) AS n FROM outcomes'))[0]?.['n']

  it('are kept for 48 hours, then dropped 500 at a time', async () => {
    await keep(1_200)
    vi.setSystemTime(NOW + 48 * 3_600_000)
    await runDurableObjectAlarm(objectOf(acme.id))
    expect(await kept()).toBe(1_201)
    const again = await objectOf(acme.id).report(usage({ idempotencyKey: 'first' }))
    expect(again).toMatchObject({ replayed: true })

    vi.setSystemTime(NOW + 60 * 3_600_000)
    const left: unknown[] = []
    for (let ring = 0; ring < 4; ring++) {
      await runDurableObjectAlarm(objectOf(acme.id))
      left.push(await kept())
    }
    expect(left).toEqual([701, 201, 0, 0])
    expect(await rowsOf(acme.id, 'SELECT * FROM volumes')).toEqual([])
  })

  it('beyond the last 2,000,000 keys are dropped earlier, and a key that tells so is refused', async () => {
    await keep(600)
    vi.setSystemTime(NOW + 3_600_000)
    await rowsOf(acme.id, 'INSERT INTO volumes VALUES (2, ?, 2000000)', NOW + 1_800_000)
    await evictDurableObject(objectOf(acme.id))
    await objectOf(acme.id).read(READ)
    const old = uuid7(NOW + 1_800_000 - 1)
    for (const left of [101, 0]) {
      await runDurableObjectAlarm(objectOf(acme.id))
      expect(await kept()).toBe(left)
      expect(await objectOf(acme.id).report(usage({ idempotencyKey: old }))).toEqual({
        status: 'failed',
        failure: { code: 'key_expired', key: old },
      })
    }
    const young = uuid7(NOW + 1_800_000)
    const answer = await objectOf(acme.id).report(usage({ idempotencyKey: young }))
    expect(answer).toMatchObject({ status: 'done' })
  })
})

describe('an alarm that goes wrong', () => {
  it('is set again, and what it was to do is done when it can be', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 60 }))
    await rowsOf(
      acme.id,
      "CREATE TRIGGER fail BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'no room'); END",
    )
    vi.setSystemTime(PERIOD_END)
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    await runDurableObjectAlarm(objectOf(acme.id))
    expect(error).toHaveBeenCalledOnce()
    expect(await alarmAt()).toBe(PERIOD_END + 60_000)

    await rowsOf(acme.id, 'DROP TRIGGER fail')
    vi.setSystemTime(PERIOD_END + 60_000)
    await runDurableObjectAlarm(objectOf(acme.id))
    expect((await heldBy(acme.id)).lots.get(METER)).toMatchObject([{ used: 0 }])
    error.mockRestore()
  })
})

it('KV that was emptied is filled again by the object’s readers alone', async () => {
  await objectOf(acme.id).read(READ)
  await vi.waitFor(async () => expect(await publishedOf(acme.id)).not.toBeNull())
  await env.KV.delete(`customer:${acme.id}`)
  vi.setSystemTime(NOW + 5_000)
  await objectOf(acme.id).read({ ...READ, republish: true })
  await vi.waitFor(async () => expect(await publishedOf(acme.id)).not.toBeNull())
})

function uuid7(at: number): string {
  const time = at.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`
}
