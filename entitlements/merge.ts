/**
 * Allowances as they are stated: what makes one whole and valid, and how a patch changes one.
 *
 * Whoever reads JSON has already checked that each field is of its type; here it is checked that the fields
 * make sense for the feature and beside each other.
 */
import { isMeterAllowance } from './allowance.ts'
import type {
  Allowance,
  AllowancePatch,
  BooleanAllowance,
  CustomizableAllowance,
  MeterAllowance,
} from './allowance.ts'
import type { FeatureType } from './catalogue.ts'
import { jsonBytes } from './json.ts'
import { err, ok } from './result.ts'
import type { Result } from './result.ts'

/** Why an allowance cannot stand for a feature. */
export type AllowanceFailure =
  | {
      readonly code: 'allowance_type_mismatch'
      /** The feature's type. */
      readonly type: FeatureType
      /** The fields that a feature of this type does not have. */
      readonly fields: readonly string[]
    }
  | InvalidAllowance

/** A field that is missing, out of range, or at odds with another. */
export interface InvalidAllowance {
  readonly code: 'invalid_allowance'
  readonly field: keyof MeterAllowance | 'enabled' | 'value'
  /** What would be valid there, in words that complete "expected …". */
  readonly expected: string
}

/** The largest customizable value, in bytes of JSON. */
export const VALUE_BYTES_MAX = 4096

/** The highest percentage of a limit that can be announced. */
export const ALERT_PERCENT_MAX = 1000

/**
 * The allowance that results from laying `patch` over `base`; without a base, over the type's defaults.
 *
 * The defaults are hard, never resetting, subscription anchor, no rollover, no alerts, `carry`; `limit`,
 * `value` and `enabled` have none and are required. What the patch states must agree with itself. Where it
 * is at odds with the base, the field that depends on the other falls away: alerts of an unlimited meter,
 * rollover of one that never resets, the calendar anchor of 28-day periods. So a patch that was valid over
 * one base stays valid over every later one.
 *
 * @param base An allowance that `checkAllowance` accepts for the same type.
 */
export function patchAllowance(
  base: Allowance | null,
  patch: AllowancePatch,
  type: FeatureType,
): Result<Allowance, AllowanceFailure> {
  const whole = complete({ ...base, ...patch }, type)
  if (!whole.ok) return whole
  const contradiction = contradictionIn(patch)
  return contradiction === null ? checkAllowance(settle(whole.value), type) : err(contradiction)
}

/**
 * Accepts an allowance that can stand for a feature of this type, and names the first fault of another.
 *
 * Limits are whole numbers up to 2^53 − 1 or unlimited; alerts ascend from 1 to 1000; a value is not null and
 * at most 4 KB. Rollover beside an unlimited limit is valid and carries nothing.
 */
export function checkAllowance(
  allowance: Allowance,
  type: FeatureType,
): Result<Allowance, AllowanceFailure> {
  const fault = mismatch(allowance, type) ?? faultIn(allowance)
  return fault === null ? ok(allowance) : err(fault)
}

/** What allowances of each type and patches of them have in common, for rules that read fields of one type. */
type AnyFields = Partial<BooleanAllowance & CustomizableAllowance & MeterAllowance>

const FIELDS: Record<FeatureType, ReadonlySet<string>> = {
  boolean: new Set(['enabled']),
  customizable: new Set(['value']),
  meter: new Set([
    'limit',
    'enforcement',
    'reset',
    'anchor',
    'rollover',
    'alertsAt',
    'onPlanChange',
  ]),
}

const METER_DEFAULTS: Omit<MeterAllowance, 'limit'> = {
  enforcement: 'hard',
  reset: 'never',
  anchor: 'subscription',
  rollover: null,
  alertsAt: [],
  onPlanChange: 'carry',
}

const EXPECTED = {
  enabled: 'true or false',
  limit: 'a whole number from 0 to 9007199254740991, or "unlimited"',
  value: `any JSON but null, at most ${VALUE_BYTES_MAX} bytes`,
  rollover: 'a whole percent from 1 to 100, and as max null or a whole number from 0',
  alertsAt: `ascending whole percentages from 1 to ${ALERT_PERCENT_MAX}`,
} as const

function complete(fields: AllowancePatch, type: FeatureType): Result<Allowance, AllowanceFailure> {
  const foreign = mismatch(fields, type)
  if (foreign !== null) return err(foreign)
  if ('enabled' in fields && fields.enabled !== undefined) return ok({ enabled: fields.enabled })
  if ('value' in fields && fields.value !== undefined) return ok({ value: fields.value })
  if ('limit' in fields && fields.limit !== undefined)
    return ok({ ...METER_DEFAULTS, ...fields, limit: fields.limit })
  return err(missingField(type))
}

function missingField(type: FeatureType): InvalidAllowance {
  switch (type) {
    case 'boolean':
      return invalid('enabled', EXPECTED.enabled)
    case 'customizable':
      return invalid('value', EXPECTED.value)
    case 'meter':
      return invalid('limit', EXPECTED.limit)
  }
}

function settle(allowance: Allowance): Allowance {
  if (!isMeterAllowance(allowance)) return allowance
  return {
    ...allowance,
    anchor: allowance.reset === 'every_28_days' ? 'subscription' : allowance.anchor,
    rollover: allowance.reset === 'never' ? null : allowance.rollover,
    alertsAt: allowance.limit === 'unlimited' ? [] : allowance.alertsAt,
  }
}

function mismatch(fields: AllowancePatch, type: FeatureType): AllowanceFailure | null {
  const foreign = Object.keys(fields).filter((field) => !FIELDS[type].has(field))
  return foreign.length === 0
    ? null
    : { code: 'allowance_type_mismatch', type, fields: foreign.toSorted() }
}

function faultIn(allowance: Allowance): InvalidAllowance | null {
  if (isMeterAllowance(allowance)) return rangeFaultIn(allowance) ?? contradictionIn(allowance)
  if ('enabled' in allowance) return null
  const valid = allowance.value !== null && jsonBytes(allowance.value) <= VALUE_BYTES_MAX
  return valid ? null : invalid('value', EXPECTED.value)
}

function rangeFaultIn({ limit, rollover, alertsAt }: MeterAllowance): InvalidAllowance | null {
  if (limit !== 'unlimited' && !isQuantity(limit)) return invalid('limit', EXPECTED.limit)
  if (rollover !== null) {
    const { percent, max } = rollover
    if (!isWholeFrom1To(100, percent) || (max !== null && !isQuantity(max)))
      return invalid('rollover', EXPECTED.rollover)
  }
  const ascends = alertsAt.every(
    (percent, index) =>
      isWholeFrom1To(ALERT_PERCENT_MAX, percent) && percent > (alertsAt[index - 1] ?? 0),
  )
  return ascends ? null : invalid('alertsAt', EXPECTED.alertsAt)
}

/** What the stated fields say against each other; a field that is not stated agrees with all. */
function contradictionIn(stated: AnyFields): InvalidAllowance | null {
  const { limit, reset, anchor, rollover, alertsAt } = stated
  if (reset === 'every_28_days' && anchor === 'calendar')
    return invalid('anchor', '"subscription", since the calendar has no periods of 28 days')
  if (reset === 'never' && rollover)
    return invalid('rollover', 'null, since the meter never resets')
  if (limit === 'unlimited' && alertsAt?.length)
    return invalid('alertsAt', 'an empty list, since nothing is a percentage of unlimited')
  return null
}

function invalid(field: InvalidAllowance['field'], expected: string): InvalidAllowance {
  return { code: 'invalid_allowance', field, expected }
}

function isQuantity(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function isWholeFrom1To(max: number, value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max
}
