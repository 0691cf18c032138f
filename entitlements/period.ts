/**
 * Periods: how an endless grid of half-open stretches of time follows from one anchor.
 *
 * Every boundary is `anchor + n units`, computed in one step. None is derived from its neighbour, so a
 * customer that was idle for years costs no more than one that asked a second ago, and a clamped day
 * comes back: 31 January, 28 February, 31 March.
 */
import type { Anchor, Reset } from './allowance.ts'
import { addMonths, monthsBetween } from './calendar.ts'
import { DAY_MS } from './instant.ts'
import type { Instant, Period } from './instant.ts'
import { invariant } from './invariant.ts'
import type { ChargePeriod } from './subscription.ts'

/** What of an allowance decides where its periods begin and end. */
export interface PeriodRule {
  readonly reset: Reset
  readonly anchor: Anchor
}

/**
 * The period that `at` lies in, or null where nothing ever resets.
 *
 * The grid has no first period: before `anchorAt` (in a trial) it runs backwards, and the caller cuts
 * what begins before its subscription. With the `calendar` anchor `anchorAt` does not matter.
 */
export function periodAt(rule: PeriodRule, anchorAt: Instant, at: Instant): Period | null {
  if (rule.reset === 'never') return null
  return gridPeriod(STEPS[rule.reset], gridAnchor(rule, anchorAt), at)
}

/** The first end of a period later than `after`, or null where nothing ever resets. */
export function boundaryAfter(rule: PeriodRule, anchorAt: Instant, after: Instant): Instant | null {
  return periodAt(rule, anchorAt, after)?.endAt ?? null
}

/** The billing period that `at` lies in by arithmetic alone, or null for what is charged once. */
export function chargePeriodAt(
  chargePeriod: ChargePeriod,
  anchorAt: Instant,
  at: Instant,
): Period | null {
  if (chargePeriod === 'one_time') return null
  return gridPeriod(STEPS[chargePeriod], anchorAt, at)
}

/** The length of a period: a fixed number of days, or of calendar months of uneven length. */
type Step = { readonly days: number } | { readonly months: number }

const STEPS: Record<Exclude<Reset | ChargePeriod, 'never' | 'one_time'>, Step> = {
  daily: { days: 1 },
  weekly: { days: 7 },
  every_28_days: { days: 28 },
  monthly: { months: 1 },
  quarterly: { months: 3 },
  half_yearly: { months: 6 },
  yearly: { months: 12 },
}

/** A midnight that begins a Monday, a month, a quarter and a year at once: 1 January 2001. */
const CALENDAR_ANCHOR: Instant = Date.UTC(2001, 0, 1)

function gridAnchor(rule: PeriodRule, anchorAt: Instant): Instant {
  if (rule.anchor === 'subscription') return anchorAt
  invariant(rule.reset !== 'every_28_days', 'the calendar has no periods of 28 days')
  return CALENDAR_ANCHOR
}

function gridPeriod(step: Step, anchorAt: Instant, at: Instant): Period {
  return 'days' in step
    ? dayPeriod(step.days, anchorAt, at)
    : monthPeriod(step.months, anchorAt, at)
}

function dayPeriod(days: number, anchorAt: Instant, at: Instant): Period {
  const length = days * DAY_MS
  const startAt = anchorAt + Math.floor((at - anchorAt) / length) * length
  return { startAt, endAt: startAt + length }
}

function monthPeriod(months: number, anchorAt: Instant, at: Instant): Period {
  const boundary = (n: number) => addMonths(anchorAt, n * months)
  // Boundary n lies in the month of `at` or in an earlier one, boundary n + 1 in a later one: only the
  // day and the time of day can still put n itself after `at`.
  const n = Math.floor(monthsBetween(anchorAt, at) / months)
  const index = boundary(n) <= at ? n : n - 1
  return { startAt: boundary(index), endAt: boundary(index + 1) }
}
