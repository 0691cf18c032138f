/** Events on the wire: what happened, in the order in which D1 heard of it. */
import * as z from 'zod/mini'
import {
  body,
  customerId,
  instant,
  instantText,
  json,
  madeId,
  oneOf,
  PAGE_QUERY,
  pageOf,
} from './field.ts'

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

const eventId = madeId('evt')

const filter = body({
  ...PAGE_QUERY,
  type: z.exactOptional(oneOf(EVENT_TYPES)),
  customerId: z.exactOptional(customerId),
  /** Told at this instant or later, whenever it happened. */
  from: z.exactOptional(instant),
  /** Newest first where left out. */
  order: z.exactOptional(oneOf(['asc', 'desc'])),
  /** What was told after this event, oldest first: how to follow what happens. */
  after: z.exactOptional(eventId),
})

/** One event. `data` is the resource as its own route answers it, with `previous` where it was another before. */
export const event = z.object({
  id: eventId,
  /** One of the types above; a newer writer may know more. */
  type: z.string(),
  /** When it happened, by the clock of the customer whom it concerns. */
  at: instantText,
  customerId: z.nullable(customerId),
  /** The customer object's, where it tells the event. */
  version: z.nullable(z.int()),
  data: json,
})

export type EventFilter = z.infer<typeof filter>
export type EventAnswer = z.infer<typeof event>

export const listEvents = { query: filter, answer: pageOf(event) }
export const getEvent = { params: body({ eventId }), answer: event }
