/**
 * Steps of the proleptic Gregorian calendar in UTC.
 *
 * No time zone is known here, and so no day is shorter or longer than another.
 */
import type { Instant } from './instant.ts'

/**
 * The same time of day `months` calendar months later; earlier, if `months` is negative.
 *
 * A day that the month does not have becomes its last one: 31 January plus one is 28 or 29 February.
 * Clamping loses the day, so steps must not be chained: add to the anchor, never to a result.
 */
export function addMonths(at: Instant, months: number): Instant {
  const date = new Date(at)
  const year = date.getUTCFullYear()
  const month = date.getUTCMonth() + months
  const day = Math.min(date.getUTCDate(), daysInMonth(year, month))
  return date.setUTCFullYear(year, month, day)
}

/** How many first days of a month lie after `from`'s month, up to and including `to`'s; negative backwards. */
export function monthsBetween(from: Instant, to: Instant): number {
  return monthNumber(to) - monthNumber(from)
}

function monthNumber(at: Instant): number {
  const date = new Date(at)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

/** `month` counts from 0 and may lie outside its year: 12 is January of the next. */
function daysInMonth(year: number, month: number): number {
  const dayBeforeNextMonth = new Date(0).setUTCFullYear(year, month + 1, 0)
  return new Date(dayBeforeNextMonth).getUTCDate()
}
