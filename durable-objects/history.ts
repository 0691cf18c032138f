/**
 * History: what became of a meter, read from its ledger, by day or row by row.
 *
 * The reading at the end of a day is counted back from what is used now, so that only the days asked for, and those
 * after them, are read.
 */
import { DAY_MS, type Instant } from '../entitlements/instant.ts'
import type { LedgerKind } from '../entitlements/ledger.ts'
import { MAX_UNITS } from '../entitlements/units.ts'
import {
  type EntriesAnswer,
  type EntriesRequest,
  type Floor,
  type HistoryAnswer,
  type HistoryDay,
  type HistoryRequest,
  ROWS_MAX,
  type UseFailure,
} from './calls.ts'
import { catchUp, nowFor } from './draft.ts'
import { commit, isDue } from './duties.ts'
import { dayOf, type DaySum, daySums, ledgerRows } from './ledger.ts'
import { load } from './load.ts'
import type { ObjectContext } from './memory.ts'
import { floorOf, reach } from './pull.ts'
import type { Held } from './storage.ts'
import { failureOf, notAMeter } from './use.ts'

/** The history of a meter by UTC day. Days on which nothing happened are left out. */
export async function history(
  context: ObjectContext,
  { featureId, from, to, atLeast }: HistoryRequest,
): Promise<HistoryAnswer> {
  const found = await meterFor(context, featureId, atLeast)
  if ('code' in found) return { status: 'failed', failure: found }
  const until = to ?? nowFor(found, context.ports.clock.now()) + 1
  const last = dayOf(until - 1)
  const first = Math.max(dayOf(from ?? 0), last - ROWS_MAX + 1, 1)
  const sums = daySums(context.storage.sql, featureId, first)
  const days = daysFrom(sums, usedNow(found, featureId)).filter(({ startAt }) => startAt < until)
  return { status: 'found', days, floor: floorOf(found) }
}

/** One page of a meter's ledger, the newest day first. */
export async function entries(
  context: ObjectContext,
  { featureId, after, limit, atLeast }: EntriesRequest,
): Promise<EntriesAnswer> {
  const found = await meterFor(context, featureId, atLeast)
  if ('code' in found) return { status: 'failed', failure: found }
  const size = Math.min(limit, ROWS_MAX)
  const rows = ledgerRows(context.storage.sql, featureId, after, size + 1)
  const page = rows.slice(0, size)
  const last = page.at(-1)
  const next =
    rows.length > size && last !== undefined
      ? { day: last.day, lotId: last.lotId, kind: last.kind }
      : null
  return { status: 'found', rows: page, next, floor: floorOf(found) }
}

/** What is held, with every period closed that is over by now, as the ledger is to show it. */
async function meterFor(
  context: ObjectContext,
  featureId: string,
  atLeast: Floor,
): Promise<Held | UseFailure> {
  const reached = await reach(context, atLeast)
  if (reached !== 'reached') return failureOf(reached)
  const held = load(context)
  if (held === null) return { code: 'unavailable' }
  const failure = notAMeter(held.catalogue, featureId)
  if (failure !== null) return failure
  if (!isDue(context.memory.due, nowFor(held, context.ports.clock.now()))) return held
  commit(context, held, (draft) => catchUp(draft, nowFor(draft.held, draft.realNow)))
  return load(context) ?? { code: 'unavailable' }
}

function usedNow({ state }: Held, featureId: string): number {
  return (state.lots.get(featureId) ?? []).reduce((sum, { used }) => sum + used, 0)
}

/** @param sums Newest first. */
function daysFrom(sums: readonly DaySum[], usedAtEnd: number): readonly HistoryDay[] {
  const days = new Map<number, Map<LedgerKind, number>>()
  for (const { day, kind, quantity } of sums) {
    const kinds = days.get(day)
    if (kinds === undefined) days.set(day, new Map([[kind, quantity]]))
    else kinds.set(kind, quantity)
  }
  const each: HistoryDay[] = []
  let closingUsed = usedAtEnd
  for (const [day, kinds] of days) {
    const startAt: Instant = day * DAY_MS
    each.push(dayFrom(startAt, kinds, closingUsed))
    for (const [kind, quantity] of kinds) if (kind !== 'carried') closingUsed -= quantity
  }
  return each.reverse()
}

function dayFrom(
  startAt: Instant,
  kinds: ReadonlyMap<LedgerKind, number>,
  closingUsed: number,
): HistoryDay {
  const sum = (kind: LedgerKind): number => shown(kinds.get(kind) ?? 0)
  const taken = (kind: LedgerKind): number => shown(0 - (kinds.get(kind) ?? 0))
  return {
    startAt,
    endAt: startAt + DAY_MS,
    consumed: sum('consume'),
    reported: sum('report'),
    givenBack: taken('give_back'),
    set: sum('set'),
    reset: taken('reset'),
    closed: taken('period_closed'),
    closingUsed: Math.max(0, shown(closingUsed)),
  }
}

function shown(units: number): number {
  return Math.max(-MAX_UNITS, Math.min(units, MAX_UNITS))
}
