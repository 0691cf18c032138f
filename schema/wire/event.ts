/** Events on the wire: what happened, in the order in which D1 heard of it. */

/**
 * Every type of event that there is. D1 and cron own all but `usage.*`, which the customer objects tell.
 *
 * Dotted, lower case. Only ever add: a receiver filters by these words.
 */
export const EVENT_TYPES = [
  'customer.created',
  'customer.updated',
  'customer.archived',
  'subscription.created',
  'subscription.started',
  'subscription.updated',
  'subscription.trial_ended',
  'subscription.renewed',
  'subscription.paused',
  'subscription.resumed',
  'subscription.payment_failed',
  'subscription.payment_succeeded',
  'subscription.refunded',
  'subscription.disputed',
  'subscription.ended',
  'grace.started',
  'grace.ended',
  'override.created',
  'override.started',
  'override.updated',
  'override.deleted',
  'override.expired',
  'entitlement.granted',
  'entitlement.revoked',
  'entitlement.updated',
  'usage.threshold_reached',
  'usage.limit_reached',
  'usage.over_soft_limit',
  'usage.reset',
  'catalogue.published',
] as const

export type EventType = (typeof EVENT_TYPES)[number]
