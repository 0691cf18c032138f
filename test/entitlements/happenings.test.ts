import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  graceEndedBecause,
  happeningsBetween,
  happeningsOf,
  happensAfter,
  overrideHappeningsOf,
} from '../../entitlements/happenings.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { bought } from './subscription-timeline.ts'

const START = Date.UTC(2026, 0, 31)
const FOREVER = Number.POSITIVE_INFINITY
const phase = (planId: string, from: number, until: number | null = null) =>
  ({ planId, chargePeriod: 'monthly', quantity: 1, from, until, atPeriodEnd: false }) as const

/** What time does to a subscription, as `day type`. */
function toldOf(facts: Partial<Subscription>, after = START - DAY_MS): string {
  const told = happeningsOf({ ...bought(), ...facts }, after, FOREVER)
  return told.map(({ type, at }) => `${(at - START) / DAY_MS} ${type}`).join(', ')
}

const day = (n: number) => START + n * DAY_MS

const dates = fc.integer({ min: -20, max: 60 }).map((n) => START + n * DAY_MS)

/** Subscriptions with anything dated, sooner or later. */
const subscriptions: fc.Arbitrary<Subscription> = fc
  .record({
    trialEndAt: fc.option(dates.map((at) => Math.max(at, START + 1))),
    endsWithTrial: fc.boolean(),
    grace: fc.option(
      dates.map((at) => ({ startedAt: Math.max(at, START), endsAt: at + 30 * DAY_MS })),
    ),
    pausedAt: fc.option(dates),
    cancelAt: fc.option(dates),
    next: fc.option(dates.map((at) => Math.max(at, START + 1))),
  })
  .map(({ next, ...facts }) => {
    const phases = next === null ? [] : [phase('starter', next)]
    return { ...bought(), ...facts, phases: [phase('pro', START, next), ...phases] }
  })

const provided = bought({ trialDays: 14, providerDriven: true })

describe('time alone', () => {
  test.each<readonly [string, Partial<Subscription>, string]>([
    ['begins what was scheduled', {}, '0 subscription.started'],
    [
      'ends a trial',
      { trialEndAt: day(14) },
      '0 subscription.started, 14 subscription.trial_ended',
    ],
    [
      'ends what nobody pays for with its trial',
      { trialEndAt: day(14), endsWithTrial: true },
      '0 subscription.started, 14 subscription.trial_ended, 14 subscription.ended',
    ],
    [
      'lets a provider’s trial go over into grace, and that run out',
      provided,
      '0 subscription.started, 14 subscription.trial_ended, 14 grace.started, 21 grace.ended, 21 subscription.ended',
    ],
    [
      'applies a change that was waiting',
      { phases: [phase('pro', START, day(28)), phase('starter', day(28))] },
      '0 subscription.started, 28 subscription.updated',
    ],
    [
      'does not tell of a phase on the same terms',
      { phases: [phase('pro', START, day(28)), phase('pro', day(28))] },
      '0 subscription.started',
    ],
    [
      'reaches a cancellation, and nothing after it',
      { cancelAt: day(3), phases: [phase('pro', START, day(28)), phase('starter', day(28))] },
      '0 subscription.started, 3 subscription.ended',
    ],
    [
      'ends a grace with a cancellation that comes first',
      { grace: { startedAt: day(1), endsAt: day(8) }, cancelAt: day(3) },
      '0 subscription.started, 1 grace.started, 3 grace.ended, 3 subscription.ended',
    ],
    [
      'says nothing of a trial that a cancellation cut short',
      { trialEndAt: day(14), cancelAt: day(3) },
      '0 subscription.started, 3 subscription.ended',
    ],
    [
      'ends what was called off before it began',
      { cancelAt: day(-0.5) },
      '-0.5 subscription.ended',
    ],
    [
      'goes on behind a pause',
      { ...provided, pausedAt: day(1) },
      '0 subscription.started, 14 subscription.trial_ended, 14 grace.started, 21 grace.ended, 21 subscription.ended',
    ],
  ])('%s', (_, facts, told) => {
    expect(toldOf(facts)).toBe(told)
  })

  it('is told for (after, until], so that stretches side by side tell each once', () => {
    const told = (after: number, until: number) => happeningsOf(provided, after, until)
    expect([...told(START - 1, day(14)), ...told(day(14), day(30))]).toEqual(
      told(START - 1, day(30)),
    )
    expect(told(day(14), day(21) - 1)).toEqual([])
  })

  it('is told once, however the time is cut into stretches', () => {
    fc.assert(
      fc.property(subscriptions, fc.array(fc.nat({ max: 400 }), { maxLength: 8 }), (each, cuts) => {
        const dates = [-100, ...cuts.toSorted((a, b) => a - b), 500].map(day)
        const stretches = dates.slice(1).map((until, n) => happeningsOf(each, dates[n] ?? 0, until))
        expect(stretches.flat()).toEqual(happeningsOf(each, day(-100), day(500)))
      }),
    )
  })

  it('is seen coming: nothing happens before the date, and something at it', () => {
    fc.assert(
      fc.property(subscriptions, fc.integer({ min: -50, max: 400 }), (each, n) => {
        const next = happensAfter(each, day(n))
        expect(happeningsOf(each, day(n), (next ?? day(1_000)) - 1)).toEqual([])
        if (next !== null) expect(happeningsOf(each, next - 1, next)).not.toEqual([])
      }),
    )
  })

  it('ends once and for all, and no grace before it began', () => {
    fc.assert(
      fc.property(subscriptions, (each) => {
        const told = happeningsOf(each, day(-100), FOREVER).map(({ type }) => type)
        expect(new Set(told.filter((type) => type !== 'subscription.updated')).size).toBe(
          told.filter((type) => type !== 'subscription.updated').length,
        )
        expect(told.slice(0, -1)).not.toContain('subscription.ended')
        if (told.includes('grace.ended')) expect(told).toContain('grace.started')
      }),
    )
  })
})

describe('an act', () => {
  test.each<readonly [string, Partial<Subscription>, Partial<Subscription>, string, string]>([
    [
      'an upgrade',
      {},
      { phases: [phase('starter', START, day(5)), phase('pro+', day(5))] },
      'subscription.updated',
      'paid',
    ],
    [
      'a failed payment',
      {},
      { grace: { startedAt: day(5), endsAt: day(8) } },
      'grace.started',
      'paid',
    ],
    [
      'a payment in grace',
      { grace: { startedAt: day(4), endsAt: day(8) } },
      {},
      'grace.ended',
      'paid',
    ],
    [
      'a refund',
      {},
      { ended: { at: day(5), because: 'refunded' } },
      'subscription.ended',
      'refunded',
    ],
    [
      'a refund in grace',
      { grace: { startedAt: day(4), endsAt: day(8) } },
      { grace: { startedAt: day(4), endsAt: day(8) }, ended: { at: day(5), because: 'refunded' } },
      'grace.ended, subscription.ended',
      'refunded',
    ],
    ['a payment after grace', { grace: { startedAt: day(1), endsAt: day(4) } }, {}, '', 'paid'],
    ['a cancellation for later', {}, { cancelAt: day(28) }, '', 'paid'],
    [
      'a trial that is ended',
      { trialEndAt: day(9) },
      { trialEndAt: day(5) },
      'subscription.trial_ended',
      'paid',
    ],
  ])('%s', (_, before, after, told, because) => {
    const at = day(5)
    const is = { subscription: { ...bought(), ...after }, at }
    const types = happeningsBetween({ subscription: { ...bought(), ...before }, at }, is)
    expect(types.join(', ')).toBe(told)
    expect(graceEndedBecause(is)).toBe(because)
  })

  it('that is a purchase begins at once or later', () => {
    const moment = { subscription: bought(), at: START }
    expect(happeningsBetween(null, moment)).toEqual(['subscription.started'])
    expect(happeningsBetween(null, { ...moment, at: START - 1 })).toEqual([])
  })
})

describe('an override', () => {
  it('starts and expires', () => {
    const dated = { startAt: day(1), expiresAt: day(3) }
    expect(overrideHappeningsOf(dated, START, day(9))).toEqual([
      { type: 'override.started', at: day(1) },
      { type: 'override.expired', at: day(3) },
    ])
    expect(overrideHappeningsOf(dated, day(1), day(3) - 1)).toEqual([])
    expect(overrideHappeningsOf({ ...dated, expiresAt: null }, day(1), day(9))).toEqual([])
  })
})
