/** What became of a meter, as its customer's object has it in the ledger. */
import type { EntriesCursor, HistoryDay, LedgerRow } from '../../durable-objects/calls.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
import { err, ok } from '../../entitlements/result.ts'
import type { HistoryQuery } from '../../schema/wire/history.ts'
import { LEDGER_KINDS } from '../../schema/words.ts'
import { readMeter } from '../ask/use.ts'
import { decodeCursor, encodeCursor, type Position } from '../cursor.ts'
import { instantText } from '../../schema/instant-text.ts'
import type { PageQuery } from '../paging.ts'
import type { Handler } from '../route.ts'

interface Params {
  readonly customerId: string
}

type EntriesQuery = PageQuery & { readonly featureId: string }

/** Day by day, the oldest first. */
export const listUsage: Handler<Params, HistoryQuery> = async (call) => {
  const { featureId, from = null, to = null } = call.query
  const found = await readMeter(call, call.params.customerId, (object, atLeast) =>
    object.history({ featureId, from, to, atLeast }),
  )
  return found.ok ? ok({ body: { data: found.value.days.map(dayView) } }) : found
}

/** Row by row, the newest day first. */
export const listUsageEntries: Handler<Params, EntriesQuery> = async (call) => {
  const { featureId, pageSize, cursor } = call.query
  const { customerId } = call.params
  const name = `usage:${customerId}:${featureId}`
  const after = cursor === undefined ? null : placeFrom(decodeCursor(name, cursor, call.now))
  if (after === null && cursor !== undefined) return err({ code: 'invalid_cursor' })
  const found = await readMeter(call, customerId, (object, atLeast) =>
    object.entries({ featureId, after, limit: pageSize, atLeast }),
  )
  if (!found.ok) return found
  const { rows, next } = found.value
  const nextCursor =
    next === null ? null : encodeCursor(name, [next.day, next.lotId, next.kind], call.now)
  return ok({ body: { data: rows.map(entryView), nextCursor } })
}

function placeFrom(position: Position | null): EntriesCursor | null {
  const [day, lotId, word] = position ?? []
  const kind = LEDGER_KINDS.find((each) => each === word)
  if (typeof day !== 'number' || typeof lotId !== 'string' || kind === undefined) return null
  return { day, lotId, kind }
}

function dayView(day: HistoryDay) {
  return { ...day, startAt: instantText(day.startAt), endAt: instantText(day.endAt) }
}

function entryView({ day, lotId, kind, quantity, count, lastAt, lastActor }: LedgerRow) {
  const on = day === 0 ? null : instantText(day * DAY_MS).slice(0, 10)
  return { day: on, lotId, kind, quantity, count, lastAt: instantText(lastAt), lastActor }
}
