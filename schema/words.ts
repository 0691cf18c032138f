/** The words of the domain as lists, for whatever reads them from outside. Stored by position: only ever add at the end. */
import type { Anchor, Enforcement, MeterAllowance, Reset } from '../entitlements/allowance.ts'
import type { CompiledPlan, FeatureType, Mark } from '../entitlements/catalogue.ts'
import type { LedgerKind } from '../entitlements/ledger.ts'
import type { LotKind } from '../entitlements/lot.ts'
import type { ChargePeriod, EndedBecause } from '../entitlements/subscription.ts'

/** From none to the rarest. */
export const RESETS = [
  'never',
  'daily',
  'weekly',
  'every_28_days',
  'monthly',
  'quarterly',
  'yearly',
] as const satisfies readonly Reset[]

/** The default first. */
export const ANCHORS = ['subscription', 'calendar'] as const satisfies readonly Anchor[]

/** The default first. */
export const ENFORCEMENTS = ['hard', 'soft'] as const satisfies readonly Enforcement[]

/** What entering a plan does to a meter; the default first. */
export const PLAN_CHANGES = [
  'carry',
  'reset',
] as const satisfies readonly MeterAllowance['onPlanChange'][]

export const CHARGE_PERIODS = [
  'one_time',
  'daily',
  'weekly',
  'every_28_days',
  'monthly',
  'quarterly',
  'half_yearly',
  'yearly',
] as const satisfies readonly ChargePeriod[]

export const ENDINGS = [
  'canceled',
  'grace_ended',
  'refunded',
  'trial_ended',
] as const satisfies readonly EndedBecause[]

export const FEATURE_TYPES = [
  'boolean',
  'meter',
  'customizable',
] as const satisfies readonly FeatureType[]

export const PLAN_KINDS = ['base', 'addon'] as const satisfies readonly CompiledPlan['kind'][]

export const MARKS = ['own', 'inherited', 'overridden'] as const satisfies readonly Mark[]

export const LOT_KINDS = [
  'allowance',
  'carried',
  'unattached',
  'retired',
] as const satisfies readonly LotKind[]

export const LEDGER_KINDS = [
  'consume',
  'report',
  'give_back',
  'set',
  'reset',
  'period_closed',
  'carried',
] as const satisfies readonly LedgerKind[]
