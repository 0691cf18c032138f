import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ObjectPorts } from '../../durable-objects/ports.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
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
  READ,
  resultOf,
  rowsOf,
  surround,
  usage,
  wasConsumed,
  withoutD1,
} from '../support/object.ts'
import { catalogue, customer, meter, METER, phase, plan, subscription } from '../support/world.ts'

const START = Date.parse('2027-01-31T00:00:00Z')
const NOW = Date.parse('2027-03-10T12:00:00Z')
const PRO = plan('pro', { [METER]: meter({ limit: 100 }) }, { rank: 1 })
const MAX = plan('max', { [METER]: meter({ limit: 500, onPlanChange: 'reset' }) }, { rank: 2 })

let acme: Customer
let batches: number

beforeEach(async () => {
  await fresh()
  holdClock(NOW)
  batches = 0
  acme = customer({ id: newCustomerId(), subscriptions: [subscription('sub_1', 'pro', START)] })
  await putCatalogue(catalogue([PRO, MAX]))
  await putCustomer(acme)
})
afterEach(() => vi.useRealTimers())

/** Tells the batches in which the object tells D1 something from those in which it reads. */
function watched(
  ports: ObjectPorts,
  batch: (told: boolean, run: () => Promise<D1Result[]>) => Promise<D1Result[]>,
): ObjectPorts {
  let told = false
  const prepare = (query: string) => {
    told ||= query.includes('INSERT INTO events')
    return ports.intent.prepare(query)
  }
  const run = <T>(statements: D1PreparedStatement[]) => {
    const was = told
    told = false
    return batch(was, () => ports.intent.batch(statements)) as Promise<D1Result<T>[]>
  }
  return { ...ports, intent: { prepare, batch: run } }
}

/** Counts what reads D1. */
const counting = (ports: ObjectPorts): ObjectPorts =>
  watched(ports, (told, run) => {
    if (!told) batches += 1
    return run()
  })

/** D1 hears nothing of what the object tells it afterwards. */
const losingWords = (ports: ObjectPorts): ObjectPorts =>
  watched(ports, (told, run) => (told ? Promise.reject(new Error('lost')) : run()))

/** What happened at the mark: acme went up to `max` at this instant. */
const upgraded = (at: number): Customer => ({
  ...acme,
  revision: at,
  subscriptions: [
    subscription('sub_1', 'pro', START, {
      phases: [phase('pro', START, { until: at }), phase('max', at)],
    }),
  ],
})

describe('the first use of a customer', () => {
  it('asks D1 once, however many come at once', async () => {
    surround(counting)
    const reads = await Promise.all(
      Array.from({ length: 200 }, () => objectOf(acme.id).consume(consumption())),
    )
    expect(reads.filter(wasConsumed)).toHaveLength(100)
    expect(batches).toBe(1)
  })

  it('tells D1 in the same breath that there is an object to poke from now on', async () => {
    surround(losingWords)
    await objectOf(acme.id).read(READ)
    const row = await env.DB.prepare('SELECT synced_revision FROM customers WHERE id = ?')
      .bind(acme.id)
      .first()
    expect(row?.['synced_revision']).not.toBeNull()
  })
})

describe('a change', () => {
  it('is applied when the object is told, once', async () => {
    const { version } = await heldBy(acme.id)
    vi.setSystemTime(NOW + 1_000)
    await putCustomer(upgraded(NOW + 500))
    const applied = await objectOf(acme.id).apply(NOW + 500)
    expect(applied).toEqual({
      status: 'applied',
      floor: { revision: NOW + 500, version: NOW + 1_000, catalogueRevision: 1 },
      nextDue: null,
    })
    surround(withoutD1)
    expect(await objectOf(acme.id).apply(NOW + 500)).toEqual(applied)
    expect(version).toBeLessThan(NOW + 1_000)
  })

  it('that is older than what is applied is ignored, whoever speaks of it', async () => {
    await putCustomer(upgraded(NOW - 500))
    const before = await heldBy(acme.id)
    await putCustomer({ ...acme, revision: NOW - 600 })
    vi.setSystemTime(NOW + 5_000)
    await objectOf(acme.id).read({ ...READ, fresh: true })
    await objectOf(acme.id).apply(NOW - 600)
    expect(await heldBy(acme.id)).toEqual(before)
  })

  it('that arrives days late leaves what arriving at once would have left', async () => {
    const at = Date.parse('2027-03-20T00:00:00Z')
    const late = Date.parse('2027-04-05T00:00:00Z')
    const prompt = customer({ ...acme, id: newCustomerId() })
    await putCustomer({ ...prompt, subscriptions: [subscription('sub_2', 'pro', START)] })
    for (const { id } of [acme, prompt]) {
      await objectOf(id).consume(consumption({ quantity: 40 }))
    }
    vi.setSystemTime(at)
    await putCustomer(upgraded(at))
    const [there] = upgraded(at).subscriptions
    await putCustomer({ ...prompt, revision: at, subscriptions: [{ ...there!, id: 'sub_2' }] })
    await objectOf(prompt.id).apply(at)
    vi.setSystemTime(late)
    await objectOf(acme.id).apply(at)

    const state = async (id: string) => {
      const { entitlement } = resultOf(await objectOf(id).report(usage({ value: 0 })))
      const ledger = await rowsOf(id, 'SELECT day, kind, quantity FROM ledger ORDER BY day, kind')
      return { meter: { ...entitlement.meter, lots: [] }, ledger }
    }
    expect(await state(acme.id)).toEqual(await state(prompt.id))
  })

  it('of a plan that arrives late does not reach back over a period that had closed before it', async () => {
    const rollover = { percent: 50, max: null }
    const carrying = plan('pro', { [METER]: meter({ rollover }) }, { revision: 2 })
    await putCatalogue(catalogue([carrying, MAX]))
    await objectOf(acme.id).consume(consumption({ quantity: 40 }))
    const edited = Date.parse('2027-04-02T00:00:00Z')
    vi.setSystemTime(edited)
    await putCatalogue(catalogue([{ ...PRO, revision: edited }, MAX]))
    vi.setSystemTime(Date.parse('2027-04-10T00:00:00Z'))
    await objectOf(acme.id).read({ ...READ, fresh: true })
    const sql = "SELECT day, quantity FROM ledger WHERE kind = 'carried' ORDER BY day"
    expect(await rowsOf(acme.id, sql)).toEqual([
      { day: Date.parse('2027-02-28') / DAY_MS, quantity: 50 },
      { day: Date.parse('2027-03-31') / DAY_MS, quantity: 50 },
    ])
  })

  it('of a plan takes effect when it was made, though the catalogue has moved on for plans of others', async () => {
    const seats = plan('pro', { [METER]: meter({ reset: 'never' }) }, { revision: 2 })
    await putCatalogue(catalogue([seats, MAX]))
    await objectOf(acme.id).consume(consumption({ quantity: 100 }))
    const edited = plan('pro', { [METER]: meter({ reset: 'daily' }) }, { revision: NOW + 1_000 })
    const others = { ...MAX, revision: NOW + 5 * DAY_MS }
    await putCatalogue(catalogue([edited, others]))
    vi.setSystemTime(NOW + 5 * DAY_MS + 1_000)
    expect(wasConsumed(await objectOf(acme.id).consume(consumption()))).toBe(true)
  })

  it('of a plan reaches a customer who is refused, without a word from anybody', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 100 }))
    vi.setSystemTime(NOW + 1_500)
    const larger = plan('pro', { [METER]: meter({ limit: 200 }) }, { revision: NOW + 1_000 })
    await putCatalogue(catalogue([larger, MAX]))
    expect(wasConsumed(await objectOf(acme.id).consume(consumption()))).toBe(true)
  })
})

describe('the floor of a caller', () => {
  const ahead = { ...NO_FLOOR, revision: NOW + 500 }

  it('makes the object ask D1 before it answers or decides', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 100 }))
    await putCustomer(upgraded(NOW + 500))
    expect(await objectOf(acme.id).read({ ...READ, atLeast: ahead })).toMatchObject({
      status: 'found',
      floor: { revision: NOW + 500 },
    })
  })

  it('of the catalogue makes it take over the newer plans', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 100 }))
    const larger = plan('pro', { [METER]: meter({ limit: 200 }) }, { revision: NOW + 500 })
    await putCatalogue(catalogue([larger, MAX]))
    const atLeast = { ...NO_FLOOR, catalogueRevision: NOW + 500 }
    const answer = await objectOf(acme.id).consume(consumption({ atLeast }))
    expect(answer).toMatchObject({ status: 'done', floor: { catalogueRevision: NOW + 500 } })
    expect(wasConsumed(answer)).toBe(true)
  })

  it('of the catalogue keeps no reader waiting for D1: it has a catalogue of its own', async () => {
    await objectOf(acme.id).consume(consumption())
    surround(withoutD1)
    const atLeast = { ...NO_FLOOR, catalogueRevision: NOW + 500 }
    expect(await objectOf(acme.id).read({ ...READ, atLeast })).toMatchObject({ status: 'found' })
  })

  it('that cannot be reached is said so, and nothing is decided below it', async () => {
    await objectOf(acme.id).consume(consumption())
    surround(withoutD1)
    expect(await objectOf(acme.id).read({ ...READ, atLeast: ahead })).toEqual({
      status: 'unavailable',
    })
    const answer = await objectOf(acme.id).consume(consumption({ atLeast: ahead }))
    expect(answer).toEqual({ status: 'failed', failure: { code: 'consistency_unavailable' } })
    hostile.clear()
    const { version } = await heldBy(acme.id)
    await objectOf(acme.id).consume(consumption({ atLeast: ahead }))
    expect((await heldBy(acme.id)).version).toBe(version)
    expect((await heldBy(acme.id)).lots.get(METER)?.[0]?.used).toBe(1)
  })
})

describe('a fresh read', () => {
  it('asks D1 at most once a second, and says that it did', async () => {
    await heldBy(acme.id)
    vi.setSystemTime(NOW + 5_000)
    let compared = 0
    surround((ports) => ({
      ...ports,
      intent: {
        batch: (statements) => ports.intent.batch(statements),
        prepare: (query) => {
          if (query.includes('catalogue_revision')) compared += 1
          return ports.intent.prepare(query)
        },
      },
    }))
    const read = () => objectOf(acme.id).read({ ...READ, fresh: true })
    const answers = await Promise.all([read(), read(), read()])
    vi.setSystemTime(NOW + 5_999)
    answers.push(await read())
    expect(compared).toBe(1)
    expect(
      answers.every((answer) => answer.status === 'found' && answer.checked === 'source'),
    ).toBe(true)
    vi.setSystemTime(NOW + 6_000)
    await read()
    expect(compared).toBe(2)
  })

  it('of a customer whose poke was lost sees the change', async () => {
    await heldBy(acme.id)
    await putCustomer(upgraded(NOW + 500))
    vi.setSystemTime(NOW + 1_000)
    const answer = await objectOf(acme.id).read({ ...READ, fresh: true })
    expect(answer).toMatchObject({ checked: 'source', floor: { revision: NOW + 500 } })
  })

  it('does not wait for a D1 that hangs, and leaves it alone for a while', async () => {
    await heldBy(acme.id)
    vi.setSystemTime(NOW + 5_000)
    const waits: number[] = []
    surround((ports) => ({
      ...ports,
      clock: { ...ports.clock, wait: (ms) => (waits.push(ms), Promise.resolve()) },
      intent: {
        batch: () => new Promise(() => undefined),
        prepare: (query) => hanging(ports.intent.prepare(query)),
      },
    }))
    const read = () => objectOf(acme.id).read({ ...READ, fresh: true })
    expect(await read()).toMatchObject({ status: 'found', checked: 'object' })
    expect(await read()).toMatchObject({ status: 'found', checked: 'object' })
    expect(waits.filter((ms) => ms === 300)).toHaveLength(1)
    vi.setSystemTime(NOW + 6_000)
    await read()
    expect(waits.filter((ms) => ms === 300)).toHaveLength(2)
  })
})

describe('D1 put back to an earlier day', () => {
  it('takes nothing away, and is followed again as soon as it moves on', async () => {
    await putCatalogue(catalogue([{ ...PRO, revision: NOW - 1 }, MAX]))
    await putCustomer(upgraded(NOW - 1))
    await heldBy(acme.id)
    await env.DB.prepare('DELETE FROM documents').run()
    await putCatalogue(catalogue([{ ...PRO, revision: NOW - DAY_MS }, MAX]))
    await putCustomer({ ...acme, revision: NOW - DAY_MS })
    vi.setSystemTime(NOW + 5_000)
    await objectOf(acme.id).read({ ...READ, fresh: true })
    expect((await heldBy(acme.id)).customer.revision).toBe(NOW - 1)

    await putCustomer({ ...acme, revision: NOW + 5_000 })
    await objectOf(acme.id).apply(NOW + 5_000)
    const held = await heldBy(acme.id)
    expect(held.customer.subscriptions[0]?.phases).toHaveLength(1)
    expect(held.catalogueRevision).toBe(NOW - 1)
  })
})

function hanging(statement: D1PreparedStatement): D1PreparedStatement {
  return new Proxy(statement, {
    get: (target, name) =>
      name === 'bind'
        ? (...values: unknown[]) => hanging(target.bind(...values))
        : () => new Promise(() => undefined),
  })
}
