/** An override on its way: what the fields of its dialog hold, and what that says to the service. */
import type { OverrideInput } from '../api/entitlements.ts'
import type { Row } from './feature-row.tsx'

export interface Draft {
  readonly type: 'boolean' | 'meter' | 'customizable'
  readonly isEnabled: boolean
  /** JSON. */
  readonly value: string
  readonly limit: string
  readonly isUnlimited: boolean
  /** A word of the API; nothing: as the plan says. */
  readonly enforcement: string | undefined
  readonly reset: string | undefined
  /** As a field for date and time has it; empty: no end. */
  readonly expiresAt: string
  readonly reason: string
  readonly isStandalone: boolean
  /** What the override that stands says beside; it stays as it is. */
  readonly rest: OverrideInput['allowance']
}

/** Begins with the override that stands, else with what holds now. */
export function draftOf({ entitlement, override }: Row): Draft {
  const { type, limit: limitNow, value: valueNow, hasAccess } = entitlement
  const stated = override?.allowance ?? {}
  const { enabled, value = valueNow, limit = limitNow, enforcement, reset, ...rest } = stated
  return {
    type: type ?? 'boolean',
    isEnabled: enabled ?? !hasAccess,
    value: value === undefined ? '' : JSON.stringify(value, null, 2),
    limit: typeof limit === 'number' ? String(limit) : '',
    isUnlimited: limit === 'unlimited',
    enforcement,
    reset,
    expiresAt: override?.expiresAt?.slice(0, 'YYYY-MM-DDTHH:MM'.length) ?? '',
    reason: override?.reason ?? '',
    isStandalone: override?.standalone ?? false,
    rest,
  }
}

/** What the draft says; null where it is not complete. */
export function allowanceIn(draft: Draft): OverrideInput['allowance'] | null {
  switch (draft.type) {
    case 'boolean':
      return { enabled: draft.isEnabled }
    case 'customizable': {
      const value = jsonIn(draft.value)
      return value === undefined || value === null ? null : { value }
    }
    case 'meter': {
      const { rest, enforcement, reset, limit: text, isUnlimited } = draft
      const limit = isUnlimited ? ('unlimited' as const) : wholeNumberIn(text)
      if (limit === null) return null
      return {
        ...rest,
        limit,
        ...(enforcement !== undefined && { enforcement }),
        ...(reset !== undefined && { reset }),
      }
    }
  }
}

/** What was written as JSON; nothing where it is none. */
export function jsonIn(
  text: string,
): NonNullable<OverrideInput['allowance']['value']> | null | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** With or without separators; null where it is no number that is counted exactly. */
export function wholeNumberIn(text: string): number | null {
  const digits = text.replaceAll(/[\s,_']/g, '')
  const value = Number(digits)
  return /^\d+$/.test(digits) && Number.isSafeInteger(value) ? value : null
}
