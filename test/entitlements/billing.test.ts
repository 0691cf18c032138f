import { describe, expect, it } from 'vitest'
import { unpaidPeriodAt } from '../../entitlements/billing.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { bought, timeline } from './subscription-timeline.ts'

const day = (text: string) => Date.parse(text)

/** The period that nobody has paid for yet, as `start – end`. */
function unpaid(subscription: Subscription, at: string): string {
  const period = unpaidPeriodAt(subscription, day(at))
  if (period === null) return 'none'
  return [period.startAt, period.endAt]
    .map((each) => new Date(each).toISOString().slice(0, 10))
    .join(' – ')
}

const STARTED = { startAt: day('2026-01-31') }
const FEBRUARY = { startAt: day('2026-02-28'), endAt: day('2026-03-31') }

describe('the next period to be paid', () => {
  it.each<[string, Subscription, string, string]>([
    [
      'follows the first, which the purchase paid for',
      bought(STARTED),
      '2026-02-10',
      '2026-02-28 – 2026-03-31',
    ],
    [
      'is the one that runs, once the first is over',
      bought(STARTED),
      '2026-02-28',
      '2026-02-28 – 2026-03-31',
    ],
    [
      'is the one that runs, whatever was missed before it',
      bought(STARTED),
      '2026-06-10',
      '2026-05-31 – 2026-06-30',
    ],
    [
      'follows the last that was paid for',
      { ...bought(STARTED), billingPeriod: FEBRUARY },
      '2026-02-28',
      '2026-03-31 – 2026-04-30',
    ],
    [
      'follows it also where that has not begun',
      { ...bought(STARTED), billingPeriod: FEBRUARY },
      '2026-02-01',
      '2026-03-31 – 2026-04-30',
    ],
    [
      'is the first after a trial',
      bought({ ...STARTED, trialDays: 14 }),
      '2026-02-01',
      '2026-02-14 – 2026-03-14',
    ],
    [
      'is charged as the plan that it begins on',
      timeline('2026-02-10 | change starter yearly | active pro, starter from 2026-02-28'),
      '2026-02-11',
      '2026-02-28 – 2027-01-31',
    ],
    [
      'is the one that is owed in grace',
      timeline('2026-02-28 | payment_failed | past_due pro, grace_ended 2026-03-07'),
      '2026-03-01',
      '2026-02-28 – 2026-03-31',
    ],
    [
      'is the one that runs when grace is over',
      timeline('2026-02-28 | payment_failed | past_due pro, grace_ended 2026-03-07'),
      '2026-04-01',
      '2026-03-31 – 2026-04-30',
    ],
    [
      'is none in grace for what is no whole period',
      timeline('2026-02-10 | payment_failed | past_due pro, grace_ended 2026-02-17'),
      '2026-02-11',
      'none',
    ],
    [
      'is none of what is charged once',
      bought({ ...STARTED, chargePeriod: 'one_time' }),
      '2026-02-10',
      'none',
    ],
    [
      'is none of what is free of charge',
      bought({ ...STARTED, planId: 'free', chargePeriod: null }),
      '2026-02-10',
      'none',
    ],
  ])('%s', (_, subscription, at, expected) => {
    expect(unpaid(subscription, at)).toBe(expected)
  })
})
