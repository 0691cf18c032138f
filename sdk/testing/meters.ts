/** Using meters, as a customer object decides it. */
import { advance, type CustomerState, type MeterChange } from '../../entitlements/advance.ts'
import type { Catalogue } from '../../entitlements/catalogue.ts'
import { consume } from '../../entitlements/consume.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { isLate, occurredWithin } from '../../entitlements/occurred.ts'
import { report } from '../../entitlements/report.ts'
import { SluiceError } from '../client/error.ts'

/** What became of a use. */
export interface Outcome<T> {
  readonly state: CustomerState
  readonly said: T
  /** The quantity that the answer's entitlement speaks of. */
  readonly asks: number
}

export interface Consumed {
  readonly consumed: boolean
  readonly quantity: number
}

export interface Recorded {
  readonly recorded: boolean
  readonly applied: number
  readonly clamped: boolean
  readonly late: boolean
}

/** A report whose words are understood. */
export interface Reading {
  readonly featureId: string
  readonly behaviour: 'delta' | 'set'
  readonly value: number
  readonly enforce: boolean
  readonly occurredAt: Instant | null
}

/** Checks and counts in one step, all or nothing. */
export function consumed(
  before: CustomerState,
  catalogue: Catalogue,
  featureId: string,
  quantity: number,
  now: Instant,
): Outcome<Consumed> {
  mustBeMeter(catalogue, featureId)
  const { state } = advance(before, catalogue, now)
  const consumption = consume(state, catalogue, featureId, quantity, now)
  switch (consumption.outcome) {
    case 'overflow':
      throw refused('quantity_overflow', 422, featureId)
    case 'refused':
      return { state, said: { consumed: false, quantity }, asks: quantity }
    case 'consumed': {
      const said = { consumed: true, quantity }
      return { state: withChange(state, featureId, consumption.change), said, asks: 1 }
    }
  }
}

/** Records what has happened. */
export function reported(
  before: CustomerState,
  catalogue: Catalogue,
  reading: Reading,
  now: Instant,
): Outcome<Recorded> {
  const { featureId, occurredAt, value } = reading
  mustBeMeter(catalogue, featureId)
  const { from, to } = occurredWithin(now)
  if (occurredAt !== null && (occurredAt < from || occurredAt > to)) {
    throw refused('occurred_at_out_of_range', 422, featureId)
  }
  const { state } = advance(before, catalogue, now)
  if (occurredAt !== null && isLate(state, catalogue, featureId, occurredAt, now)) {
    return { state, said: { recorded: true, applied: 0, clamped: false, late: true }, asks: 1 }
  }
  const outcome = report(state, catalogue, featureId, reading, now)
  switch (outcome.outcome) {
    case 'overflow':
      throw refused('quantity_overflow', 422, featureId)
    case 'refused': {
      const said = { recorded: false, applied: 0, clamped: false, late: false }
      return { state, said, asks: Math.max(1, value) }
    }
    case 'recorded': {
      const { applied, clamped, change } = outcome
      const said = { recorded: true, applied, clamped, late: false }
      return { state: withChange(state, featureId, change), said, asks: 1 }
    }
  }
}

/** What the service refuses with. */
export function refused(code: string, status: number, subject: string): SluiceError {
  return new SluiceError(code, { message: `${code}: '${subject}'`, status })
}

function withChange(
  state: CustomerState,
  featureId: string,
  { lots: changed }: MeterChange,
): CustomerState {
  const lots = new Map(state.lots)
  if (changed.length > 0) lots.set(featureId, changed)
  else lots.delete(featureId)
  return { ...state, lots }
}

function mustBeMeter({ features }: Catalogue, featureId: string): void {
  const feature = features.get(featureId)
  if (feature === undefined) throw refused('feature_not_found', 404, featureId)
  if (feature.type !== 'meter') throw refused('feature_not_metered', 422, featureId)
}
