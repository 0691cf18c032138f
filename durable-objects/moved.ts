/** How far a meter has moved since it was last published: what decides how soon it is published again. */
import { accessTo, evaluate } from '../entitlements/evaluate.ts'
import type { Instant } from '../entitlements/instant.ts'
import type { Held } from './storage.ts'

/** What the edge needs to know of a meter. */
export interface Reading {
  /** The answer for quantity 1. */
  readonly hasAccess: boolean
  readonly used: number
  /** Infinity: unlimited. */
  readonly limit: number
}

/**
 * `flip`: the answer for quantity 1 changed. `far`: at least 5 % of the limit moved, so that an edge may grant or
 * confirm by the wrong margin. `little`: neither.
 */
export type Move = 'flip' | 'far' | 'little'

/** The share of the limit that may move before KV has to hear of it, in percent. */
const FAR_PERCENT = 5

/** The reading of a meter as an edge that holds this state would see it at `now`. */
export function readingOf(held: Held, featureId: string, now: Instant): Reading {
  const { entitlement } = evaluate(held.state, held.catalogue, featureId, now)
  const { limit, used } = entitlement.meter ?? { limit: 0, used: 0 }
  return {
    hasAccess: accessTo(entitlement, 1, now).hasAccess,
    used,
    limit: limit === 'unlimited' ? Number.POSITIVE_INFINITY : limit,
  }
}

/** How far a meter is from what was published. */
export function moveBetween(published: Reading, now: Reading): Move {
  if (published.hasAccess !== now.hasAccess) return 'flip'
  const moved = Math.abs(now.used - published.used)
  return moved > 0 && moved >= (now.limit / 100) * FAR_PERCENT ? 'far' : 'little'
}
