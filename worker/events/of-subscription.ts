/** What is told of a subscription: what was done to it, and what became of it by that. */
import { billingPeriodAt } from '../../entitlements/billing.ts'
import type { Action } from '../../entitlements/effects.ts'
import {
  graceEndedBecause,
  happeningsBetween,
  happeningsOf,
  type Moment,
} from '../../entitlements/happenings.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { anchorOf } from '../../entitlements/status.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import type { EventType } from '../../schema/wire/event.ts'
import type { SubscriptionRow } from '../change/subscription-row.ts'
import { subscriptionView } from '../change/subscription-view.ts'
import { previousOf } from './previous.ts'
import type { NewEvent } from './write.ts'

/** What can be done to a subscription. A dispute is heard, and changes nothing. */
export type Act = Action | 'create' | 'dispute'

/** One or more acts that came to be one change. */
export interface Acted {
  readonly acts: readonly Act[]
  /** Null: there was no such subscription. */
  readonly before: SubscriptionRow | null
  readonly after: SubscriptionRow
  /** By the clock of the customer. */
  readonly now: Instant
  /** What else the events of the acts themselves are to say: an amount, a provider's reference. */
  readonly about?: object
}

/**
 * The events of a change of one subscription: one for each act that has a word of its own, and those of what came of
 * it. A change that is neither, such as one that waits for the end of the period, is `subscription.updated`.
 */
export function eventsOfSubscription({
  acts,
  before,
  after,
  now,
  about = {},
}: Acted): readonly NewEvent[] {
  const was: Moment | null = before && { subscription: subscriptionOf(before), at: now }
  const is: Moment = { subscription: subscriptionOf(after), at: now }
  const view = subscriptionView(after, now)
  const previous = before && previousOf(subscriptionView(before, now), view)
  const said = previous === null ? view : { ...view, previous }
  const done: EventType[] = acts.flatMap((act) => DONE[act] ?? [])
  if (acts.includes('payment_succeeded') && isRenewed(was, is)) done.push('subscription.renewed')
  const became = happeningsBetween(was, is).filter((type) => !done.includes(type))
  const told: Pick<NewEvent, 'type' | 'data'>[] = [
    ...done.map((type) => ({ type, data: { ...said, ...about } })),
    ...became.map((type) => ({ type, data: { ...said, ...becauseOf(type, is) } })),
  ]
  if (told.length === 0 && previous !== null && Object.keys(previous).length > 0) {
    told.push({ type: 'subscription.updated', data: said })
  }
  return told.map((each) => ({ ...each, at: now, customerId: after.customerId }))
}

/** The events of what time alone did to a subscription in `(after, until]`. */
export function timeEventsOfSubscription(
  row: SubscriptionRow,
  after: Instant,
  until: Instant,
): readonly NewEvent[] {
  const subscription = subscriptionOf(row)
  return happeningsOf(subscription, after, until).map(({ type, at }) => {
    const view = subscriptionView(row, at)
    const previous = previousOf(subscriptionView(row, at - 1), view)
    const data = { ...view, previous, ...becauseOf(type, { subscription, at }) }
    const origin = `subscription:${row.id}:${type}:${at}`
    return { type, at, customerId: row.customerId, data, origin }
  })
}

/** The word that an act has of its own; null where what came of it says it all. */
const DONE = {
  create: 'subscription.created',
  change: null,
  cancel: null,
  undo: null,
  pause: 'subscription.paused',
  resume: 'subscription.resumed',
  end_trial: null,
  renew: 'subscription.renewed',
  payment_failed: 'subscription.payment_failed',
  payment_succeeded: 'subscription.payment_succeeded',
  refund: 'subscription.refunded',
  dispute: 'subscription.disputed',
} as const satisfies Record<Act, EventType | null>

/**
 * Whether a payment was for a later period than the last one that was paid for; without any, than the first. Arithmetic
 * may have rolled on to it before anybody paid. A provider's dates and ours differ by seconds.
 */
function isRenewed(before: Moment | null, after: Moment): boolean {
  const paid = after.subscription.billingPeriod
  if (before === null || paid === null) return false
  const { subscription } = before
  const former = subscription.billingPeriod ?? billingPeriodAt(subscription, anchorOf(subscription))
  return former !== null && paid.startAt >= (former.startAt + former.endAt) / 2
}

function becauseOf(type: EventType, after: Moment): object {
  return type === 'grace.ended' ? { because: graceEndedBecause(after) } : {}
}
