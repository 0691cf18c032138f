/** What has been evaluated of one customer already, so that asking again costs a look-up. */
import type { CustomerState } from './advance.ts'
import type { Catalogue } from './catalogue.ts'
import type { Entitlement } from './entitlement.ts'
import { evaluate } from './evaluate.ts'
import type { Instant } from './instant.ts'

/** What is known of one customer's state. Whoever takes over another state begins with an empty one. */
export interface Evaluated {
  /** By feature; valid under `evaluatedWith` alone. */
  readonly evaluations: Map<string, Kept>
  evaluatedWith: Catalogue | null
}

/** An entitlement, for the stretch of time in which it was found to hold. */
export interface Kept {
  readonly entitlement: Entitlement
  readonly from: Instant
  /** Exclusive; null: until something is written. */
  readonly until: Instant | null
}

/** Whoever has evaluated nothing yet. */
export function nothingEvaluated(): Evaluated {
  return { evaluations: new Map(), evaluatedWith: null }
}

/**
 * The entitlement at `at`. Evaluated once for as long as it holds; only known features are kept, so that asking for
 * unknown ones fills no memory.
 */
export function entitlementFrom(
  evaluated: Evaluated,
  state: CustomerState,
  catalogue: Catalogue,
  featureId: string,
  at: Instant,
): Entitlement {
  if (evaluated.evaluatedWith !== catalogue) {
    evaluated.evaluations.clear()
    evaluated.evaluatedWith = null
  }
  const kept = evaluated.evaluations.get(featureId)
  if (kept !== undefined && at >= kept.from && (kept.until === null || at < kept.until)) {
    return kept.entitlement
  }
  const { entitlement, until } = evaluate(state, catalogue, featureId, at)
  // Not before: a catalogue that lacks a plan of the customer's throws.
  evaluated.evaluatedWith = catalogue
  if (catalogue.features.has(featureId)) {
    evaluated.evaluations.set(featureId, { entitlement, from: at, until })
  }
  return entitlement
}
