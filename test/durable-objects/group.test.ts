import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ConsumeRequest, ReportRequest } from '../../durable-objects/calls.ts'
import { CustomerObject } from '../../durable-objects/customer-object.ts'
import type { ObjectPorts } from '../../durable-objects/ports.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { fresh } from '../support/fresh.ts'
import { hostile } from '../support/hostile.ts'
import { putCatalogue, putCustomer } from '../support/intent.ts'
import {
  consumption,
  heldBy,
  holdClock,
  newCustomerId,
  NO_FLOOR,
  objectOf,
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

const PRO = plan('pro', {
  [METER]: meter({ limit: 400 }),
  seats: meter({ limit: 10, reset: 'never' }),
  storage: meter({ limit: 100, alertsAt: [50] }),
  sso: { enabled: true },
})

let acme: Customer

beforeEach(async () => {
  await fresh()
  holdClock(NOW)
  acme = customer({ id: newCustomerId(), subscriptions: [subscription('sub_1', 'pro', START)] })
  await putCatalogue(catalogue([PRO]))
  await putCustomer(acme)
})
afterEach(() => vi.useRealTimers())

const used = async (featureId = METER): Promise<number | undefined> =>
  (await heldBy(acme.id)).lots.get(featureId)?.[0]?.used

/** What `calls` made inside the object write, in rows of its database; all of them come in one turn. */
function rowsWrittenBy(calls: (object: CustomerObject) => Promise<unknown>[]): Promise<number> {
  return runInDurableObject(objectOf(acme.id), async (object, { storage }) => {
    if (!(object instanceof CustomerObject)) throw new Error('another class')
    const changes = () => storage.sql.exec<{ n: number }>('SELECT total_changes() AS n').one().n
    const before = changes()
    await Promise.all(calls(object))
    return changes() - before
  })
}

const keyed = (n: number, fields: Partial<ConsumeRequest> = {}): ConsumeRequest =>
  consumption({ idempotencyKey: `key-${n}`, ...fields })

const item = (fields: Partial<ConsumeRequest> = {}) => {
  const { featureId, quantity, idempotencyKey, fingerprint } = consumption(fields)
  return { featureId, quantity, idempotencyKey, fingerprint }
}

const reported = (fields: Partial<ReportRequest> = {}) => {
  const { actor: _, requestId: __, atLeast: ___, ...own } = usage(fields)
  return own
}

const CALLER = {
  actor: { kind: 'key', id: 'key_test' },
  requestId: 'req_test',
  atLeast: NO_FLOOR,
} as const

describe('uses of one turn', () => {
  it('write one lot, one ledger row, and an outcome for each key', async () => {
    await objectOf(acme.id).consume(keyed(0))
    const calls = (object: CustomerObject) =>
      Array.from({ length: 77 }, (_, n) => object.consume(keyed(n + 1)))
    expect(await rowsWrittenBy(calls)).toBe(1 + 1 + 77)
    expect(await used()).toBe(78)
  })

  it('wait for no one where an object has been quiet', async () => {
    await objectOf(acme.id).consume(keyed(0))
    vi.setSystemTime(NOW + 1_000)
    const waits = vi.spyOn(globalThis, 'setTimeout')
    await objectOf(acme.id).consume(keyed(1))
    expect(waits).not.toHaveBeenCalled()
    await objectOf(acme.id).consume(keyed(2))
    expect(waits).toHaveBeenCalledOnce()
    waits.mockRestore()
    expect(await used()).toBe(3)
  })

  it('are decided in the order of their arrival, each seeing what those before it did', async () => {
    const object = objectOf(acme.id)
    const answers = await runInDurableObject(object, (inside) => {
      if (!(inside instanceof CustomerObject)) throw new Error('another class')
      return Promise.all([
        inside.consume(consumption({ quantity: 300 })),
        inside.report(usage({ value: 50 })),
        inside.consume(consumption({ quantity: 60 })),
        inside.consume(consumption({ quantity: 50 })),
        inside.consume(consumption({ featureId: 'seats', quantity: 4 })),
        inside.reset(resetting()),
        inside.consume(consumption({ quantity: 7 })),
      ])
    })
    const readings = answers.map((each) => resultOf<unknown>(each)).map(readingIn)
    expect(readings).toEqual([300, 350, 350, 400, 4, 0, 7])
    expect(await used()).toBe(7)
    expect(await used('seats')).toBe(4)
  })

  it('are on disk when they are answered', async () => {
    const attempts = Array.from({ length: 40 }, (_, n) => objectOf(acme.id).consume(keyed(n)))
    const first = await Promise.all(attempts)
    await evictDurableObject(objectOf(acme.id))
    expect(await used()).toBe(40)
    const again = await Promise.all(
      Array.from({ length: 40 }, (_, n) => objectOf(acme.id).consume(keyed(n))),
    )
    expect(again.every((each) => each.status === 'done' && each.replayed)).toBe(true)
    expect(again.map(resultOf)).toEqual(first.map(resultOf))
    expect(await used()).toBe(40)
  })

  it('have one effect under one key, and another request under it has none', async () => {
    const answers = await Promise.all([
      objectOf(acme.id).consume(keyed(1, { quantity: 5 })),
      objectOf(acme.id).consume(keyed(1, { quantity: 5 })),
      objectOf(acme.id).consume(keyed(1, { quantity: 6, fingerprint: 'another body' })),
    ])
    expect(answers).toMatchObject([
      { status: 'done', replayed: false },
      { status: 'done', replayed: true },
      { status: 'failed', failure: { code: 'idempotency_key_reused' } },
    ])
    expect(await used()).toBe(5)
  })

  it('that are refused are confirmed together, and taken back together', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 400 }))
    vi.setSystemTime(NOW + 5_000)
    const allowances = new Map(PRO.allowances)
    const compiled = { allowance: meter({ limit: 430 }), mark: 'own', fromPlanId: 'pro' } as const
    allowances.set(METER, compiled)
    await putCatalogue(catalogue([{ ...PRO, revision: NOW, allowances }]))
    const attempts = Array.from({ length: 50 }, (_, n) => objectOf(acme.id).consume(keyed(n)))
    const answers = await Promise.all(attempts)
    expect(answers.filter(wasConsumed)).toHaveLength(30)
    expect(answers.every((each) => readAnswer(each).checked === 'source')).toBe(true)
    expect(await rowsOf(acme.id, 'SELECT count(*) AS kept FROM outcomes')).toEqual([{ kept: 50 }])
  })

  it('that are refused are not kept while D1 is down, and grants beside them are', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 399 }))
    vi.setSystemTime(NOW + 5_000)
    surround(withoutD1)
    const answers = await Promise.all([
      objectOf(acme.id).consume(keyed(1)),
      objectOf(acme.id).consume(keyed(2)),
      objectOf(acme.id).consume(keyed(3, { featureId: 'seats' })),
    ])
    expect(answers.map(wasConsumed)).toEqual([true, false, true])
    const kept = await rowsOf(acme.id, 'SELECT key FROM outcomes ORDER BY key')
    expect(kept).toEqual([{ key: 'key-1' }, { key: 'key-3' }])
  })

  it('whose floor cannot be reached fail alone', async () => {
    const { version } = await heldBy(acme.id)
    const beyond = { ...NO_FLOOR, version: version + 60_000 }
    const answers = await Promise.all([
      objectOf(acme.id).consume(keyed(1)),
      objectOf(acme.id).consume(keyed(2, { atLeast: beyond })),
      objectOf(acme.id).consume(keyed(3, { atLeast: { ...NO_FLOOR, version } })),
    ])
    expect(answers.map(({ status }) => status)).toEqual(['done', 'failed', 'done'])
    expect(await used()).toBe(2)
  })
})

describe('a use that fails', () => {
  it('in the ledger takes no other use of its turn with it', async () => {
    await objectOf(acme.id).consume(consumption({ featureId: 'seats' }))
    await rowsOf(
      acme.id,
      "UPDATE ledger SET quantity = 4611686018427387904 WHERE feature_id = 'seats'",
    )
    const answers = await Promise.all([
      objectOf(acme.id).consume(keyed(1)),
      objectOf(acme.id).consume(keyed(2, { featureId: 'seats' })),
      objectOf(acme.id).consume(keyed(3)),
    ])
    const failure = { code: 'quantity_overflow', featureId: 'seats' }
    expect(answers[1]).toEqual({ status: 'failed', failure })
    expect([answers[0], answers[2]].every((each) => each?.status === 'done')).toBe(true)
    expect(await used()).toBe(2)
    expect(await used('seats')).toBe(1)
    const kept = await rowsOf(acme.id, 'SELECT key FROM outcomes ORDER BY key')
    expect(kept).toEqual([{ key: 'key-1' }, { key: 'key-3' }])
  })

  it('for a reason that nobody foresaw takes no other use of its turn with it', async () => {
    await objectOf(acme.id).consume(consumption())
    surround(withoutRandomness)
    // Passing the threshold owes an event, whose id is drawn.
    const attempts = [
      objectOf(acme.id).consume(keyed(1, { featureId: 'storage', quantity: 3 })),
      objectOf(acme.id).consume(keyed(2, { featureId: 'storage', quantity: 60 })),
      objectOf(acme.id).consume(keyed(3, { featureId: 'storage', quantity: 4 })),
    ]
    const outcomes = (await Promise.allSettled(attempts)).map(({ status }) => status)
    expect(outcomes).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await used('storage')).toBe(7)
    hostile.clear()
    const retried = keyed(2, { featureId: 'storage', quantity: 60 })
    expect(wasConsumed(await objectOf(acme.id).consume(retried))).toBe(true)
    await evictDurableObject(objectOf(acme.id))
    expect(await used('storage')).toBe(67)
  })
})

describe('too many uses at once', () => {
  it('are told so, have no effect, and may come again', async () => {
    await heldBy(acme.id)
    vi.setSystemTime(NOW + 5_000)
    const gate = Promise.withResolvers<void>()
    surround(heldUp(gate.promise))
    const atLeast = { ...NO_FLOOR, revision: 2 }
    const full = () =>
      objectOf(acme.id).consumeMany({ ...CALLER, atLeast, items: Array(500).fill(item()) })
    const waiting = [full(), full(), full(), full()]
    const answer = await objectOf(acme.id).consume(keyed(1))
    expect(answer).toEqual({ status: 'failed', failure: { code: 'customer_overloaded' } })
    gate.resolve()
    await Promise.all(waiting)
    expect(wasConsumed(await objectOf(acme.id).consume(keyed(1)))).toBe(true)
  })
})

describe('several uses in one call', () => {
  it('are answered each by itself, in their order', async () => {
    const answers = await objectOf(acme.id).consumeMany({
      ...CALLER,
      items: [
        item({ quantity: 399, idempotencyKey: 'a' }),
        item({ quantity: 2, idempotencyKey: 'b' }),
        item({ featureId: 'sso' }),
        item({ featureId: 'nothing' }),
        item({ quantity: 1, idempotencyKey: 'c' }),
        item({ quantity: 399, idempotencyKey: 'a' }),
        item({ quantity: 1, idempotencyKey: 'a', fingerprint: 'another body' }),
      ],
    })
    expect(answers.map(readAnswer)).toMatchObject([
      { status: 'done', result: { consumed: true }, replayed: false },
      { status: 'done', result: { consumed: false } },
      { status: 'failed', failure: { code: 'feature_not_metered' } },
      { status: 'failed', failure: { code: 'feature_not_found' } },
      { status: 'done', result: { consumed: true, entitlement: { meter: { used: 400 } } } },
      { status: 'done', result: { consumed: true }, replayed: true },
      { status: 'failed', failure: { code: 'idempotency_key_reused' } },
    ])
    expect(await used()).toBe(400)
  })

  it('write one lot, one ledger row, and an outcome for each key', async () => {
    await objectOf(acme.id).consume(keyed(0))
    const items = Array.from({ length: 300 }, (_, n) => item({ idempotencyKey: `n${n}` }))
    const rows = await rowsWrittenBy((object) => [object.consumeMany({ ...CALLER, items })])
    expect(rows).toBe(1 + 1 + 300)
  })

  it('keep their order also when one of them has to be confirmed first', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 400 }))
    vi.setSystemTime(NOW + 5_000)
    const answers = await objectOf(acme.id).reportMany({
      ...CALLER,
      items: [
        reported({ value: 5, enforce: true }),
        reported({ value: -8 }),
        reported({ value: 6, enforce: true }),
      ],
    })
    expect(answers.map(readAnswer)).toMatchObject([
      { result: { recorded: false }, checked: 'source' },
      { result: { recorded: true, applied: -8 } },
      { result: { recorded: true, applied: 6 } },
    ])
    expect(await used()).toBe(398)
  })

  it('of which one fails for a reason that nobody foresaw are answered all the same', async () => {
    await objectOf(acme.id).consume(consumption())
    surround(withoutRandomness)
    const answers = await objectOf(acme.id).consumeMany({
      ...CALLER,
      items: [3, 60, 4].map((quantity) => item({ featureId: 'storage', quantity })),
    })
    expect(answers).toMatchObject([
      { status: 'done' },
      { status: 'failed', failure: { code: 'unavailable' } },
      { status: 'done' },
    ])
    expect(await used('storage')).toBe(7)
  })

  it('of an unknown customer fail each', async () => {
    const stranger = objectOf(newCustomerId())
    const failed = { status: 'failed', failure: { code: 'customer_not_found' } }
    const answers = await stranger.consumeMany({ ...CALLER, items: [item(), item()] })
    expect(answers).toEqual([failed, failed])
  })
})

const withoutRandomness = (ports: ObjectPorts): ObjectPorts => ({
  ...ports,
  random: {
    bytes: () => {
      throw new Error('no randomness')
    },
  },
})

/** D1 answers batches once `open` resolves. */
const heldUp =
  (open: Promise<void>) =>
  (ports: ObjectPorts): ObjectPorts => ({
    ...ports,
    intent: {
      prepare: (query) => ports.intent.prepare(query),
      batch: async (statements) => {
        await open
        return ports.intent.batch(statements)
      },
    },
  })

/** The reading in any result. */
function readingIn(result: unknown): number | null {
  const { entitlement } = result as { entitlement: { meter: { used: number } | null } }
  return entitlement.meter?.used ?? null
}
