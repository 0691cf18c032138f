/** What happened, over HTTP. */
import { err, ok } from '../../entitlements/result.ts'
import type { EventFilter } from '../../schema/wire/event.ts'
import { eventList, eventView, readEvent } from '../events/list.ts'
import { page } from '../paging.ts'
import type { Handler } from '../route.ts'

/** Newest first; from the oldest on where somebody follows. */
export const listEvents: Handler<unknown, EventFilter> = async (call) => {
  const { after } = call.query
  const place = after === undefined ? null : await readEvent(call.ports, after)
  if (after !== undefined && place === null) return err({ code: 'event_not_found', eventId: after })
  return page(call, eventList(call.ports, call.query, place?.n ?? null), eventView)
}

export const getEvent: Handler<{ readonly eventId: string }> = async (call) => {
  const { eventId } = call.params
  const row = await readEvent(call.ports, eventId)
  return row === null ? err({ code: 'event_not_found', eventId }) : ok({ body: eventView(row) })
}
