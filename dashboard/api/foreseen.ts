/** What a change will most likely make of an entitlement, until the service has said what it did. */
import type { QueryClient } from '@tanstack/react-query'
import {
  entitlementsKey,
  type EntitlementAnswer,
  type Held,
  type Metered,
  type OverrideInput,
} from './entitlements.ts'

/** Shows an entitlement as it will be; returns how to show it as it was. */
export function foresee(
  queries: QueryClient,
  { customerId, featureId }: Metered,
  change: (entitlement: EntitlementAnswer) => EntitlementAnswer,
): () => void {
  const key = entitlementsKey(customerId)
  const before = queries.getQueryData<Held>(key)
  if (before === undefined) return () => undefined
  const was = before.data.find((each) => each.featureId === featureId)
  const put = (held: Held, to: EntitlementAnswer): Held => ({
    ...held,
    data: held.data.map((each) => (each.featureId === featureId ? to : each)),
  })
  if (was === undefined) return () => undefined
  queries.setQueryData<Held>(key, put(before, change(was)))
  // Of this feature alone: the others may have moved on meanwhile.
  return () => queries.setQueryData<Held>(key, (now) => now && put(now, was))
}

/** With another reading. */
export function withUsed(entitlement: EntitlementAnswer, used: number): EntitlementAnswer {
  return metered({ ...entitlement, used })
}

/** With what an override states in place of what the plan says; as it is where that begins only later. */
export function withOverride(
  entitlement: EntitlementAnswer,
  { allowance, startAt, expiresAt }: OverrideInput,
): EntitlementAnswer {
  if (startAt !== undefined) return entitlement
  const { enabled, value, limit, enforcement } = allowance
  const [given] = entitlement.sources
  const overridden: EntitlementAnswer = {
    ...entitlement,
    overridden: true,
    inherited: false,
    sources: [
      {
        kind: 'override',
        ...(given?.planId !== undefined && { planId: given.planId }),
        ...(expiresAt !== null && { expiresAt }),
      },
    ],
    ...(value !== undefined && { value, hasAccess: true, reason: 'value' as const }),
    ...(enabled !== undefined && {
      hasAccess: enabled,
      reason: enabled ? ('enabled' as const) : ('disabled' as const),
    }),
    ...(limit !== undefined && { limit, used: entitlement.used ?? 0 }),
    ...((enforcement === 'hard' || enforcement === 'soft') && { enforcement }),
  }
  return overridden.limit === undefined ? overridden : metered(overridden)
}

/** The figures of a meter that follow from its reading and its limit. */
function metered(entitlement: EntitlementAnswer): EntitlementAnswer {
  const { limit = 0, used = 0, carried = 0, enforcement } = entitlement
  if (limit === 'unlimited') {
    return { ...entitlement, balance: limit, overage: 0, hasAccess: true, reason: 'unlimited' }
  }
  const granted = limit + carried
  const balance = Math.max(0, granted - used)
  const [hasAccess, reason] =
    balance > 0
      ? ([true, 'within_limit'] as const)
      : enforcement === 'soft'
        ? ([true, 'over_soft_limit'] as const)
        : ([false, 'limit_reached'] as const)
  return { ...entitlement, balance, overage: Math.max(0, used - granted), hasAccess, reason }
}
