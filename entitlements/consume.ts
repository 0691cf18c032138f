import type { CustomerState, MeterChange } from './advance.ts'
import { balanceOf, enforcementOf } from './balance.ts'
import type { Catalogue } from './catalogue.ts'
import type { Instant } from './instant.ts'
import { book, burn, isInForce, meterAt, overflows } from './meter.ts'

/** The answer to one attempt to consume. A refusal is an answer and changes nothing. */
export type Consumption =
  | { readonly outcome: 'consumed'; readonly change: MeterChange }
  | { readonly outcome: 'refused' }
  /** The reading would exceed 2^53 − 1. */
  | { readonly outcome: 'overflow' }

/**
 * Checks and counts in one step: all of `quantity` or nothing.
 *
 * Hard limits refuse beyond the balance. Soft ones never refuse: the excess is booked on the soft lot that ends
 * soonest and vanishes when it closes. Usage of an unlimited meter is counted like any other.
 *
 * @param quantity Units, 1 to 2^53 − 1.
 */
export function consume(
  state: CustomerState,
  catalogue: Catalogue,
  featureId: string,
  quantity: number,
  now: Instant,
): Consumption {
  const meter = meterAt(state, catalogue, featureId, now)
  if (!isInForce(meter)) return { outcome: 'refused' }
  const balance = balanceOf(meter.counting)
  const exceeds = balance !== 'unlimited' && quantity > balance
  if (exceeds && enforcementOf(meter.grants) === 'hard') return { outcome: 'refused' }
  if (overflows(meter, quantity)) return { outcome: 'overflow' }
  return { outcome: 'consumed', change: book(meter, burn(meter, quantity), 'consume') }
}
