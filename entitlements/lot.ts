import type { Instant } from './instant.ts'

/**
 * Units of one meter that belong together: what one holding allows in one period, or what it carried over.
 *
 * An allowance lot stores only what was used. What it grants is read from the allowance in force, so that
 * an edit of a plan's limit rewrites no lot.
 */
export interface Lot {
  /** Names the lot in the ledger. Kept when a later allowance takes the lot over. */
  readonly id: string
  readonly featureId: string
  /** The subscription's id, or `default_plan`, `override` or `unattached`. */
  readonly holdingId: string
  readonly kind: LotKind
  /** The plan that governed the lot when it was last advanced; a difference to now is a plan change. */
  readonly planId: string | null
  readonly startAt: Instant
  /** Null: never ends. */
  readonly endsAt: Instant | null
  readonly used: number
  /** Units of a carried lot; 0 on every other kind, whose grant is read from the allowance in force. */
  readonly granted: number
  /** Whether entering a plan has zeroed the lot in this period; it happens at most once. */
  readonly zeroed: boolean
  /** The highest alert percentage that was announced in this period; 0 before the first. */
  readonly alerted: number
}

/**
 * `allowance` and `carried` are open. `unattached` holds usage reported without any allowance. `retired` is
 * what was used of a free plan that ended, so that taking it again before the period is over gives no new quota.
 */
export type LotKind = 'allowance' | 'carried' | 'unattached' | 'retired'

/** A customer's lots by feature. */
export type Lots = ReadonlyMap<string, readonly Lot[]>

/**
 * How a lot is named when it is opened.
 *
 * Unique among the lots of a customer: a holding opens one lot of a kind for a feature at an instant. Not the name of
 * a lot that an allowance took over, nor of one on no allowance: those have the names that they were given.
 */
export function lotIdOf(lot: Omit<Lot, 'id'>): string {
  return `${lot.holdingId}/${lot.featureId}/${lot.kind}/${lot.startAt}`
}
