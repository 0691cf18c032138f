/** Any catalogue, customer and lots that the types allow, whether or not the domain would make them. */
import * as fc from 'fast-check'
import type { Allowance, AllowancePatch } from '../../entitlements/allowance.ts'
import type { CompiledPlan } from '../../entitlements/catalogue.ts'
import type { Lot } from '../../entitlements/lot.ts'
import type { Phase, Subscription } from '../../entitlements/subscription.ts'
import { readAllowance } from '../../schema/allowance.ts'
import type { Head } from '../../schema/head.ts'
import type { KeyRecord } from '../../schema/keys.ts'
import { ROLES, SCOPES } from '../../schema/keys.ts'
import type { Snapshot } from '../../schema/snapshot.ts'
import { ANCHORS, ENFORCEMENTS, PLAN_CHANGES, RESETS } from '../../schema/words.ts'

const OPTIONS = { noNullPrototype: true } as const

export const instant = fc.integer({ min: 0, max: 4_102_444_800_000 })
export const natural = fc.maxSafeNat()
export const catalogueId = fc.oneof(
  fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,63}$/),
  fc.constantFrom('constructor', 'toString', 'hasownproperty', 'valueof'),
)
export const customerId = fc
  .stringMatching(/^[\x21-\x7e][\x20-\x7e]{0,126}[\x21-\x7e]$/)
  .filter((id) => id !== '..')

const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })

/** As JSON tells it, which knows no -0. */
const value = fc
  .jsonValue({ maxDepth: 3 })
  .filter((each) => each !== null)
  .map((each): fc.JsonValue => JSON.parse(JSON.stringify(each)))

const meterFields = {
  limit: fc.oneof(natural, fc.constant('unlimited' as const)),
  enforcement: fc.constantFrom(...ENFORCEMENTS),
  reset: fc.constantFrom(...RESETS),
  anchor: fc.constantFrom(...ANCHORS),
  rollover: nullable(
    fc.record({ percent: fc.integer({ min: 1, max: 100 }), max: nullable(natural) }, OPTIONS),
  ),
  alertsAt: fc.array(fc.integer({ min: 1, max: 1000 }), { maxLength: 4 }),
  onPlanChange: fc.constantFrom(...PLAN_CHANGES),
}

export const allowance: fc.Arbitrary<Allowance> = fc
  .oneof(
    fc.record({ enabled: fc.boolean() }, OPTIONS),
    fc.record({ value }, OPTIONS),
    fc.record(meterFields, OPTIONS),
  )
  .map(readAllowance)

export const allowancePatch: fc.Arbitrary<AllowancePatch> = fc.oneof(
  allowance,
  fc.record(meterFields, { ...OPTIONS, requiredKeys: [] }),
)

export const compiledPlan: fc.Arbitrary<CompiledPlan> = fc.record(
  {
    id: catalogueId,
    revision: natural,
    kind: fc.constantFrom('base', 'addon'),
    rank: fc.integer(),
    free: fc.boolean(),
    allowances: mapOf(
      catalogueId,
      fc.record(
        {
          allowance,
          mark: fc.constantFrom('own', 'inherited', 'overridden'),
          fromPlanId: catalogueId,
        },
        OPTIONS,
      ),
    ),
    removed: mapOf(catalogueId, catalogueId),
  },
  OPTIONS,
)

const plainHead: fc.Arbitrary<Head> = fc.record(
  {
    revision: natural,
    plans: mapOf(catalogueId, natural),
    features: mapOf(
      catalogueId,
      fc.record(
        {
          type: fc.constantFrom('boolean', 'meter', 'customizable'),
          onUnavailable: fc.constantFrom('deny', 'allow'),
          grantedBy: fc.array(catalogueId, { maxLength: 3 }),
          grantedByMore: fc.integer({ min: 1, max: 200 }),
        },
        { ...OPTIONS, requiredKeys: ['type', 'onUnavailable', 'grantedBy'] },
      ),
    ),
    defaultPlanId: nullable(catalogueId),
  },
  OPTIONS,
)

const eventMeter = fc.record({ featureId: catalogueId, property: nullable(fc.string()) }, OPTIONS)

/** With meters that events feed, or, like most, without. */
export const head: fc.Arbitrary<Head> = fc
  .tuple(plainHead, mapOf(fc.string(), fc.array(eventMeter, { minLength: 1, maxLength: 3 })))
  .map(([plain, meters]) => (meters.size === 0 ? plain : { ...plain, meters }))

const phase: fc.Arbitrary<Phase> = fc.record(
  {
    planId: catalogueId,
    chargePeriod: fc.constantFrom(null, 'one_time', 'monthly', 'half_yearly', 'yearly'),
    quantity: natural,
    from: instant,
    until: nullable(instant),
    atPeriodEnd: fc.boolean(),
  },
  OPTIONS,
)

const subscription: fc.Arbitrary<Subscription> = fc.record(
  {
    id: fc.string(),
    startAt: instant,
    phases: fc.array(phase, { minLength: 1, maxLength: 3 }),
    trialEndAt: nullable(instant),
    endsWithTrial: fc.boolean(),
    grace: nullable(fc.record({ startedAt: instant, endsAt: instant }, OPTIONS)),
    pausedAt: nullable(instant),
    cancelAt: nullable(instant),
    cancelAtPeriodEnd: fc.boolean(),
    ended: nullable(
      fc.record({ at: instant, because: fc.constantFrom('canceled', 'refunded') }, OPTIONS),
    ),
    billingPeriod: nullable(fc.record({ startAt: instant, endAt: instant }, OPTIONS)),
    providerDriven: fc.boolean(),
  },
  OPTIONS,
)

const override = fc.record(
  {
    featureId: catalogueId,
    allowance: allowancePatch,
    standalone: fc.boolean(),
    startAt: instant,
    expiresAt: nullable(instant),
  },
  OPTIONS,
)

const lot = fc.record(
  {
    id: fc.string(),
    holdingId: fc.string(),
    kind: fc.constantFrom<Lot['kind']>('allowance', 'carried', 'unattached', 'retired'),
    planId: nullable(catalogueId),
    startAt: instant,
    endsAt: nullable(instant),
    used: natural,
    granted: natural,
    zeroed: fc.boolean(),
    alerted: natural,
  },
  OPTIONS,
)

const lots = mapOf(catalogueId, fc.array(lot, { maxLength: 3 })).map(
  (byFeature) =>
    new Map(
      [...byFeature].map(([featureId, each]) => [
        featureId,
        each.map((one) => ({ ...one, featureId })),
      ]),
    ),
)

export const snapshot: fc.Arbitrary<Snapshot> = fc.record(
  {
    customer: fc.record(
      {
        id: customerId,
        revision: natural,
        createdAt: instant,
        clockAt: nullable(instant),
        subscriptions: fc.array(subscription, { maxLength: 3 }),
        overrides: fc.array(override, { maxLength: 3 }),
      },
      OPTIONS,
    ),
    lots,
    advancedTo: instant,
    version: natural,
    catalogueRevision: natural,
    publishedAt: instant,
  },
  OPTIONS,
)

export const keyRecord: fc.Arbitrary<KeyRecord> = fc.record(
  {
    id: fc.string(),
    scopes: fc.subarray([...SCOPES]),
    role: nullable(fc.constantFrom(...ROLES)),
    environment: fc.constantFrom('sandbox', 'production'),
    expiresAt: nullable(instant),
    revokedAt: nullable(instant),
  },
  OPTIONS,
)

function mapOf<T>(key: fc.Arbitrary<string>, each: fc.Arbitrary<T>) {
  return fc
    .uniqueArray(fc.tuple(key, each), { maxLength: 5, selector: ([id]) => id })
    .map((pairs) => new Map(pairs))
}
