import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
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
  publishedOf,
  READ,
  rowsOf,
  surround,
  usage,
} from '../support/object.ts'
import { catalogue, customer, meter, METER, plan, subscription } from '../support/world.ts'

const START = Date.parse('2027-01-31T00:00:00Z')
const NOW = Date.parse('2027-03-10T12:00:00Z')
const PRO = plan('pro', { [METER]: meter({ limit: 100 }), big: meter({ limit: 'unlimited' }) })

let acme: Customer
let puts: number

beforeEach(async () => {
  await fresh()
  holdClock(NOW)
  puts = 0
  surround(counting)
  acme = customer({ id: newCustomerId(), subscriptions: [subscription('sub_1', 'pro', START)] })
  await putCatalogue(catalogue([PRO]))
  await putCustomer(acme)
})
afterEach(() => vi.useRealTimers())

/** Counts the puts of this test's customer; what others still have under way is theirs. */
const counting = (ports: ObjectPorts): ObjectPorts => ({
  ...ports,
  snapshots: {
    put: (...args: Parameters<KVNamespace['put']>) => {
      if (args[0] === `customer:${acme.id}`) puts += 1
      return ports.snapshots.put(...args)
    },
  },
})

function refuse(tried: number[]): Promise<void> {
  tried.push(Date.now())
  return Promise.reject(new Error('KV PUT failed: 429 Too Many Requests'))
}

/** Moves the clock to where the alarm is set, and rings it. */
async function ringNext(): Promise<void> {
  const at = await alarmAt()
  if (at === null) throw new Error('no alarm is set')
  vi.setSystemTime(Math.max(at, Date.now()))
  await runDurableObjectAlarm(objectOf(acme.id))
}

const refusingKv = (ports: ObjectPorts): ObjectPorts => ({
  ...ports,
  snapshots: { put: () => Promise.reject(new Error('KV PUT failed: 429 Too Many Requests')) },
})

/** Waits until KV has what the object holds: the put is under way, however long this machine takes for it. */
async function untilPublished(): Promise<void> {
  const { version } = await heldBy(acme.id)
  await vi.waitFor(async () => expect((await publishedOf(acme.id))?.version).toBe(version))
  await vi.waitFor(async () =>
    expect(await rowsOf(acme.id, "SELECT version FROM duties WHERE duty = 'publish'")).toEqual([
      { version },
    ]),
  )
}

const alarmAt = (): Promise<number | null> =>
  runInDurableObject(objectOf(acme.id), (_, { storage }) => storage.getAlarm())

/** A customer that has been published and left alone for a while. */
async function settled(): Promise<void> {
  await objectOf(acme.id).read(READ)
  await untilPublished()
  vi.setSystemTime(NOW + 10_000)
  puts = 0
}

describe('what is published', () => {
  it('is the very text that readers of the object get', async () => {
    const answer = await objectOf(acme.id).read(READ)
    await untilPublished()
    expect(answer).toMatchObject({ snapshot: await env.KV.get(`customer:${acme.id}`) })
  })

  it('is put back for a reader who found nothing in KV, without a new version', async () => {
    await settled()
    const { version } = await heldBy(acme.id)
    await env.KV.delete(`customer:${acme.id}`)
    await objectOf(acme.id).read({ ...READ, republish: true })
    await untilPublished()
    expect((await publishedOf(acme.id))?.version).toBe(version)
    expect(puts).toBe(1)
  })
})

describe('usage alone', () => {
  it.each([
    ['when the answer flips to no', { value: 100 }, METER],
    ['when 5 % of the limit have moved', { value: 5 }, METER],
  ])('is published at once %s', async (_, report, featureId) => {
    await settled()
    await objectOf(acme.id).report(usage({ ...report, featureId }))
    await untilPublished()
    expect(puts).toBe(1)
  })

  it('is published at once when the answer flips back to yes', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 98 }))
    await objectOf(acme.id).consume(consumption({ quantity: 2 }))
    vi.setSystemTime(NOW + 1_000)
    await runDurableObjectAlarm(objectOf(acme.id))
    await settled()
    await objectOf(acme.id).report(usage({ value: -1 }))
    await untilPublished()
    expect(puts).toBe(1)
  })

  it.each([METER, 'big'])(
    'of %s waits 30 seconds for more where nothing turns on it',
    async (id) => {
      await settled()
      const at = NOW + 10_000
      await objectOf(acme.id).consume(consumption({ featureId: id, quantity: 2 }))
      expect(await alarmAt()).toBeLessThanOrEqual(at + 30_000)
      vi.setSystemTime(at + 20_000)
      await objectOf(acme.id).consume(consumption({ featureId: id, quantity: 2 }))
      expect(puts).toBe(0)

      vi.setSystemTime(at + 30_000)
      await runDurableObjectAlarm(objectOf(acme.id))
      expect((await publishedOf(acme.id))?.version).toBe((await heldBy(acme.id)).version)
      expect(puts).toBe(1)
    },
  )

  it('is put at most once a second, the last of it by the alarm', async () => {
    await settled()
    for (let n = 0; n < 20; n++) {
      vi.setSystemTime(NOW + 10_000 + n * 50)
      await objectOf(acme.id).report(usage({ behaviour: 'set', value: n % 2 === 0 ? 100 : 0 }))
    }
    await vi.waitFor(() => expect(puts).toBe(1))
    vi.setSystemTime(NOW + 12_000)
    await runDurableObjectAlarm(objectOf(acme.id))
    expect((await publishedOf(acme.id))?.version).toBe((await heldBy(acme.id)).version)
    expect(puts).toBe(2)
  })
})

describe('a put that fails', () => {
  it('stays pending, is tried again ever later, and succeeds in the end', async () => {
    await settled()
    const tried: number[] = []
    surround((ports) => ({ ...ports, snapshots: { put: () => refuse(tried) } }))
    await objectOf(acme.id).consume(consumption({ quantity: 50 }))
    await vi.waitFor(() => expect(tried).toHaveLength(1))
    while (tried.length < 5) await ringNext()
    expect(tried.map((at) => at - tried[0]!)).toEqual([0, 2_000, 6_000, 14_000, 30_000])

    hostile.clear()
    while ((await publishedOf(acme.id))?.lots.get(METER)?.[0]?.used !== 50) await ringNext()
  })

  it('is made up for by a restarted object that has forgotten it', async () => {
    await settled()
    surround(refusingKv)
    await objectOf(acme.id).consume(consumption({ quantity: 50 }))
    await evictDurableObject(objectOf(acme.id))
    hostile.clear()
    vi.setSystemTime(NOW + 60_000)
    await runDurableObjectAlarm(objectOf(acme.id))
    await vi.waitFor(async () =>
      expect((await publishedOf(acme.id))?.lots.get(METER)?.[0]?.used).toBe(50),
    )
  })

  it('because the object ended in the middle of it is made up for by the alarm', async () => {
    await settled()
    let reached = false
    surround((ports) => ({
      ...ports,
      snapshots: { put: () => ((reached = true), new Promise(() => undefined)) },
    }))
    await objectOf(acme.id).consume(consumption({ quantity: 50 }))
    await vi.waitFor(() => expect(reached).toBe(true))
    await abortAllDurableObjects()
    hostile.clear()
    await ringNext()
    await vi.waitFor(async () =>
      expect((await publishedOf(acme.id))?.lots.get(METER)?.[0]?.used).toBe(50),
    )
  })

  it('and lands long after it was given up is put over again', async () => {
    await settled()
    const landing: (() => Promise<void>)[] = []
    surround((ports) => ({
      ...ports,
      clock: { ...ports.clock, wait: () => Promise.resolve() },
      snapshots: {
        put: (...args: Parameters<KVNamespace['put']>) =>
          new Promise((resolve) => {
            landing.push(() => ports.snapshots.put(...args).then(resolve))
          }),
      },
    }))
    await objectOf(acme.id).consume(consumption({ quantity: 50 }))
    await vi.waitFor(() => expect(landing).toHaveLength(1))
    hostile.clear()
    await objectOf(acme.id).consume(consumption({ quantity: 20 }))
    const used = async () => (await publishedOf(acme.id))?.lots.get(METER)?.[0]?.used
    while ((await used()) !== 70) await ringNext()
    await runInDurableObject(objectOf(acme.id), () => landing[0]?.())
    expect(await used()).toBe(50)
    await vi.waitFor(async () => {
      await ringNext()
      expect(await used()).toBe(70)
    })
  })

  it('has the alarm armed before it is tried', async () => {
    await settled()
    while ((await alarmAt()) !== null) await ringNext()
    const armed: (number | null)[] = []
    surround((ports) => ({
      ...ports,
      snapshots: {
        put: async () => {
          armed.push(await alarmAt())
          throw new Error('the object ends here')
        },
      },
    }))
    await objectOf(acme.id).consume(consumption({ quantity: 50 }))
    await vi.waitFor(() => expect(armed).toHaveLength(1))
    expect(armed[0]).toBeLessThanOrEqual(Date.now() + 30_000)
  })

  it('does not hide a change that came while it was under way', async () => {
    await settled()
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    surround((ports) => ({
      ...ports,
      snapshots: {
        put: async (...args: Parameters<KVNamespace['put']>) => {
          await held
          return ports.snapshots.put(...args)
        },
      },
    }))
    await objectOf(acme.id).consume(consumption({ quantity: 50 }))
    await objectOf(acme.id).consume(consumption({ quantity: 20 }))
    await runInDurableObject(objectOf(acme.id), release)
    await vi.waitFor(async () =>
      expect((await publishedOf(acme.id))?.lots.get(METER)?.[0]?.used).toBe(50),
    )
    await evictDurableObject(objectOf(acme.id))
    vi.setSystemTime(NOW + 20_000)
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(objectOf(acme.id))
      expect((await publishedOf(acme.id))?.lots.get(METER)?.[0]?.used).toBe(70)
    })
  })
})
