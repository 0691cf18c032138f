/** Exact arithmetic on units: whole numbers from 0 to `MAX_UNITS`, never rounded on the way. */
import type { Limit } from './allowance.ts'

/** The most units that a reading or a grant can be: 2^53 − 1, the last integer a double keeps apart. */
export const MAX_UNITS = Number.MAX_SAFE_INTEGER

/** `floor(percent × units / 100)`, exact although the product may exceed 2^53. `percent` is 1–100. */
export function percentDown(percent: number, units: number): number {
  const hundreds = Math.floor(units / 100)
  return percent * hundreds + Math.floor((percent * (units % 100)) / 100)
}

/** `ceil(percent × units / 100)`: the fewest units that are at least so many percent of `units`. */
export function percentUp(percent: number, units: number): number {
  const hundreds = Math.floor(units / 100)
  return percent * hundreds + Math.ceil((percent * (units % 100)) / 100)
}

/** The sum of two grants: unlimited absorbs, and a finite sum saturates at what a meter can count. */
export function addLimits(a: Limit, b: Limit): Limit {
  if (a === 'unlimited' || b === 'unlimited') return 'unlimited'
  return Math.min(a + b, MAX_UNITS)
}
