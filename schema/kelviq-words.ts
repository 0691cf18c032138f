/** Kelviq's words, where its API has a fixed list of them. */

/** How often a meter begins again. There is no weekly word in Kelviq's own list; this one is ours. */
export const RESET_WORDS = [
  'NEVER',
  'EVERY_DAY',
  'EVERY_WEEK',
  'EVERY_28_DAYS',
  'EVERY_MONTH',
  'EVERY_QUARTER',
  'EVERY_YEAR',
] as const

/** How often a price is charged; `QUARTERLY` stands in prices for what is `THREE_MONTHS` elsewhere. */
export const CHARGE_PERIOD_WORDS = [
  'ONE_TIME',
  'DAILY',
  'WEEKLY',
  'TWENTY_EIGHT_DAYS',
  'MONTHLY',
  'THREE_MONTHS',
  'QUARTERLY',
  'SIX_MONTHS',
  'YEARLY',
] as const

/** The last two are older names that clients still send. */
export const FEATURE_TYPE_WORDS = ['BOOLEAN', 'METER', 'CUSTOMIZABLE', 'LIMIT', 'FLAG'] as const

/** What becomes of a subscription; `paused` is ours. */
export const STATUS_WORDS = [
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'paused',
  'canceled',
  'superseded',
] as const

export type ResetWord = (typeof RESET_WORDS)[number]
export type ChargePeriodWord = (typeof CHARGE_PERIOD_WORDS)[number]
export type FeatureTypeWord = (typeof FEATURE_TYPE_WORDS)[number]
export type StatusWord = (typeof STATUS_WORDS)[number]
