import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { billingPeriodAt } from '../../entitlements/billing.ts'
import { ACTIONS } from '../../entitlements/effects.ts'
import type { Action, ActionOf } from '../../entitlements/effects.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { transition } from '../../entitlements/lifecycle.ts'
import { PHASES_MAX } from '../../entitlements/phases.ts'
import {
  anchorOf,
  changesAfter,
  endOf,
  isLive,
  isRestorable,
  phaseAt,
  statusAt,
} from '../../entitlements/status.ts'
import { SUBSCRIPTION_STATUSES } from '../../entitlements/subscription.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { bought, GRACE_MS } from './subscription-timeline.ts'

const START = Date.UTC(2026, 0, 31)

/** Days after START at which a subscription with everything dated is looked at. */
const BOUNDARIES: readonly (readonly [string, Partial<Subscription>, Instant, string, string])[] = [
  ['the start', {}, START, 'scheduled', 'active'],
  ['the trial end', { trialEndAt: START + 9 }, START + 9, 'trialing', 'active'],
  [
    'an unpaid trial end',
    { trialEndAt: START + 9, endsWithTrial: true },
    START + 9,
    'trialing',
    'ended',
  ],
  [
    'a failed payment',
    { grace: { startedAt: START + 5, endsAt: START + 9 } },
    START + 5,
    'active',
    'past_due',
  ],
  [
    'the end of grace',
    { grace: { startedAt: START + 5, endsAt: START + 9 } },
    START + 9,
    'past_due',
    'ended',
  ],
  ['a pause', { pausedAt: START + 3 }, START + 3, 'active', 'paused'],
  ['a cancellation', { cancelAt: START + 3 }, START + 3, 'active', 'ended'],
  ['a refund', { ended: { at: START + 3, because: 'refunded' } }, START + 3, 'active', 'ended'],
]

describe('the status at an instant', () => {
  test.each(BOUNDARIES)('changes at the millisecond of %s', (_, facts, at, before, after) => {
    const subscription = { ...bought(), ...facts }
    expect(statusAt(subscription, at - 1)).toBe(before)
    expect(statusAt(subscription, at)).toBe(after)
    expect(changesAfter(subscription, at - 1)).toBe(at)
  })

  test.each([
    ['ended over everything', { pausedAt: START, cancelAt: START, trialEndAt: START + 9 }, 'ended'],
    [
      'paused over past due',
      { pausedAt: START, grace: { startedAt: START, endsAt: START + 9 } },
      'paused',
    ],
    [
      'past due over a trial',
      { trialEndAt: START + 9, grace: { startedAt: START, endsAt: START + 9 } },
      'past_due',
    ],
    ['grace of no length is over at once', { grace: { startedAt: START, endsAt: START } }, 'ended'],
  ] as const)('%s', (_, facts, status) => {
    expect(statusAt({ ...bought(), ...facts }, START)).toBe(status)
  })

  test.each([
    ['scheduled', false],
    ['trialing', true],
    ['active', true],
    ['past_due', true],
    ['paused', false],
    ['ended', false],
  ] as const)('%s gives access: %s', (status, live) => {
    expect(isLive(status)).toBe(live)
  })
})

describe('the end', () => {
  it('is the earliest that the facts name', () => {
    const grace = { startedAt: START, endsAt: START + 5 }
    expect(endOf(bought())).toBeNull()
    expect(endOf({ ...bought(), grace, cancelAt: START + 6 })?.because).toBe('grace_ended')
    expect(endOf({ ...bought(), grace, cancelAt: START + 4 })?.because).toBe('canceled')
  })

  it('at one instant is the act rather than the lapse', () => {
    const unpaid = bought({ trialDays: 1 })
    const canceled = { ...unpaid, cancelAt: unpaid.trialEndAt }
    expect(endOf(canceled)?.because).toBe('canceled')
    expect(isRestorable(canceled)).toBe(false)
    expect(isRestorable(unpaid)).toBe(true)
  })

  it('by an act is final even after grace had ended it', () => {
    const lapsed = { ...bought(), grace: { startedAt: START, endsAt: START + 5 } }
    expect(isRestorable(lapsed)).toBe(true)
    expect(isRestorable({ ...lapsed, ended: { at: START + 9, because: 'refunded' } })).toBe(false)
  })
})

describe('the billing period', () => {
  it('is a provider’s while its dates cover the instant, else arithmetic', () => {
    const billingPeriod = { startAt: START + DAY_MS, endAt: START + 9 * DAY_MS }
    const subscription = { ...bought(), billingPeriod }
    const arithmetic = { startAt: START, endAt: Date.UTC(2026, 1, 28) }
    expect(billingPeriodAt(subscription, START)).toEqual(arithmetic)
    expect(billingPeriodAt(subscription, billingPeriod.startAt)).toEqual(billingPeriod)
    expect(billingPeriodAt(subscription, billingPeriod.endAt)).toEqual(arithmetic)
  })

  it('of a trial is the trial, and the grid begins where it ends', () => {
    const trial = { ...bought({ trialDays: 5 }), endsWithTrial: false }
    const end = START + 5 * DAY_MS
    expect(anchorOf(trial)).toBe(end)
    expect(billingPeriodAt(trial, end - 1)).toEqual({ startAt: START, endAt: end })
    expect(billingPeriodAt(trial, end)).toEqual({ startAt: end, endAt: Date.UTC(2026, 2, 5) })
  })

  it('is none before the start, after the end, and where nothing recurs', () => {
    expect(billingPeriodAt(bought(), START - 1)).toBeNull()
    expect(billingPeriodAt({ ...bought(), cancelAt: START + 9 }, START + 9)).toBeNull()
    expect(billingPeriodAt(bought({ chargePeriod: 'one_time' }), START)).toBeNull()
    expect(billingPeriodAt(bought({ planId: 'free', chargePeriod: null }), START)).toBeNull()
  })
})

describe('whatever is done to a subscription', () => {
  const terms = fc.record({
    planId: fc.constantFrom('free', 'starter', 'pro', 'seats'),
    chargePeriod: fc.constantFrom(null, 'monthly', 'yearly', 'one_time'),
    quantity: fc.integer({ min: 1, max: 3 }),
  })
  const offset = fc.integer({ min: -40 * DAY_MS, max: 40 * DAY_MS })
  const step = fc.record({
    action: fc.constantFrom(...ACTIONS),
    wait: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20 * DAY_MS })),
    to: terms,
    fromRank: fc.integer({ min: 0, max: 3 }),
    toRank: fc.integer({ min: 0, max: 3 }),
    when: fc.constantFrom('auto', 'now', 'period_end'),
    at: offset,
    length: fc.integer({ min: 1, max: 40 * DAY_MS }),
    flag: fc.boolean(),
  })
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
  const history = fc.record({
    purchase: fc.record({
      trialDays: fc.constantFrom(0, 0, 14),
      providerDriven: fc.boolean(),
      chargePeriod: fc.constantFrom(null, 'monthly', 'one_time'),
      startAt: offset.map((ms) => START + ms),
    }),
    steps: fc.array(step, { maxLength: 25 }),
  })

  function request(made: Step, now: Instant): ActionOf<Action> {
    switch (made.action) {
      case 'change':
        return {
          action: made.action,
          to: made.to,
          fromRank: made.fromRank,
          toRank: made.toRank,
          when: made.when,
        }
      case 'cancel':
        return {
          action: made.action,
          when: made.when === 'auto' ? { at: now + made.at } : made.when,
        }
      case 'renew': {
        const startAt = now + made.at
        return {
          action: made.action,
          period: made.flag ? { startAt, endAt: startAt + made.length } : null,
        }
      }
      case 'payment_failed':
        return { action: made.action, failedAt: now + made.at, graceMs: made.flag ? GRACE_MS : 0 }
      case 'refund':
        return { action: made.action, full: made.flag }
      case 'undo':
      case 'pause':
      case 'resume':
      case 'end_trial':
        return { action: made.action }
      case 'payment_succeeded':
        return { action: made.action, period: null }
    }
  }

  /** Plays a history and hands every state to `check`, with the instant at which it came to be. */
  function play(
    { purchase, steps }: typeof history extends fc.Arbitrary<infer T> ? T : never,
    check: (subscription: Subscription, now: Instant, before: Subscription) => void,
  ): void {
    let subscription = bought(purchase)
    let now = START
    check(subscription, now, subscription)
    for (const made of steps) {
      now += made.wait
      const frozen = JSON.stringify(subscription)
      const outcome = transition(subscription, request(made, now), now)
      expect(JSON.stringify(subscription)).toBe(frozen)
      const before = subscription
      if (outcome.ok) subscription = outcome.value
      check(subscription, now, before)
    }
  }

  it('has phases that are contiguous and begin at its start, at most one of them still to come', () => {
    fc.assert(
      fc.property(history, (played) =>
        play(played, (subscription, now) => {
          const { phases, startAt } = subscription
          expect(phases[0]!.from).toBe(startAt)
          const starts = phases.map(({ from }) => from)
          expect(phases.map(({ until }) => until)).toEqual([...starts.slice(1), null])
          expect([...new Set(starts)].toSorted((a, b) => a - b)).toEqual(starts)
          expect(phases.slice(1).filter(({ from }) => from > now).length).toBeLessThanOrEqual(1)
        }),
      ),
    )
  })

  it('has a status at every instant, and changes only where it says so', () => {
    const look = fc.integer({ min: 0, max: 400 * DAY_MS })
    fc.assert(
      fc.property(history, look, (played, ahead) =>
        play(played, (subscription, now) => {
          const seen = (at: Instant) => [statusAt(subscription, at), phaseAt(subscription, at)]
          expect(SUBSCRIPTION_STATUSES).toContain(statusAt(subscription, now + ahead))
          const next = changesAfter(subscription, now)
          const quiet = Math.min(now + ahead, next === null ? Infinity : next - 1)
          const [status, phase] = seen(now)
          expect(seen(quiet)).toEqual([status, status === 'ended' ? seen(quiet)[1] : phase])
          const changed = next === null || JSON.stringify(seen(next)) !== JSON.stringify(seen(now))
          expect(changed && (next ?? Infinity) > now).toBe(true)
        }),
      ),
    )
  })

  it('leaves the past alone: what it was before the act it still was', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 40 * DAY_MS }), (played, ago) =>
        play(played, (subscription, now, before) => {
          const at = now - ago
          if (at < subscription.startAt) return
          expect(phaseAt(subscription, at).planId).toBe(phaseAt(before, at).planId)
        }),
      ),
    )
  })

  it('leaves a billing period that covers the instant it was asked for', () => {
    fc.assert(
      fc.property(history, (played) =>
        play(played, (subscription, now) => {
          const period = billingPeriodAt(subscription, now)
          if (period === null) return
          expect(period.startAt).toBeLessThanOrEqual(now)
          expect(period.endAt).toBeGreaterThan(now)
        }),
      ),
    )
  })

  it('folds the oldest phases, so that it never outgrows its bound', () => {
    let subscription = bought({ planId: 'seats' })
    for (let day = 1; day <= 3 * PHASES_MAX; day++) {
      const to = { planId: 'seats', chargePeriod: 'monthly', quantity: 1 + (day % 2) } as const
      const now = START + day * DAY_MS
      const outcome = transition(
        subscription,
        { action: 'change', to, fromRank: 1, toRank: 1, when: 'now' },
        now,
      )
      if (outcome.ok) subscription = outcome.value
    }
    expect(subscription.phases).toHaveLength(PHASES_MAX)
    expect(subscription.phases[0]!.from).toBe(subscription.startAt)
    expect(subscription.phases.at(-1)!.from).toBe(START + 3 * PHASES_MAX * DAY_MS)
  })
})
