/** What is told of overrides. */
import { overrideHappeningsOf } from '../../entitlements/happenings.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { EventType } from '../../schema/wire/event.ts'
import { type OverrideRow, overrideView } from '../change/override-view.ts'
import { previousOf } from './previous.ts'
import type { NewEvent } from './write.ts'

/** A change of one override; null where there was or is none. */
export interface Overridden {
  readonly before: OverrideRow | null
  readonly after: OverrideRow | null
  readonly now: Instant
}

/** The events of a change of an override. One that begins at once is told as started too. */
export function eventsOfOverride({ before, after, now }: Overridden): readonly NewEvent[] {
  const row = after ?? before
  if (row === null) return []
  const told = (type: EventType, data: object): NewEvent => ({
    type,
    at: now,
    customerId: row.customerId,
    data,
  })
  const view = overrideView(row)
  if (after === null) return [told('override.deleted', view)]
  const starts = applies(after, now) && !(before !== null && applies(before, now))
  const started = starts ? [told('override.started', view)] : []
  if (before === null) return [told('override.created', view), ...started]
  const previous = previousOf(overrideView(before), view)
  return [told('override.updated', { ...view, previous }), ...started]
}

/** The events of what time alone did to an override in `(after, until]`. */
export function timeEventsOfOverride(
  row: OverrideRow,
  after: Instant,
  until: Instant,
): readonly NewEvent[] {
  const { customerId, featureId } = row
  return overrideHappeningsOf(row, after, until).map(({ type, at }) => {
    const origin = `override:${customerId}:${featureId}:${type}:${at}`
    return { type, at, customerId, data: overrideView(row), origin }
  })
}

function applies({ startAt, expiresAt }: OverrideRow, at: Instant): boolean {
  return startAt <= at && (expiresAt === null || at < expiresAt)
}
