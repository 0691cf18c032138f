/**
 * Impact: what a change means to a customer, feature by feature. The words of every preview.
 *
 * One definition for one customer and for a hundred thousand, so that a preview and a comparison of answers before
 * and after can never disagree about what a loss is.
 */
import type { Limit } from './allowance.ts'
import type { Entitlement } from './entitlement.ts'
import { accessTo } from './evaluate.ts'

/** What of an entitlement can be gained or lost. */
export interface Standing {
  /** The answer for quantity 1. */
  readonly hasAccess: boolean
  /** Units in force without what was carried; 0 where no allowance holds, and for features that are no meters. */
  readonly limit: Limit
  /** Whether use beyond the limit is let through. */
  readonly soft: boolean
  /** Whether more is used than an allowance in force grants. */
  readonly over: boolean
}

/** What a change does to one customer's entitlement for one feature. */
export interface Impact {
  readonly turn: 'gain' | 'loss' | null
  /** Whether more is used than granted after the change, and was not before. */
  readonly overLimit: boolean
}

/** The standing that an entitlement gives. */
export function standingOf(entitlement: Entitlement): Standing {
  const { missing, meter } = entitlement
  const { hasAccess } = accessTo(entitlement, 1, 0)
  if (meter === null) return { hasAccess, limit: 0, soft: false, over: false }
  const isHeld = missing === null
  return {
    hasAccess,
    limit: isHeld ? meter.limit : 0,
    soft: isHeld && meter.limit !== 'unlimited' && meter.enforcement === 'soft',
    over: isHeld && meter.overage > 0,
  }
}

/**
 * What lies between two standings.
 *
 * The answer for quantity 1 decides; where it stays, the limit does (no allowance counts as 0; unlimited is the most);
 * where that stays too, a limit that lets more through is a gain. Another value of a customizable feature is
 * neither gain nor loss.
 */
export function impactBetween(before: Standing, after: Standing): Impact {
  const more =
    Number(after.hasAccess) - Number(before.hasAccess) ||
    compared(after.limit, before.limit) ||
    Number(after.soft) - Number(before.soft)
  const turn = more > 0 ? 'gain' : more < 0 ? 'loss' : null
  return { turn, overLimit: after.over && !before.over }
}

function compared(a: Limit, b: Limit): number {
  if (a === b) return 0
  if (a === 'unlimited') return 1
  return b === 'unlimited' ? -1 : a - b
}
