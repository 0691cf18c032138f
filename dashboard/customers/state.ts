/** How entitlements are told apart in lists and files. */
import type { EntitlementAnswer } from '../api/entitlements.ts'
import { NEARLY } from './reading.tsx'

/** What a list of entitlements may be narrowed to, with the words for it. */
export const STATES = {
  granted: 'has access',
  denied: 'denied',
  near: 'near or over a limit',
  overridden: 'overridden',
  inherited: 'inherited',
} as const

export type State = keyof typeof STATES

export function isState(text: string | undefined): text is State {
  return text !== undefined && text in STATES
}

export function isIn(state: State, entitlement: EntitlementAnswer): boolean {
  const { hasAccess, overridden, inherited } = entitlement
  switch (state) {
    case 'granted':
      return hasAccess
    case 'denied':
      return !hasAccess
    case 'near':
      return isNear(entitlement)
    case 'overridden':
      return overridden
    case 'inherited':
      return inherited
  }
}

function isNear({ limit, used = 0, carried = 0 }: EntitlementAnswer): boolean {
  return typeof limit === 'number' && used >= (limit + carried) * NEARLY
}

/** What a file of a customer's entitlements says. */
export const COLUMNS = [
  'featureId',
  'name',
  'type',
  'hasAccess',
  'reason',
  'value',
  'limit',
  'used',
  'balance',
  'overage',
  'carried',
  'resetAt',
  'inherited',
  'overridden',
  'sources',
] as const

export function rowOf(entitlement: EntitlementAnswer, name: string) {
  const { featureId, type, hasAccess, reason, value, limit, used, balance } = entitlement
  const { overage, carried, resetAt, inherited, overridden, sources } = entitlement
  const given = sources.map(({ kind, planId }) =>
    planId === undefined ? kind : `${kind} ${planId}`,
  )
  return [
    featureId,
    name,
    type,
    hasAccess,
    reason,
    value === undefined ? null : JSON.stringify(value),
    limit,
    used,
    balance,
    overage,
    carried,
    resetAt,
    inherited,
    overridden,
    given.join('; '),
  ]
}
