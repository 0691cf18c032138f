/** An override on its way: what the fields of its dialog hold, and what that says to the service. */
import type { OverrideInput } from '../api/entitlements.ts'
import { jsonIn, wholeNumberIn, wholeNumbersIn } from '../parts/written.ts'
import type { Row } from './feature-row.tsx'

export interface Draft {
  readonly type: 'boolean' | 'meter' | 'customizable'
  readonly isEnabled: boolean
  /** JSON. */
  readonly value: string
  /** Empty: as the plan says. */
  readonly limit: string
  readonly isUnlimited: boolean
  readonly meter: MeterDraft
  /** As a field for date and time has it; empty: now, or since when the override that stands began. */
  readonly startAt: string
  /** Empty: no end. */
  readonly expiresAt: string
  readonly reason: string
  readonly isStandalone: boolean
}

/** What a meter does beside its limit. Words of the API; nothing: as the plan says. */
export interface MeterDraft {
  readonly enforcement: string | undefined
  readonly reset: string | undefined
  readonly anchor: string | undefined
  readonly onPlanChange: string | undefined
  readonly rollover: 'none' | 'share' | undefined
  readonly rolloverPercent: string
  /** Empty: however much it is. */
  readonly rolloverMax: string
  readonly alerts: 'none' | 'some' | undefined
  /** Percentages, by commas. */
  readonly alertsAt: string
}

type Stated = OverrideInput['allowance']

/** Begins with the override that stands, else with what holds now. */
export function draftOf({ entitlement, override }: Row): Draft {
  const { type, value: valueNow, hasAccess } = entitlement
  const stated = override?.allowance ?? {}
  const { enabled = !hasAccess, value = valueNow, limit } = stated
  return {
    type: type ?? 'boolean',
    isEnabled: enabled,
    value: value === undefined ? '' : JSON.stringify(value, null, 2),
    limit: typeof limit === 'number' ? String(limit) : '',
    isUnlimited: limit === 'unlimited',
    meter: meterDraftOf(stated),
    startAt: '',
    expiresAt: fieldText(override?.expiresAt ?? ''),
    reason: override?.reason ?? '',
    isStandalone: override?.standalone ?? false,
  }
}

/** How a field for date and time writes a full minute. */
export const MINUTE = 'YYYY-MM-DDTHH:MM'

/** An instant as such a field has it: no part of it is lost where it is sent again. */
function fieldText(at: string): string {
  return at.replace(/(?:(?<=T\d\d:\d\d):00)?(?:\.0+)?Z$/, '')
}

function meterDraftOf(stated: Stated): MeterDraft {
  const { enforcement, reset, anchor, onPlanChange, rollover, alertsAt } = stated
  return {
    enforcement,
    reset,
    anchor,
    onPlanChange,
    rollover: rollover === undefined ? undefined : rollover === null ? 'none' : 'share',
    rolloverPercent: String(rollover?.percent ?? ''),
    rolloverMax: String(rollover?.max ?? ''),
    alerts: alertsAt === undefined ? undefined : alertsAt.length === 0 ? 'none' : 'some',
    alertsAt: alertsAt?.join(', ') ?? '',
  }
}

/** What the draft says; null where it is not complete, or says nothing yet. */
export function allowanceIn(draft: Draft): Stated | null {
  switch (draft.type) {
    case 'boolean':
      return { enabled: draft.isEnabled }
    case 'customizable': {
      const value = jsonIn(draft.value)
      return value === undefined || value === null ? null : { value }
    }
    case 'meter': {
      const limit = draft.isUnlimited ? ('unlimited' as const) : optionalIn(draft.limit)
      const rest = restIn(draft.meter)
      if (limit === null || rest === null) return null
      const stated = { ...(limit !== undefined && { limit }), ...rest }
      return Object.keys(stated).length === 0 ? null : stated
    }
  }
}

/** Everything but the limit. */
function restIn(meter: MeterDraft): Stated | null {
  const { enforcement, reset, anchor, onPlanChange, alerts } = meter
  const rollover = rolloverIn(meter)
  const alertsAt = alerts === 'some' ? percentagesIn(meter.alertsAt) : []
  if (rollover === 'incomplete' || alertsAt === null) return null
  return {
    ...(enforcement !== undefined && { enforcement }),
    ...(reset !== undefined && { reset }),
    ...(anchor !== undefined && { anchor }),
    ...(onPlanChange !== undefined && { onPlanChange }),
    ...(rollover !== undefined && { rollover }),
    ...(alerts !== undefined && { alertsAt }),
  }
}

function rolloverIn(meter: MeterDraft): Stated['rollover'] | 'incomplete' {
  const { rollover, rolloverPercent, rolloverMax } = meter
  if (rollover === undefined) return undefined
  if (rollover === 'none') return null
  const percent = wholeNumberIn(rolloverPercent)
  const max = optionalIn(rolloverMax)
  return percent === null || max === null ? 'incomplete' : { percent, max: max ?? null }
}

/** Nothing where nothing was written; null where it is no number. */
function optionalIn(text: string): number | null | undefined {
  return text.trim() === '' ? undefined : wholeNumberIn(text)
}

/** Percentages by commas; null where one is no number, or there is none. */
export function percentagesIn(text: string): readonly number[] | null {
  const percentages = wholeNumbersIn(text)
  return percentages?.length === 0 ? null : percentages
}
