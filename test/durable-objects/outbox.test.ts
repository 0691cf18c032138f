import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
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
  objectOf,
  READ,
  resetting,
  rowsOf,
  surround,
  usage,
  withoutD1,
} from '../support/object.ts'
import { catalogue, customer, meter, METER, plan, subscription } from '../support/world.ts'

const START = Date.parse('2027-01-31T00:00:00Z')
const NOW = Date.parse('2027-03-10T12:00:00Z')
const PERIOD_END = Date.parse('2027-03-31T00:00:00Z')

let acme: Customer

beforeEach(async () => {
  await fresh()
  holdClock(NOW)
  acme = customer({ id: newCustomerId(), subscriptions: [subscription('sub_1', 'pro', START)] })
  const pro = plan('pro', {
    [METER]: meter({ limit: 100, alertsAt: [80, 100] }),
    big: meter({ limit: 'unlimited' }),
  })
  await putCatalogue(catalogue([pro]))
  await putCustomer(acme)
})
afterEach(() => vi.useRealTimers())

const rows = async (sql: string) => (await env.DB.prepare(sql).bind(acme.id).all()).results
const events = () => rows('SELECT type, data, origin FROM events WHERE customer_id = ? ORDER BY n')
const summary = () =>
  rows('SELECT feature_id, used, limit_units, over FROM usage_summary WHERE customer_id = ?')
const told = async () =>
  (await rows('SELECT synced_revision, synced_version, next_due FROM customers WHERE id = ?'))[0]

/** Waits until D1 has heard everything: it is under way, however long this machine takes for it. */
async function untilTold(): Promise<void> {
  const { version } = await heldBy(acme.id)
  await vi.waitFor(async () =>
    expect(await rowsOf(acme.id, "SELECT version FROM duties WHERE duty = 'outbox'")).toEqual([
      { version },
    ]),
  )
}

/** A customer of which D1 has heard everything, left alone for a while. */
async function settled(): Promise<void> {
  await objectOf(acme.id).read(READ)
  await untilTold()
  vi.setSystemTime(NOW + 5_000)
}

/** Rings the alarm so much later. */
async function ringLater(ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms)
  await runDurableObjectAlarm(objectOf(acme.id))
}

/** Ten units are used and an operator takes them back. */
async function resetByOperator(): Promise<void> {
  await objectOf(acme.id).consume(consumption({ quantity: 10 }))
  const actor = { kind: 'key', id: 'key_ops' } as const
  await objectOf(acme.id).reset(resetting({ actor, requestId: 'req_9', reason: 'goodwill' }))
}

const PERIOD = { startAt: '2027-02-28T00:00:00.000Z', endAt: '2027-03-31T00:00:00.000Z' }

describe('events', () => {
  it('of one change reach D1 once, in order, although it is told twice', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 85 }))
    await objectOf(acme.id).consume(consumption({ quantity: 15 }))
    surround(losingAnswers)
    await ringLater(60_000)
    hostile.clear()
    await ringLater(60_000)
    await ringLater(60_000)
    const told = (await events()).map(({ type, data }) => ({ type, ...JSON.parse(String(data)) }))
    const reading = { featureId: METER, limit: 100, period: PERIOD }
    expect(told).toEqual([
      { type: 'usage.threshold_reached', ...reading, used: 85, percent: 80 },
      { type: 'usage.threshold_reached', ...reading, used: 100, percent: 100 },
      { type: 'usage.limit_reached', ...reading, used: 100 },
    ])
    expect(await rowsOf(acme.id, 'SELECT * FROM outbox')).toEqual([])
  })

  it('wait while D1 is down, across a restart', async () => {
    await settled()
    surround(withoutD1)
    await objectOf(acme.id).consume(consumption({ quantity: 100 }))
    await evictDurableObject(objectOf(acme.id))
    await ringLater(60_000)
    expect(await rowsOf(acme.id, 'SELECT type FROM outbox')).toHaveLength(2)
    hostile.clear()
    await ringLater(600_000)
    await untilTold()
    expect(await events()).toHaveLength(2)
  })

  it('are passed on once D1 has them, and stand whether or not that succeeds', async () => {
    await settled()
    const passed: number[] = []
    surround((ports) => ({
      ...ports,
      passOn: async () => {
        passed.push((await events()).length)
        throw new Error('Network connection lost')
      },
    }))
    await objectOf(acme.id).consume(consumption({ quantity: 100 }))
    await untilTold()
    expect(passed).toEqual([2])
    expect(await rowsOf(acme.id, 'SELECT * FROM outbox')).toEqual([])
    await objectOf(acme.id).consume(consumption({ featureId: 'big' }))
    await ringLater(120_000)
    await untilTold()
    expect(passed).toHaveLength(1)
  })

  it('of an operator’s reset say who asked, in which request and why', async () => {
    await resetByOperator()
    await ringLater(60_000)
    await untilTold()
    const [reset] = await events()
    expect(reset?.['type']).toBe('usage.reset')
    expect(JSON.parse(String(reset?.['data']))).toEqual({
      featureId: METER,
      actor: 'key:key_ops',
      requestId: 'req_9',
      reason: 'goodwill',
      because: 'operator',
      used: 10,
      limit: 100,
      period: PERIOD,
    })
  })
})

describe('an operator’s reset', () => {
  const logged = () =>
    rows(
      'SELECT actor, action, resource, request_id, before, after, at FROM changes WHERE customer_id = ? ORDER BY id',
    )

  it('is in the log of changes once, although D1 is told twice', async () => {
    await settled()
    surround(losingAnswers)
    await resetByOperator()
    await ringLater(60_000)
    hostile.clear()
    await ringLater(60_000)
    await untilTold()
    const [entry, ...more] = await logged()
    expect(more).toEqual([])
    expect(entry).toMatchObject({
      actor: 'key:key_ops',
      action: 'usage.reset',
      resource: `customers/${encodeURIComponent(acme.id)}/entitlements/${METER}`,
      request_id: 'req_9',
      at: NOW + 5_001,
    })
    expect(JSON.parse(String(entry?.['before']))).toEqual({ used: 10 })
    expect(JSON.parse(String(entry?.['after']))).toEqual({ used: 0, reason: 'goodwill' })
  })

  it('is in the log at once, without the alarm', async () => {
    await settled()
    await objectOf(acme.id).consume(consumption({ quantity: 10 }))
    await settled()
    vi.setSystemTime(NOW + 10_000)
    await objectOf(acme.id).reset(resetting())
    await untilTold()
    expect(await logged()).toHaveLength(1)
  })

  it('is in the log after an outage of D1 and a restart', async () => {
    await settled()
    surround(withoutD1)
    await resetByOperator()
    await evictDurableObject(objectOf(acme.id))
    hostile.clear()
    await ringLater(600_000)
    await untilTold()
    expect(await logged()).toMatchObject([{ request_id: 'req_9' }])
  })

  it('of a meter that reads 0 takes nothing, and is not in the log', async () => {
    await settled()
    await objectOf(acme.id).reset(resetting())
    await ringLater(60_000)
    await untilTold()
    expect(await logged()).toEqual([])
  })
})

describe('the summary', () => {
  it('follows a flip at once', async () => {
    await settled()
    await objectOf(acme.id).report(usage({ value: 130 }))
    await untilTold()
    expect(await summary()).toEqual([
      { feature_id: METER, used: 130, limit_units: 100, over: 1 },
      { feature_id: 'big', used: 0, limit_units: null, over: 0 },
    ])
  })

  it('follows anything else at most once a minute', async () => {
    await settled()
    await objectOf(acme.id).consume(consumption())
    await untilTold()
    let flushes = 0
    surround((ports) => ({
      ...ports,
      intent: {
        prepare: (query) => ports.intent.prepare(query),
        batch: (statements) => {
          flushes += 1
          return ports.intent.batch(statements)
        },
      },
    }))
    for (let second = 0; second < 58; second++) {
      vi.setSystemTime(NOW + 5_000 + second * 1_000)
      await objectOf(acme.id).consume(consumption())
    }
    await runDurableObjectAlarm(objectOf(acme.id))
    expect(flushes).toBe(0)
    await ringLater(4_000)
    expect(flushes).toBe(1)
    expect(await summary()).toMatchObject([{ feature_id: METER, used: 59 }, {}])
  })

  it('forgets a meter that the customer no longer has', async () => {
    await settled()
    expect(await summary()).toHaveLength(2)
    await putCatalogue(catalogue([plan('pro', { big: meter() }, { revision: NOW + 1 })]))
    await objectOf(acme.id).read({ ...READ, fresh: true })
    await ringLater(120_000)
    await untilTold()
    expect(await summary()).toMatchObject([{ feature_id: 'big' }])
  })

  it('remembers what was used of a meter that the customer no longer has, until its period is over', async () => {
    await settled()
    await objectOf(acme.id).consume(consumption({ quantity: 7 }))
    const plans = [
      plan('pro', { big: meter() }, { revision: NOW + 1 }),
      plan('other', { [METER]: meter() }, { revision: NOW + 1 }),
    ]
    await putCatalogue(catalogue(plans))
    await objectOf(acme.id).read({ ...READ, fresh: true })
    await ringLater(120_000)
    await untilTold()
    const gone = { feature_id: METER, used: 7, limit_units: 0, over: 0 }
    expect(await summary()).toContainEqual(gone)
    vi.setSystemTime(PERIOD_END)
    await objectOf(acme.id).tick()
    await ringLater(120_000)
    await untilTold()
    expect(await summary()).toMatchObject([{ feature_id: 'big' }])
  })
})

describe('how far the object is', () => {
  it('is told at once when time has something to do that it had not before', async () => {
    await settled()
    expect(await told()).toMatchObject({ synced_revision: 1, next_due: null })
    await objectOf(acme.id).consume(consumption())
    await untilTold()
    expect(await told()).toEqual({
      synced_revision: 1,
      synced_version: NOW + 5_000,
      next_due: PERIOD_END,
    })
  })

  it('never replaces a newer word', async () => {
    await objectOf(acme.id).read(READ)
    await untilTold()
    await env.DB.prepare('UPDATE customers SET synced_version = ?, next_due = 7 WHERE id = ?')
      .bind(NOW + 1_000_000, acme.id)
      .run()
    vi.setSystemTime(NOW + 5_000)
    await objectOf(acme.id).consume(consumption())
    await untilTold()
    expect(await told()).toMatchObject({ synced_version: NOW + 1_000_000, next_due: 7 })
  })

  it('says nothing of when a customer with a clock of its own is due', async () => {
    await putCustomer({ ...acme, revision: 2, clockAt: NOW })
    await settled()
    await objectOf(acme.id).consume(consumption())
    await ringLater(120_000)
    await untilTold()
    expect(await told()).toMatchObject({ next_due: null })
  })
})

/** D1 does as it is told, and the answer is lost. */
const losingAnswers = (ports: ObjectPorts): ObjectPorts => ({
  ...ports,
  intent: {
    prepare: (query) => ports.intent.prepare(query),
    batch: async (statements) => {
      await ports.intent.batch(statements)
      throw new Error('Network connection lost')
    },
  },
})
