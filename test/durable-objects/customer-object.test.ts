import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CustomerObject } from '../../durable-objects/customer-object.ts'
import type { Customer } from '../../entitlements/customer.ts'
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
  readAnswer,
  resultOf,
  rowsOf,
  surround,
  usage,
  wasConsumed,
  withoutD1,
} from '../support/object.ts'
import { catalogue, customer, meter, METER, plan, subscription } from '../support/world.ts'

const START = Date.parse('2027-01-31T00:00:00Z')
const NOW = Date.parse('2027-03-10T12:00:00Z')

let acme: Customer

beforeEach(async () => {
  await fresh()
  holdClock(NOW)
  acme = customer({ id: newCustomerId(), subscriptions: [subscription('sub_1', 'pro', START)] })
  await putCatalogue(catalogue([plan('pro', { [METER]: meter(), seats: meter({ limit: 3 }) })]))
  await putCustomer(acme)
})
afterEach(() => vi.useRealTimers())

describe('an unknown customer', () => {
  const stranger = newCustomerId()

  it.each([
    ['is read', () => objectOf(stranger).read(READ)],
    ['is read afresh', () => objectOf(stranger).read({ ...READ, fresh: true, republish: true })],
    ['consumes', () => objectOf(stranger).consume(consumption({ idempotencyKey: 'k' }))],
    ['reports', () => objectOf(stranger).report(usage({ idempotencyKey: 'k' }))],
    ['is reset', () => objectOf(stranger).reset(resetting())],
    ['is changed', () => objectOf(stranger).apply(NOW)],
    ['is swept', () => objectOf(stranger).tick()],
    ['is unknown because D1 is down', () => (surround(withoutD1), objectOf(stranger).read(READ))],
  ])('leaves nothing behind when it %s', async (_, call) => {
    await call()
    const left = await runInDurableObject(objectOf(stranger), async (__, { storage }) => ({
      tables: storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '_cf_%'")
        .toArray(),
      alarm: await storage.getAlarm(),
    }))
    expect(left).toEqual({ tables: [], alarm: null })
  })

  it('is not served usage, and is told apart from a D1 that is down', async () => {
    const failed = (code: string) => ({ status: 'failed', failure: { code } })
    expect(await objectOf(stranger).consume(consumption())).toEqual(failed('customer_not_found'))
    expect(await objectOf(stranger).read(READ)).toEqual({ status: 'unknown_customer' })
    surround(withoutD1)
    expect(await objectOf(stranger).consume(consumption())).toEqual(failed('unavailable'))
    expect(await objectOf(stranger).read(READ)).toEqual({ status: 'unavailable' })
  })
})

describe('a transaction that fails', () => {
  /** Fails the nth write of a table, as a full disk or a defect would. */
  const failWrites = (table: string) =>
    rowsOf(
      acme.id,
      `CREATE TRIGGER fail BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'no room'); END`,
    )

  it.each(['lots', 'ledger', 'outcomes'])(
    'while writing %s leaves neither effect nor outcome, and the object goes on',
    async (table) => {
      await objectOf(acme.id).consume(consumption({ quantity: 2 }))
      await failWrites(table)
      const request = consumption({ idempotencyKey: 'order-42', quantity: 5 })
      await runInDurableObject(objectOf(acme.id), async (object) => {
        if (!(object instanceof CustomerObject)) throw new Error('another class')
        await expect(object.consume(request)).rejects.toThrow('no room')
      })
      expect((await heldBy(acme.id)).lots.get(METER)?.[0]?.used).toBe(2)

      await rowsOf(acme.id, 'DROP TRIGGER fail')
      const answer = await objectOf(acme.id).consume(request)
      expect(answer).toMatchObject({ replayed: false })
      expect(await objectOf(acme.id).consume(request)).toMatchObject({ replayed: true })
      expect(resultOf(answer).entitlement.meter).toMatchObject({ used: 7, balance: 93 })
      expect(await rowsOf(acme.id, 'SELECT quantity, count FROM ledger')).toEqual([
        { quantity: 7, count: 2 },
      ])
    },
  )
})

describe('promise 2: a restart', () => {
  it('loses nothing', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 30 }))
    await objectOf(acme.id).report(usage({ featureId: 'seats', value: 5 }))
    const before = await heldBy(acme.id)
    await evictDurableObject(objectOf(acme.id))
    surround(withoutD1)
    const { publishedAt: _, ...after } = await heldBy(acme.id)
    expect(before).toMatchObject(after)
    const answer = await objectOf(acme.id).consume(consumption({ quantity: 71 }))
    expect(wasConsumed(answer)).toBe(false)
  })

  it('does not let the version fall behind, whichever row carried it', async () => {
    const versions: number[] = []
    const note = async () => versions.push((await heldBy(acme.id)).version)
    await note()
    await objectOf(acme.id).consume(consumption())
    await note()
    await objectOf(acme.id).consume(consumption({ featureId: 'seats' }))
    await evictDurableObject(objectOf(acme.id))
    await note()
    await objectOf(acme.id).consume(consumption())
    await note()
    expect(versions).toEqual([NOW, NOW + 1, NOW + 2, NOW + 3])
  })
})

describe('the clock', () => {
  it('that goes back reopens no period, and gives nothing twice', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 100 }))
    vi.setSystemTime('2027-03-31T00:00:00Z')
    await objectOf(acme.id).consume(consumption({ quantity: 60 }))
    vi.setSystemTime(NOW)
    await evictDurableObject(objectOf(acme.id))
    const answer = await objectOf(acme.id).consume(consumption({ quantity: 50 }))
    expect(readAnswer(answer)).toMatchObject({ at: Date.parse('2027-03-31T00:00:00Z') })
    expect(resultOf(answer)).toMatchObject({
      consumed: false,
      entitlement: { meter: { used: 60 } },
    })
  })

  it('of the customer is the one that counts, where it has one', async () => {
    await putCustomer({ ...acme, revision: 2, clockAt: Date.parse('2027-02-28T00:00:00Z') - 1 })
    const before = await objectOf(acme.id).consume(consumption({ quantity: 100 }))
    expect(resultOf(before).entitlement.meter?.period?.endAt).toBe(Date.parse('2027-02-28'))
    await putCustomer({ ...acme, revision: 3, clockAt: Date.parse('2027-02-28T00:00:00Z') })
    await objectOf(acme.id).apply(3)
    const after = await objectOf(acme.id).consume(consumption({ quantity: 100 }))
    expect(resultOf(after)).toMatchObject({ consumed: true, entitlement: { meter: { used: 100 } } })
  })
})

describe('promise 8: with D1 failing on every call after the first use', () => {
  it('reads, consumes, reports and resets go on, across a restart and a period end', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 100 }))
    surround(withoutD1)
    await evictDurableObject(objectOf(acme.id))
    expect((await objectOf(acme.id).read({ ...READ, fresh: true })).status).toBe('found')
    vi.setSystemTime('2027-03-31T00:00:00Z')
    expect(wasConsumed(await objectOf(acme.id).consume(consumption({ quantity: 100 })))).toBe(true)
    expect(wasConsumed(await objectOf(acme.id).consume(consumption()))).toBe(false)
    const reset = await objectOf(acme.id).reset(resetting())
    expect(resultOf(reset).entitlement.meter).toMatchObject({ used: 0, balance: 100 })
    const report = await objectOf(acme.id).report(usage({ value: 101 }))
    expect(resultOf(report)).toMatchObject({ recorded: true, access: { reason: 'limit_reached' } })
  })
})
