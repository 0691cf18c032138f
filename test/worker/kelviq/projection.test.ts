import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Limit } from '../../../entitlements/allowance.ts'
import type { FeatureType } from '../../../entitlements/catalogue.ts'
import {
  type Entitlement,
  type MeterReading,
  type Reason,
  REASONS,
} from '../../../entitlements/entitlement.ts'
import { absent, accessTo, isGranted } from '../../../entitlements/evaluate.ts'
import { entitlementAnswer } from '../../../schema/answer.ts'
import { type Entry, entryOf } from '../../../worker/kelviq/projection.ts'

const NOW = Date.UTC(2026, 10, 26)

/** What Kelviq's SDK for Node makes of one entry (2.6.0, `aggregateEntitlements`). */
function inNode(entry: Entry | null): boolean {
  if (entry === null) return false
  const { featureType, usageLimit, currentUsage, hasAccess } = entry
  if (featureType !== 'METER') return hasAccess
  const remaining = usageLimit === null ? null : usageLimit - currentUsage
  return remaining === null || remaining > 0
}

/** What its SDK for Python makes of it (1.0.0). */
function inPython(entry: Entry | null): boolean {
  if (entry === null) return false
  const { featureType, hardLimit, remaining, hasAccess } = entry
  if (featureType !== 'METER') return hasAccess
  return !(hardLimit && (remaining === null || remaining <= 0))
}

/** The answer to "one more?", as the service would send it. */
function entryFor(entitlement: Entitlement): {
  readonly entry: Entry | null
  readonly ours: boolean
} {
  const access = accessTo(entitlement, 1, NOW)
  const answer = entitlementAnswer({ customerId: 'acme', entitlement, access, hint: null })
  return { entry: entryOf(answer), ours: access.hasAccess }
}

/** A meter with these units in force, and what was carried among them. */
function meterOf(fields: {
  readonly granted: Limit
  readonly carried: number
  readonly used: number
  readonly enforcement: 'hard' | 'soft'
}): Entitlement {
  const { granted, carried, used, enforcement } = fields
  const isOpen = granted === 'unlimited'
  const meter: MeterReading = {
    limit: isOpen ? granted : granted - carried,
    used,
    balance: isOpen ? granted : Math.max(0, granted - used),
    overage: isOpen ? 0 : Math.max(0, used - granted),
    carried,
    enforcement,
    period: null,
    lots: [],
    alertsAt: [],
  }
  return { ...absent('api-calls', 'meter', 'not_in_plan'), missing: null, meter }
}

describe('an entitlement on Kelviq’s wire', () => {
  const units = fc.oneof(fc.nat({ max: 20 }), fc.integer({ min: 0, max: 2 ** 52 }))

  it('of any meter brings every SDK to our verdict', () => {
    fc.assert(
      fc.property(
        fc.oneof(units, fc.constant('unlimited' as const)),
        units,
        units,
        fc.constantFrom('hard' as const, 'soft' as const),
        (granted, some, used, enforcement) => {
          const carried = granted === 'unlimited' ? 0 : Math.min(granted, some)
          const { entry, ours } = entryFor(meterOf({ granted, carried, used, enforcement }))
          expect([entry?.hasAccess, inNode(entry), inPython(entry)]).toEqual([ours, ours, ours])
          expect(entry?.currentUsage).toBe(used)
          if (entry?.usageLimit !== null) expect(entry?.usageLimit).toBe(granted)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('says of a meter beyond its soft limit what is included and what is over', () => {
    const { entry } = entryFor(meterOf({ granted: 10, carried: 2, used: 13, enforcement: 'soft' }))
    expect(entry).toMatchObject({
      hasAccess: true,
      hardLimit: false,
      usageLimit: null,
      remaining: null,
      currentUsage: 13,
      softLimit: true,
      includedUsage: 10,
      overage: 3,
    })
  })

  const types = ['boolean', 'meter', 'customizable', null] as const
  const cells = REASONS.flatMap((reason) => types.map((type) => [reason, type] as const))

  it.each(cells)('that comes to %s, of a %s, is left out or decided alike', (reason, type) => {
    for (const hasAccess of reason === 'unavailable' ? [true, false] : [isGranted(reason)]) {
      const entry = entryOf(bare(type, reason, hasAccess))
      const isThere = type !== null && HELD.has(reason)
      expect(entry !== null).toBe(isThere)
      const verdict = isThere && hasAccess
      expect([inNode(entry), inPython(entry)]).toEqual([verdict, verdict])
    }
  })

  const HELD: ReadonlySet<Reason> = new Set([
    'disabled',
    'limit_reached',
    'unavailable',
    'unlimited',
    'within_limit',
    'over_soft_limit',
    'enabled',
    'value',
  ])

  it('of a meter of which nothing is known refuses by figures where its policy does', () => {
    expect(entryOf(bare('meter', 'unavailable', false))).toMatchObject({
      hasAccess: false,
      hardLimit: true,
      usageLimit: 0,
      currentUsage: 0,
      remaining: 0,
    })
    expect(entryOf(bare('meter', 'unavailable', true))).toMatchObject({ usageLimit: null })
  })

  it.each([
    [5, 5],
    [0, 0],
    ['business-hours', null],
    [['eu'], null],
    [{ logo: true }, null],
    [false, null],
  ])('with the value %j has %j as its limit', (value, usageLimit) => {
    const entitlement = { ...absent('x', 'customizable', 'not_in_plan'), missing: null, value }
    expect(entryFor(entitlement).entry).toMatchObject({
      hasAccess: true,
      featureType: 'CUSTOMIZABLE',
      usageLimit,
      remaining: usageLimit,
      value,
    })
  })
})

function bare(type: FeatureType | null, reason: Reason, hasAccess: boolean) {
  const entitlement = absent('x', type, reason)
  const access = { hasAccess, reason, warnings: [] }
  return entitlementAnswer({ customerId: 'acme', entitlement, access, hint: null })
}
