import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DAY_MS } from '../../entitlements/instant.ts'
import { local, type LocalOptions, type LocalSluice } from '../../sdk/local.ts'
import type { InMemorySluice } from '../../sdk/testing.ts'
import { AUDIT, CALLS, NOW, SEATS, SSO, threeHolders } from '../support/three-holders.ts'
import { Process, Wire } from '../support/wire.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

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
function begin(options: LocalOptions = {}, aheadMs = 0): void {
  wire = new Wire(memory)
  process = new Process(memory, aheadMs)
  sluice = local(wire, { ...options, ports: process.ports })
}

describe('a customer who is held', () => {
  it('is asked for once, whatever is asked and however many ask', async () => {
    const verdicts = await Promise.all([SSO, CALLS, SSO].map((each) => sluice.check(each)))
    expect(verdicts.map(({ hasAccess }) => hasAccess)).toEqual([true, true, true])
    expect(verdicts[0]).toMatchObject({ decidedBy: 'local', servedFrom: 'memory', degraded: false })
    expect(wire.asked).toEqual(['GET /v1/customers/acme/snapshot'])
  })

  it('is answered without a promise once it is here, and asked for by the first question', async () => {
    expect(sluice.checkNow(SSO)).toBeNull()
    await process.pass(0)
    expect(sluice.checkNow(SSO)).toEqual(await sluice.check(SSO))
    expect(sluice.hasAccessNow(SSO)).toBe(true)
    expect(wire.asked).toHaveLength(1)
  })

  it('says how old the copy is, and nothing else changes meanwhile', async () => {
    const first = await sluice.check(SSO)
    await process.pass(7_000)
    expect(sluice.checkNow(SSO)).toEqual({ ...first, ageMs: 7_000 })
  })

  it('is answered for more than one unit', async () => {
    await sluice.hold(['acme'])
    expect(sluice.checkNow({ ...CALLS, quantity: 900 })).toMatchObject({ quantity: 900 })
    expect(sluice.checkNow({ ...CALLS, quantity: 1 })).toMatchObject({ quantity: 1 })
    // Beyond the limit it is a denial, which is not given here.
    expect(sluice.checkNow({ ...CALLS, quantity: 1_001 })).toBeNull()
    await expect(sluice.check({ ...CALLS, quantity: 0 })).rejects.toThrow('invalid_request')
    expect(sluice.checkNow({ ...CALLS, quantity: 0.5 })).toBeNull()
  })
})

describe('time', () => {
  it('is exact at every boundary without a request: an override, a period, a grace', async () => {
    memory.override('acme', {
      featureId: 'audit-log',
      allowance: { enabled: true },
      expiresAt: '+1h',
    })
    memory.act('acme', { action: 'payment-failed' })
    await memory.consume({ ...CALLS, quantity: 300 })
    begin({ denials: 'local', refreshMs: 400 * DAY_MS })
    await sluice.hold(['acme'])
    const at = async (ms: number) => {
      await process.pass(Date.parse(NOW) + ms - memory.now.getTime())
      const { used, reason } = sluice.checkNow(CALLS) ?? {}
      return [sluice.hasAccessNow(AUDIT), used, reason]
    }
    expect(await at(HOUR_MS - 1)).toEqual([true, 300, 'within_limit'])
    expect(await at(HOUR_MS)).toEqual([false, 300, 'within_limit'])
    const graceMs = 7 * DAY_MS
    expect(await at(graceMs - 1)).toEqual([false, 300, 'within_limit'])
    expect((await at(graceMs))[2]).toBe('grace_ended')
    memory.act('acme', { action: 'payment-succeeded' })
    begin({ refreshMs: 400 * DAY_MS })
    await sluice.hold(['acme'])
    const resetMs = Date.parse('2026-02-28T00:00:00.000Z') - Date.parse(NOW)
    expect((await at(resetMs - 1))[1]).toBe(300)
    expect((await at(resetMs))[1]).toBe(0)
    expect(wire.asked).toHaveLength(1)
  })

  it.each([3 * HOUR_MS, -3 * HOUR_MS])(
    'is the service’s where this process is %d ms ahead',
    async (aheadMs) => {
      memory.override('acme', {
        featureId: 'audit-log',
        allowance: { enabled: true },
        expiresAt: '+1h',
      })
      begin({ denials: 'local' }, aheadMs)
      expect((await sluice.check(AUDIT)).hasAccess).toBe(true)
      expect(sluice.checkNow(AUDIT)).toMatchObject({ ageMs: 0, asOf: NOW })
      await process.pass(HOUR_MS)
      expect((await sluice.check(AUDIT)).hasAccess).toBe(false)
    },
  )
})

describe('in the background', () => {
  it('what is in use is asked for again, and answered in two words while nothing has changed', async () => {
    await sluice.hold(['acme', 'other'])
    for (let at = 0; at < 10; at++) {
      sluice.checkNow(SSO)
      await process.pass(15_000)
    }
    const [mine, theirs] = ['acme', 'other'].map(
      (id) => wire.asked.filter((each) => each === `GET /v1/customers/${id}/snapshot`).length,
    )
    expect(mine).toBeGreaterThanOrEqual(5)
    expect(theirs).toBe(1)
    expect(wire.brought).toBe(2)
    expect(sluice.checkNow(SSO)?.ageMs).toBeLessThanOrEqual(31_000)
  })

  it('a change of somebody else is here within half a minute', async () => {
    begin({ denials: 'local' })
    expect(await sluice.hasAccess(AUDIT)).toBe(false)
    memory.act('acme', { action: 'change', planId: 'max' })
    await process.pass(34_000)
    expect(sluice.hasAccessNow(AUDIT)).toBe(true)
  })

  it('nothing goes on for whom nobody asks about, nor once it is closed', async () => {
    await sluice.check(SSO)
    expect(process.waiting).toBe(1)
    await process.pass(5 * MINUTE_MS)
    expect(process.waiting).toBe(0)
    const before = wire.asked.length
    await process.pass(HOUR_MS)
    expect(wire.asked).toHaveLength(before)
    await sluice.check(SSO)
    expect(process.waiting).toBe(1)
    sluice.close()
    expect(process.waiting).toBe(0)
    expect(sluice.checkNow(SSO)).toBeNull()
    expect((await sluice.check(SSO)).decidedBy).toBe('service')
  })

  it('a copy of long ago is asked for again before it is used', async () => {
    await sluice.check(SSO)
    await process.pass(2 * HOUR_MS)
    memory.act('acme', { action: 'cancel', when: 'now' })
    expect(sluice.checkNow(SSO)).toBeNull()
    expect((await sluice.check(SSO)).reason).toBe('subscription_ended')
  })
})

describe('without the service', () => {
  it('goes on from the copy and says so, until that is too old', async () => {
    begin({ ageMaxMs: 5 * MINUTE_MS })
    await sluice.check(SSO)
    wire.fate = 'is refused'
    for (let at = 0; at < 8; at++) {
      await sluice.check(SSO)
      await process.pass(30_000)
    }
    const late = await sluice.check(SSO)
    expect(late).toMatchObject({ hasAccess: true, decidedBy: 'local', degraded: true })
    await process.pass(2 * MINUTE_MS)
    expect(sluice.checkNow(SSO)).toBeNull()
    expect(await sluice.check(SSO)).toMatchObject({ hasAccess: false, decidedBy: 'fallback' })
    wire.fate = 'arrives'
    await process.pass(5_000)
    expect(await sluice.check(SSO)).toMatchObject({ decidedBy: 'local', degraded: false })
  })

  it('denies by itself what nobody confirms in time', async () => {
    await sluice.hold(['acme'])
    wire.fate = 'is never answered'
    const waiting = sluice.check(AUDIT)
    await process.pass(1_000)
    expect(await waiting).toMatchObject({ hasAccess: false, decidedBy: 'local', degraded: true })
  })

  it('waits for nobody after it has waited in vain three times', async () => {
    await sluice.hold(['acme'])
    wire.fate = 'is refused'
    for (let tries = 0; tries < 3; tries++) await sluice.check(AUDIT)
    const before = wire.asked.length
    expect((await sluice.check(AUDIT)).decidedBy).toBe('local')
    expect(wire.asked).toHaveLength(before)
    await process.pass(2_000)
    await sluice.check(AUDIT)
    expect(wire.asked.length).toBeGreaterThan(before)
  })

  it('asks the service for whom it cannot bring in time', async () => {
    wire.fate = 'is never answered'
    const waiting = sluice.check(SSO)
    await process.pass(1_000)
    wire.fate = 'arrives'
    await process.pass(4_000)
    expect(await waiting).toMatchObject({ hasAccess: true, decidedBy: 'service' })
    await process.pass(1)
    expect(await sluice.check(SSO)).toMatchObject({ decidedBy: 'local' })
  })

  it('asks a service whose copies it cannot read, and says so', async () => {
    const problems: unknown[] = []
    begin({ onProblem: (problem) => problems.push(problem) })
    wire.isLater = true
    expect(await sluice.check(SSO)).toMatchObject({ hasAccess: true, decidedBy: 'service' })
    expect(await sluice.check(SSO)).toMatchObject({ hasAccess: true, decidedBy: 'service' })
    expect(wire.asked.filter((each) => each.startsWith('GET'))).toHaveLength(1)
    expect(problems).toEqual([
      expect.objectContaining({ message: expect.stringContaining('acme') }),
    ])
  })

  it('lets go of a question whose asker does', async () => {
    wire.fate = 'is never answered'
    const asker = new AbortController()
    const waiting = sluice.check(SSO, { signal: asker.signal })
    asker.abort(new Error('Gone home'))
    await expect(waiting).rejects.toThrow('Gone home')
  })
})

describe('what a copy may not decide', () => {
  it('is a grant near a hard limit', async () => {
    await sluice.hold(['acme'])
    await memory.consume({ ...SEATS, quantity: 2 })
    expect(sluice.checkNow({ ...SEATS, quantity: 2 })).toBeNull()
    const verdict = await sluice.check({ ...SEATS, quantity: 2 })
    expect(verdict).toMatchObject({
      hasAccess: false,
      reason: 'limit_reached',
      decidedBy: 'service',
    })
  })

  it('is a denial, which the service takes back if somebody has paid', async () => {
    await sluice.hold(['acme'])
    memory.act('acme', { action: 'change', planId: 'max' })
    expect(await sluice.check(AUDIT)).toMatchObject({ hasAccess: true, decidedBy: 'service' })
    // From then on this process has seen it.
    expect(await sluice.check(AUDIT)).toMatchObject({ hasAccess: true, decidedBy: 'local' })
  })

  it('is confirmed once a second, however often it is asked', async () => {
    await sluice.hold(['acme'])
    for (let at = 0; at < 100; at++) await sluice.check(AUDIT)
    expect(wire.asked.filter((each) => each.startsWith('check'))).toHaveLength(1)
    expect(sluice.checkNow(AUDIT)).toMatchObject({ hasAccess: false, confirmed: 'source' })
    await process.pass(1_000)
    expect(sluice.checkNow(AUDIT)).toBeNull()
  })

  it('is decided here all the same where that is asked for', async () => {
    begin({ denials: 'local' })
    await sluice.hold(['acme'])
    expect(sluice.checkNow(AUDIT)).toMatchObject({
      hasAccess: false,
      reason: 'not_in_plan',
      hint: 'Plan max has it.',
    })
    expect(sluice.hasAccessNow({ ...AUDIT, featureId: 'nonsense' })).toBe(false)
  })

  it('is everything that is to be fresh, and whoever is not named', async () => {
    await sluice.hold(['acme'])
    expect((await sluice.check(SSO, { fresh: true })).decidedBy).toBe('service')
    await expect(sluice.check({ featureId: 'sso' })).rejects.toThrow('/customerId')
  })
})
