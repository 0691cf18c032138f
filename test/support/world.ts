/** A small catalogue and customer for domain tests, in as few words as the domain allows. */
import type { Allowance, MeterAllowance } from '../../entitlements/allowance.ts'
import type { Catalogue, CompiledPlan, FeatureType } from '../../entitlements/catalogue.ts'
import type { Customer } from '../../entitlements/customer.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { Phase, Subscription } from '../../entitlements/subscription.ts'

/** The meter that timelines are about. */
export const METER = 'api-calls'

/** A meter's allowance; what is left out is hard, monthly, pinned to the subscription, without rollover. */
export function meter(fields: Partial<MeterAllowance> = {}): MeterAllowance {
  return {
    limit: 100,
    enforcement: 'hard',
    reset: 'monthly',
    anchor: 'subscription',
    rollover: null,
    alertsAt: [],
    onPlanChange: 'carry',
    ...fields,
  }
}

/** A compiled plan whose allowances are all its own. */
export function plan(
  id: string,
  allowances: Readonly<Record<string, Allowance>>,
  fields: Partial<Omit<CompiledPlan, 'id' | 'allowances'>> = {},
): CompiledPlan {
  const compiled = Object.entries(allowances).map(
    ([featureId, allowance]) =>
      [featureId, { allowance, mark: 'own' as const, fromPlanId: id }] as const,
  )
  return {
    id,
    revision: 1,
    kind: 'base',
    rank: 1,
    free: false,
    allowances: new Map(compiled),
    removed: new Map(),
    ...fields,
  }
}

/** A catalogue of these plans; a feature's type is read off the allowances that name it. */
export function catalogue(
  plans: readonly CompiledPlan[],
  defaultPlanId: string | null = null,
): Catalogue {
  const features = plans.flatMap(({ allowances }) =>
    [...allowances].map(
      ([featureId, { allowance }]) =>
        [
          featureId,
          { type: typeOf(allowance), onUnavailable: 'deny' as const, grantedBy: [] },
        ] as const,
    ),
  )
  return {
    revision: Math.max(...plans.map(({ revision }) => revision), 1),
    features: new Map(features),
    plans: new Map(plans.map((each) => [each.id, each])),
    defaultPlanId,
  }
}

/** A running, paid subscription. */
export function subscription(
  id: string,
  planId: string,
  startAt: Instant,
  fields: Partial<Subscription> = {},
): Subscription {
  return {
    id,
    startAt,
    phases: [phase(planId, startAt)],
    trialEndAt: null,
    endsWithTrial: false,
    grace: null,
    pausedAt: null,
    cancelAt: null,
    cancelAtPeriodEnd: false,
    ended: null,
    billingPeriod: null,
    providerDriven: false,
    ...fields,
  }
}

/** An open phase. */
export function phase(planId: string, from: Instant, fields: Partial<Phase> = {}): Phase {
  return {
    planId,
    chargePeriod: 'monthly',
    quantity: 1,
    from,
    until: null,
    atPeriodEnd: false,
    ...fields,
  }
}

/** A customer created when 2026 began. */
export function customer(fields: Partial<Customer> = {}): Customer {
  return {
    id: 'acme',
    revision: 1,
    createdAt: Date.parse('2026-01-01T00:00:00Z'),
    clockAt: null,
    subscriptions: [],
    overrides: [],
    ...fields,
  }
}

function typeOf(allowance: Allowance): FeatureType {
  if ('limit' in allowance) return 'meter'
  return 'enabled' in allowance ? 'boolean' : 'customizable'
}
