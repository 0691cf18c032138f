/** Stripe's periods: so many intervals from an anchor, months clamped to their last day. */
import type Stripe from 'stripe'
import type { Seconds } from './bills.ts'

const DAY = 86_400

/** The period of a price that a moment lies in. */
export function periodAt(price: Stripe.Price, anchor: number, at: number): Seconds {
  let n = 0
  while (boundary(price, anchor, n + 1) <= at) n++
  return { start: boundary(price, anchor, n), end: boundary(price, anchor, n + 1) }
}

function boundary({ recurring }: Stripe.Price, anchor: number, n: number): number {
  const count = (recurring?.interval_count ?? 1) * n
  const interval = recurring?.interval ?? 'month'
  if (interval === 'day') return anchor + count * DAY
  if (interval === 'week') return anchor + count * 7 * DAY
  return monthsAfter(anchor, interval === 'year' ? count * 12 : count)
}

function monthsAfter(anchor: number, months: number): number {
  const from = new Date(anchor * 1000)
  const first = Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1)
  const month = new Date(first)
  const lastDay = new Date(
    Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 0),
  ).getUTCDate()
  const day = Math.min(from.getUTCDate(), lastDay)
  const inDay =
    anchor * 1000 - Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), from.getUTCDate())
  return (first + (day - 1) * DAY * 1000 + inDay) / 1000
}
