import * as fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, it, test } from 'vitest'
import type { Reset } from '../../entitlements/allowance.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
import type { Instant, Period } from '../../entitlements/instant.ts'
import { boundaryAfter, chargePeriodAt, periodAt } from '../../entitlements/period.ts'
import type { PeriodRule } from '../../entitlements/period.ts'
import { rowsOf } from './table.ts'

describe('a period counted from the subscription', () => {
  test('begins on the day of the month that the anchor has, or on its last', () => {
    const rows = rowsOf(`
      monthly        2027-01-31            2027-01-31            2027-01-31  2027-02-28
      monthly        2027-01-31            2027-02-28            2027-02-28  2027-03-31
      monthly        2027-01-31            2027-03-31            2027-03-31  2027-04-30
      monthly        2028-01-31            2028-02-15            2028-01-31  2028-02-29
      monthly        2028-01-31            2028-02-29            2028-02-29  2028-03-31
      monthly        2028-01-30            2028-02-29            2028-02-29  2028-03-30
      monthly        2027-01-29            2027-02-28            2027-02-28  2027-03-29
      monthly        2026-12-15            2027-01-20            2027-01-15  2027-02-15
      quarterly      2026-11-30            2027-02-27            2026-11-30  2027-02-28
      quarterly      2026-11-30            2027-03-01            2027-02-28  2027-05-30
      yearly         2028-02-29            2029-02-27            2028-02-29  2029-02-28
      yearly         2028-02-29            2029-02-28            2029-02-28  2030-02-28
      yearly         2028-02-29            2032-03-01            2032-02-29  2033-02-28
      yearly         2096-02-29            2100-03-01            2100-02-28  2101-02-28
    `)
    expect(subscriptionPeriods(rows)).toEqual(rows)
  })

  test('begins at the time of day that the anchor has', () => {
    const rows = rowsOf(`
      daily          2027-01-31T09:30      2027-02-01T09:29      2027-01-31T09:30  2027-02-01T09:30
      daily          2027-01-31T09:30      2027-02-01T09:30      2027-02-01T09:30  2027-02-02T09:30
      monthly        2027-01-31T09:30      2027-02-28T09:29      2027-01-31T09:30  2027-02-28T09:30
      monthly        2027-01-31T09:30      2027-02-28T09:30      2027-02-28T09:30  2027-03-31T09:30
    `)
    expect(subscriptionPeriods(rows)).toEqual(rows)
  })

  test('lasts a fixed number of days where it is counted in days or weeks', () => {
    const rows = rowsOf(`
      daily          2028-02-28            2028-02-29            2028-02-29  2028-03-01
      weekly         2027-01-01            2027-01-07            2027-01-01  2027-01-08
      weekly         2027-01-01            2027-01-08            2027-01-08  2027-01-15
      every_28_days  2027-01-01            2027-03-01            2027-02-26  2027-03-26
    `)
    expect(subscriptionPeriods(rows)).toEqual(rows)
  })

  test('runs on the same grid before the anchor', () => {
    const rows = rowsOf(`
      daily          2027-03-31            2027-03-30            2027-03-30  2027-03-31
      weekly         2027-03-31            2027-03-30            2027-03-24  2027-03-31
      monthly        2027-03-31            2027-03-30            2027-02-28  2027-03-31
      monthly        2027-03-31            2027-02-27            2027-01-31  2027-02-28
      monthly        2027-03-31            2026-12-31            2026-12-31  2027-01-31
      quarterly      2027-05-31            2027-02-27            2026-11-30  2027-02-28
      yearly         2028-02-29            2027-02-27            2026-02-28  2027-02-28
      yearly         2028-02-29            2024-02-29            2024-02-29  2025-02-28
    `)
    expect(subscriptionPeriods(rows)).toEqual(rows)
  })
})

describe('a period of the calendar', () => {
  test('begins at UTC midnight, on Monday, and on the first of month, quarter and year', () => {
    const rows = rowsOf(`
      daily      2027-07-14T23:59  2027-07-14  2027-07-15
      weekly     2027-07-14T12:00  2027-07-12  2027-07-19
      weekly     2027-07-18T23:59  2027-07-12  2027-07-19
      weekly     2027-07-19        2027-07-19  2027-07-26
      weekly     1999-12-31        1999-12-27  2000-01-03
      monthly    2028-02-29        2028-02-01  2028-03-01
      quarterly  2027-03-31        2027-01-01  2027-04-01
      quarterly  2027-04-01        2027-04-01  2027-07-01
      quarterly  2027-09-30        2027-07-01  2027-10-01
      quarterly  2027-12-31        2027-10-01  2028-01-01
      yearly     2028-12-31T23:59  2028-01-01  2029-01-01
      yearly     1969-07-20        1969-01-01  1970-01-01
    `)
    expect(calendarPeriods(rows)).toEqual(rows)
  })

  test('is the one that the oracle finds, whatever the anchor', () => {
    fc.assert(
      fc.property(instants, instants, calendarResets, (anchorAt, at, reset) => {
        const period = periodAt({ reset, anchor: 'calendar' }, anchorAt, at)
        expect(period).toEqual(calendarOracle(reset, at))
      }),
      { numRuns: 2_000 },
    )
  })

  test('has no stretch of 28 days', () => {
    const rule: PeriodRule = { reset: 'every_28_days', anchor: 'calendar' }
    expect(() => periodAt(rule, 0, 0)).toThrow('Invariant broken')
  })
})

describe('the grid', () => {
  const YEARS = [2024, 2025, 2027, 2096, 2100, 2200, 2400, 2424]

  test.each(YEARS)('is the one that the oracle finds for every anchor day of %i', (year) => {
    const wrong = daysOf(year).flatMap((anchorAt) => [
      ...disagreements('monthly', anchorAt, { from: -14, to: 26 }),
      ...disagreements('quarterly', anchorAt, { from: -3, to: 5 }),
      ...disagreements('yearly', anchorAt, { from: -4, to: 5 }),
    ])
    expect(wrong).toEqual([])
  })

  it('is the one that the oracle finds centuries from any anchor', () => {
    fc.assert(
      fc.property(instants, resets, fc.integer({ min: -400, max: 400 }), (anchorAt, reset, n) => {
        expect(disagreements(reset, anchorAt, { from: n, to: n })).toEqual([])
      }),
      { numRuns: 3_000 },
    )
  })

  it('tiles time: every instant lies in one period, and the next begins where it ends', () => {
    fc.assert(
      fc.property(rules, instants, instants, (rule, anchorAt, at) => {
        const period = assertPeriod(periodAt(rule, anchorAt, at))
        expect(period.startAt).toBeLessThanOrEqual(at)
        expect(period.endAt).toBeGreaterThan(at)
        expect(periodAt(rule, anchorAt, period.startAt)).toEqual(period)
        expect(periodAt(rule, anchorAt, period.endAt - 1)).toEqual(period)
        expect(periodAt(rule, anchorAt, period.endAt)?.startAt).toBe(period.endAt)
        expect(periodAt(rule, anchorAt, period.startAt - 1)?.endAt).toBe(period.startAt)
      }),
      { numRuns: 3_000 },
    )
  })

  it('puts the next boundary at the end of the period, never at the instant itself', () => {
    fc.assert(
      fc.property(rules, instants, instants, (rule, anchorAt, at) => {
        const { startAt, endAt } = assertPeriod(periodAt(rule, anchorAt, at))
        expect(boundaryAfter(rule, anchorAt, at)).toBe(endAt)
        expect(boundaryAfter(rule, anchorAt, startAt - 1)).toBe(startAt)
        expect(boundaryAfter(rule, anchorAt, startAt)).toBe(endAt)
      }),
    )
  })

  it('knows years of fewer than three digits', () => {
    const rows = rowsOf(`
      monthly  0050-01-31  0050-02-28  0050-02-28  0050-03-31
    `)
    expect(subscriptionPeriods(rows)).toEqual(rows)
  })
})

describe('what never resets', () => {
  test('has no period and no boundary', () => {
    fc.assert(
      fc.property(instants, instants, (anchorAt, at) => {
        expect(periodAt({ reset: 'never', anchor: 'subscription' }, anchorAt, at)).toBeNull()
        expect(boundaryAfter({ reset: 'never', anchor: 'calendar' }, anchorAt, at)).toBeNull()
      }),
    )
  })
})

describe('a charge period', () => {
  test('is counted from the anchor like a meter that resets as often', () => {
    fc.assert(
      fc.property(resets, instants, instants, (reset, anchorAt, at) => {
        const metered = periodAt({ reset, anchor: 'subscription' }, anchorAt, at)
        expect(chargePeriodAt(reset, anchorAt, at)).toEqual(metered)
      }),
    )
  })

  test('of half a year ends six months later, clamped', () => {
    const charged = (at: string) =>
      print(chargePeriodAt('half_yearly', parse('2026-08-31'), parse(at)))
    expect(charged('2027-02-27')).toEqual(['2026-08-31', '2027-02-28'])
    expect(charged('2027-02-28')).toEqual(['2027-02-28', '2027-08-31'])
  })

  test('does not exist for what is charged once', () => {
    expect(chargePeriodAt('one_time', 0, DAY_MS)).toBeNull()
  })
})

/** Columns: reset, anchor, at | start, end. */
function subscriptionPeriods(rows: string[][]) {
  return rows.map(([reset = '', anchorAt = '', at = '']) => {
    const rule: PeriodRule = { reset: resetNamed(reset), anchor: 'subscription' }
    return [reset, anchorAt, at, ...print(periodAt(rule, parse(anchorAt), parse(at)))]
  })
}

/** Columns: reset, at | start, end. */
function calendarPeriods(rows: string[][]) {
  return rows.map(([reset = '', at = '']) => {
    const rule: PeriodRule = { reset: resetNamed(reset), anchor: 'calendar' }
    return [reset, at, ...print(periodAt(rule, 0, parse(at)))]
  })
}

const RESETS = ['daily', 'weekly', 'every_28_days', 'monthly', 'quarterly', 'yearly'] as const
type Periodic = (typeof RESETS)[number]

function resetNamed(word: string): Reset {
  const reset = RESETS.find((known) => known === word)
  if (reset === undefined) throw new Error(`No reset is called ${word}`)
  return reset
}

const resets = fc.constantFrom(...RESETS)
const calendarResets = resets.filter((reset) => reset !== 'every_28_days')
const instants = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2425, 0, 1) })
const rules: fc.Arbitrary<PeriodRule> = fc.oneof(
  fc.record({ reset: resets, anchor: fc.constant('subscription' as const) }),
  fc.record({ reset: calendarResets, anchor: fc.constant('calendar' as const) }),
)

const DURATIONS: Record<Periodic, (n: number) => Temporal.DurationLike> = {
  daily: (n) => ({ days: n }),
  weekly: (n) => ({ weeks: n }),
  every_28_days: (n) => ({ days: 28 * n }),
  monthly: (n) => ({ months: n }),
  quarterly: (n) => ({ months: 3 * n }),
  yearly: (n) => ({ years: n }),
}

/** The periods `from` to `to`, counted from the anchor, that are not the ones between the oracle's boundaries. */
function disagreements(
  reset: Periodic,
  anchorAt: Instant,
  { from, to }: { from: number; to: number },
) {
  const anchor = utc(anchorAt)
  const boundary = (n: number) => anchor.add(DURATIONS[reset](n)).epochMilliseconds
  const wrong: string[] = []
  for (let n = from; n <= to; n++) {
    const expected = { startAt: boundary(n), endAt: boundary(n + 1) }
    for (const at of [expected.startAt, expected.endAt - 1]) {
      const actual = periodAt({ reset, anchor: 'subscription' }, anchorAt, at)
      if (actual?.startAt === expected.startAt && actual.endAt === expected.endAt) continue
      wrong.push(
        [reset, utc(anchorAt).toString(), ...print(actual), 'not', ...print(expected)].join(' '),
      )
    }
  }
  return wrong
}

function calendarOracle(reset: Exclude<Periodic, 'every_28_days'>, at: Instant): Period {
  const day = utc(at).startOfDay()
  const start = {
    daily: day,
    weekly: day.subtract({ days: day.dayOfWeek - 1 }),
    monthly: day.with({ day: 1 }),
    quarterly: day.with({ day: 1, month: Math.floor((day.month - 1) / 3) * 3 + 1 }),
    yearly: day.with({ day: 1, month: 1 }),
  }[reset]
  return {
    startAt: start.epochMilliseconds,
    endAt: start.add(DURATIONS[reset](1)).epochMilliseconds,
  }
}

function utc(at: Instant): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO('UTC')
}

function daysOf(year: number): Instant[] {
  const first = Date.UTC(year, 0, 1, 13, 14, 15, 16)
  const next = Date.UTC(year + 1, 0, 1, 13, 14, 15, 16)
  return Array.from({ length: (next - first) / DAY_MS }, (_, day) => first + day * DAY_MS)
}

function assertPeriod(period: Period | null): Period {
  if (period === null) throw new Error('There is no period')
  return period
}

function parse(text: string): Instant {
  return Date.parse(text.includes('T') ? `${text}Z` : `${text}T00:00Z`)
}

function print(period: Period | null): string[] {
  if (period === null) return ['none']
  return [period.startAt, period.endAt].map((at) =>
    new Date(at).toISOString().replace(':00.000Z', '').replace('T00:00', ''),
  )
}
