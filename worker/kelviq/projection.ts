/**
 * An entitlement as Kelviq's SDKs read it.
 *
 * They decide by themselves: of a meter, the one for Node takes nothing but `usageLimit` and `currentUsage`, and the
 * older one for Python `hardLimit` and `remaining`. So the figures are chosen such that each comes to our verdict, and
 * what they cannot say stands beside them under names of our own.
 */
import type { Reason } from '../../entitlements/entitlement.ts'
import type { EntitlementAnswer } from '../../schema/wire/access.ts'

/** One entitlement on Kelviq's wire, with what Sluice adds. */
export interface Entry {
  readonly featureId: string
  readonly featureType: 'BOOLEAN' | 'METER' | 'CUSTOMIZABLE'
  readonly hasAccess: boolean
  /** RFC 3339; null: never. */
  readonly resetAt: string | null
  readonly hardLimit: boolean
  /** Null: unlimited. */
  readonly usageLimit: number | null
  readonly currentUsage: number
  readonly remaining: number | null
  readonly reason: Reason
  readonly sources: EntitlementAnswer['sources']
  readonly overridden: boolean
  readonly warnings: EntitlementAnswer['warnings']
  /** Of a customizable feature: the value, whatever it is. */
  readonly value?: unknown
  /** Of a meter beyond its soft limit, which is shown as unlimited because it may go on. */
  readonly softLimit?: true
  readonly includedUsage?: number
  readonly overage?: number
}

/** The entry of an entitlement; null where the customer has none, which is how Kelviq says so. */
export function entryOf(entitlement: EntitlementAnswer): Entry | null {
  const { featureId, type, hasAccess, reason, sources, overridden, warnings } = entitlement
  if (type === null || !isHeld(reason)) return null
  return {
    featureId,
    featureType: TYPES[type],
    hasAccess,
    resetAt: entitlement.resetAt ?? null,
    ...figuresOf(entitlement),
    reason,
    sources,
    overridden,
    warnings,
  }
}

const TYPES = { boolean: 'BOOLEAN', meter: 'METER', customizable: 'CUSTOMIZABLE' } as const

/** Whether there is an entitlement at all, whatever it comes to: something gives it, or nothing can be known. */
function isHeld(reason: Reason): boolean {
  switch (reason) {
    case 'unknown_feature':
    case 'unknown_customer':
    case 'no_subscription':
    case 'subscription_ended':
    case 'grace_ended':
    case 'paused':
    case 'not_in_plan':
      return false
    case 'disabled':
    case 'limit_reached':
    case 'unavailable':
    case 'unlimited':
    case 'within_limit':
    case 'over_soft_limit':
    case 'enabled':
    case 'value':
      return true
  }
}

type Figures = Pick<Entry, 'hardLimit' | 'usageLimit' | 'currentUsage' | 'remaining'> &
  Pick<Entry, 'value' | 'softLimit' | 'includedUsage' | 'overage'>

const OPEN = { hardLimit: false, usageLimit: null, currentUsage: 0, remaining: null } as const
/** What every SDK takes for a refusal; no flag would do. */
const CLOSED = { hardLimit: true, usageLimit: 0, currentUsage: 0, remaining: 0 } as const

function figuresOf(entitlement: EntitlementAnswer): Figures {
  switch (entitlement.type) {
    case 'meter':
      return meterFigures(entitlement)
    case 'customizable':
      return valueFigures(entitlement)
    case 'boolean':
    case null:
      return OPEN
  }
}

/** A number rides where Kelviq puts it; any other value has a name of its own. */
function valueFigures({ value }: EntitlementAnswer): Figures {
  if (value === undefined) return OPEN
  const number = typeof value === 'number' ? value : null
  return { ...OPEN, usageLimit: number, remaining: number, value }
}

function meterFigures(entitlement: EntitlementAnswer): Figures {
  const { hasAccess, reason, enforcement, used = 0, balance, overage = 0 } = entitlement
  // Nothing is known of the meter: its policy has spoken.
  if (balance === undefined) return hasAccess ? OPEN : CLOSED
  if (balance === 'unlimited') return { ...OPEN, currentUsage: used }
  // All that is granted, carried units and overrides included; `limit` is what the plan says.
  const usageLimit = used + balance - overage
  if (reason === 'over_soft_limit') {
    return { ...OPEN, currentUsage: used, softLimit: true, includedUsage: usageLimit, overage }
  }
  const hardLimit = enforcement !== 'soft'
  return { hardLimit, usageLimit, currentUsage: used, remaining: usageLimit - used }
}
