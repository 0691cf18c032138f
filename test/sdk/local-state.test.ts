import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Held, Source } from '../../sdk/contract.ts'
import { local, type LocalOptions, type LocalSluice } from '../../sdk/local.ts'
import type { InMemorySluice } from '../../sdk/testing.ts'
import { AUDIT, CALLS, CATALOGUE, SSO, threeHolders } from '../support/three-holders.ts'
import { Process, Wire } from '../support/wire.ts'

let memory: InMemorySluice
let wire: Wire
let process: Process
let sluice: LocalSluice

beforeEach(() => {
  memory = threeHolders()
  begin()
})

afterEach(() => {
  sluice.close()
})

/** Another process, with nothing in it yet. */
function begin(options: LocalOptions = {}): void {
  wire = new Wire(memory)
  process = new Process(memory)
  sluice = local(wire, { ...options, ports: process.ports })
}

describe('never contradicts', () => {
  it('a use that went through it: the copy is not shown again before a newer one is here', async () => {
    await sluice.hold(['acme'])
    await sluice.consume({ ...CALLS, quantity: 5 })
    expect(sluice.checkNow(CALLS)).toBeNull()
    expect(await sluice.check(CALLS)).toMatchObject({ used: 5, decidedBy: 'local' })
    await sluice.reportUsage({ ...CALLS, value: 2 })
    expect(await sluice.check(CALLS)).toMatchObject({ used: 7, decidedBy: 'local' })
  })

  it('a use that was sent while the copy was on its way', async () => {
    const loading = sluice.hold(['acme'])
    const used = sluice.consume({ ...CALLS, quantity: 5 })
    await Promise.all([loading, used])
    expect((await sluice.check(CALLS)).used).toBe(5)
  })

  it('a token that another process was given', async () => {
    await sluice.hold(['acme'])
    const { consistencyToken } = await memory.consume({ ...CALLS, quantity: 5 })
    expect((await sluice.check(CALLS, { consistencyToken })).used).toBe(5)
    expect(sluice.checkNow(CALLS)?.used).toBe(5)
  })

  it('an edit of the catalogue that it has seen: one load brings it to all who hold the plan', async () => {
    begin({ denials: 'local' })
    await sluice.hold(['acme', 'other', 'third'])
    memory.putCatalogue({ ...CATALOGUE, defaultPlanId: 'max' })
    const other = { ...SSO, customerId: 'other' }
    await sluice.check(other, { fresh: true })
    expect(sluice.checkNow(SSO)).toBeNull()
    await process.pass(0)
    const revisions = ['acme', 'other', 'third'].map(
      (customerId) => sluice.checkNow({ ...SSO, customerId })?.revision,
    )
    expect(new Set(revisions).size).toBe(1)
    expect(wire.asked.filter((each) => each.startsWith('GET'))).toHaveLength(4)
  })

  it('what it has shown, whatever an edge answers that is behind', async () => {
    begin({ denials: 'local' })
    expect(await sluice.hasAccess(AUDIT)).toBe(false)
    memory.act('acme', { action: 'change', planId: 'max' })
    await process.pass(34_000)
    expect(sluice.hasAccessNow(AUDIT)).toBe(true)
    wire.fate = 'is behind'
    await process.pass(34_000)
    expect(wire.brought).toBe(3)
    expect(sluice.hasAccessNow(AUDIT)).toBe(true)
  })

  it('a use that it knows of, where an edge that is asked for its word is behind', async () => {
    const both = { customerId: 'acme', featureId: 'seats', quantity: 2 }
    await wire.check(both)
    await memory.consume(both)
    await sluice.hold(['acme'])
    wire.fate = 'is behind'
    expect(await sluice.hasAccess(both)).toBe(false)
  })

  it('what a source of live changes tells', async () => {
    let tell: (held: Held) => void = () => undefined
    const source: Source = {
      current: () => null,
      subscribe: (listener) => {
        tell = listener
        return () => {
          tell = () => undefined
        }
      },
    }
    await sluice.hold(['acme'])
    const stop = sluice.follow(source)
    memory.act('acme', { action: 'change', planId: 'max' })
    tell(await memory.entitlements({ customerId: 'acme' }))
    expect(sluice.checkNow(SSO)).toBeNull()
    await process.pass(0)
    expect(sluice.hasAccessNow(AUDIT)).toBe(true)
    stop()
    memory.act('acme', { action: 'cancel', when: 'now' })
    tell(await memory.entitlements({ customerId: 'acme' }))
    expect(sluice.hasAccessNow(AUDIT)).toBe(true)
  })
})

describe('bounds', () => {
  it('hold so many customers: whoever was asked about longest ago leaves', async () => {
    begin({ customersMax: 2 })
    await sluice.check(SSO)
    await process.pass(1)
    await sluice.check({ ...SSO, customerId: 'other' })
    await process.pass(1)
    await sluice.check(SSO)
    await sluice.check({ ...SSO, customerId: 'third' })
    expect(sluice.hasAccessNow(SSO)).toBe(true)
    expect(sluice.hasAccessNow({ ...SSO, customerId: 'other' })).toBeNull()
  })

  it('hold so many bytes, and at least the one who is asked about', async () => {
    begin({ bytesMax: 1 })
    await sluice.check(SSO)
    expect(sluice.hasAccessNow(SSO)).toBe(true)
    await sluice.check({ ...SSO, customerId: 'other' })
    expect(sluice.hasAccessNow(SSO)).toBeNull()
  })

  it('keep nobody who is not there', async () => {
    const nobody = { ...SSO, customerId: 'nobody' }
    expect(await sluice.check(nobody)).toMatchObject({
      reason: 'unknown_customer',
      decidedBy: 'service',
    })
    await sluice.check(nobody)
    expect(wire.asked.filter((each) => each.startsWith('GET'))).toHaveLength(1)
    memory.putCustomer({ id: 'nobody', subscriptions: [{ planId: 'pro' }] })
    expect(await sluice.hasAccess(nobody)).toBe(true)
  })
})
