/** What is told of the features that a customer gains, loses or has on other terms: one event for each of the three. */
import type { Instant } from '../../entitlements/instant.ts'
import { type Outlook, type Turns, turnsBetween } from '../../entitlements/turns.ts'
import type { EventType } from '../../schema/wire/event.ts'
import { listed } from './bounded.ts'
import type { NewEvent } from './write.ts'

/** What turned the entitlements of a customer. */
export interface Cause {
  /** The first event of what caused it. */
  readonly because: EventType
  /** Whether time did, and no change that could be named. */
  readonly byTime: boolean
}

/** The events of what lies between two outlooks on a customer. */
export function eventsOfEntitlements(
  before: Outlook | null,
  after: Outlook,
  { because, byTime }: Cause,
): readonly NewEvent[] {
  const { customer, at } = after
  const turns = turnsBetween(before, after)
  return TOLD.flatMap(({ type, turn }) => {
    const featureIds = turns[turn]
    if (featureIds.length === 0) return []
    const data = { ...listed('featureIds', featureIds), because }
    return [{ type, at, customerId: customer.id, data, ...originOf(byTime, customer.id, type, at) }]
  })
}

const TOLD = [
  { turn: 'granted', type: 'entitlement.granted' },
  { turn: 'revoked', type: 'entitlement.revoked' },
  { turn: 'updated', type: 'entitlement.updated' },
] as const satisfies readonly { readonly turn: keyof Turns; readonly type: EventType }[]

function originOf(byTime: boolean, customerId: string, type: EventType, at: Instant): object {
  return byTime ? { origin: `entitlement:${customerId}:${type}:${at}` } : {}
}
