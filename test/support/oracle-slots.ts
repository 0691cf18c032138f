/** What the oracle posts usage to, and in which order it is spent. */
import type { Limit, MeterAllowance } from '../../entitlements/allowance.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { Giver } from './oracle-givers.ts'

/** A stretch of time of one giver that usage is posted to. */
export interface Slot {
  readonly no: number
  giver: string
  sort: 'period' | 'brought' | 'loose' | 'left'
  planId: string | null
  from: Instant
  /** Infinity: for ever. */
  to: number
  readonly brought: number
  wiped: boolean
  gone: boolean
}

/** A slot whose usage the meter shows, with what it grants now. */
export interface Counted {
  readonly slot: Slot
  readonly granted: number
  readonly soft: boolean
}

export function grantOf(slot: Slot, { speaks, terms, overriddenFrom }: Giver): number {
  if (!speaks || terms === null) return 0
  if (slot.sort === 'period') return unitsOf(terms)
  return overriddenFrom === null || slot.from >= overriddenFrom ? slot.brought : 0
}

export function inBurnOrder(a: Counted, b: Counted): number {
  if ((a.granted === Infinity) !== (b.granted === Infinity)) return a.granted === Infinity ? -1 : 1
  if (a.slot.to !== b.slot.to) return a.slot.to < b.slot.to ? -1 : 1
  const brought = [a, b].filter(({ slot }) => slot.sort === 'brought')
  if (brought.length === 1) return brought[0] === a ? -1 : 1
  if (a.slot.from !== b.slot.from) return a.slot.from - b.slot.from
  return a.slot.giver < b.slot.giver ? -1 : 1
}

export function unitsOf(terms: MeterAllowance | null): number {
  if (terms === null) return 0
  return terms.limit === 'unlimited' ? Infinity : terms.limit
}

export function limitFrom(units: number): Limit {
  return units === Infinity ? 'unlimited' : units
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
