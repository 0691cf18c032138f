/** Allowances and decisions in words, for people who answer customers. */
import type { Access } from './access.ts'
import type { Allowance, Reset } from './allowance.ts'
import type { FeatureType } from './catalogue.ts'
import type { Entitlement, Reason } from './entitlement.ts'
import type { Instant } from './instant.ts'

/** What a feature of each type is; follows its name. */
export const TYPE_SENTENCES: Readonly<Record<FeatureType, string>> = {
  boolean: 'is either on or off.',
  customizable: 'carries a value; having one is having access.',
  meter: 'is a meter: its use is counted.',
}

/** An instant as every answer writes it. */
export function instantText(at: Instant): string {
  return new Date(at).toISOString()
}

/** What an allowance gives, as the object of a sentence. Long values are cut after 200 characters. */
export function describeAllowance(allowance: Allowance): string {
  if ('enabled' in allowance) return allowance.enabled ? 'it switched on' : 'it switched off'
  if ('value' in allowance) {
    const text = JSON.stringify(allowance.value)
    return `the value ${text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX)}…` : text}`
  }
  const { limit, enforcement, reset, anchor } = allowance
  const grid = reset === 'never' || anchor === 'subscription' ? '' : ' of the calendar (UTC)'
  const amount = limit === 'unlimited' ? 'unlimited units' : `${limit} units (${enforcement} limit)`
  return `${amount}, ${RESETS[reset]}${grid}`
}

/** The answer for quantity 1 and what it comes down to. */
export function describeDecision({ meter }: Entitlement, { hasAccess, reason }: Access): string {
  const left = reason === 'within_limit' && meter !== null ? ` (${meter.balance} left)` : ''
  return `${hasAccess ? 'Granted' : 'Refused'}, ${reason}: ${REASON_SENTENCES[reason]}${left}.`
}

const VALUE_MAX = 200

const RESETS: Readonly<Record<Reset, string>> = {
  never: 'never reset',
  daily: 'anew every day',
  weekly: 'anew every week',
  every_28_days: 'anew every 28 days',
  monthly: 'anew every month',
  quarterly: 'anew every quarter',
  yearly: 'anew every year',
}

const REASON_SENTENCES: Readonly<Record<Reason, string>> = {
  unknown_feature: 'there is no such feature',
  unknown_customer: 'there is no such customer',
  no_subscription: 'nothing holds for this customer yet',
  subscription_ended: 'nothing holds any more; the last subscription ended',
  grace_ended: 'nothing holds any more; a payment failed and its grace is over',
  paused: 'the subscription is paused',
  not_in_plan: 'something holds, but nothing of it has the feature',
  disabled: 'the feature is switched off',
  limit_reached: 'everything that was granted is used',
  unavailable: 'nothing could be known, so the policy of the feature answers',
  unlimited: 'there is no limit',
  within_limit: 'at least one more may be used',
  over_soft_limit: 'the limit is used up, but it is soft',
  enabled: 'the feature is switched on',
  value: 'the feature has a value',
}
