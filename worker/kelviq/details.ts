/** What a plan says of one feature: an allowance of ours, `details` of Kelviq's. */
import {
  type Allowance,
  type AllowancePatch,
  isMeterAllowance,
  type MeterAllowance,
  type Reset,
  type Rollover,
} from '../../entitlements/allowance.ts'
import type { FeatureType, Mark } from '../../entitlements/catalogue.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { ResetWord } from '../../schema/kelviq-words.ts'
import type { EntitlementDetails } from '../../schema/wire/kelviq-catalogue.ts'
import type { Failure, FieldError } from '../failures.ts'

/** An allowance as Kelviq tells it. */
export interface Details {
  readonly value: unknown
  readonly hasUnlimitedUsage: boolean
  readonly reset?: ResetWord
  readonly resetTime?: 'BEGINNING_OF_PERIOD' | null
  readonly hardLimit?: boolean
  readonly rollover?: object
  readonly usageAlerts?: object
  readonly isInherited: boolean
  readonly isValueOverridden: boolean
}

/** What stands for a number without bound where a customizable feature has no limit. */
export const UNLIMITED = 'unlimited'

/** The allowance in Kelviq's words. */
export function detailsOf(allowance: Allowance, mark: Mark): Details {
  const marks = { isInherited: mark === 'inherited', isValueOverridden: mark === 'overridden' }
  if ('enabled' in allowance)
    return { value: allowance.enabled, hasUnlimitedUsage: false, ...marks }
  if (isMeterAllowance(allowance)) return { ...meterDetails(allowance), ...marks }
  const { value } = allowance
  const hasUnlimitedUsage = value === UNLIMITED
  return { value: hasUnlimitedUsage ? null : value, hasUnlimitedUsage, ...marks }
}

/**
 * What the details state of a feature; what they leave out stays as it is in force. Null: the plan is to inherit it
 * again. Whether the values make sense is for the catalogue to say.
 *
 * @param inForce What the plan gives now; null where it gives nothing.
 */
export function patchFrom(
  details: EntitlementDetails,
  type: FeatureType,
  inForce: Allowance | null,
): Result<AllowancePatch | null, readonly FieldError[]> {
  if (isReturn(details)) return ok(null)
  switch (type) {
    case 'boolean':
      return booleanPatch(details)
    case 'customizable':
      return customizablePatch(details)
    case 'meter':
      return meterPatch(details, inForce)
  }
}

/**
 * A failure of an edit in Kelviq's words.
 *
 * @param where Where the request has the details of a feature.
 */
export function inDetails(failure: Failure, where: (featureId: string) => string): Failure {
  if (failure.code !== 'invalid_request') return failure
  const errors = failure.errors.map((each) => {
    const [, place, featureId = '', field = '', part = ''] = each.pointer.split('/')
    if (place !== 'allowances') return each
    const steps = [FIELDS.get(field) ?? field, PARTS.get(part) ?? part]
    const expected = each.expected
      .replace('"unlimited"', '{"hasUnlimitedUsage": true}')
      .replace('"subscription"', 'null')
    return { ...each, expected, pointer: [where(featureId), ...steps.filter(Boolean)].join('/') }
  })
  return { ...failure, errors }
}

const FIELDS: ReadonlyMap<string, string> = new Map([
  ['limit', 'value'],
  ['enabled', 'value'],
  ['enforcement', 'hardLimit'],
  ['anchor', 'resetTime'],
  ['alertsAt', 'usageAlerts'],
])

const PARTS: ReadonlyMap<string, string> = new Map([
  ['percent', 'percentage'],
  ['max', 'limit'],
])

/** The kind of period that a word means. */
export function resetOf(word: ResetWord): Reset {
  switch (word) {
    case 'NEVER':
      return 'never'
    case 'EVERY_DAY':
      return 'daily'
    case 'EVERY_WEEK':
      return 'weekly'
    case 'EVERY_28_DAYS':
      return 'every_28_days'
    case 'EVERY_MONTH':
      return 'monthly'
    case 'EVERY_QUARTER':
      return 'quarterly'
    case 'EVERY_YEAR':
      return 'yearly'
  }
}

const RESETS: Readonly<Record<Reset, ResetWord>> = {
  never: 'NEVER',
  daily: 'EVERY_DAY',
  weekly: 'EVERY_WEEK',
  every_28_days: 'EVERY_28_DAYS',
  monthly: 'EVERY_MONTH',
  quarterly: 'EVERY_QUARTER',
  yearly: 'EVERY_YEAR',
}

function meterDetails(
  allowance: MeterAllowance,
): Omit<Details, 'isInherited' | 'isValueOverridden'> {
  const { limit, enforcement, reset, anchor, rollover, alertsAt } = allowance
  return {
    value: limit === 'unlimited' ? null : limit,
    hasUnlimitedUsage: limit === 'unlimited',
    reset: RESETS[reset],
    resetTime: anchor === 'calendar' ? 'BEGINNING_OF_PERIOD' : null,
    hardLimit: enforcement === 'hard',
    rollover:
      rollover === null ? {} : { enabled: true, percentage: rollover.percent, limit: rollover.max },
    usageAlerts:
      alertsAt.length === 0
        ? {}
        : { enabled: true, thresholds: alertsAt, thresholdType: 'PERCENTAGE' },
  }
}

/** Says nothing but that it is inherited. */
function isReturn({ isInherited, ...stated }: EntitlementDetails): boolean {
  return isInherited === true && Object.keys(stated).length === 0
}

function booleanPatch({ value = true }: EntitlementDetails): Patch<AllowancePatch> {
  return typeof value === 'boolean' ? ok({ enabled: value }) : wrong('/value', 'true or false')
}

function customizablePatch({
  value,
  hasUnlimitedUsage,
}: EntitlementDetails): Patch<AllowancePatch> {
  if (hasUnlimitedUsage === true) return ok({ value: UNLIMITED })
  if (value !== undefined && value !== null) return ok({ value })
  return wrong('/value', 'any JSON but null, or {"hasUnlimitedUsage": true}')
}

type Patch<P> = Result<P, readonly FieldError[]>

function meterPatch(
  details: EntitlementDetails,
  inForce: Allowance | null,
): Patch<Partial<MeterAllowance>> {
  const current = inForce !== null && isMeterAllowance(inForce) ? inForce : null
  const limit = limitFrom(details, current)
  if (!limit.ok) return limit
  const rollover = rolloverFrom(details.rollover)
  if (!rollover.ok) return rollover
  const alertsAt = alertsFrom(details.usageAlerts, limit.value ?? current?.limit ?? null)
  if (!alertsAt.ok) return alertsAt
  const { reset, resetTime, hardLimit } = details
  return ok({
    ...(limit.value !== undefined && { limit: limit.value }),
    ...(reset && { reset: resetOf(reset) }),
    ...(resetTime !== undefined && { anchor: resetTime === null ? 'subscription' : 'calendar' }),
    ...(typeof hardLimit === 'boolean' && { enforcement: hardLimit ? 'hard' : 'soft' }),
    ...(rollover.value !== undefined && { rollover: rollover.value }),
    ...(alertsAt.value !== undefined && { alertsAt: alertsAt.value }),
  })
}

/** Undefined: it is not stated. A number is passed on as it is: the catalogue refuses what is no quantity. */
function limitFrom(
  { value, hasUnlimitedUsage }: EntitlementDetails,
  current: MeterAllowance | null,
): Patch<MeterAllowance['limit'] | undefined> {
  const expected = 'a whole number from 0 to 9007199254740991, or {"hasUnlimitedUsage": true}'
  if (hasUnlimitedUsage === true) return ok('unlimited')
  if (typeof value === 'number') return ok(value)
  if (value !== undefined && value !== null) return wrong('/value', expected)
  const isLeftOut =
    current !== null && !(hasUnlimitedUsage === false && current.limit === 'unlimited')
  return isLeftOut ? ok(undefined) : wrong('/value', expected)
}

/**
 * A limit of 0 is refused: whether it means "nothing" or "no cap" is said nowhere, and either would surprise somebody.
 */
function rolloverFrom(
  rollover: EntitlementDetails['rollover'],
): Patch<Rollover | null | undefined> {
  if (rollover === undefined) return ok(undefined)
  if (rollover === null || rollover.enabled !== true) return ok(null)
  const { percentage, limit = null } = rollover
  if (typeof percentage !== 'number') {
    return wrong('/rollover/percentage', 'a whole percent from 1 to 100')
  }
  if (limit === 0) return wrong('/rollover/limit', 'a whole number from 1, or null for no cap')
  return ok({ percent: percentage, max: limit })
}

function alertsFrom(
  alerts: EntitlementDetails['usageAlerts'],
  limit: MeterAllowance['limit'] | null,
): Patch<readonly number[] | undefined> {
  if (alerts === undefined) return ok(undefined)
  if (alerts === null || alerts.enabled !== true) return ok([])
  const stated = alerts.thresholds ?? []
  if (alerts.thresholdType !== 'BALANCE') return ok(ascending(stated))
  const percentages = stated.map((units) => percentageOf(units, limit))
  if (percentages.includes(null)) {
    const expected = 'percentages; or units that are a whole percentage of the limit'
    return wrong('/usageAlerts/thresholds', expected)
  }
  return ok(ascending(percentages.filter((each) => each !== null)))
}

/** Units as a percentage of the limit, where that is a whole one. */
function percentageOf(units: number, limit: MeterAllowance['limit'] | null): number | null {
  if (limit === null || limit === 'unlimited' || limit === 0) return null
  const percent = (units * 100) / limit
  return Number.isInteger(percent) && percent >= 1 ? percent : null
}

function ascending(thresholds: readonly number[]): readonly number[] {
  return [...new Set(thresholds)].toSorted((a, b) => a - b)
}

function wrong(pointer: string, expected: string): Result<never, readonly FieldError[]> {
  return err([{ pointer, code: 'invalid_value', expected }])
}
