import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Allowance, AllowancePatch, MeterAllowance } from '../../entitlements/allowance.ts'
import type { FeatureType } from '../../entitlements/catalogue.ts'
import { checkAllowance, patchAllowance, VALUE_BYTES_MAX } from '../../entitlements/merge.ts'
import { meterPatches, meters, plainMeter } from './arbitraries.ts'

const monthly: MeterAllowance = {
  limit: 1000,
  enforcement: 'soft',
  reset: 'monthly',
  anchor: 'calendar',
  rollover: { percent: 50, max: 200 },
  alertsAt: [80, 100],
  onPlanChange: 'reset',
}

describe('a patch', () => {
  test('changes what it states and keeps the rest', () => {
    const patched = patchAllowance(monthly, { limit: 5000, alertsAt: [90] }, 'meter')
    expect(patched).toEqual({ ok: true, value: { ...monthly, limit: 5000, alertsAt: [90] } })
  })

  test('replaces rollover and value as a whole', () => {
    const rollover = { percent: 10, max: null }
    expect(patchAllowance(monthly, { rollover }, 'meter')).toEqual({
      ok: true,
      value: { ...monthly, rollover },
    })
    const value = { theme: { dark: true } }
    expect(patchAllowance({ value }, { value: { theme: {} } }, 'customizable')).toEqual({
      ok: true,
      value: { value: { theme: {} } },
    })
  })

  test('of nothing gives the base', () => {
    expect(patchAllowance(monthly, {}, 'meter')).toEqual({ ok: true, value: monthly })
  })

  test.each<[FeatureType, AllowancePatch, Allowance]>([
    ['boolean', { enabled: false }, { enabled: false }],
    ['customizable', { value: 0 }, { value: 0 }],
    ['meter', { limit: 5 }, { ...plainMeter, limit: 5 }],
    [
      'meter',
      { limit: 'unlimited', reset: 'daily' },
      { ...plainMeter, limit: 'unlimited', reset: 'daily' },
    ],
  ])('without a base starts from the defaults of a %s', (type, patch, allowance) => {
    expect(patchAllowance(null, patch, type)).toEqual({ ok: true, value: allowance })
  })

  test.each<[FeatureType, AllowancePatch, string]>([
    ['boolean', {}, 'enabled'],
    ['customizable', {}, 'value'],
    ['meter', { enforcement: 'soft', reset: 'daily' }, 'limit'],
  ])('without a base has to state what a %s has no default for', (type, patch, field) => {
    expect(patchAllowance(null, patch, type)).toMatchObject({
      error: { code: 'invalid_allowance', field },
    })
  })

  test.each<[FeatureType, AllowancePatch, string[]]>([
    ['boolean', { limit: 5 }, ['limit']],
    ['boolean', { value: true }, ['value']],
    ['customizable', { enabled: true }, ['enabled']],
    ['meter', { enabled: true }, ['enabled']],
    ['meter', mixed({ value: 1 }, { enabled: true }, { limit: 1 }), ['enabled', 'value']],
  ])('of a %s refuses fields of another type', (type, patch, fields) => {
    expect(patchAllowance(null, patch, type)).toEqual({
      ok: false,
      error: { code: 'allowance_type_mismatch', type, fields },
    })
  })

  test.each<[Partial<MeterAllowance>, Partial<MeterAllowance>]>([
    [{ limit: 'unlimited' }, { alertsAt: [] }],
    [{ reset: 'never' }, { rollover: null }],
    [{ reset: 'every_28_days' }, { anchor: 'subscription' }],
  ])('%j drops what only the base states and no longer makes sense', (patch, dropped) => {
    expect(patchAllowance(monthly, patch, 'meter')).toEqual({
      ok: true,
      value: { ...monthly, ...patch, ...dropped },
    })
  })

  test.each<[AllowancePatch, string]>([
    [{ limit: 'unlimited', alertsAt: [80] }, 'alertsAt'],
    [{ reset: 'never', rollover: { percent: 50, max: null } }, 'rollover'],
    [{ reset: 'every_28_days', anchor: 'calendar' }, 'anchor'],
  ])('%j contradicts itself', (patch, field) => {
    expect(patchAllowance(monthly, patch, 'meter')).toMatchObject({
      error: { code: 'invalid_allowance', field },
    })
  })

  it('that is valid over one meter is valid over every other', () => {
    fc.assert(
      fc.property(meters, meters, meterPatches, (base, later, patch) => {
        fc.pre(patchAllowance(base, patch, 'meter').ok)
        const patched = patchAllowance(later, patch, 'meter')
        expect(patched.ok && checkAllowance(patched.value, 'meter').ok).toBe(true)
      }),
    )
  })

  it('laid twice changes nothing more', () => {
    fc.assert(
      fc.property(meters, meterPatches, (base, patch) => {
        const once = patchAllowance(base, patch, 'meter')
        fc.pre(once.ok)
        expect(patchAllowance(once.value, patch, 'meter')).toEqual(once)
      }),
    )
  })
})

describe('an allowance', () => {
  const HIGHEST = Number.MAX_SAFE_INTEGER
  const LONGEST = 'x'.repeat(VALUE_BYTES_MAX - 2)

  test.each<[FeatureType, Allowance]>([
    ['boolean', { enabled: false }],
    ['customizable', { value: false }],
    ['customizable', { value: [] }],
    ['customizable', { value: LONGEST }],
    ['meter', { ...monthly, limit: 0 }],
    ['meter', { ...monthly, limit: HIGHEST }],
    ['meter', { ...monthly, limit: 'unlimited', alertsAt: [] }],
    ['meter', { ...monthly, rollover: { percent: 1, max: 0 } }],
    ['meter', { ...monthly, rollover: { percent: 100, max: HIGHEST } }],
    ['meter', { ...monthly, alertsAt: [1, 99, 100, 1000] }],
    ['meter', { ...monthly, reset: 'every_28_days', anchor: 'subscription' }],
    ['meter', { ...monthly, reset: 'never', rollover: null }],
  ])('of a %s is valid: %j', (type, allowance) => {
    expect(checkAllowance(allowance, type)).toEqual({ ok: true, value: allowance })
  })

  test.each<[string, Allowance]>([
    ['limit', { ...monthly, limit: -1 }],
    ['limit', { ...monthly, limit: 0.5 }],
    ['limit', { ...monthly, limit: Number.NaN }],
    ['limit', { ...monthly, limit: Number.POSITIVE_INFINITY }],
    ['limit', { ...monthly, limit: HIGHEST + 1 }],
    ['rollover', { ...monthly, rollover: { percent: 0, max: null } }],
    ['rollover', { ...monthly, rollover: { percent: 101, max: null } }],
    ['rollover', { ...monthly, rollover: { percent: 12.5, max: null } }],
    ['rollover', { ...monthly, rollover: { percent: 50, max: -1 } }],
    ['rollover', { ...monthly, rollover: { percent: 50, max: HIGHEST + 1 } }],
    ['rollover', { ...monthly, reset: 'never' }],
    ['alertsAt', { ...monthly, alertsAt: [0] }],
    ['alertsAt', { ...monthly, alertsAt: [1001] }],
    ['alertsAt', { ...monthly, alertsAt: [80.5] }],
    ['alertsAt', { ...monthly, alertsAt: [100, 80] }],
    ['alertsAt', { ...monthly, alertsAt: [80, 80] }],
    ['alertsAt', { ...monthly, limit: 'unlimited' }],
    ['anchor', { ...monthly, reset: 'every_28_days' }],
    ['value', { value: `${LONGEST}y` }],
    ['value', { value: '€'.repeat(VALUE_BYTES_MAX / 3) }],
  ])('has an invalid %s: %j', (field, allowance) => {
    const type = field === 'value' ? 'customizable' : 'meter'
    expect(checkAllowance(allowance, type)).toMatchObject({
      error: { code: 'invalid_allowance', field },
    })
  })

  test.each<[FeatureType, Allowance]>([
    ['boolean', monthly],
    ['meter', { enabled: true }],
    ['customizable', { enabled: true }],
    ['boolean', mixed({ enabled: true }, { value: 1 })],
  ])('cannot stand for a %s: %j', (type, allowance) => {
    expect(checkAllowance(allowance, type)).toMatchObject({
      error: { code: 'allowance_type_mismatch', type },
    })
  })
})

/** What JSON may hold although no type allows it. */
function mixed<One extends object>(one: One, ...others: object[]): One {
  return Object.assign({}, one, ...others)
}
