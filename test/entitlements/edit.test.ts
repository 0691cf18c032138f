import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { MeterAllowance } from '../../entitlements/allowance.ts'
import { editStatement } from '../../entitlements/edit.ts'
import type { StatementPatch } from '../../entitlements/edit.ts'
import { meterPatches, meters, plainMeter } from './arbitraries.ts'

const inForce: MeterAllowance = {
  ...plainMeter,
  reset: 'monthly',
  anchor: 'calendar',
  rollover: { percent: 50, max: null },
  alertsAt: [80],
}

describe('an edit of a statement', () => {
  test('fills what it leaves out from the allowance in force, and is whole', () => {
    expect(editStatement(inForce, { limit: 500 }, 'meter')).toEqual({
      ok: true,
      value: { ...inForce, limit: 500 },
    })
  })

  test('that takes the feature away replaces the whole statement', () => {
    expect(editStatement(inForce, { removed: true }, 'meter')).toEqual({
      ok: true,
      value: { removed: true },
    })
  })

  test('that gives a removed feature back starts from the defaults', () => {
    expect(editStatement(null, { limit: 500 }, 'meter')).toEqual({
      ok: true,
      value: { ...plainMeter, limit: 500 },
    })
    expect(editStatement(null, { reset: 'daily' }, 'meter')).toMatchObject({
      error: { code: 'invalid_allowance', field: 'limit' },
    })
  })

  test('that is null leaves no statement', () => {
    expect(editStatement(inForce, null, 'meter')).toEqual({ ok: true, value: null })
  })

  test('replaces a value as a whole', () => {
    const theme = { value: { dark: true, colours: ['red'] } }
    expect(editStatement(theme, { value: { dark: false } }, 'customizable')).toEqual({
      ok: true,
      value: { value: { dark: false } },
    })
  })

  test.each<[StatementPatch, Partial<MeterAllowance>]>([
    [{ limit: 'unlimited' }, { alertsAt: [] }],
    [{ reset: 'never' }, { rollover: null }],
    [{ reset: 'every_28_days' }, { anchor: 'subscription' }],
  ])('%j drops what was in force and no longer makes sense', (patch, dropped) => {
    expect(editStatement(inForce, patch, 'meter')).toEqual({
      ok: true,
      value: { ...inForce, ...patch, ...dropped },
    })
  })

  test.each<[Partial<MeterAllowance>, StatementPatch, string]>([
    [{ limit: 'unlimited', alertsAt: [] }, { alertsAt: [80] }, 'alertsAt'],
    [{ reset: 'never', rollover: null }, { rollover: { percent: 50, max: null } }, 'rollover'],
    [{ reset: 'every_28_days', anchor: 'subscription' }, { anchor: 'calendar' }, 'anchor'],
  ])('over %j cannot state %j', (changed, patch, field) => {
    expect(editStatement({ ...inForce, ...changed }, patch, 'meter')).toMatchObject({
      error: { code: 'invalid_allowance', field },
    })
  })

  test('cannot make a feature of another type', () => {
    expect(editStatement({ enabled: true }, { limit: 1 }, 'boolean')).toMatchObject({
      error: { code: 'allowance_type_mismatch', type: 'boolean', fields: ['limit'] },
    })
  })

  it('that succeeds says everything that was asked for', () => {
    fc.assert(
      fc.property(meters, meterPatches, (meter, patch) => {
        const edited = editStatement(meter, patch, 'meter')
        fc.pre(edited.ok)
        expect(edited.value).toMatchObject(patch)
      }),
    )
  })
})
