/** What is told of a customer itself. */
import type { Instant } from '../../entitlements/instant.ts'
import type { EventType } from '../../schema/wire/event.ts'
import type { CustomerRow } from '../change/customer-change.ts'
import { customerView } from '../change/customer-view.ts'
import { previousOf } from './previous.ts'
import type { NewEvent } from './write.ts'

/** The event of a change of a customer; `before` is null where it has just come to be. */
export function eventsOfCustomer(
  before: CustomerRow | null,
  after: CustomerRow,
  now: Instant,
): readonly NewEvent[] {
  const view = customerView(after)
  const told = (type: EventType, data: object) => [{ type, at: now, customerId: after.id, data }]
  if (before === null) return told('customer.created', view)
  const previous = previousOf(customerView(before), view)
  if (Object.keys(previous).length === 0) return []
  const isArchived = before.archivedAt === null && after.archivedAt !== null
  return told(isArchived ? 'customer.archived' : 'customer.updated', { ...view, previous })
}
