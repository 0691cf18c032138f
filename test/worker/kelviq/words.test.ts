import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkAllowance } from '../../../entitlements/merge.ts'
import { editStatement } from '../../../entitlements/edit.ts'
import type { FeatureType } from '../../../entitlements/catalogue.ts'
import { SUBSCRIPTION_STATUSES } from '../../../entitlements/subscription.ts'
import { CHARGE_PERIOD_WORDS } from '../../../schema/kelviq-words.ts'
import { entitlementDetails } from '../../../schema/wire/kelviq-catalogue.ts'
import { CHARGE_PERIODS } from '../../../schema/words.ts'
import { mergePatch } from '../../../worker/change/merge-patch.ts'
import { camelCased } from '../../../worker/kelviq/casing.ts'
import {
  chargePeriodOf,
  chargePeriodWord,
  recurrenceOf,
} from '../../../worker/kelviq/charge-period.ts'
import { detailsOf, inDetails, patchFrom } from '../../../worker/kelviq/details.ts'
import { slugOf } from '../../../worker/kelviq/feature-object.ts'
import { decimalText, minorUnits } from '../../../worker/kelviq/money.ts'
import { replacing } from '../../../worker/kelviq/replacing.ts'
import { quantityFor } from '../../../worker/kelviq/seats.ts'
import { STATUS_WORD, statusOf } from '../../../worker/kelviq/subscription-object.ts'
import { allowance } from '../../schema/arbitraries.ts'
import { meter } from '../../support/world.ts'

const typeOf = (each: object): FeatureType =>
  'enabled' in each ? 'boolean' : 'value' in each ? 'customizable' : 'meter'

/** What the details state, or the names of the fields that are wrong. */
function stated(
  details: object,
  type: FeatureType = 'meter',
  inForce: Parameters<typeof patchFrom>[2] = null,
) {
  const patch = patchFrom(entitlementDetails.parse(details), type, inForce)
  return patch.ok ? patch.value : patch.error.map(({ pointer }) => pointer)
}

describe('an allowance', () => {
  it('comes back from Kelviq’s words as it was, but for what they cannot say', () => {
    fc.assert(
      fc.property(allowance, (each) => {
        const type = typeOf(each)
        fc.pre(checkAllowance(each, type).ok)
        // Kelviq has no word for it, and a limit of 0 that is carried is refused: nobody says what it means.
        if ('limit' in each) fc.pre(each.onPlanChange === 'carry' && each.rollover?.max !== 0)
        const details = JSON.parse(JSON.stringify(detailsOf(each, 'own')))
        const patch = patchFrom(entitlementDetails.parse(details), type, null)
        if (!patch.ok) throw new Error(JSON.stringify(patch.error))
        expect(editStatement(null, patch.value, type)).toEqual({ ok: true, value: each })
      }),
    )
  })

  it('is marked where it is inherited and where it takes the place of a parent’s', () => {
    expect(detailsOf({ enabled: true }, 'inherited')).toMatchObject({
      isInherited: true,
      isValueOverridden: false,
    })
    expect(detailsOf({ enabled: true }, 'overridden')).toMatchObject({
      isInherited: false,
      isValueOverridden: true,
    })
  })

  it.each([
    ['boolean', { value: false }, { enabled: false }],
    ['boolean', {}, { enabled: true }],
    ['boolean', { value: 'yes' }, ['/value']],
    ['customizable', { value: 25 }, { value: 25 }],
    ['customizable', { value: { max_size: [1] } }, { value: { max_size: [1] } }],
    ['customizable', { hasUnlimitedUsage: true, value: 5 }, { value: 'unlimited' }],
    ['customizable', { value: null }, ['/value']],
    ['meter', { value: 10, isInherited: true, anything: 1 }, { limit: 10 }],
    ['meter', { hasUnlimitedUsage: true, value: null }, { limit: 'unlimited' }],
    ['meter', {}, ['/value']],
    ['meter', { value: true }, ['/value']],
    ['meter', { value: 1, reset: 'EVERY_WEEK' }, { limit: 1, reset: 'weekly' }],
    ['meter', { value: 1, reset: null, resetTime: null }, { limit: 1, anchor: 'subscription' }],
    ['meter', { value: 1, resetTime: 'BEGINNING_OF_PERIOD' }, { limit: 1, anchor: 'calendar' }],
    ['meter', { value: 1, hardLimit: false }, { limit: 1, enforcement: 'soft' }],
    ['meter', { value: 1, rollover: {} }, { limit: 1, rollover: null }],
    [
      'meter',
      { value: 1, rollover: { enabled: false, percentage: 5, limit: 0 } },
      { limit: 1, rollover: null },
    ],
    [
      'meter',
      { value: 1, rollover: { enabled: true, percentage: 50, limit: 750 } },
      { limit: 1, rollover: { percent: 50, max: 750 } },
    ],
    [
      'meter',
      { value: 1, rollover: { enabled: true, percentage: 50 } },
      { limit: 1, rollover: { percent: 50, max: null } },
    ],
    [
      'meter',
      { value: 1, rollover: { enabled: true, percentage: 50, limit: 0 } },
      ['/rollover/limit'],
    ],
    ['meter', { value: 1, rollover: { enabled: true } }, ['/rollover/percentage']],
    [
      'meter',
      { value: 1, usageAlerts: { enabled: false, thresholds: [50] } },
      { limit: 1, alertsAt: [] },
    ],
    [
      'meter',
      { value: 1, usageAlerts: { enabled: true, thresholds: [90, 75, 90] } },
      { limit: 1, alertsAt: [75, 90] },
    ],
    [
      'meter',
      {
        value: 200,
        usageAlerts: { enabled: true, thresholds: [100, 180], thresholdType: 'BALANCE' },
      },
      { limit: 200, alertsAt: [50, 90] },
    ],
    [
      'meter',
      { value: 300, usageAlerts: { enabled: true, thresholds: [100], thresholdType: 'BALANCE' } },
      ['/usageAlerts/thresholds'],
    ],
    [
      'meter',
      {
        hasUnlimitedUsage: true,
        usageAlerts: { enabled: true, thresholds: [100], thresholdType: 'BALANCE' },
      },
      ['/usageAlerts/thresholds'],
    ],
  ] as const)('of a %s feature is stated by %o', (type, details, expected) => {
    expect(stated(details, type)).toEqual(expected)
  })

  it('keeps what an edit does not say, and returns to its parent’s where nothing but that is said', () => {
    const inForce = meter({ limit: 400 })
    expect(stated({ hardLimit: false }, 'meter', inForce)).toEqual({ enforcement: 'soft' })
    const alerts = { enabled: true, thresholds: [100], thresholdType: 'BALANCE' }
    expect(stated({ usageAlerts: alerts }, 'meter', inForce)).toEqual({ alertsAt: [25] })
    expect(stated({ isInherited: true, isValueOverridden: false }, 'meter', inForce)).toBeNull()
    const unlimited = meter({ limit: 'unlimited' })
    expect(stated({ hasUnlimitedUsage: false }, 'meter', unlimited)).toEqual(['/value'])
    expect(stated({ hasUnlimitedUsage: false }, 'meter', inForce)).toEqual({})
  })

  it('that the catalogue refuses is refused in Kelviq’s words', () => {
    const pointers = ['/allowances/api/limit', '/allowances/api/rollover/max', '/name']
    const errors = pointers.map((pointer) => ({ pointer, code: 'x', expected: 'y' }))
    const told = inDetails({ code: 'invalid_request', errors }, () => '/details')
    expect(told).toMatchObject({
      errors: [
        { pointer: '/details/value' },
        { pointer: '/details/rollover/limit' },
        { pointer: '/name' },
      ],
    })
  })

  it('may hold a value whose names are the caller’s own', () => {
    const body = { details: { value: { max_size: 1 }, has_unlimited_usage: false } }
    expect(camelCased(body)).toEqual({
      details: { value: { max_size: 1 }, hasUnlimitedUsage: false },
    })
  })
})

describe('a charge period', () => {
  it('comes back from its word', () => {
    for (const period of CHARGE_PERIODS)
      expect(chargePeriodOf(chargePeriodWord(period))).toBe(period)
    expect(new Set(CHARGE_PERIOD_WORDS.map(chargePeriodOf))).toEqual(new Set(CHARGE_PERIODS))
    expect(chargePeriodOf('QUARTERLY')).toBe('quarterly')
  })

  it('recurs in units', () => {
    expect(recurrenceOf('half_yearly')).toEqual({
      billingType: 'SUBSCRIPTION',
      recurrence: 'month',
      recurrenceUnit: 6,
      recurrenceType: 'MONTH',
    })
    expect(recurrenceOf(null)).toMatchObject({ billingType: 'ONE_TIME', recurrenceType: null })
  })
})

describe('a status', () => {
  it('comes back from its word', () => {
    for (const status of SUBSCRIPTION_STATUSES) expect(statusOf(STATUS_WORD[status])).toBe(status)
    expect(statusOf('superseded')).toBeNull()
  })
})

describe('money', () => {
  it('comes back from its decimals, in currencies of any number of coins', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000_000_000 }),
        fc.constantFrom('USD', 'JPY', 'KWD'),
        (amount, currency) => {
          expect(minorUnits(Number(decimalText(amount, currency)), currency)).toBe(amount)
        },
      ),
    )
  })

  it.each([
    [1900, 'USD', '19.00'],
    [5, 'USD', '0.05'],
    [500, 'JPY', '500'],
    [1234, 'KWD', '1.234'],
  ])('%i in %s is %s', (amount, currency, text) => {
    expect(decimalText(amount, currency)).toBe(text)
  })

  it.each([
    [29.99, 'USD', 2999],
    [29.995, 'USD', null],
    [0.5, 'JPY', null],
    [-1, 'USD', null],
    [Number.NaN, 'USD', null],
  ])('of %d in %s is %s', (decimal, currency, amount) => {
    expect(minorUnits(decimal, currency)).toBe(amount)
  })
})

describe('how many units somebody wants', () => {
  const allowances = new Map([
    ['seats', { allowance: meter({ limit: 5 }), mark: 'own', fromPlanId: 'p' }],
    ['calls', { allowance: meter({ limit: 100 }), mark: 'own', fromPlanId: 'p' }],
    ['all', { allowance: meter({ limit: 'unlimited' }), mark: 'own', fromPlanId: 'p' }],
    ['sso', { allowance: { enabled: true }, mark: 'own', fromPlanId: 'p' }],
  ] as const)

  it.each([
    ['addon', [], undefined],
    ['addon', [['seats', 15]], 3],
    [
      'addon',
      [
        ['seats', 15],
        ['calls', 300],
      ],
      3,
    ],
    [
      'addon',
      [
        ['seats', 15],
        ['calls', 200],
      ],
      '/features/1/quantity',
    ],
    ['addon', [['seats', 12]], '/features/0/quantity'],
    ['addon', [['seats', 0]], '/features/0/quantity'],
    ['addon', [['sso', 1]], '/features/0/identifier'],
    ['addon', [['all', 1]], '/features/0/identifier'],
    ['addon', [['nothing', 1]], '/features/0/identifier'],
    [
      'base',
      [
        ['seats', 5],
        ['calls', 100],
      ],
      1,
    ],
    ['base', [['seats', 10]], '/features/0/quantity'],
  ] as const)('of a plan of kind %s, %o, is what some quantity gives', (kind, units, expected) => {
    const seats = units.map(([identifier, quantity]) => ({ identifier, quantity }))
    const found = quantityFor({ id: 'p', kind }, allowances, seats)
    if (typeof expected !== 'string') expect(found).toEqual({ ok: true, value: expected })
    else expect(found).toMatchObject({ error: { errors: [{ pointer: expected }] } })
  })
})

describe('an identifier that nobody gives', () => {
  it.each([
    ['API Calls', 'api-calls'],
    ['  Größe (GB)! ', 'gro-e-gb'],
    ['x'.repeat(80), 'x'.repeat(64)],
    ['日本', ''],
  ])('is made of the name “%s”', (name, id) => {
    expect(slugOf(name)).toBe(id)
  })
})

describe('metadata', () => {
  it('takes the place of what was there, by a merge patch', () => {
    const json = fc.dictionary(
      fc.string(),
      fc.jsonValue({ maxDepth: 2 }).filter((each) => !JSON.stringify(each).includes('null')),
    )
    fc.assert(
      fc.property(json, json, (before, after) => {
        const [from, to] = JSON.parse(JSON.stringify([before, after]))
        fc.pre(!JSON.stringify([from, to]).includes('__proto__'))
        expect(mergePatch(from, replacing(from, to))).toEqual(to)
      }),
    )
  })
})
