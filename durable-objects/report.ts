/** Reporting: recording usage that has happened, also late. */
import { evaluate } from '../entitlements/evaluate.ts'
import { DAY_MS, type Instant } from '../entitlements/instant.ts'
import type { LedgerEntry } from '../entitlements/ledger.ts'
import { report as reportUsage } from '../entitlements/report.ts'
import { entitlementAfter } from './answers.ts'
import type { ReportRequest, ReportResult } from './calls.ts'
import { bookChange, type Draft } from './draft.ts'
import { notAMeter, type Verdict } from './use.ts'

/** How far back, and how far ahead of the object's clock, usage may have happened. */
const EARLIEST_MS = 35 * DAY_MS
const LATEST_MS = 5 * 60_000

export function decideReport(
  draft: Draft,
  request: ReportRequest,
  now: Instant,
): Verdict<ReportResult> {
  const { featureId, occurredAt } = request
  const failure = notAMeter(draft.held.catalogue, featureId) ?? outOfRange(occurredAt, now)
  if (failure !== null) return { verdict: 'failure', failure }
  if (occurredAt !== null && isLate(draft, featureId, occurredAt, now)) {
    return recordLate(draft, request, occurredAt, now)
  }
  return record(draft, request, now)
}

function outOfRange(occurredAt: Instant | null, now: Instant) {
  const earliestAt = now - EARLIEST_MS
  const latestAt = now + LATEST_MS
  if (occurredAt === null || (occurredAt >= earliestAt && occurredAt <= latestAt)) return null
  return { code: 'occurred_at_out_of_range', earliestAt, latestAt } as const
}

/** Before the current period: that period is closed, and its balance has been carried or has gone. */
function isLate(draft: Draft, featureId: string, occurredAt: Instant, now: Instant): boolean {
  const { state, catalogue } = draft.held
  const period = evaluate(state, catalogue, featureId, now).entitlement.meter?.period ?? null
  return period !== null && occurredAt < period.startAt
}

function record(draft: Draft, request: ReportRequest, now: Instant): Verdict<ReportResult> {
  const { featureId, behaviour, value, enforce, actor } = request
  const { state, catalogue } = draft.held
  const usage = { behaviour, value, enforce }
  const reported = reportUsage(state, catalogue, featureId, usage, now)
  switch (reported.outcome) {
    case 'overflow':
      return { verdict: 'failure', failure: { code: 'quantity_overflow', featureId } }
    case 'refused': {
      const answer = entitlementAfter(draft, featureId, Math.max(1, value), now)
      return { verdict: 'refusal', result: { ...NOTHING, ...answer } }
    }
    case 'recorded': {
      const entries = reported.change.entries.map((entry) => dated(entry, request, now))
      bookChange(draft, featureId, { ...reported.change, entries }, now, actor)
      const { applied, clamped } = reported
      const answer = entitlementAfter(draft, featureId, 1, now)
      return {
        verdict: 'effect',
        result: { recorded: true, applied, clamped, late: false, ...answer },
      }
    }
  }
}

const NOTHING = { recorded: false, applied: 0, clamped: false, late: false } as const

/** The ledger shows usage on the day on which it happened; what time did on the way keeps its own date. */
function dated(entry: LedgerEntry, { occurredAt }: ReportRequest, now: Instant): LedgerEntry {
  if (occurredAt === null || entry.at !== now) return entry
  return { ...entry, at: Math.min(occurredAt, now) }
}

/** The lot that late usage is written to: it is opened and closed by each entry, so that nothing is left in it. */
const LATE_LOT = 'late'

/** History only: what was used of a closed period neither takes from the current one nor reopens the old. */
function recordLate(
  draft: Draft,
  request: ReportRequest,
  at: Instant,
  now: Instant,
): Verdict<ReportResult> {
  const { featureId, actor } = request
  for (const entry of lateEntries(request, at)) draft.bookings.push({ entry, actor })
  const answer = entitlementAfter(draft, featureId, 1, now)
  return {
    verdict: 'effect',
    result: { recorded: true, applied: 0, clamped: false, late: true, ...answer },
  }
}

/** A late `set` says what the reading was, not how much was used: it leaves its trace and no quantity. */
function lateEntries({ featureId, behaviour, value }: ReportRequest, at: Instant): LedgerEntry[] {
  const entry = { lotId: `${LATE_LOT}/${featureId}`, featureId, at }
  if (behaviour === 'set') return [{ ...entry, kind: 'set', quantity: 0 }]
  return [
    { ...entry, kind: value < 0 ? 'give_back' : 'report', quantity: value },
    { ...entry, kind: 'period_closed', quantity: -value },
  ]
}
