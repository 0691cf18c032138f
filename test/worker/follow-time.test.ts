import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { portsFrom } from '../../worker/ports.ts'
import { tick } from '../../worker/tick.ts'
import { bodyOf, clockAt, openStorefront, type Storefront } from '../support/storefront.ts'
import { toldOf } from '../support/told.ts'

let store: Storefront
/** How many events there were before time went on. */
let before: number

beforeEach(async () => {
  store = await openStorefront()
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const run = (bindings: Partial<Env> = {}) => tick(portsFrom({ ...env, ...bindings }), 'local')
const mark = async (customerId = 'acme') => {
  before = (await toldOf(customerId)).length
}
const told = async (customerId = 'acme') => {
  const events = (await toldOf(customerId)).slice(before)
  return events.map(({ type, at, data }) => {
    const which = type.startsWith('entitlement.') ? ` ${data.featureIds}` : ''
    return `${at.slice(0, 16)} ${type}${which}`
  })
}
const dueOf = async (customerId = 'acme') =>
  env.DB.prepare('SELECT next_due FROM customers WHERE id = ?').bind(customerId).first('next_due')
/** The object comes to be, and says when it is due. */
const born = () => bodyOf(store.api.get('/access?customerId=acme&featureId=sso&fresh=true'))

const LAPSE = [
  '2026-02-03T10:00 grace.ended',
  '2026-02-03T10:00 subscription.ended',
  '2026-02-03T10:00 entitlement.revoked api-calls,sso',
]

describe('a tick', () => {
  it('tells what time did, at its own instant, and once however often it comes', async () => {
    const { id } = await store.monthlyPro()
    await store.act(id, 'payment-failed')
    await run()
    await mark()
    clockAt('2026-02-03T09:59:59.999Z')
    await run()
    expect(await told()).toEqual([])
    clockAt('2026-02-04T00:00:00.000Z')
    await Promise.all([run(), run(), run()])
    await run()
    expect(await told()).toEqual(LAPSE)
    expect(await dueOf()).toBeNull()
  })

  it('tells it where an object says when it is due', async () => {
    const { id } = await store.monthlyPro()
    await born()
    await store.act(id, 'payment-failed')
    await mark()
    clockAt('2026-02-04T00:00:00.000Z')
    await run()
    expect(await told()).toEqual(LAPSE)
  })

  it('that is late by several happenings tells each, in their order', async () => {
    await store.taken({ planId: 'trialled', provider: { name: 'stripe', reference: 'sub_1' } })
    const pinned = { allowance: { limit: 7 }, standalone: true }
    const dated = { startAt: '2026-02-05T00:00:00Z', expiresAt: '2026-02-20T00:00:00Z' }
    await bodyOf(store.api.put('/customers/acme/overrides/api-calls', { ...pinned, ...dated }))
    await mark()
    clockAt('2026-03-31T00:00:00.000Z')
    await run()
    expect(await told()).toEqual([
      '2026-02-05T00:00 override.started',
      '2026-02-05T00:00 entitlement.granted api-calls',
      '2026-02-14T10:00 subscription.trial_ended',
      '2026-02-14T10:00 grace.started',
      '2026-02-20T00:00 override.expired',
      '2026-02-20T00:00 entitlement.revoked api-calls',
      '2026-02-21T10:00 grace.ended',
      '2026-02-21T10:00 subscription.ended',
    ])
  })

  it('applies a scheduled downgrade, and begins what was scheduled', async () => {
    const { id } = await store.monthlyPro()
    await store.act(id, 'change', { planId: 'starter' })
    await store.taken({ planId: 'seats', startAt: '2026-02-10T00:00:00Z' })
    await run()
    await mark()
    clockAt('2026-03-01T00:00:00.000Z')
    await run()
    expect(await told()).toEqual([
      '2026-02-10T00:00 subscription.started',
      '2026-02-28T10:00 subscription.updated',
      '2026-02-28T10:00 entitlement.revoked sso',
      '2026-02-28T10:00 entitlement.updated api-calls',
    ])
    const changed = (await toldOf()).find(({ at }) => at.startsWith('2026-02-28'))
    expect(changed?.data).toMatchObject({
      planId: 'starter',
      pendingChange: null,
      previous: { planId: 'pro', pendingChange: { planId: 'starter' } },
    })
  })

  it('finds an override’s end by itself, where nobody has asked about the customer', async () => {
    await store.monthlyPro()
    const until = { allowance: { value: 'dark' }, expiresAt: '2026-02-05T00:00:00Z' }
    await bodyOf(store.api.put('/customers/acme/overrides/theme', until))
    await run()
    expect(await dueOf()).toBe(Date.parse('2026-02-05T00:00:00Z'))
    await mark()
    clockAt('2026-02-06T00:00:00.000Z')
    await run()
    expect(await told()).toEqual([
      '2026-02-05T00:00 override.expired',
      '2026-02-05T00:00 entitlement.revoked theme',
    ])
  })

  it('goes on behind a pause', async () => {
    const taken = { planId: 'trialled', provider: { name: 'stripe', reference: 'sub_1' } }
    const { id } = await store.taken(taken)
    await store.act(id, 'pause')
    await born()
    await mark()
    clockAt('2026-02-15T00:00:00.000Z')
    await run()
    expect(await told()).toEqual([
      '2026-02-14T10:00 subscription.trial_ended',
      '2026-02-14T10:00 grace.started',
    ])
  })

  it('does not move a customer who has a clock of its own', async () => {
    const { id } = await store.monthlyPro()
    await store.act(id, 'payment-failed')
    const clock = (now: string) => bodyOf(store.api.put('/sandbox/customers/acme/clock', { now }))
    await clock('2026-02-01T00:00:00Z')
    await mark()
    clockAt('2026-02-04T00:00:00.000Z')
    await run()
    expect(await told()).toEqual([])
    await clock('2026-02-03T10:00:00Z')
    expect(await told()).toEqual(LAPSE)
  })
})

describe('a change between the tick’s reading and its writing', () => {
  /** D1 in which somebody pays just before the tick writes what it has found. */
  const paying = (pay: () => Promise<unknown>): D1Database =>
    new Proxy(env.DB, {
      get: (target, name) => {
        if (name !== 'batch') return Reflect.get(target, name).bind(target) as unknown
        return async (statements: D1PreparedStatement[]) => {
          if (JSON.stringify(statements).includes('told_until < ?2')) await pay()
          return target.batch(statements)
        }
      },
    })

  it('has told what time did before it; the tick adds nothing and comes again', async () => {
    const { id } = await store.monthlyPro()
    await store.act(id, 'payment-failed')
    await run()
    await mark()
    clockAt('2026-02-04T00:00:00.000Z')
    let paid = 0
    await run({ DB: paying(async () => (paid += 1) && store.act(id, 'payment-succeeded')) })
    expect(paid).toBe(1)
    expect(await told()).toEqual([
      ...LAPSE,
      '2026-02-04T00:00 subscription.payment_succeeded',
      '2026-02-04T00:00 entitlement.granted api-calls,sso',
    ])
    expect(await dueOf()).not.toBeNull()
    await run()
    expect(await dueOf()).toBeNull()
    expect(await told()).toHaveLength(LAPSE.length + 2)
  })
})

describe('a change between the tick’s reading and its refreshing of columns', () => {
  it('keeps what it has written there', async () => {
    const { id } = await store.monthlyPro()
    await store.act(id, 'payment-failed')
    await run()
    clockAt('2026-02-04T00:00:00.000Z')
    let paid = 0
    const paying = new Proxy(env.DB, {
      get: (target, name) => {
        if (name !== 'prepare') return Reflect.get(target, name).bind(target) as unknown
        return (sql: string) => {
          const statement = target.prepare(sql)
          if (!/update "?subscriptions/i.test(sql)) return statement
          const bind = statement.bind.bind(statement)
          const late = (bound: D1PreparedStatement) => {
            const write = bound.run.bind(bound)
            const pay = async () => (paid += 1) && store.act(id, 'payment-succeeded')
            return Object.assign(bound, { run: async () => (await pay(), write()) })
          }
          return Object.assign(statement, { bind: (...values: unknown[]) => late(bind(...values)) })
        }
      },
    })
    await run({ DB: paying })
    expect(paid).toBe(1)
    const status = env.DB.prepare('SELECT status FROM subscriptions WHERE id = ?').bind(id)
    expect(await status.first('status')).toBe('active')
  })
})

describe('a tick that fails', () => {
  /** D1 that loses what the tick tells, or only the answer to it. */
  const failing = (loses: 'all' | 'answer'): D1Database =>
    new Proxy(env.DB, {
      get: (target, name) => {
        if (name !== 'batch') return Reflect.get(target, name).bind(target) as unknown
        return async (statements: D1PreparedStatement[]) => {
          const isTelling = JSON.stringify(statements).includes('told_until < ?2')
          if (!isTelling) return target.batch(statements)
          if (loses === 'answer') await target.batch(statements)
          throw new Error('Network connection lost.')
        }
      },
    })

  it.each(['all', 'answer'] as const)('by losing %s is made up for by the next', async (loses) => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const { id } = await store.monthlyPro()
    await store.act(id, 'payment-failed')
    await run()
    await mark()
    clockAt('2026-02-04T00:00:00.000Z')
    await run({ DB: failing(loses) })
    await run()
    expect(await told()).toEqual(LAPSE)
    expect(await dueOf()).toBeNull()
  })
})

describe('a customer whose facts cannot be told', () => {
  it('stops nobody else, and stays due', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const { id } = await store.monthlyPro()
    await store.act(id, 'payment-failed')
    await bodyOf(store.api.put('/customers/broken', {}))
    await store.take({ planId: 'starter', startAt: '2026-02-02T00:00:00Z' }, 'broken')
    await run()
    await env.DB.prepare(
      "UPDATE subscriptions SET phases = replace(phases, 'starter', 'gone') WHERE customer_id = 'broken'",
    ).run()
    await mark()
    clockAt('2026-02-04T00:00:00.000Z')
    await run()
    expect(await told()).toEqual(LAPSE)
    expect(await dueOf('broken')).toBe(Date.parse('2026-02-04T00:00:00.001Z'))
  })
})
