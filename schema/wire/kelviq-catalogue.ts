/** What Kelviq's API says of features, plans and prices, on its way in. Fields that are not named here are ignored, as there. */
import * as z from 'zod/mini'
import { CHARGE_PERIOD_WORDS, FEATURE_TYPE_WORDS, RESET_WORDS } from '../kelviq-words.ts'
import { flag, json, oneOf, prose } from './field.ts'

const NUMBER = { error: 'a number' }
const OBJECT = { error: 'an object' }
const THRESHOLDS = { error: 'a list of at most 20 numbers' }
const ENTITLEMENTS = {
  error: 'a list of 1 to 500 entitlements, each with a feature and its details',
}
const PRICES = { error: 'a list of at most 20 prices' }
const CHARGES = { error: 'a list of at most 20 charges' }

/** A field that may be left out or null, which is the same. */
function left<T extends z.ZodMiniType>(field: T) {
  return z.exactOptional(z.nullable(field))
}

const number = z.number(NUMBER)
const text = prose(8_192)
const metadata = z.record(z.string(), json, OBJECT)

/** One feature of a plan. `isInherited` and `isValueOverridden` are what the server says, and come back unread. */
export const entitlementDetails = z.object(
  {
    value: z.exactOptional(json),
    hasUnlimitedUsage: left(flag),
    reset: left(oneOf(RESET_WORDS)),
    resetTime: left(oneOf(['BEGINNING_OF_PERIOD'])),
    hardLimit: left(flag),
    rollover: left(
      z.object({ enabled: left(flag), percentage: left(number), limit: left(number) }, OBJECT),
    ),
    usageAlerts: left(
      z.object(
        {
          enabled: left(flag),
          thresholds: left(z.array(number, THRESHOLDS).check(z.maxLength(20, THRESHOLDS))),
          thresholdType: left(oneOf(['PERCENTAGE', 'BALANCE'])),
        },
        OBJECT,
      ),
    ),
    isInherited: left(flag),
  },
  OBJECT,
)

export type EntitlementDetails = z.infer<typeof entitlementDetails>

const entitlement = z.object({ feature: text, details: entitlementDetails }, OBJECT)

/** What a plan is to give beside what it gives. */
export const planEntitlements = z.object({
  planEntitlements: z
    .array(entitlement, ENTITLEMENTS)
    .check(z.minLength(1, ENTITLEMENTS), z.maxLength(500, ENTITLEMENTS)),
})

/** Another form of one entitlement. */
export const planEntitlement = z.object({ details: entitlementDetails })

/** What feeds a meter from raw events. */
const meter = z.object(
  {
    aggregation: left(z.object({ function: left(text), field: left(text) }, OBJECT)),
    filters: left(z.array(json, { error: 'a list' })),
    eventName: left(text),
  },
  OBJECT,
)

const featureDetails = z.object(
  {
    featureSubType: left(text),
    units: left(z.object({ singular: left(text), plural: left(text) }, OBJECT)),
  },
  OBJECT,
)

export const featureInput = z.object(
  {
    name: text,
    featureType: oneOf(FEATURE_TYPE_WORDS),
    identifier: left(text),
    description: left(text),
    featureDetails: left(featureDetails),
    meter: left(meter),
    metadata: left(metadata),
  },
  OBJECT,
)

export const featurePatch = z.object(
  { name: left(text), description: left(text), metadata: left(metadata) },
  OBJECT,
)

/** What a plan brings along elsewhere and cannot have here. */
const license = z.object({ enabled: left(flag) }, OBJECT)

const PLAN_FIELDS = {
  description: left(text),
  metadata: left(metadata),
  isVisible: left(flag),
  license: left(license),
  links: left(z.array(json, { error: 'a list' })),
  fileKeys: left(z.array(json, { error: 'a list' })),
  ordering: left(number),
  /** Null: the plan inherits from none. */
  basePlan: left(text),
} as const

export const planInput = z.object({ ...PLAN_FIELDS, name: text, identifier: left(text) }, OBJECT)
export const planPatch = z.object({ ...PLAN_FIELDS, name: left(text) }, OBJECT)

const charge = z.object(
  {
    chargePeriod: oneOf(CHARGE_PERIOD_WORDS),
    priceData: left(z.object({ amount: left(number) }, OBJECT)),
    tiers: left(z.array(json, { error: 'a list' })),
  },
  OBJECT,
)

const priceOfCharges = z.object(
  {
    feature: left(json),
    priceModel: left(text),
    paymentType: left(text),
    charges: left(z.array(charge, CHARGES).check(z.maxLength(20, CHARGES))),
  },
  OBJECT,
)

const price = z.object(
  {
    priceType: oneOf(['FREE', 'PAID', 'CUSTOM']),
    currency: left(text),
    freeTrial: left(flag),
    trialPeriod: left(number),
    enabled: left(flag),
    chargeCatalogPrice: left(z.array(priceOfCharges, PRICES).check(z.maxLength(20, PRICES))),
  },
  OBJECT,
)

/** All prices of a plan at once. */
export const planPrices = z.object(
  { prices: z.array(price, PRICES).check(z.maxLength(20, PRICES)) },
  OBJECT,
)

export type FeatureInput = z.infer<typeof featureInput>
export type FeaturePatch = z.infer<typeof featurePatch>
export type PlanInput = z.infer<typeof planInput>
export type PlanPatch = z.infer<typeof planPatch>
export type PriceInput = z.infer<typeof price>
