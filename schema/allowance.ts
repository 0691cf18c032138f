/** Reads what a plan or an override says of a feature, wherever it is stored: D1, plan documents, snapshots. */
import type {
  Allowance,
  AllowancePatch,
  Limit,
  MeterAllowance,
  Rollover,
  Statement,
} from '../entitlements/allowance.ts'
import { fields, jsonValue, list, natural, nullable, Unreadable, word } from './read.ts'
import { ANCHORS, ENFORCEMENTS, PLAN_CHANGES, RESETS } from './words.ts'

type Fields = Readonly<Record<string, unknown>>

/** Reads a whole allowance. Throws `Unreadable`. */
export function readAllowance(value: unknown): Allowance {
  const stored = fields(value)
  if (Object.hasOwn(stored, 'enabled')) return { enabled: boolean(stored['enabled']) }
  if (Object.hasOwn(stored, 'value')) return { value: jsonValue(stored['value']) }
  return {
    limit: limit(stored['limit']),
    enforcement: word(stored['enforcement'], ENFORCEMENTS),
    reset: word(stored['reset'], RESETS),
    anchor: word(stored['anchor'], ANCHORS),
    rollover: nullable(stored['rollover'], rollover),
    alertsAt: list(stored['alertsAt']).map(natural),
    onPlanChange: word(stored['onPlanChange'], PLAN_CHANGES),
  }
}

/** Reads a plan's own statement: an allowance, or that the parent's is taken away. Throws `Unreadable`. */
export function readStatement(value: unknown): Statement {
  return Object.hasOwn(fields(value), 'removed') ? { removed: true } : readAllowance(value)
}

/** Reads the fields of an allowance that an override states. Throws `Unreadable`. */
export function readAllowancePatch(value: unknown): AllowancePatch {
  const stored = fields(value)
  if (Object.hasOwn(stored, 'enabled')) return { enabled: boolean(stored['enabled']) }
  if (Object.hasOwn(stored, 'value')) return { value: jsonValue(stored['value']) }
  return {
    ...own(stored, 'limit', limit),
    ...own(stored, 'enforcement', (each) => word(each, ENFORCEMENTS)),
    ...own(stored, 'reset', (each) => word(each, RESETS)),
    ...own(stored, 'anchor', (each) => word(each, ANCHORS)),
    ...own(stored, 'rollover', (each) => nullable(each, rollover)),
    ...own(stored, 'alertsAt', (each) => list(each).map(natural)),
    ...own(stored, 'onPlanChange', (each) => word(each, PLAN_CHANGES)),
  }
}

function own<K extends keyof MeterAllowance>(
  stored: Fields,
  key: K,
  read: (value: unknown) => MeterAllowance[K],
): Partial<MeterAllowance> {
  return Object.hasOwn(stored, key) ? { [key]: read(stored[key]) } : {}
}

function boolean(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new Unreadable('not true or false')
}

function limit(value: unknown): Limit {
  return value === 'unlimited' ? 'unlimited' : natural(value)
}

function rollover(value: unknown): Rollover {
  const stored = fields(value)
  return { percent: natural(stored['percent']), max: nullable(stored['max'], natural) }
}
