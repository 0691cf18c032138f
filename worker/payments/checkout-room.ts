/** What ends because another base plan was bought: nobody is to be billed for two. */
import { isRestorable, statusAt } from '../../entitlements/status.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import { type Holder, isBase } from '../change/holder.ts'
import type { CustomerChange } from '../change/customer-change.ts'
import { becoming, type Subject, type Subscribing } from '../change/subscriptions.ts'
import { changedRow, type SubscriptionRow } from '../change/subscription-row.ts'

/** A base subscription that makes room, before and after. */
export interface Cleared {
  readonly before: SubscriptionRow
  readonly row: SubscriptionRow
}

/**
 * Those that have lapsed, which a payment could bring back: whoever bills them still tries. Once money was taken for the
 * purchase also one that is still to begin, because a paid sale is never refused.
 */
export function clearedBy(holder: Holder, isPaid: boolean): readonly Cleared[] {
  const { now } = holder
  return holder.subscriptions.flatMap((before) => {
    const subscription = subscriptionOf(before)
    if (!isBase(holder, subscription)) return []
    const status = statusAt(subscription, now)
    const hasLapsed = status === 'ended' && isRestorable(subscription)
    if (!hasLapsed && !(isPaid && status === 'scheduled')) return []
    const ended = { at: now, because: 'canceled' } as const
    return [{ before, row: changedRow(before, { ...subscription, ended }, now) }]
  })
}

/** The customer's facts without what makes room. */
export function withRoom(holder: Holder, cleared: readonly Cleared[]): Holder {
  const gone = new Set(cleared.map(({ before }) => before.id))
  const subscriptions = holder.subscriptions.filter(({ id }) => !gone.has(id))
  return { ...holder, subscriptions }
}

/** The change with what makes room for it, in one batch; whoever bills that is told by the tick. */
export function withCleared(
  call: Subscribing,
  { holder, revision }: Omit<Subject, 'row'>,
  cleared: readonly Cleared[],
  change: CustomerChange,
): CustomerChange {
  return cleared.reduce((sofar, { before, row }) => {
    const subject = { holder, row: before, revision }
    const ending = becoming(call, subject, { action: 'cancel', acts: [], row }).change
    if (ending === undefined) return sofar
    const ended = ending.facts?.subscriptions ?? []
    return {
      ...sofar,
      after: { ...sofar.after, madeRoom: row.id },
      statements: [...sofar.statements, ...ending.statements],
      events: [...(ending.events ?? []), ...(sofar.events ?? [])],
      facts: { ...sofar.facts, subscriptions: [...(sofar.facts?.subscriptions ?? []), ...ended] },
    }
  }, change)
}
