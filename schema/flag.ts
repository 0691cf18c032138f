/**
 * Entitlements as flags. A flag that stands for access is `false` where access is refused, never absent: absent means
 * "take the default of the code", and a default may say yes.
 */
import type { Entitlement, Freshness } from './calls.ts'

/** What the protocol's clients pass on to telemetry; they drop whatever is nested. */
export type Metadata = Readonly<Record<string, string | number | boolean>>

/** One evaluated flag, as the protocol has it. */
export interface Flag {
  readonly key: string
  /** Absent: the code's default stands. */
  readonly value?: unknown
  readonly reason: 'TARGETING_MATCH' | 'DISABLED' | 'UNKNOWN'
  /** Why, in our words. */
  readonly variant: string
  readonly metadata: Metadata
}

/** Ends the key of a meter's second flag: how much of it is left. No feature's id has a dot. */
const BALANCE = '.balance'

/** The feature that a flag is about. */
export function featureOf(key: string): string {
  return key.endsWith(BALANCE) ? key.slice(0, -BALANCE.length) : key
}

/** The flags of one entitlement, described by `about` beside what is told of it; none of what no feature is. */
export function flagsOf(entitlement: Entitlement, about: Metadata): readonly Flag[] {
  const { featureId, type, hasAccess, value, reason } = entitlement
  const metadata = { ...about, ...metadataOf(entitlement) }
  const known = {
    reason: reason === 'unavailable' ? 'UNKNOWN' : 'TARGETING_MATCH',
    metadata,
  } as const
  switch (type) {
    case null:
      return []
    case 'boolean':
      return [{ key: featureId, value: hasAccess, variant: reason, ...known }]
    case 'meter':
      return [
        { key: featureId, value: hasAccess, variant: reason, ...known },
        { key: featureId + BALANCE, ...balanceOf(entitlement), variant: reason, ...known },
      ]
    case 'customizable':
      return value === undefined
        ? [{ key: featureId, variant: reason, ...known, ...NO_VALUE[known.reason] }]
        : [{ key: featureId, value, variant: reason, ...known }]
  }
}

/** Who has no access has no value of ours; who cannot be known has none that we know. */
const NO_VALUE = {
  TARGETING_MATCH: { reason: 'DISABLED' },
  UNKNOWN: { reason: 'UNKNOWN' },
} as const

/** No number stands for a balance without end, or for one that nobody knows: there the code's default does. */
function balanceOf({ balance, reason }: Entitlement): Pick<Flag, 'value'> {
  if (balance === 'unlimited' || reason === 'unavailable') return {}
  return { value: balance ?? 0 }
}

function metadataOf(entitlement: Entitlement): Metadata {
  const { type, hasAccess, inherited, overridden, sources, grace, warnings, hint } = entitlement
  const [source] = sources
  return written({
    type,
    hasAccess,
    source: source?.kind,
    planId: source?.planId,
    subscriptionId: source?.subscriptionId,
    inherited,
    overridden,
    ...meterOf(entitlement),
    graceEndsAt: grace?.endsAt,
    warnings: warnings.map(({ code }) => code).join(',') || null,
    hint,
  })
}

function meterOf(entitlement: Entitlement): Loose {
  const { limit, used, balance, overage, carried, enforcement, resetAt } = entitlement
  if (limit === undefined) return {}
  return {
    unlimited: limit === 'unlimited',
    limit: finite(limit),
    used,
    balance: finite(balance),
    overage,
    carried,
    enforcement,
    resetAt,
  }
}

/** What the answer rests on: how old it is, and whether it is all that could be had. */
export function restingOn({ asOf, degraded }: Freshness): Metadata {
  return { asOf, degraded }
}

function finite(units: number | 'unlimited' | undefined): number | null {
  return typeof units === 'number' ? units : null
}

type Loose = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Without what does not apply: metadata knows no null. */
function written(loose: Loose): Metadata {
  const found: Record<string, string | number | boolean> = {}
  for (const [name, value] of Object.entries(loose))
    if (value !== null && value !== undefined) found[name] = value
  return found
}
