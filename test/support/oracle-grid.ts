/** The oracle's periods: a table of boundaries a grid, each written by a calendar library. */
import { Temporal } from 'temporal-polyfill'
import type { MeterAllowance, Reset } from '../../entitlements/allowance.ts'
import type { Instant } from '../../entitlements/instant.ts'

const STEPS: Record<Exclude<Reset, 'never'>, { readonly days: number; readonly months: number }> = {
  daily: { days: 1, months: 0 },
  weekly: { days: 7, months: 0 },
  every_28_days: { days: 28, months: 0 },
  monthly: { days: 0, months: 1 },
  quarterly: { days: 0, months: 3 },
  yearly: { days: 0, months: 12 },
}

/** Boundaries by grid, as far as anybody asked: index 0 is the anchor in `later`, the one before it in `earlier`. */
const GRIDS = new Map<string, { readonly later: number[]; readonly earlier: number[] }>()

export function periodOf(
  { reset, anchor: pinned }: MeterAllowance,
  anchor: Instant,
  at: Instant,
): { readonly from: number; readonly to: number } {
  if (reset === 'never') return { from: -Infinity, to: Infinity }
  const pin = pinned === 'calendar' ? Date.UTC(2001, 0, 1) : anchor
  if (GRIDS.size > 500) GRIDS.clear()
  const grid = GRIDS.get(`${reset} ${pin}`) ?? { later: [], earlier: [] }
  GRIDS.set(`${reset} ${pin}`, grid)
  const boundary = (n: number): number => {
    const side = n < 0 ? grid.earlier : grid.later
    const index = n < 0 ? -1 - n : n
    return (side[index] ??= boundaryOf(STEPS[reset], pin, n))
  }
  let n = 0
  if (at > pin) {
    // Not from the first boundary on: the calendar's pin lies decades back.
    const { days, months } = STEPS[reset]
    n = Math.max(0, Math.floor((at - pin) / 86_400_000 / (days + months * 31)) - 1)
  }
  while (boundary(n) > at) n--
  while (boundary(n + 1) <= at) n++
  return { from: boundary(n), to: boundary(n + 1) }
}

function boundaryOf(step: { days: number; months: number }, pin: Instant, n: number): Instant {
  const from = Temporal.Instant.fromEpochMilliseconds(pin).toZonedDateTimeISO('UTC')
  return from.add({ days: step.days * n, months: step.months * n }).epochMilliseconds
}
