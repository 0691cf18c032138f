import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Entitlement } from '../../schema/calls.ts'
import { encodeToken } from '../../schema/token.ts'
import type { Held } from '../../sdk/contract.ts'
import { changesIn, forQuantity, shownAtFirst } from '../../sdk/react/state.ts'
import { EntitlementStore, type StoreOptions } from '../../sdk/react/store.ts'

const MINUTE = 60_000
const AS_OF = '2026-11-26T10:00:00.000Z'

const sso: Entitlement = {
  customerId: 'acme',
  featureId: 'sso',
  type: 'boolean',
  hasAccess: true,
  reason: 'enabled',
  sources: [{ kind: 'plan', planId: 'pro' }],
  inherited: false,
  overridden: false,
  grace: null,
  warnings: [],
}
const calls = (used: number): Entitlement => ({
  ...sso,
  featureId: 'api-calls',
  type: 'meter',
  hasAccess: used < 10,
  reason: used < 10 ? 'within_limit' : 'limit_reached',
  limit: 10,
  used,
  balance: Math.max(0, 10 - used),
  enforcement: 'hard',
})
const held = (version: number, ...data: readonly Entitlement[]): Held => ({
  customerId: 'acme',
  version,
  revision: 1,
  asOf: AS_OF,
  data,
})
const reason = (store: EntitlementStore, featureId: string) => {
  const { states, otherwise } = store.shown()
  return (states.get(featureId) ?? otherwise).reason
}

describe('what is shown', () => {
  it('is the same object as long as it says the same', async () => {
    const store = opened({
      initial: held(1, sso, calls(1)),
      answers: [held(2, { ...sso }, calls(2))],
    })
    const before = store.shown()
    await store.refresh()
    const after = store.shown()
    expect(after.states.get('sso')).toBe(before.states.get('sso'))
    expect(after.held?.data[0]).toBe(sso)
    expect(after.states.get('api-calls')).not.toBe(before.states.get('api-calls'))
  })

  it('is a refusal for a feature that the catalogue does not have, and for names that every object has', () => {
    const { states, otherwise } = shownAtFirst(held(1, sso))
    expect(states.get('constructor') ?? otherwise).toMatchObject({
      hasAccess: false,
      reason: 'unknown_feature',
      isPending: false,
    })
  })

  it.each([
    [5, 5, true],
    [5, 6, false],
    [10, 1, false],
  ])('after %i of 10 used, %i more: %s', (used, quantity, hasAccess) => {
    const state = shownAtFirst(held(1, calls(used))).states.get('api-calls')!
    expect(forQuantity(state, quantity)).toMatchObject({
      hasAccess,
      reason: hasAccess ? 'within_limit' : 'limit_reached',
    })
  })

  it('lets a soft and an unlimited meter have whatever is asked for', () => {
    const soft: Entitlement = { ...calls(9), enforcement: 'soft' }
    const unlimited: Entitlement = { ...calls(9), limit: 'unlimited', balance: 'unlimited' }
    for (const each of [soft, unlimited]) {
      const state = shownAtFirst(held(1, each)).states.get('api-calls')!
      expect(forQuantity(state, 1_000).hasAccess).toBe(true)
    }
  })
})

describe('an older state', () => {
  it('never replaces a newer one, whoever brings it: promise 5', async () => {
    const store = opened({ initial: held(3, calls(3)), answers: [held(2, calls(2))] })
    store.take(held(1, calls(1)))
    await store.refresh()
    expect(used(store)).toBe(3)
  })

  it('of the same version is older by its time', () => {
    const store = opened({ initial: { ...held(3, calls(3)), ageMs: 500 } })
    store.take(held(3, calls(9)))
    expect(used(store)).toBe(3)
    store.take({ ...held(3, calls(0)), ageMs: 501 })
    expect(used(store)).toBe(0)
  })

  it('is what was rendered or asked for before a use', async () => {
    const late = new Promise<Held>((resolve) => queueMicrotask(() => resolve(held(3, calls(3)))))
    const store = opened({ initial: held(3, calls(3)), answers: [late, held(4, calls(4))] })
    const asked = store.refresh()
    store.note({ ...answered(calls(4), 4), consumed: true })
    await asked
    store.take({ ...held(3, calls(3)), ageMs: 1_000 })
    expect(used(store)).toBe(4)
  })

  it('is not made of a use whose change was heard before its answer: time can still change it', async () => {
    const store = opened({ initial: held(3, calls(9)), answers: [held(4, calls(0))] })
    store.take(held(4, calls(10)))
    store.note({ ...answered(calls(10), 4), consumed: true })
    await store.refresh()
    expect(used(store)).toBe(0)
  })

  it('is that of a use that is answered after a later one', () => {
    const store = opened({ initial: held(3, calls(3)) })
    store.note({ ...answered(calls(5), 5), consumed: true })
    store.note({ ...answered(calls(4), 4), consumed: true })
    expect(used(store)).toBe(5)
  })

  it('is none after a use that was refused or had been counted before', () => {
    const store = opened({ initial: held(3, calls(10)) })
    store.note({ ...answered(calls(10)), consumed: false })
    store.note({ ...answered(calls(10)), consumed: true, replayed: true })
    store.take({ ...held(3, calls(0)), ageMs: 1 })
    expect(used(store)).toBe(0)
  })
})

describe('a store that was started', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('asks at once where nothing is known, and again when nobody answered, later each time', async () => {
    const ask = vi.fn<() => Promise<Held>>(() => Promise.reject(new Error('offline')))
    const store = storeWith({ ask })
    expect(reason(store, 'sso')).toBeNull()
    const stop = store.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(reason(store, 'sso')).toBe('unavailable')
    await vi.advanceTimersByTimeAsync(14_999)
    expect(ask).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(ask).toHaveBeenCalledTimes(3)
    stop()
    await vi.advanceTimersByTimeAsync(60 * MINUTE)
    expect(ask).toHaveBeenCalledTimes(3)
  })

  it('keeps what it knows through an outage, and says so', async () => {
    const store = storeWith({
      initial: held(1, sso),
      ask: () => Promise.reject(new Error('offline')),
    })
    await store.refresh()
    expect(reason(store, 'sso')).toBe('enabled')
    expect(store.shown().error?.message).toBe('offline')
  })

  it('asks nobody where the server has rendered, before time changes something: promise 7', async () => {
    const ending: Entitlement = {
      ...calls(10),
      period: { startAt: AS_OF, endAt: '2026-11-26T11:00:00.000Z' },
    }
    const ask = vi.fn<() => Promise<Held | null>>(async () => held(1, calls(0)))
    const store = storeWith({ initial: held(1, sso, ending), ask })
    const stop = store.start()
    await vi.advanceTimersByTimeAsync(60 * MINUTE)
    expect(ask).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(ask).toHaveBeenCalledTimes(1)
    expect(used(store)).toBe(0)
    stop()
  })

  it('comes to a boundary on time, however often it asks before it and hears that nothing has changed', async () => {
    const ending: Entitlement = { ...sso, grace: { endsAt: '2026-11-26T10:01:30.000Z' } }
    const ask = vi.fn<() => Promise<Held | null>>(async () => null)
    const store = storeWith({ initial: held(1, ending), ask, refreshing: { everyMs: MINUTE } })
    const stop = store.start()
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(ask).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(31_000)
    expect(ask).toHaveBeenCalledTimes(2)
    stop()
  })

  it('asks whether anything has changed only where it shows what it was last answered', async () => {
    const known: boolean[] = []
    const answers = [held(1, calls(1)), null, held(3, calls(1)), held(2, calls(1)), null]
    const store = storeWith({
      ask: async (_, isKnown) => {
        known.push(isKnown)
        return answers.shift() ?? null
      },
    })
    await store.refresh()
    await store.refresh()
    store.take(held(2, calls(2)))
    await store.refresh()
    await store.refresh()
    await store.refresh()
    expect(known).toEqual([false, true, false, true, false])
    expect(used(store)).toBe(1)
  })

  it('hears from its source, until it is stopped', () => {
    const listeners = new Set<(held: Held) => void>()
    const store = storeWith({
      live: {
        subscribe(listener) {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
        current: () => held(1, calls(1)),
      },
    })
    const stop = store.start()
    expect(used(store)).toBe(1)
    for (const listener of listeners) listener(held(2, calls(2)))
    expect(used(store)).toBe(2)
    stop()
    expect(listeners.size).toBe(0)
  })
})

it('time changes something at the first end of a period, a grace or an override that is ahead', () => {
  const at = (minute: number) => new Date(Date.parse(AS_OF) + minute * MINUTE).toISOString()
  const data: readonly Entitlement[] = [
    { ...sso, grace: { endsAt: at(-1) } },
    { ...sso, sources: [{ kind: 'override', expiresAt: at(5) }] },
    { ...calls(1), period: { startAt: at(-9), endAt: at(7) } },
  ]
  expect(changesIn(held(1, ...data))).toBe(5 * MINUTE)
  expect(changesIn({ ...held(1, ...data), ageMs: 6 * MINUTE })).toBe(MINUTE)
  expect(changesIn(held(1, sso))).toBeNull()
})

function used(store: EntitlementStore): number | undefined {
  return store.shown().states.get('api-calls')?.entitlement?.used
}

function answered(entitlement: Entitlement, version = 0) {
  const of = { customerId: 'acme', revision: 1, version, catalogueRevision: 1 }
  const consistencyToken = encodeToken(of)
  return { quantity: 1, entitlement, confirmed: 'object', consistencyToken } as const
}

function storeWith(options: Partial<StoreOptions>): EntitlementStore {
  const ask = () => Promise.reject(new Error('nobody is to be asked'))
  return new EntitlementStore({ ask, initial: null, live: null, refreshing: {}, ...options })
}

/** One that is answered with these, one after the other. */
function opened(given: { initial: Held; answers?: readonly (Held | Promise<Held>)[] }) {
  const answers = [...(given.answers ?? [])]
  const ask = async () => (await answers.shift()) ?? null
  return storeWith({ initial: given.initial, ask })
}
