import { beforeEach, describe, expect, it } from 'vitest'
import type { Snapshot } from '../../schema/snapshot.ts'
import {
  clearIsolate,
  customerCopy,
  floorFor,
  headCopy,
  isBreakerOpen,
  isDoubtful,
  keyCopy,
  noteConfirmation,
  raiseCatalogueFloor,
  raiseFloor,
  rememberCustomer,
  rememberHead,
  rememberKey,
} from '../../worker/isolate.ts'
import { customer, plan } from '../support/world.ts'

beforeEach(clearIsolate)

const NOW = 1_000_000
const KIB = 1024

const snapshot = (id: string, version: number, revision = 1): Snapshot => ({
  customer: customer({ id, revision }),
  lots: new Map(),
  advancedTo: 0,
  version,
  catalogueRevision: 1,
  publishedAt: 0,
})

const head = (revision: number, plans: readonly (readonly [string, number])[]) => ({
  revision,
  plans: new Map(plans),
  features: new Map(),
  defaultPlanId: null,
})

describe('copies', () => {
  it('an older snapshot never replaces a newer one', () => {
    rememberCustomer(snapshot('a', 5), 100, null, NOW)
    rememberCustomer(snapshot('a', 4), 100, null, NOW + 1)
    expect(customerCopy('a')).toMatchObject({
      snapshot: { version: 5 },
      readAt: NOW,
      askedAt: NOW + 1,
    })
  })

  it('the same snapshot read again is as young as the last reading', () => {
    rememberCustomer(snapshot('a', 5), 100, null, NOW)
    rememberCustomer(snapshot('a', 5), 100, null, NOW + 1)
    expect(customerCopy('a')?.readAt).toBe(NOW + 1)
  })

  it('an older head never replaces a newer one, and a newer keeps the plans that have not changed', () => {
    const pro = plan('pro', {}, { revision: 3 })
    rememberHead(
      head(7, [
        ['pro', 3],
        ['free', 1],
      ]),
      NOW,
    )
      .plans.set('pro', pro)
      .set('free', plan('free', {}))
    rememberHead(head(6, []), NOW)
    expect(headCopy()?.head.revision).toBe(7)
    rememberHead(
      head(8, [
        ['pro', 3],
        ['free', 8],
      ]),
      NOW,
    )
    expect([...(headCopy()?.plans.keys() ?? [])]).toEqual(['pro'])
  })

  it('of customers take eight megabytes, the least recently read make room', () => {
    for (let n = 0; n < 9; n++) rememberCustomer(snapshot(`co-${n}`, 1), KIB * KIB, null, NOW)
    expect(customerCopy('co-0')).toBeUndefined()
    expect(customerCopy('co-1')).toBeDefined()
    rememberCustomer(snapshot('co-1', 1), KIB * KIB, null, NOW)
    rememberCustomer(snapshot('co-9', 1), KIB * KIB, null, NOW)
    expect(customerCopy('co-1')).toBeDefined()
    expect(customerCopy('co-2')).toBeUndefined()
  })

  it('of keys are bounded too', () => {
    const record = {
      id: '',
      scopes: [],
      role: null,
      environment: 'sandbox',
      expiresAt: null,
      revokedAt: null,
    } as const
    for (let n = 0; n <= 2_000; n++) rememberKey(`key-${n}`, { record, readAt: NOW })
    expect(keyCopy('key-0')).toBeUndefined()
    expect(keyCopy('key-2000')).toBeDefined()
  })
})

describe('floors', () => {
  it('only rise', () => {
    raiseFloor('a', { revision: 5, version: 7, catalogueRevision: 3 })
    raiseFloor('a', { revision: 6, version: 2, catalogueRevision: 1 })
    expect(floorFor('a')).toEqual({ revision: 6, version: 7, catalogueRevision: 3 })
  })

  it('of the catalogue hold for everybody', () => {
    raiseFloor('a', { revision: 0, version: 0, catalogueRevision: 9 })
    raiseCatalogueFloor(8)
    expect(floorFor('b')).toEqual({ revision: 0, version: 0, catalogueRevision: 9 })
  })

  it('that had to be forgotten leave copies in doubt until their object has spoken', () => {
    raiseFloor('a', { revision: 5, version: 7, catalogueRevision: 0 })
    for (let n = 0; n < 20_000; n++)
      raiseFloor(`co-${n}`, { revision: 1, version: 1, catalogueRevision: 0 })
    expect(floorFor('a').version).toBe(0)
    expect(isDoubtful(snapshot('a', 6, 5))).toBe(true)
    expect(isDoubtful(snapshot('a', 7, 5))).toBe(false)
    expect(isDoubtful(snapshot('co-1', 1))).toBe(false)
    raiseFloor('a', { revision: 4, version: 6, catalogueRevision: 0 })
    expect(isDoubtful(snapshot('a', 6, 4))).toBe(false)
  })
})

describe('the breaker', () => {
  it('opens for two seconds after five failures in a row', () => {
    for (let n = 0; n < 4; n++) noteConfirmation(false, NOW)
    noteConfirmation(true, NOW)
    for (let n = 0; n < 4; n++) noteConfirmation(false, NOW)
    expect(isBreakerOpen(NOW)).toBe(false)
    noteConfirmation(false, NOW)
    expect([isBreakerOpen(NOW + 1_999), isBreakerOpen(NOW + 2_000)]).toEqual([true, false])
  })

  it('opens again at the first failure after that, and closes at the first success', () => {
    for (let n = 0; n < 5; n++) noteConfirmation(false, NOW)
    noteConfirmation(false, NOW + 2_000)
    expect(isBreakerOpen(NOW + 2_001)).toBe(true)
    noteConfirmation(true, NOW + 4_000)
    noteConfirmation(false, NOW + 4_001)
    expect(isBreakerOpen(NOW + 4_002)).toBe(false)
  })
})
